// Writes on their way: in order, one at a time, again until the service has said what became of them.
import type { Connection } from '../connection.ts'
import { isProblem, mayPass, ProblemError } from '../problem.ts'
import { backoff, pause, pauseUntilOnline } from '../waiting.ts'
import { keyOf, type AnyResource } from './copy.ts'
import { WRITABLE, type Changes, type New, type WritableKind } from './writable.ts'
import { isSame, renamed, type Refused, type Write } from './writes.ts'

/** So long what is heard waits for the answer of a create, which would be shown twice meanwhile. */
const HEARS_LATER_MS = 5_000

export interface OutboxOptions {
  readonly api: Connection
  /** Takes over what the service has answered. */
  confirm(write: Write, answer: AnyResource | undefined): void
  /** Keeps these entries, and shows these resources anew. */
  changed(entries: ReadonlyMap<string, unknown>, keys: Iterable<string>): Promise<void>
}

interface Waiter {
  resolve(answer: AnyResource | undefined): void
  reject(error: unknown): void
}

export const WRITE = 'write/'
export const REFUSED = 'refused/'

export class Outbox {
  writes: Write[] = []
  readonly refused = new Map<string, Refused>()
  /** The ids that the service has given to what was created here. */
  readonly ids = new Map<string, string>()
  readonly #options: OutboxOptions
  readonly #waiters = new Map<string, Waiter>()
  #creating: Promise<unknown> | undefined
  #wake: () => void = () => undefined

  constructor(options: OutboxOptions) {
    this.#options = options
  }

  /** What is on its way to this resource. */
  to(key: string): Write[] {
    return this.writes.filter(({ kind, target }) => keyOf(kind, target) === key)
  }

