/** Where a replica survives a reload: names and values that can be written as JSON. */
export interface ReplicaStorage {
  load(): Promise<ReadonlyMap<string, unknown>>
  /** Writes all of these or none, also when the process dies meanwhile. `undefined` takes away. */
  save(entries: ReadonlyMap<string, unknown>): Promise<void>
  /** Names what several tabs share: one of them at a time keeps what the feed tells. */
  readonly shared?: string
}

/** Forgets everything with the page or process. The default. */
export function memoryStorage(): ReplicaStorage {
  const kept = new Map<string, unknown>()
  return {
    load: async () => new Map(kept),
    async save(entries) {
      for (const [name, value] of entries)
        if (value === undefined) kept.delete(name)
        else kept.set(name, value)
    },
  }
}

/** Writes one after the other, and what comes meanwhile together. */
export class Saver {
  readonly #storage: ReplicaStorage
  readonly #onError: (error: unknown) => void
  #next = new Map<string, unknown>()
  #waiting: Promise<void> | undefined
  #last: Promise<void> = Promise.resolve()

  constructor(storage: ReplicaStorage, onError: (error: unknown) => void) {
    this.#storage = storage
    this.#onError = onError
  }

  /** Resolves when it is kept. */
  save(entries: ReadonlyMap<string, unknown>): Promise<void> {
    for (const [name, value] of entries) this.#next.set(name, value)
    this.#waiting ??= this.#last = this.#last.catch(() => undefined).then(() => this.#write())
    return this.#waiting
  }

  /** Resolves when nothing waits. */
  idle(): Promise<void> {
    return this.#last.catch(() => undefined)
  }

  async #write(): Promise<void> {
    const entries = this.#next
    this.#next = new Map()
    this.#waiting = undefined
    try {
      await this.#storage.save(entries)
    } catch (error) {
      this.#onError(error)
      throw error
    }
  }
}
