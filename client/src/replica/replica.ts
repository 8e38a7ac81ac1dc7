import { followChanges, type ChangeBatch } from '../changes.ts'
import type { Connection } from '../connection.ts'
import { isProblem } from '../problem.ts'
import { Copy, keyOf, type Kept, type Kind, type Resource } from './copy.ts'
import { lead } from './leader.ts'
import type { Query, QueryOptions } from './query.ts'
import { Shown } from './shown.ts'
import { memoryStorage, Saver, type ReplicaStorage } from './storage.ts'

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
  /** Calls with each new state until the returned function is called. */
  onState(listener: (state: ReplicaState) => void): () => void
  /** Ends it, when all is kept. */
  stop(): Promise<void>
}

/**
 * A copy of everything one sees, which follows what happens: after `ready` it answers what the service would, without
 * asking it.
 */
export function createReplica(api: Connection, options: ReplicaOptions = {}): Replica {
  return new LiveReplica(api, options)
}

const KEPT = 'kept/'
const CURSOR = 'cursor'

class LiveReplica implements Replica {
  state: ReplicaState = 'loading'
  error: unknown
  readonly ready: Promise<void>
  readonly #api: Connection
  readonly #storage: ReplicaStorage
  readonly #saver: Saver
  readonly #onTrouble: (error: unknown) => void
  readonly #shown = new Shown()
  readonly #listeners = new Set<(state: ReplicaState) => void>()
  readonly #end = new AbortController()
  readonly #ended: Promise<void>
  #copy = new Copy()
  #cursor: string | undefined
  /** Whether this one, of all that share a storage, keeps what the feed tells. */
  #leads = false
  #hasAll: () => void = () => undefined

  constructor(api: Connection, { storage = memoryStorage(), onTrouble = () => undefined }: ReplicaOptions) {
    this.#api = api
    this.#storage = storage
    this.#onTrouble = onTrouble
    this.#saver = new Saver(storage, onTrouble)
    let failed: (error: unknown) => void
    this.ready = new Promise((resolve, reject) => {
      this.#hasAll = resolve
      failed = reject
    })
    // Whoever does not wait for it hears of it by the state.
    this.ready.catch(() => undefined)
    this.#ended = this.#run().catch((error: unknown) => {
      this.error = error
      this.#become('ended')
      failed(error)
    })
  }

  find<K extends Kind>(kind: K, name: string): Resource<K> | undefined {
    const found = this.#shown.get(keyOf(kind, name)) as Resource<K> | undefined
    if (found || !(kind === 'task' || kind === 'project')) return found
    const wanted = name.toUpperCase()
    for (const resource of this.#shown.all(kind)) {
      const { ref, key } = resource as { ref?: string; key?: string }
      if ((ref ?? key) === wanted) return resource
    }
    return undefined
  }

  query<K extends Kind>(kind: K, options?: QueryOptions<Resource<K>>): Query<Resource<K>> {
    return this.#shown.query(kind, options)
  }

  onState(listener: (state: ReplicaState) => void): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  async stop(): Promise<void> {
    this.#end.abort(new Error('The replica was stopped.'))
    await this.#ended
    await this.#saver.idle()
  }

  async #run(): Promise<never> {
    const { signal } = this.#end
    this.#leads = await lead(this.#api.locks, this.#storage.shared, signal, () => void this.#takeOver())
    await this.#load()
    for (;;) {
      try {
        const follow = { after: this.#cursor, signal, onTrouble: (error: Error) => this.#miss(error) }
        for await (const batch of followChanges(this.#api, follow)) this.#take(batch)
      } catch (error) {
        // What is kept belongs to somebody else.
        if (!isProblem(error, 'invalid_cursor') || this.#cursor === undefined) throw error
        this.#forget()
      }
    }
  }

  async #load(): Promise<void> {
    const entries = await this.#storage.load()
    this.#end.signal.throwIfAborted()
    const { cursor, hasAll } = (entries.get(CURSOR) ?? {}) as Partial<Place>
    this.#cursor = cursor
    const kept = [...entries].filter(([name]) => name.startsWith(KEPT))
    this.#copy = new Copy(kept.map(([name, value]) => [name.slice(KEPT.length), value as Kept]))
    this.#show(this.#copy.kept.keys())
    if (!hasAll) return
    this.#become('offline')
    this.#hasAll()
  }

  #take({ changes, cursor, upToDate }: ChangeBatch): void {
    const changed = new Set(changes.flatMap((change) => this.#copy.apply(change)))
    this.#cursor = cursor
    if (upToDate) this.#become('live')
    this.#keep(changed)
    this.#show(changed)
    if (upToDate) this.#hasAll()
  }

  #forget(): void {
    const all = [...this.#copy.kept.keys()]
    this.#copy = new Copy()
    this.#cursor = undefined
    this.#become('loading')
    this.#keep(all)
    this.#show(all)
  }

  #show(keys: Iterable<string>): void {
    this.#shown.update(Array.from(keys, (key) => [key, this.#copy.kept.get(key)?.resource]))
  }

  /** The copy and its cursor change together or not at all. */
  #keep(keys: Iterable<string>): void {
    if (!this.#leads) return
    const place: Place | undefined =
      this.#cursor === undefined ? undefined : { cursor: this.#cursor, hasAll: this.state !== 'loading' }
    const entries = new Map<string, unknown>([[CURSOR, place]])
    for (const key of keys) entries.set(`${KEPT}${key}`, this.#copy.kept.get(key))
    this.#saver.save(entries).catch(() => undefined)
  }

  /** The tab that kept what the feed tells is gone. What it kept may be older or newer than what this one has. */
  async #takeOver(): Promise<void> {
    const names = [...(await this.#storage.load()).keys()].filter((name) => name.startsWith(KEPT))
    this.#leads = true
    this.#keep(new Set([...names.map((name) => name.slice(KEPT.length)), ...this.#copy.kept.keys()]))
  }

  #miss(error: Error): void {
    if (this.state === 'live') this.#become('offline')
    this.#onTrouble(error)
  }

  #become(state: ReplicaState): void {
    if (this.state === state) return
    this.state = state
    for (const listener of this.#listeners) listener(state)
  }
}

interface Place {
  cursor: string
  /** Whether everything had been told by then. */
  hasAll: boolean
}
