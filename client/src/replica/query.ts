export interface QueryOptions<T> {
  /** What belongs to it; everything of its kind without this. */
  where?: ((resource: T) => boolean) | undefined
  /** Its order; that of the ids, which is that of creation, without this. */
  sort?: ((one: T, other: T) => number) | undefined
}

/** A question that is answered at any time, and that says when its answer is another one. */
export interface Query<T> {
  /** The answer now. It is the same array for as long as it has the same resources in the same state and order. */
  readonly items: readonly T[]
  /** Calls with each new answer until the returned function is called. */
  subscribe(listener: (items: readonly T[]) => void): () => void
}

/** Resources of one kind, before and after. */
export type Changed = { before: object | undefined; now: object | undefined }[]

export class LiveQuery<T extends object> implements Query<T> {
  readonly #source: () => Iterable<T>
  readonly #options: QueryOptions<T>
  readonly #live: (listens: boolean) => void
  readonly #listeners = new Set<(items: readonly T[]) => void>()
  #items: readonly T[] = []
  #members = new Set<object>()

  /** `live` is told whether anybody listens: only then it is told of changes. */
  constructor(source: () => Iterable<T>, options: QueryOptions<T>, live: (listens: boolean) => void) {
    this.#source = source
    this.#options = options
    this.#live = live
  }

  get items(): readonly T[] {
    if (this.#listeners.size === 0) this.#ask()
    return this.#items
  }

  subscribe(listener: (items: readonly T[]) => void): () => void {
    if (this.#listeners.size === 0) {
      this.#ask()
      this.#live(true)
    }
    this.#listeners.add(listener)
    return () => {
      if (this.#listeners.delete(listener) && this.#listeners.size === 0) this.#live(false)
    }
  }

  /** What was there before and what is now, of everything of its kind that has changed. */
  notice(changed: Changed): void {
    const { where } = this.#options
    const concerns = changed.some(
      ({ before, now }) =>
        (before !== undefined && this.#members.has(before)) ||
        (now !== undefined && (where?.(now as T) ?? true)),
    )
    if (!concerns || !this.#ask()) return
    for (const listener of this.#listeners) listener(this.#items)
  }

  /** Asks anew, and answers whether the answer is another one. */
  #ask(): boolean {
    const { where, sort } = this.#options
    const found: T[] = []
    for (const resource of this.#source()) if (where?.(resource) ?? true) found.push(resource)
    if (sort) found.sort(sort)
    if (found.length === this.#items.length && found.every((item, i) => item === this.#items[i])) return false
    this.#items = found
    this.#members = new Set<object>(found)
    return true
  }
}
