// What a noun is: all that the trail and its readers (feed, stream, histories, webhooks, trash, undo) need to know of a
// kind of resource. Each noun is declared once, in its own folder; nouns.ts lists them.
import type { TSchema } from 'typebox'
import type { Db } from '../database/db.ts'
import { raw, sql, type Sql } from '../database/sql.ts'
import {
  canEditTasks,
  canManageProject,
  editable,
  joinMine,
  keptBy,
  ownable,
  owned,
  visible,
  type Membership,
  type Viewer,
} from '../policy.ts'
import type { Scope } from '../scopes.ts'

/** What an undo needs to know of one resource: which it is, and what its fields were before the operation. */
export interface Reversal {
  readonly id: string
  readonly projectId: string
  readonly before: Readonly<Record<string, unknown>>
}

/** What an operation did to a row, up to the event with this number. */
export interface Recorded extends Reversal {
  readonly after: Readonly<Record<string, unknown>>
  readonly lastSeq: number
}

export type Undo =
  /** Not at all, and why. */
  | { readonly refused: string }
  | {
      /** What an operation changed, in terms of today, where the trail says it in terms of then. Before rows are locked. */
      translate?<T extends Recorded>(tx: Db, recorded: readonly T[]): Promise<T[]>
      /** Puts a row back that is gone, or the fields of one that is there. Throws `not_undoable`. */
      restore?(tx: Db, viewer: Viewer, reversal: Reversal): Promise<void>
      /** Takes a created row away. */
      remove?(tx: Db, viewer: Viewer, reversal: Reversal): Promise<void>
      /** Throws unless the rules that the noun's routes keep still hold, after everything was put back. */
      check?(tx: Db, reversals: readonly Reversal[], viewer: Viewer): Promise<void>
    }

export interface Noun {
  /** Names its events, such as `task.updated`, and itself wherever a resource has a `type`. */
  readonly kind: string
  /** What a read answers. Its `$id` is the name in the OpenAPI document. */
  readonly schema: TSchema & { readonly $id?: string }
  readonly table: string
  /** The select list that makes a row a resource. May use `projects`, `mine` (the viewer's membership) and `join`. */
  readonly columns: Sql | ((viewer: Viewer) => Sql)
  /** What `columns` reads besides the table, its project and the viewer's membership. */
  readonly join?: Sql
  /** The column that identifies it: in the whole table if it is `id`, otherwise within its project. */
  readonly id: string
  /** The column with the id of its project; null for what belongs to none. */
  readonly project: string | null
  /** Deleting it sets `deleted_at`, and it can be restored. Otherwise the row is gone at once. */
  readonly trash: boolean
  /**
   * Whoever sees the project sees it, or only those who manage the project; or, of what belongs to none, only whose it is
   * (`created_by`), and no administrator: to manage an instance nobody needs to know what others keep for themselves. Who
   * has one of those is the parent of its events, which is how they are told to nobody else.
   */
  readonly seenBy: 'members' | 'managers' | 'owner'
  /**
   * Who may change it: those who may edit tasks; only those who manage the project; or of those who may edit tasks only
   * its author (`created_by`), besides whom those who manage the project may delete and restore it and nothing else.
   */
  readonly changedBy: 'editors' | 'managers' | 'author'
  /** What a token for programs needs to change it and, where only managers see it, to see it. */
  readonly scope: Scope
  /** What managers change of it stays as it is while the project is archived, as all does that editors change. */
  readonly stillInArchive?: true
  /** How its rows of one project are paged, by an index: by `id`, or by `created_at` and `id`. */
  readonly pagedBy?: 'created_at'
  /**
   * The column that says what people call it: of its own row, or of the row of `titleFrom` with its id. Null for what has
   * no name of its own: it is called what it hangs on is called, and has the reference of that.
   */
  readonly title: string | null
  readonly titleFrom?: string
  /** The column with its number in the project, which with the project's key is its reference: `OPS-42`. */
  readonly number?: string
  /**
   * What it hangs on, such as a comment on a task, and the column that says on which. It goes where that goes, as a part
   * of the same change and without events of its own: its project is `internal`, and move_along() sees to it.
   */
  readonly parent?: { readonly noun: Noun; readonly column: string }
  /**
   * What of the same parent it may hang on as well, such as a file on a comment on a task, and the column that says on
   * which, or null. In the trash that hides it, and purged it takes it along.
   */
  readonly within?: { readonly noun: Noun; readonly column: string }
  /** The column with the row of its own table that it hangs on, such as a task on a task: the database takes it along. */
  readonly hangsOn?: string
  /** The fields that are sets, whose elements people add and take away one by one: undone element by element. */
  readonly sets?: readonly string[]
  /**
   * The columns that are objects with members of their own, such as custom fields: recorded, merged and undone member by
   * member, each as a field called `fields.points` (maps.ts).
   */
  readonly maps?: readonly string[]
  /** The columns with the words that GET /search finds it by: its title and its text, or one text. */
  readonly searched?: { readonly title?: string; readonly text: string }
  /** The fields that hold ids of other nouns, with the kind of those; histories give their names. */
  readonly refers: Readonly<Record<string, string>>
  /**
   * What its schema shows of other nouns, by their kind: when one of the fields changes, its rows look different. `by`
   * is the column that refers to the other noun.
   */
  readonly shows?: Readonly<Record<string, { readonly by: string; readonly fields: readonly string[] }>>
  /** How an operation on it is undone, if not field by field, by the trash, or by deleting what was created. */
  readonly undo?: Undo
  /** Columns whose values the trail must not hold: it says that they changed, and null for the value. */
  readonly hidden?: readonly string[]
  /** Columns that are no part of the resource, or follow another one: changing them alone is no change. */
  readonly internal?: readonly string[]
  /** Names the event of an update after which a column is no longer null: `{ disabled_at: 'disabled' }`. */
  readonly verbs?: Readonly<Record<string, string>>
  /** A change that names no author leaves no event: the release that began to track the table had to live beside one that named none. */
  readonly unlessAnonymous?: true
}

