// What a replica shows, by kind, and the queries that look at it.
import { kindOf, type AnyResource, type Kind, type Resource } from './copy.ts'
import { LiveQuery, type Changed, type Query, type QueryOptions } from './query.ts'

/** A query, which is only ever told of its own kind. */
interface Listening {
  notice(changed: Changed): void
}

export class Shown {
  readonly #byKind = new Map<Kind, Map<string, AnyResource>>()
  readonly #listening = new Map<Kind, Set<Listening>>()

  get(key: string): AnyResource | undefined {
    return this.#of(kindOf(key)).get(key)
  }

  all<K extends Kind>(kind: K): Iterable<Resource<K>> {
    return this.#of(kind).values() as Iterable<Resource<K>>
  }

  /** Shows these instead of what was there, undefined for nothing, and tells the queries whose answer is another one. */
  update(entries: Iterable<[key: string, now: AnyResource | undefined]>): void {
    const changed = new Map<Kind, Changed>()
    for (const [key, now] of entries) {
      const kind = kindOf(key)
      const resources = this.#of(kind)
      const before = resources.get(key)
      // An answer says what was shown already.
      if (before === now || (before && JSON.stringify(before) === JSON.stringify(now))) continue
      if (now) resources.set(key, now)
      else resources.delete(key)
      const others = changed.get(kind)
      if (others) others.push({ before, now })
      else changed.set(kind, [{ before, now }])
    }
    // After all of it is there: a listener may look at another kind.
    for (const [kind, what] of changed)
      for (const query of this.#listening.get(kind) ?? []) query.notice(what)
  }

  query<K extends Kind>(kind: K, options: QueryOptions<Resource<K>> = {}): Query<Resource<K>> {
    const listening = this.#listening.get(kind) ?? new Set<Listening>()
    this.#listening.set(kind, listening)
    const query: LiveQuery<Resource<K>> = new LiveQuery(
      () => this.all(kind),
      options,
      (listens) => void (listens ? listening.add(query) : listening.delete(query)),
    )
    return query
  }

  #of(kind: Kind): Map<string, AnyResource> {
    const found = this.#byKind.get(kind) ?? new Map<string, AnyResource>()
    this.#byKind.set(kind, found)
    return found
  }
}
