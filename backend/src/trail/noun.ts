// What a noun is: all that the trail and its readers (feed, stream, histories, webhooks, trash, undo) need to know of a
// kind of resource. Each noun is declared once, in its own folder; nouns.ts lists them.
import type { TSchema } from 'typebox'
import { raw, sql, type Sql } from '../database/sql.ts'
import { editable, joinMine, ownable, owned, visible, type Viewer } from '../policy.ts'

export interface Noun {
  /** Names its events, such as `task.updated`, and itself wherever a resource has a `type`. */
  readonly kind: string
  /** What a read answers. Its `$id` is the name in the OpenAPI document. */
  readonly schema: TSchema & { readonly $id?: string }
  readonly table: string
  /** The select list that makes a row a resource. May use `projects`, `mine` (the viewer's membership) and `join`. */
  readonly columns: Sql
  /** What `columns` reads besides the table, its project and the viewer's membership. */
  readonly join?: Sql
  /** The column that identifies it: in the whole table if it is `id`, otherwise within its project. */
  readonly id: string
  /** The column with the id of its project; null for what belongs to none. */
  readonly project: string | null
  /** Deleting it sets `deleted_at`, and it can be restored. Otherwise the row is gone at once. */
  readonly trash: boolean
  /** Whoever sees the project sees it, or only those who manage the project. */
  readonly seenBy: 'members' | 'managers'
  /** Who may change it: those who may edit tasks, or only those who manage the project. */
  readonly changedBy: 'editors' | 'managers'
  /** How its rows of one project are paged, by an index: by `id`, or by `created_at` and `id`. */
  readonly pagedBy?: 'created_at'
  /** What people call it, in histories and in the trash: an expression over its row, or over that of `titleFrom` with its id. */
  readonly title: Sql
  readonly titleFrom?: string
  /** What people call it by where a title is not enough: its project's key unless it has a reference of its own. */
  readonly ref?: Sql
  /** The fields that hold ids of other nouns, with the kind of those; histories give their names. */
  readonly refers: Readonly<Record<string, string>>
  /**
   * What its schema shows of other nouns, by their kind: when one of the fields changes, its rows look different. `by`
   * is the column that refers to the other noun.
   */
  readonly shows?: Readonly<Record<string, { readonly by: string; readonly fields: readonly string[] }>>
}

/** What can happen to it, as the second word of its events: `task.created`. */
export const verbsOf = ({ trash }: Noun): string[] => [
  'created',
  'updated',
  ...(trash ? ['deleted', 'restored'] : []),
  'removed',
]

/** A column of the noun's table. */
export const column = ({ table }: Noun, name: string): Sql => raw(`${table}.${name}`)

/** Belongs after `from`: the noun's rows, each with its project, the viewer's membership and what `columns` needs. */
export function rows(noun: Noun, viewer: Viewer): Sql {
  if (noun.project === null) return sql`${raw(noun.table)} ${noun.join ?? raw('')}`
  const table =
    noun.table === 'projects'
      ? raw('')
      : sql`join ${raw(noun.table)} on ${column(noun, noun.project)} = projects.id`
  return sql`projects ${joinMine(viewer)} ${table} ${noun.join ?? raw('')}`
}

/** Condition: the row is not in the trash. */
export const present = (noun: Noun): Sql =>
  noun.trash ? sql`${column(noun, 'deleted_at')} is null` : raw('true')

/** Condition: the viewer can see the noun's rows of the project. Needs `joinMine`. */
export const open = ({ project, seenBy }: Noun, viewer: Viewer): Sql =>
  project === null ? raw('true') : seenBy === 'managers' ? ownable(viewer) : visible(viewer)

/** Condition: the viewer may change the noun's rows of the project, or take its row out of the trash. Needs `joinMine`. */
export const changeable = ({ table, changedBy }: Noun, viewer: Viewer): Sql =>
  // A project that is in the trash itself is its owners' to bring back.
  table === 'projects' ? owned(viewer) : changedBy === 'managers' ? ownable(viewer) : editable(viewer)
