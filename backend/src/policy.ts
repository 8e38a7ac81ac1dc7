// Who sees what and who may do what. Nothing else decides it.
import { raw, sql, type Sql } from './database/sql.ts'
import type { Scope } from './scopes.ts'

/** The token that a program sent, which acts for its user and has the narrower of both rights. */
export interface ViewersToken {
  readonly id: string
  readonly scopes: readonly Scope[]
  /** The only projects that there are for it; null for all that its user sees. */
  readonly project_ids: readonly string[] | null
  /** Whether its user is a bot. */
  readonly bot: boolean
}

/** Who is asking, as the database said at most a second ago. */
export interface Viewer {
  readonly id: string
  /** Null for a program, which has a token instead. */
  readonly session_id: string | null
  readonly token?: ViewersToken
  readonly role: 'user' | 'admin'
  /** One id for everything this request changes. */
  readonly operation: string
  /** The network address that the request came from. */
  readonly address: string
}

export const PROJECT_ROLES = ['owner', 'editor', 'viewer'] as const
export type ProjectRole = (typeof PROJECT_ROLES)[number]

/** What a statement loads to decide: the viewer's role in the project, null for an administrator who is no member. */
export interface Membership {
  readonly my_role: ProjectRole | null
}

/** Whether a token that the viewer sent is for this; whoever is logged in needs none. */
export const hasScope = ({ token }: { readonly token?: ViewersToken | undefined }, scope: Scope): boolean =>
  token?.scopes.includes(scope) ?? true

/**
 * The role in which somebody asks: their own; by a token that is not for administration, that of anybody. Such a token
 * reaches projects through memberships only, so these are where it is bound to some projects.
 */
export const roleOf = (own: Viewer['role'], token: ViewersToken | undefined): Viewer['role'] =>
  hasScope({ token }, 'admin') ? own : 'user'

/** Condition on a membership: its project is one of those that the viewer's token is for. */
const within = ({ token }: Viewer): Sql =>
  token?.project_ids ? sql`and mine.project_id = any (${token.project_ids}::uuid[])` : raw('')

/** Condition: a project, given by its id, is one of those that the viewer's token is for. */
export const inReach = ({ token }: Viewer, project: Sql): Sql =>
  token?.project_ids ? sql`${project} = any (${token.project_ids}::uuid[])` : raw('true')

/** Whether what this person keeps for themselves is the viewer's. It is in no project, so no token for some reaches it. */
export const keeps = ({ id, token }: Viewer, owner: string): boolean => owner === id && !token?.project_ids

/** The same as a condition. */
export const keptBy = ({ id, token }: Viewer, owner: Sql): Sql =>
  token?.project_ids ? raw('false') : sql`${owner} = ${id}`

/** Joins the viewer's own membership as `mine`; belongs directly after `projects`. */
export const joinMine = (viewer: Viewer): Sql =>
  sql`left join project_members mine on mine.project_id = projects.id and mine.user_id = ${viewer.id} ${within(viewer)}`

/**
 * Belongs after `from` in a statement that writes: the projects that meet the condition, as `projects`, each with the
 * viewer's role in it as `my_role`. Project and membership are held until the transaction ends, so rights are those at
 * the end of the statement, however long it waits for the row it changes: whoever archives or deletes the project, or
 * takes the role away, waits for it or is waited for, and PostgreSQL then asks the condition anew. `for key share` is
 * what a foreign key takes too, so writers do not wait for each other; the rare ones who take rights away therefore
 * lock `for update`. An administrator's role is the one that authenticate.ts read, at most a second ago.
 */
export const heldProjects = (
  viewer: Viewer,
  condition: Sql,
  lock: 'key share' | 'no key update' | 'update' = 'key share',
): Sql =>
  viewer.role === 'admin'
    ? sql`(
    select projects.*, mine.role as my_role from projects ${joinMine(viewer)}
    where ${condition}
    for ${raw(lock)} of projects) as projects`
    : sql`(
    select projects.*, mine.role as my_role
    from projects join project_members mine on mine.project_id = projects.id and mine.user_id = ${viewer.id} ${within(viewer)}
    where ${condition}
    for ${raw(lock)} of projects for key share of mine) as projects`

