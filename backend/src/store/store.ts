// Where the contents of files are, each under the id of its file. What is in the store never changes, until it goes.
import type { Readable } from 'node:stream'
import { ApiError } from '../errors.ts'

/** Part of a content: from this byte to that one, which belongs to it. */
export interface Range {
  readonly start: number
  readonly end: number
}

export interface Store {
  /** Keeps what the source has, as it arrives and never whole in memory. It would outlive a crash when this is done. */
  write(id: string, source: AsyncIterable<Buffer>, size: number): Promise<void>
  /** Undefined if it is not there. */
  read(id: string, range?: Range): Promise<Readable | undefined>
  /** It need not be there. */
  remove(id: string): Promise<void>
  /** Throws if it does not answer, or refuses. */
  check(): Promise<void>
}

/** Why there is no store. */
export interface NoStore {
  readonly missing: string
}

/** The store, or 403 where there is none. */
export function keeping(store: Store | NoStore): Store {
  if ('missing' in store)
    throw new ApiError('forbidden', 'Files cannot be kept here. The log of the start says why.')
  return store
}

export const unavailable = (cause: unknown): never => {
  throw new ApiError('unavailable', 'The store of files is not available right now.', { cause })
}
