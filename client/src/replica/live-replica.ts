import { followChanges, type ChangeBatch } from '../changes.ts'
import type { Connection } from '../connection.ts'
import { isProblem } from '../problem.ts'
import { newKey } from '../send.ts'
import { Copy, keyOf, type AnyResource, type Kept, type Kind, type Resource } from './copy.ts'
import { hold, isHeld, lead } from './leader.ts'
import { after } from './optimistic.ts'
import { Outbox, REFUSED, WRITE } from './outbox.ts'
import type { Query, QueryOptions } from './query.ts'
import type { Replica, ReplicaOptions, ReplicaState } from './replica.ts'
import { Shown } from './shown.ts'
import { memoryStorage, Saver, type ReplicaStorage } from './storage.ts'
import { BLANKS } from '../generated/blanks.ts'
import type { Changes, New, WritableKind } from './writable.ts'
import { isLocal, localId, type Fields, type Refused, type Sent, type Write } from './writes.ts'

const KEPT = 'kept/'
const CURSOR = 'cursor'

export class LiveReplica implements Replica {
  state: ReplicaState = 'loading'
  error: unknown
  readonly ready: Promise<void>
  readonly #api: Connection
  readonly #storage: ReplicaStorage
  readonly #saver: Saver
  readonly #onTrouble: (error: unknown) => void
  readonly #shown = new Shown()
  readonly #outbox: Outbox
  readonly #tab = newKey()
  readonly #listeners = new Set<(state: ReplicaState) => void>()
  readonly #writeListeners = new Set<() => void>()
  readonly #end = new AbortController()
  readonly #ended: Promise<void>
  readonly #heard: Promise<void>
  #isHeard: () => void = () => undefined
  #copy = new Copy()
  #cursor: string | undefined
  #loaded: Promise<void> | undefined
  /** Whether this one, of all that share a storage, keeps what the feed tells. */
  #leads = false
  #hasAll: () => void = () => undefined
  /** What went away since the last write was sent: its answer does not bring it back. */
  #gone = new Set<string>()
  #lastOrder = 0

