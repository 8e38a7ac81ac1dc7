// The feed, as docs/changes.md describes it: pages until there are no more, then the stream, then again.
import type { Connection } from './connection.ts'
import { listChanges, streamEvents } from './generated/operations.ts'
import type { Change } from './generated/types.ts'
import { isProblem, mayPass } from './problem.ts'
import { readMessages } from './server-sent-events.ts'
import { backoff, pauseUntilOnline } from './waiting.ts'

export interface FollowOptions {
  /** Where to go on: the `cursor` of the last batch that was kept. Without it everything one sees comes first. */
  after?: string | undefined
  signal?: AbortSignal | undefined
  /** Told why nothing comes for now; it goes on by itself. */
  onTrouble?: ((error: Error) => void) | undefined
}

export interface ChangeBatch {
  readonly changes: readonly Change[]
  /** Keep it together with what the changes did to your copy: both or neither. */
  readonly cursor: string
  /** Whether this was all there is, for now. */
  readonly upToDate: boolean
}

const PAGE = 200

/**
 * Everything that happens where one can see, in order and without a gap, for as long as one asks. Throws only what
 * waiting does not mend, such as the end of the log-in.
 */
export async function* followChanges(
  api: Connection,
  options: FollowOptions = {},
): AsyncGenerator<ChangeBatch, never> {
  const { signal, onTrouble } = options
  let cursor = options.after
  for (let failures = 0; ;) {
    try {
      for await (const batch of pagesThenStream(api, cursor, signal)) {
        failures = 0
        cursor = batch.cursor
        yield batch
      }
    } catch (error) {
      signal?.throwIfAborted()
      // It begins with a reset, which makes whoever follows forget what they have.
      if (isProblem(error, 'cursor_expired')) cursor = undefined
      else if (!mayPass(error)) throw error
      else {
        onTrouble?.(error)
        await pauseUntilOnline(backoff(failures++), signal)
      }
    }
  }
}

async function* pagesThenStream(api: Connection, after: string | undefined, signal: AbortSignal | undefined) {
  let cursor = after
  for (let more = true; more;) {
    const page = await listChanges(api, { after: cursor, limit: PAGE, signal })
    more = page.more
    cursor = page.next
    yield { changes: page.items, cursor, upToDate: !more }
  }
  const response = await streamEvents(api, { after: cursor, signal })
  let changes: Change[] = []
  for await (const { data, id } of readMessages(response)) {
    changes.push(JSON.parse(data) as Change)
    // A page is whole with the item that has an id: whoever loses the stream before gets it again.
    if (id === undefined) continue
    yield { changes, cursor: id, upToDate: true }
    changes = []
  }
}
