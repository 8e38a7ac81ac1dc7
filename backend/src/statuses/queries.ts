import { many, maybe, one, type Db } from '../database/db.ts'
import { assign, columns, nothing, sql, type Sql } from '../database/sql.ts'
import type { After } from '../http/pages.ts'
import type { Precondition } from '../http/schemas.ts'
import { heldProjects, joinMine, namedProject, ownable, visible, type Viewer } from '../policy.ts'
import type { Reversal } from '../trail/noun.ts'
import { recordAs } from '../trail/trail.ts'
import { holds } from '../trail/versions.ts'
import { deriveKeys } from './keys.ts'
import { Status, type NewStatus, type StatusChanges } from './schema.ts'

export const STATUS = columns('statuses', Status)

/** What those have who choose none. */
const COLORS = { todo: '#6b7280', in_progress: '#1d70b8', done: '#00703c', cancelled: '#9ca3af' }

/** The project whose statuses the viewer may change. */
const held = (viewer: Viewer, project: string, lock?: 'update'): Sql =>
  heldProjects(
    viewer,
    sql`${namedProject(project)} and ${ownable(viewer)} and projects.archived_at is null`,
    lock,
  )

const ofProject = (viewer: Viewer, project: string): Sql => sql`
  statuses join projects on projects.id = statuses.project_id ${joinMine(viewer)}
  where ${namedProject(project)} and ${visible(viewer)}`

/** In the order of the board. */
export const listStatuses = (db: Db, viewer: Viewer, project: string, after: After, count: number) =>
  many<Status & { sort_key: number }>(
    db.read,
    sql`
  select ${STATUS}, statuses.position as sort_key
  from ${ofProject(viewer, project)}
    ${after ? sql`and (statuses.position, statuses.id) > (${after.key}::double precision, ${after.id}::uuid)` : nothing}
  order by statuses.position, statuses.id
  limit ${count}`,
  )

export const countStatuses = async (db: Db, viewer: Viewer, project: string) =>
  (await one<{ count: number }>(db.read, sql`select count(*) from ${ofProject(viewer, project)}`)).count

export const findStatus = (db: Db, viewer: Viewer, project: string, key: string) =>
  maybe<Status>(db.read, sql`select ${STATUS} from ${ofProject(viewer, project)} and statuses.key = ${key}`)

/** Adds a status, after all others unless a position was sent; or nothing if the viewer may not, or no key is free. */
export const insertStatus = (db: Db, viewer: Viewer, project: string, id: string, status: NewStatus) => {
  const { name, category, color = COLORS[category], position, key } = status
  return maybe<Status>(
    db.write,
    sql`
  insert into statuses (id, project_id, key, name, category, color, position, created_by)
  select ${id}, projects.id, free.key, ${name}, ${category}, ${color},
    coalesce(${position ?? null}::double precision, (
      select least(floor(max(position)) + 1, 1e15) from statuses where project_id = projects.id), 1), ${viewer.id}
  from ${held(viewer, project)} cross join lateral (
    select key from unnest(${key === undefined ? deriveKeys(status) : [key]}::text[]) with ordinality as wanted (key, n)
    where ${key !== undefined} or not exists (select from statuses taken where taken.project_id = projects.id and taken.key = wanted.key)
    order by n
    limit 1
  ) as free
  where ${recordAs(viewer)}
  returning ${STATUS}`,
  )
}

/** Changes a status, or nothing if the viewer may not or the precondition does not hold. */
export const updateStatus = (
  db: Db,
  viewer: Viewer,
  project: string,
  key: string,
  changes: StatusChanges,
  precondition: Precondition,
) =>
  maybe<Status>(
    db.write,
    sql`
  update statuses set ${assign('statuses', changes)}
  from ${held(viewer, project)}
  where statuses.project_id = projects.id and statuses.key = ${key}
    and ${holds('statuses', precondition, changes)} and ${recordAs(viewer)}
  returning ${STATUS}`,
  )

/** A status, its project held so that nobody else writes a task of it; nothing if the viewer may not delete it. */
export const holdStatus = (
  tx: Db,
  viewer: Viewer,
  project: string,
  key: string,
  precondition: Precondition,
) =>
  maybe<Status>(
    tx.write,
    sql`
  select ${STATUS}
  from statuses join ${held(viewer, project, 'update')} on projects.id = statuses.project_id
  where statuses.key = ${key} and ${holds('statuses', precondition)}`,
  )

/** How many tasks have the status, in the trash too; counted no further than `most`. */
export const countTasksUpTo = async (tx: Db, { project_id, key }: Status, most: number) =>
  (
    await one<{ count: number }>(
      tx.write,
      sql`
  select count(*) from (
    select from tasks where project_id = ${project_id} and status = ${key} limit ${most}) as counted`,
    )
  ).count

/** Gives all tasks that have one status another one. Nothing if the project has no other one with this key. */
export const moveTasks = (tx: Db, viewer: Viewer, { project_id, key }: Status, moveTo: string) =>
  maybe<{ key: string }>(
    tx.write,
    sql`
  with target as (
    select key from statuses where project_id = ${project_id} and key = ${moveTo} and key <> ${key}
  ), moved as (
    update tasks set status = target.key
    from target
    where tasks.project_id = ${project_id} and tasks.status = ${key} and ${recordAs(viewer)}
  )
  select key from target`,
  )

/** What refuses it if tasks have it, or it is the last of its category, is statuses_kept (0020_statuses.sql). */
export const removeStatus = (tx: Db, viewer: Viewer, id: string) =>
  many(tx.write, sql`delete from statuses where id = ${id} and ${recordAs(viewer)}`)

/** Puts a status back to what an event says: its fields, or all of one that was deleted. */
export const putStatus = (tx: Db, viewer: Viewer, { id, projectId, before }: Reversal) =>
  many(
    tx.write,
    'key' in before
      ? sql`
  insert into statuses (id, project_id, key, name, category, color, position, created_by, created_at)
  select ${id}, ${projectId}, key, name, category, color, position, created_by, created_at
  from jsonb_populate_record(null::statuses, ${JSON.stringify(before)}::jsonb)
  where ${recordAs(viewer)}`
      : sql`update statuses set ${assign('statuses', before)} where id = ${id} and ${recordAs(viewer)}`,
  )