/** What can happen to it, as the second word of its events: `task.created`. */
export const verbsOf = ({ trash, verbs = {} }: Noun): string[] => [
  'created',
  'updated',
  ...Object.values(verbs),
  ...(trash ? ['deleted', 'restored'] : []),
  'removed',
]

/** The select list of a noun, for the viewer. */
export const columnsOf = ({ columns }: Noun, viewer: Viewer): Sql =>
  typeof columns === 'function' ? columns(viewer) : columns

/** A column of the noun's table. */
export const column = ({ table }: Noun, name: string): Sql => raw(`${table}.${name}`)

/** The noun that has the name: itself, or what it hangs on. */
const named = (noun: Noun): Noun => (noun.title === null && noun.parent ? named(noun.parent.noun) : noun)

/** What people call a row where a title is not enough: its reference, or the key of its project. Needs `rows`. */
export const reference = (noun: Noun): Sql => {
  const { number } = named(noun)
  return number ? sql`projects.key || '-' || ${column(named(noun), number)}` : raw('projects.key')
}

/** What people call a row. Needs `rows`. */
export const title = (noun: Noun): Sql => {
  const { title: name, titleFrom, table } = named(noun)
  return raw(`${titleFrom ?? table}.${name}`)
}

/** Belongs after the noun's table: what its rows hang on, and what `columns` needs. */
export const joins = (noun: Noun): Sql => {
  const own = noun.join ?? raw('')
  if (!noun.parent) return own
  const { noun: parent, column: on } = noun.parent
  const within = noun.within
    ? sql`left join ${raw(noun.within.noun.table)} on ${column(noun.within.noun, 'id')} = ${column(noun, noun.within.column)}`
    : raw('')
  return sql`join ${raw(parent.table)} on ${column(parent, parent.id)} = ${column(noun, on)} ${joins(parent)} ${within} ${own}`
}

/** Belongs after `from`: the noun's rows, each with its project, the viewer's membership and what `columns` needs. */
export function rows(noun: Noun, viewer: Viewer): Sql {
  if (noun.project === null) return sql`${raw(noun.table)} ${joins(noun)}`
  const table =
    noun.table === 'projects'
      ? raw('')
      : sql`join ${raw(noun.table)} on ${column(noun, noun.project)} = projects.id`
  return sql`projects ${joinMine(viewer)} ${table} ${joins(noun)}`
}

/** Condition: neither the row nor what it hangs on is in the trash. Needs `rows`. */
export const present = (noun: Noun): Sql =>
  sql`${noun.trash ? sql`${column(noun, 'deleted_at')} is null` : raw('true')} and ${presentAbove(noun)}`

/** Condition: nothing that the row hangs on is in the trash. Needs `rows`. */
export const presentAbove = ({ parent, within }: Noun): Sql =>
  sql`${parent ? present(parent.noun) : raw('true')} and ${within ? sql`${column(within.noun, 'deleted_at')} is null` : raw('true')}`

/** Condition: the viewer can see the noun's rows of the project. Needs `joinMine`. */
export const open = ({ project, seenBy, table }: Noun, viewer: Viewer): Sql =>
  project === null
    ? seenBy === 'owner'
      ? keptBy(viewer, raw(`${table}.created_by`))
      : raw('true')
    : seenBy === 'managers'
      ? ownable(viewer)
      : visible(viewer)

/** Condition: the viewer may change the noun's rows of the project, or take its row out of the trash. Needs `joinMine`. */
export const changeable = ({ table, changedBy }: Noun, viewer: Viewer): Sql =>
  // A project that is in the trash itself is its owners' to bring back.
  table === 'projects'
    ? owned(viewer)
    : changedBy === 'managers'
      ? ownable(viewer)
      : changedBy === 'editors'
        ? editable(viewer)
        : sql`${editable(viewer)} and (${raw(table)}.created_by = ${viewer.id} or ${owned(viewer)})`

/** The same of a row by this author in a project that was read, when the fields of the row are changed. */
export function mayChange(
  { changedBy }: Noun,
  viewer: Viewer,
  project: Membership,
  author: unknown,
  fields: readonly string[],
): boolean {
  if (changedBy === 'managers') return canManageProject(viewer, project)
  if (!canEditTasks(viewer, project)) return false
  if (changedBy === 'editors' || author === viewer.id) return true
  return fields.every((field) => field === 'deleted_at') && canManageProject(viewer, project)
}