/** The id of the project that has this key, or had it before. */
export const projectOfKey = (key: string): Sql =>
  sql`(select project_id from project_keys where key = ${key})`

/** Condition: the project that a path names, by id or by a key that it has or had. */
export const namedProject = (idOrKey: string): Sql =>
  idOrKey.includes('-') ? sql`projects.id = ${idOrKey}` : sql`projects.id = ${projectOfKey(idOrKey)}`

/**
 * Condition: the task that a path names, by id or by reference. The key is looked up by itself: in a join PostgreSQL would
 * rather look for a task of that number in each of the viewer's projects.
 */
export function namedTask(idOrRef: string): Sql {
  const [, key, number] = /^([A-Z][A-Z0-9]*)-(\d+)$/.exec(idOrRef) ?? []
  return key === undefined
    ? sql`tasks.id = ${idOrRef}`
    : sql`tasks.project_id = ${projectOfKey(key)} and tasks.number = ${Number(number)}`
}

/** Condition: the project is archived, or is not, as a filter asks. */
export const inArchive = (archived: 'true' | 'false' | 'any'): Sql =>
  raw(
    { true: 'projects.archived_at is not null', false: 'projects.archived_at is null', any: 'true' }[
      archived
    ],
  )

/** Condition: the viewer may know that the project exists. Needs `joinMine`. */
export const visible = (viewer: Viewer): Sql =>
  viewer.role === 'admin'
    ? sql`projects.deleted_at is null`
    : sql`projects.deleted_at is null and mine.role is not null`

/** Condition: the viewer may know the project with this id. (`offset 0`: looked up, or all the viewer's would be read for it.) */
export const sees = (viewer: Viewer, project: Sql): Sql =>
  sql`exists (select from projects ${joinMine(viewer)} where projects.id = ${project} and ${visible(viewer)} offset 0)`

/** Condition: the viewer belongs to the project with this id, if only to its trash, or is an administrator. */
export const knows = (viewer: Viewer, project: Sql): Sql =>
  viewer.role === 'admin'
    ? raw('true')
    : sql`(${inReach(viewer, project)} and exists (
    select from project_members theirs where theirs.project_id = ${project} and theirs.user_id = ${viewer.id} offset 0))`

/** Condition: the viewer may change the tasks of the project. Implies `visible`; needs `joinMine`. */
export const editable = (viewer: Viewer): Sql =>
  viewer.role === 'admin'
    ? sql`projects.deleted_at is null`
    : sql`projects.deleted_at is null and mine.role in ('owner', 'editor')`

/** Condition: the viewer's role is that of an owner, also when the project is in the trash. Needs `joinMine`. */
export const owned = (viewer: Viewer): Sql =>
  viewer.role === 'admin' ? raw('true') : sql`mine.role = 'owner'`

/** Condition: the viewer may change the project itself and its members. Implies `visible`; needs `joinMine`. */
export const ownable = (viewer: Viewer): Sql => sql`projects.deleted_at is null and ${owned(viewer)}`

export const canEditTasks = (viewer: Viewer, project: Membership): boolean =>
  viewer.role === 'admin' || project.my_role === 'owner' || project.my_role === 'editor'

export const canManageProject = (viewer: Viewer, project: Membership): boolean =>
  viewer.role === 'admin' || project.my_role === 'owner'

/** A new project would be none of those that a token is for, and a bot cannot be the last owner of one. */
export const canCreateProjects = ({ token }: Viewer): boolean => !token?.project_ids && !token?.bot

/** A bot as whoever manages it acts for it: what it can see, and nothing of theirs. */
export const asBot = ({ token: _, ...viewer }: Viewer, id: string): Viewer => ({
  ...viewer,
  id,
  role: 'user',
  session_id: null,
})
