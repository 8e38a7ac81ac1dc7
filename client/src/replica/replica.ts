import type { Connection } from '../connection.ts'
import type { Kind, Resource } from './copy.ts'
import { LiveReplica } from './live-replica.ts'
import type { Query, QueryOptions } from './query.ts'
import type { ReplicaStorage } from './storage.ts'
import type { Changes, New, WritableKind } from './writable.ts'
import type { Refused, Sent, Write } from './writes.ts'

/**
 * `loading` until everything was told once; `live` when nothing is missing; `offline` while nothing can be heard;
 * `ended` when it was stopped or the log-in is over, and `error` says why.
 */
export type ReplicaState = 'loading' | 'live' | 'offline' | 'ended'

export interface ReplicaOptions {
  /** Where it survives a reload: `indexedDbStorage()`, or `fileStorage(file)` of `@tasktrail/client/node`. */
  storage?: ReplicaStorage | undefined
  /** Told what cannot be kept there, and what goes wrong with the connection. */
  onTrouble?: ((error: unknown) => void) | undefined
}

export interface Replica {
  readonly state: ReplicaState
  /** Why it ended. */
  readonly error: unknown
  /** Resolves when it holds everything, from its storage or from the service; rejects when it ends before. */
  readonly ready: Promise<void>
  /** By id; a task or project also by reference or key, a member by `<project id>/<user id>`. */
  find<K extends Kind>(kind: K, name: string): Resource<K> | undefined
  /** Asks for all of a kind, or some, in an order, now and whenever the answer changes. */
  query<K extends Kind>(kind: K, options?: QueryOptions<Resource<K>>): Query<Resource<K>>
  /** Makes one, at once here and in its turn at the service. */
  create<K extends WritableKind>(kind: K, what: New[K]): Sent<Resource<K>>
  /** Changes these fields. It is refused only if somebody else has changed one of them since it was seen here. */
  update<K extends WritableKind>(kind: K, id: string, changes: Changes[K]): Sent<Resource<K>>
  remove(kind: WritableKind, id: string): Sent<void>
  /** What the service has not confirmed, in the order in which it goes there. */
  readonly unsent: readonly Write[]
  /** What it refused, with the reason and, where somebody else was faster, both sides. Kept until it is dismissed. */
  readonly refused: readonly Refused[]
  /** Writes a refused one again, over what is there by now: all of it, or these fields of it. */
  retry(refused: Refused, fields?: readonly string[]): void
  dismiss(refused: Refused): void
  /** Calls when one of the two lists is another one, until the returned function is called. */
  onWrites(listener: () => void): () => void
  /** Calls with each new state until the returned function is called. */
  onState(listener: (state: ReplicaState) => void): () => void
  /** Ends it, when all is kept. */
  stop(): Promise<void>
}

/**
 * A copy of everything one sees, which follows what happens: after `ready` it answers what the service would, without
 * asking it, and shows at once what is written through it.
 */
export function createReplica(api: Connection, options: ReplicaOptions = {}): Replica {
  return new LiveReplica(api, options)
}
