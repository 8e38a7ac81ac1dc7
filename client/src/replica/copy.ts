// What the feed has told so far. docs/changes.md has the rules.
import type { Change } from '../generated/types.ts'

/** What a replica holds: each kind of which the feed tells the present state, and how it looks. */
export type Kind = Change['kind'] extends infer K ? (K extends `${infer Name}.state` ? Name : never) : never
export type Resource<K extends Kind> = Resources[K]
/** A member is told apart from the same person's in other projects by what its address says and itself does not. */
type Resources = { [K in Kind]: Told<K> & (K extends 'member' ? { project_id: string } : unknown) }
type Told<K extends Kind> = NonNullable<Extract<Change, { kind: `${K}.state` }>['resource']>
export type AnyResource = Resource<Kind>

export interface Kept {
  /** The project that it goes away with. */
  readonly project: string | null
  readonly resource: AnyResource
}

/** `task/<id>`; a member is known by project and user: `member/<project id>/<user id>`. */
export const keyOf = (kind: Kind, id: string): string => `${kind}/${id}`
export const kindOf = (key: string): Kind => key.slice(0, key.indexOf('/')) as Kind

export class Copy {
  readonly kept: Map<string, Kept>

  constructor(kept: Iterable<[string, Kept]> = []) {
    this.kept = new Map(kept)
  }

  /** Does what the change says, and answers what is different now. */
  apply(change: Change): string[] {
    const [type] = change.kind.split('.') as [Kind | 'reset' | 'user' | 'webhook']
    if (type === 'reset') return this.#forget(() => true)
    // Those whom it concerns follow as items of their own; of a webhook there is nothing to be kept.
    if (type === 'user' || type === 'webhook') return []
    const { project_id, resource_id, resource } = change as Item
    const key = keyOf(type, type === 'member' ? `${project_id}/${resource_id}` : resource_id)
    if (resource) {
      // An answer was faster; what is newer than this follows.
      if ((this.kept.get(key)?.resource.version ?? 0) > resource.version) return []
      const project = 'project_id' in resource ? resource.project_id : project_id
      this.kept.set(key, {
        project,
        resource: type === 'member' ? Object.assign({ project_id }, resource) : resource,
      })
      return [key]
    }
    const gone = this.#forget((other, { project, resource: has }) =>
      type === 'project'
        ? project === resource_id
        : other === key || ('task_id' in has && has.task_id === resource_id),
    )
    return gone
  }

  #forget(goes: (key: string, kept: Kept) => boolean): string[] {
    const gone = [...this.kept].filter(([key, kept]) => goes(key, kept)).map(([key]) => key)
    for (const key of gone) this.kept.delete(key)
    return gone
  }
}

interface Item {
  project_id: string | null
  resource_id: string
  resource: AnyResource | null
}