  add(write: Write): { kept: Promise<void>; done: Promise<AnyResource | undefined> } {
    const done = new Promise<AnyResource | undefined>((resolve, reject) => {
      this.#waiters.set(write.id, { resolve, reject })
    })
    // Whoever does not wait for it finds it among those that were refused.
    done.catch(() => undefined)
    this.writes.push(write)
    const kept = this.#options.changed(new Map([[`${WRITE}${write.id}`, write]]), [
      keyOf(write.kind, write.target),
    ])
    kept.catch(() => undefined)
    this.#wake()
    return { kept, done }
  }

  /** Takes in what was kept by a tab that is gone, or by this one before a reload. */
  adopt(writes: readonly Write[]): void {
    this.writes = [...this.writes, ...writes].sort((one, other) => one.order - other.order)
    void this.#options.changed(
      new Map(),
      writes.map(({ kind, target }) => keyOf(kind, target)),
    )
    this.#wake()
  }

  dismiss(id: string): Refused | undefined {
    const refused = this.refused.get(id)
    this.refused.delete(id)
    void this.#options.changed(new Map([[`${REFUSED}${id}`, undefined]]), [])
    return refused
  }

  /** Sends none of it: it is somebody else's. */
  forget(): void {
    const entries = new Map<string, undefined>()
    for (const { id } of this.writes) entries.set(`${WRITE}${id}`, undefined)
    for (const id of this.refused.keys()) entries.set(`${REFUSED}${id}`, undefined)
    const keys = this.writes.map(({ kind, target }) => keyOf(kind, target))
    this.writes = []
    this.refused.clear()
    void this.#options.changed(entries, keys)
  }

  /** Resolves when nothing is being created, or that takes long. */
  async quiet(signal: AbortSignal): Promise<void> {
    if (this.#creating) await Promise.race([this.#creating, pause(HEARS_LATER_MS, signal)])
  }

  /** Sends what there is and what comes, until the signal ends it. */
  async run(signal: AbortSignal): Promise<never> {
    signal.addEventListener('abort', () => this.#wake())
    for (let failures = 0; ;) {
      signal.throwIfAborted()
      const [write] = this.writes
      if (!write) {
        await new Promise<void>((resolve) => (this.#wake = resolve))
        continue
      }
      try {
        const sending = this.#send(write, signal)
        if (write.act === 'create') this.#creating = sending.catch(() => undefined)
        this.#confirm(write, await sending)
        failures = 0
      } catch (error) {
        signal.throwIfAborted()
        if (mayPass(error)) await pauseUntilOnline(waitFor(error, failures++), signal)
        else if (error instanceof ProblemError && error.code !== 'unauthenticated') this.#refuse(write, error)
        else throw error
      } finally {
        this.#creating = undefined
      }
    }
  }

  async #send(write: Write, signal: AbortSignal): Promise<AnyResource | undefined> {
    const { api } = this.#options
    // The kind says which of the functions, and so what it takes.
    const how: Loose & Pick<(typeof WRITABLE)[WritableKind], 'remove'> = WRITABLE[write.kind]
    if (write.act === 'create') return how.create(api, write.what, { idempotency_key: write.id, signal })
    if (write.act === 'update') return this.#merge(how, write, signal)
    await how.remove(api, write.target, { signal }).catch((error: unknown) => {
      if (!isProblem(error, 'not_found')) throw error
    })
    return undefined
  }

  /**
   * Only what somebody else made of a field since it was seen is a collision: not what this one wrote before, and not
   * what it wants itself, such as by an attempt whose answer was lost.
   */
  async #merge(how: Loose, write: Write & { act: 'update' }, signal: AbortSignal): Promise<AnyResource> {
    for (let base_version = write.base; ;) {
      try {
        return await how.update(this.#options.api, write.target, write.changes, { base_version, signal })
      } catch (error) {
        if (!isProblem(error, 'version_conflict')) throw error
        const { conflicts = {}, version } = error.problem
        const theirs = Object.entries(conflicts).filter(
          ([field, { current, yours }]) => !isSame(current, write.seen[field]) && !isSame(current, yours),
        )
        if (theirs.length > 0 || version === undefined || version === base_version) throw error
        base_version = version
      }
    }
  }

  #confirm(write: Write, answer: AnyResource | undefined): void {
    this.writes = this.writes.filter(({ id }) => id !== write.id)
    const entries = new Map<string, unknown>([[`${WRITE}${write.id}`, undefined]])
    const keys = new Set([keyOf(write.kind, write.target)])
    if (write.act === 'create' && answer && 'id' in answer) {
      this.ids.set(write.target, answer.id)
      keys.add(keyOf(write.kind, answer.id))
      this.writes = this.writes.map((other) => {
        const anew = renamed(other, write.target, answer)
        entries.set(`${WRITE}${other.id}`, anew)
        for (const { kind, target } of [other, anew]) keys.add(keyOf(kind, target))
        return anew
      })
    }
    this.#options.confirm(write, answer)
    void this.#options.changed(entries, keys)
    this.#waiters.get(write.id)?.resolve(answer)
    this.#waiters.delete(write.id)
  }

  /** Takes it back, and keeps what it said. What was to happen to something that is not made is refused as well. */
  #refuse(write: Write, error: ProblemError): void {
    const followers =
      write.act === 'create'
        ? this.writes.filter((other) => JSON.stringify(other).includes(write.target))
        : [write]
    const entries = new Map<string, unknown>()
    for (const each of followers) {
      const { conflicts, version } = isProblem(error, 'version_conflict') ? error.problem : {}
      const refused: Refused = { write: each, code: error.code, detail: error.message, conflicts, version }
      this.refused.set(each.id, refused)
      entries.set(`${WRITE}${each.id}`, undefined).set(`${REFUSED}${each.id}`, refused)
    }
    this.writes = this.writes.filter((other) => !followers.includes(other))
    void this.#options.changed(
      entries,
      followers.map(({ kind, target }) => keyOf(kind, target)),
    )
    for (const { id } of followers) {
      this.#waiters.get(id)?.reject(error)
      this.#waiters.delete(id)
    }
  }
}

/** What any of the functions looks like to whoever does not know the kind. */
interface Loose {
  create(api: Connection, what: New[WritableKind], options: object): Promise<AnyResource>
  update(api: Connection, id: string, changes: Changes[WritableKind], options: object): Promise<AnyResource>
}

const waitFor = (error: Error, failures: number): number =>
  Math.max(backoff(failures), error instanceof ProblemError ? (error.retryAfter ?? 0) * 1000 : 0)