  constructor(api: Connection, { storage = memoryStorage(), onTrouble = () => undefined }: ReplicaOptions) {
    this.#api = api
    this.#storage = storage
    this.#onTrouble = onTrouble
    this.#saver = new Saver(storage, onTrouble)
    this.#outbox = new Outbox({
      api,
      confirm: (write, answer) => this.#confirm(write, answer),
      changed: (entries, keys) => this.#changed(entries, keys),
    })
    this.#heard = new Promise((resolve) => (this.#isHeard = resolve))
    let failed: (error: unknown) => void
    this.ready = new Promise((resolve, reject) => {
      this.#hasAll = resolve
      failed = reject
    })
    // Whoever does not wait for it hears of it by the state.
    this.ready.catch(() => undefined)
    this.#ended = this.#run().catch((error: unknown) => {
      this.#end.abort(error)
      this.error = error
      this.#become('ended')
      failed(error)
    })
  }

  find<K extends Kind>(kind: K, name: string): Resource<K> | undefined {
    const found = this.#shown.get(keyOf(kind, this.#outbox.ids.get(name) ?? name)) as Resource<K> | undefined
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

  create<K extends WritableKind>(kind: K, what: New[K]): Sent<Resource<K>> {
    const id = newKey()
    const common = { ...this.#common(kind, localId(id)), id }
    return this.#write({ ...common, act: 'create', what, at: new Date().toISOString() })
  }

  update<K extends WritableKind>(kind: K, name: string, changes: Changes[K]): Sent<Resource<K>> {
    const { id, version } = this.#present(kind, name)
    const shown = this.find(kind, id) as Fields | undefined
    const seen = Object.fromEntries(Object.keys(changes).map((field) => [field, shown?.[field]]))
    return this.#write({ ...this.#common(kind, id), act: 'update', changes, seen, base: version })
  }

  remove(kind: WritableKind, name: string): Sent<void> {
    return this.#write({ ...this.#common(kind, this.#present(kind, name).id), act: 'remove' })
  }

  get unsent(): readonly Write[] {
    return this.#outbox.writes
  }

  get refused(): readonly Refused[] {
    return [...this.#outbox.refused.values()]
  }

  retry(refused: Refused, fields?: readonly string[]): void {
    const { write, conflicts = {}, version } = refused
    this.dismiss(refused)
    const common = { ...this.#common(write.kind, write.target), id: newKey() }
    if (write.act !== 'update') return void this.#write({ ...write, ...common })
    const only = (values: object) =>
      Object.fromEntries(Object.entries(values).filter(([field]) => fields?.includes(field) ?? true))
    const theirs = Object.fromEntries(
      Object.entries(conflicts).map(([field, { current }]) => [field, current]),
    )
    const seen = { ...write.seen, ...theirs }
    this.#write({ ...write, ...common, changes: only(write.changes), seen, base: version ?? write.base })
  }

  dismiss({ write }: Refused): void {
    this.#outbox.dismiss(write.id)
  }

  onWrites(listener: () => void): () => void {
    this.#writeListeners.add(listener)
    return () => void this.#writeListeners.delete(listener)
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

  #common<K extends WritableKind>(kind: K, target: string) {
    // What was not told to anybody cannot be changed, nor is it known whose it would be.
    if (this.#cursor === undefined) throw new Error('The replica is not ready.')
    this.#lastOrder = Math.max(this.#lastOrder + 1, Date.now())
    return { id: newKey(), order: this.#lastOrder, tab: this.#tab, kind, target }
  }

  #present(kind: WritableKind, name: string): { id: string; version: number | undefined } {
    const found = this.find(kind, name)
    if (!found) throw new Error(`The replica has no ${kind} ${name}.`)
    return {
      id: found.id,
      version: isLocal(found.id) ? undefined : this.#copy.kept.get(keyOf(kind, found.id))?.resource.version,
    }
  }

  #write<T>(write: Write): Sent<T> {
    const { kept, done } = this.#outbox.add(write)
    return { id: write.target, kept, done: done as Promise<T> }
  }

  async #run(): Promise<never> {
    const { signal } = this.#end
    const { locks } = this.#api
    const { shared } = this.#storage
    this.#loaded = lead(locks, shared, signal, () => void this.#takeOver()).then((leads) => {
      this.#leads = leads
      if (shared !== undefined) hold(locks, this.#nameOf(this.#tab), signal)
      return this.#load()
    })
    await this.#loaded
    const follow = this.#follow()
    // Sends once it is known that whoever is logged in is who wrote.
    const send = this.#heard.then(() => this.#outbox.run(signal))
    return Promise.race([follow, send])
  }

  async #follow(): Promise<never> {
    const { signal } = this.#end
    for (;;) {
      try {
        const follow = { after: this.#cursor, signal, onTrouble: (error: Error) => this.#miss(error) }
        for await (const batch of followChanges(this.#api, follow)) {
          await this.#outbox.quiet(signal)
          this.#take(batch)
          this.#isHeard()
        }
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
    for (const [name, value] of entries)
      if (name.startsWith(REFUSED)) this.#outbox.refused.set(name.slice(REFUSED.length), value as Refused)
    await this.#adopt(entries)
    if (!hasAll) return
    this.#become('offline')
    this.#hasAll()
  }

  /** Goes on with what was written in tabs that are gone, or here before a reload. */
  async #adopt(entries: ReadonlyMap<string, unknown>): Promise<void> {
    if (!this.#leads) return
    const writes = [...entries].filter(([name]) => name.startsWith(WRITE)).map(([, value]) => value as Write)
    const tabs = [...new Set(writes.map(({ tab }) => tab))].filter((tab) => tab !== this.#tab)
    const locks = this.#storage.shared === undefined ? undefined : this.#api.locks
    const alive = await Promise.all(tabs.map((tab) => isHeld(locks, this.#nameOf(tab))))
    const adopted = writes
      .filter(({ tab }) => tabs.some((each, i) => each === tab && !alive[i]))
      .map((write) => ({ ...write, tab: this.#tab }))
    if (adopted.length === 0) return
    this.#lastOrder = Math.max(this.#lastOrder, ...adopted.map(({ order }) => order))
    this.#saver.save(new Map(adopted.map((write) => [`${WRITE}${write.id}`, write]))).catch(() => undefined)
    this.#outbox.adopt(adopted)
  }

  #nameOf(tab: string): string {
    return `${this.#storage.shared} ${tab}`
  }

  #take({ changes, cursor, upToDate }: ChangeBatch): void {
    if (this.unsent.length > 0)
      for (const { kind, resource, resource_id } of changes as readonly Told[])
        if (!resource) this.#gone.add(kind === 'reset' ? kind : (resource_id ?? ''))
    const changed = new Set(changes.flatMap((change) => this.#copy.apply(change)))
    this.#cursor = cursor
    if (upToDate) this.#become('live')
    this.#keep(changed)
    this.#show(changed)
    if (upToDate) this.#hasAll()
  }

  /**
   * The answer to a write goes into the copy, where it is at least as new as what the feed has told. It brings nothing
   * back that the feed has told to be gone.
   */
  #confirm(write: Write, answer: AnyResource | undefined): void {
    const gone = this.#gone
    this.#gone = new Set()
    if (!answer || !('id' in answer)) {
      if (write.act === 'remove') this.#copy.kept.delete(keyOf(write.kind, write.target))
      return
    }
    const key = keyOf(write.kind, answer.id)
    const kept = this.#copy.kept.get(key)
    const project = 'project_id' in answer ? answer.project_id : answer.id
    const went = gone.has('reset') || gone.has(answer.id) || gone.has(project ?? '')
    if (kept ? kept.resource.version >= answer.version : write.act !== 'create' || went) return
    // As a list has it: a single project says more.
    const fields = Object.keys(kept?.resource ?? BLANKS[write.kind]).map((field) => [
      field,
      (answer as unknown as Fields)[field],
    ])
    this.#copy.kept.set(key, { project, resource: Object.fromEntries(fields) as AnyResource })
  }

  #changed(entries: ReadonlyMap<string, unknown>, keys: Iterable<string>): Promise<void> {
    const all = new Map(entries)
    const shown = new Set(keys)
    if (this.#leads) for (const key of shown) all.set(`${KEPT}${key}`, this.#copy.kept.get(key))
    const kept = this.#saver.save(all)
    kept.catch(() => undefined)
    this.#show(shown)
    for (const listener of this.#writeListeners) listener()
    return kept
  }

  #forget(): void {
    const all = [...this.#copy.kept.keys()]
    this.#copy = new Copy()
    this.#cursor = undefined
    this.#outbox.forget()
    this.#become('loading')
    this.#keep(all)
    this.#show(all)
  }

  #show(keys: Iterable<string>): void {
    const around = { statuses: () => this.#shown.all('status'), tasks: () => this.#shown.all('task') }
    this.#shown.update(
      Array.from(keys, (key) => {
        let resource = this.#copy.kept.get(key)?.resource
        for (const write of this.#outbox.to(key)) resource = after(write, resource, around)
        return [key, resource]
      }),
    )
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
    // Nothing is forgotten that is still being read.
    await this.#loaded
    const entries = await this.#storage.load()
    const names = [...entries.keys()].filter((name) => name.startsWith(KEPT))
    this.#leads = true
    await this.#adopt(entries)
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

interface Told {
  kind: string
  resource_id: string | null
  resource: unknown
}

interface Place {
  cursor: string
  /** Whether everything had been told by then. */
  hasAll: boolean
}
