import type { Connection } from './connection.ts'
import type { CallOptions } from './options.ts'
import { send } from './send.ts'

interface Items {
  items: unknown[]
  next_cursor: string | null
}

/** The first page when it is awaited, and every item of all pages with `for await`. */
export type Page<P extends Items> = Promise<P> & AsyncIterable<P['items'][number]>

export function page<P extends Items>(api: Connection, address: string, options: CallOptions = {}): Page<P> {
  const read = (cursor?: string) =>
    send<P>(api, 'GET', address, cursor === undefined ? options : Object.assign({}, options, { cursor }))
  const first = read()
  return Object.assign(first, {
    async *[Symbol.asyncIterator]() {
      for (let next: P = await first; ; next = await read(next.next_cursor)) {
        yield* next.items
        if (next.next_cursor === null) return
      }
    },
  })
}
