// An event as a reader may know it. The feed and the histories show the same.
import { Type, type Static, type TProperties } from 'typebox'
import { raw } from '../../database/sql.ts'
import { MapOf, Nullable } from '../../http/schemas.ts'

/** A row of `events`, with whether the reader sees the project it happened in and the one it came from. */
export interface Event {
  readonly seq: number
  readonly at: string
  readonly operation_id: string
  readonly actor_id: string | null
  /** The token for programs by which the actor did it. */
  readonly token_id: string | null
  readonly kind: string
  readonly project_id: string | null
  readonly from_project_id: string | null
  readonly resource_id: string
  readonly version: number
  readonly before: Fields
  readonly after: Fields
  /** What its subject was called at that moment. */
  readonly ref: string | null
  readonly title: string | null
  /** Its reference in the project that it left, if it moved. */
  readonly from_ref: string | null
  readonly inside: boolean
  readonly from_inside: boolean
}

type Fields = Readonly<Record<string, unknown>>

/** The columns of an event, in a statement that calls it `event`. */
export const EVENT = raw(
  `event.seq, event.at, event.operation_id, event.actor_id, event.token_id, event.kind, event.project_id, event.from_project_id,
    event.resource_id, event.version, event.before, event.after, event.ref,
    case when event.kind like 'member.%' then (select name from users where users.id = event.resource_id) else event.title end as title,
    (select key from projects where projects.id = event.from_project_id)
      || '-' || coalesce(event.before ->> 'number', split_part(event.ref, '-', 2)) as from_ref`,
)

export const FieldChanges = MapOf(
  Type.Object({ from: Type.Unknown(), to: Type.Unknown() }, { title: 'FieldChange' }),
  {
    title: 'FieldChanges',
    description:
      'By field; null for a value that is not set, or that the trail does not keep or you may not see.',
    examples: [{ status: { from: 'todo', to: 'done' } }],
  },
)
export type FieldChanges = Static<typeof FieldChanges>

/** Not fields of a resource: the kind of the event says it, or it is a secret. */
const NOT_SHOWN = new Set(['other_id', 'deleted_at', 'password_hash', 'secret', 'previous_secret'])

/** What an event changed, as far as it happened where the reader can see. */
export function changesOf(event: Event): FieldChanges {
  const { before, after, inside, from_inside, from_project_id } = event
  if (!inside && from_inside) return { project_id: { from: from_project_id, to: null } }
  const cameFromHidden = from_project_id !== null && !from_inside
  return Object.fromEntries(
    [...new Set([...Object.keys(before), ...Object.keys(after)])]
      .filter((name) => !NOT_SHOWN.has(name))
      .map((name) => [
        name,
        {
          from: cameFromHidden ? null : asOnWire(name, before[name]),
          to: asOnWire(name, after[name]),
        },
      ]),
  )
}

/** JSON in the database spells the zone of an instant differently from the columns of a resource. */
const asOnWire = (name: string, value: unknown): unknown =>
  typeof value === 'string' && name.endsWith('_at') ? value.replace('+00:00', 'Z') : (value ?? null)

/** The project in which the reader saw it happen. */
export const seenIn = (event: Event): string | null =>
  event.inside || !event.from_inside ? event.project_id : event.from_project_id

/**
 * What the subject was called at the moment of the event, as far as the reader may know: a project by its key and
 * name, everything else by reference and title. Of what left the reader's sight, what it was called before.
 */
export function namesOf(event: Event): Names {
  const { kind, inside, from_inside, before, ref, title, from_ref } = event
  const left = !inside && from_inside
  const [shortName, name] = left ? [from_ref, (before['title'] as string | undefined) ?? title] : [ref, title]
  return kind.startsWith('project.') ? { key: shortName, name } : { ref: shortName, title: name }
}

export type Names =
  | { readonly key: string | null; readonly name: string | null }
  | { readonly ref: string | null; readonly title: string | null }

const name = (example: string, description: string) =>
  Nullable(Type.String({ maxLength: 500, description }), { examples: [example] })

/** Null in events of before there was this, of accounts, and of what was purged since. */
export const namesSchema = (kind: string): TProperties =>
  kind === 'project'
    ? {
        key: name('OPS', 'What its key was then.'),
        name: name('Operations', 'What it was called then.'),
      }
    : {
        ref: name('OPS-42', 'What its reference was then; the key of its project if it has none.'),
        title: name('Renew the certificate', 'What it was called then. Of a member the name of today.'),
      }
