import { many, maybe, one, type Db } from '../database/db.ts'
import { assign, columns, nothing, raw, sql, type Sql } from '../database/sql.ts'
import type { After } from '../http/pages.ts'
import type { Precondition } from '../http/schemas.ts'
import {
  editable,
  heldProjects,
  inReach,
  joinMine,
  namedTask,
  owned,
  visible,
  type Viewer,
} from '../policy.ts'
import { RIGHTS, type Rights } from '../rights.ts'
import { recordAs } from '../trail/trail.ts'
import { holds } from '../trail/versions.ts'
import { TimeEntry, type NewTimeEntry, type TimeEntryChanges } from './schema.ts'

/** Rounded entry by entry, so that sums are those of what is shown. */
export const MINUTES = sql`round(extract(epoch from time_entries.ended_at - time_entries.started_at) / 60)::integer`
export const TIME_ENTRY = columns('time_entries', TimeEntry, { minutes: MINUTES })

/** An entry is where its task is: what is on a task in the trash is as hidden as the task. */
const onTask = sql`tasks.id = time_entries.task_id and tasks.deleted_at is null`
const present = sql`${onTask} and time_entries.deleted_at is null`
const trashed = sql`${onTask} and time_entries.deleted_at is not null`
const running = sql`time_entries.ended_at is null and time_entries.deleted_at is null`

/** The project of an entry, held, if the viewer may edit in it, and the entry is theirs or they are who else may. */
const itsProject = (viewer: Viewer, id: string, else_: Sql = raw('false')): Sql =>
  heldProjects(
    viewer,
    sql`projects.id = (select project_id from time_entries where id = ${id}) and ${editable(viewer)} and projects.archived_at is null
      and (${viewer.id} = (select created_by from time_entries where id = ${id}) or ${else_})`,
  )

const ofTask = (viewer: Viewer, task: string): Sql => sql`
  tasks
  join projects on projects.id = tasks.project_id ${joinMine(viewer)}
  join time_entries on ${present}
  where ${namedTask(task)} and ${visible(viewer)}`

/** By when they began. */
export const listTimeEntries = (db: Db, viewer: Viewer, task: string, after: After, count: number) =>
  many<TimeEntry & { sort_key: string }>(
    db.read,
    sql`
  select ${TIME_ENTRY}, time_entries.started_at as sort_key
  from ${ofTask(viewer, task)}
    ${after ? sql`and (time_entries.started_at, time_entries.id) > (${after.key}::timestamptz, ${after.id}::uuid)` : nothing}
  order by time_entries.started_at, time_entries.id
  limit ${count}`,
  )

export const countTimeEntries = async (db: Db, viewer: Viewer, task: string) =>
  (await one<{ count: number }>(db.read, sql`select count(*) from ${ofTask(viewer, task)}`)).count

const seen = (viewer: Viewer, which: Sql): Sql => sql`
  select ${TIME_ENTRY}
  from time_entries join tasks on ${present} join projects on projects.id = time_entries.project_id ${joinMine(viewer)}
  where ${which} and ${visible(viewer)}`

export const findTimeEntry = (db: Db, viewer: Viewer, id: string) =>
  maybe<TimeEntry>(db.read, seen(viewer, sql`time_entries.id = ${id}`))

/** The viewer's timer that is running, if it is where they can see it. */
export const findTimer = (db: Db, viewer: Viewer) =>
  maybe<TimeEntry>(db.read, seen(viewer, sql`time_entries.created_by = ${viewer.id} and ${running}`))

/** The viewer's timer that is running, wherever that is, and what it runs on as far as they see it. */
export const findRunning = (db: Db, viewer: Viewer) =>
  maybe<{ id: string; started_at: string; ref: string | null }>(
    db.read,
    sql`
  select time_entries.id, time_entries.started_at, (
    select projects.key || '-' || tasks.number
    from tasks join projects on projects.id = tasks.project_id ${joinMine(viewer)}
    where ${onTask} and ${visible(viewer)}) as ref
  from time_entries
  where time_entries.created_by = ${viewer.id} and ${running}`,
  )

/**
 * Stops the viewer's timer, wherever it runs: it is their own clock, also in a project that they have left or that is
 * archived, or it could never be stopped and none be started. Nothing else of the entry can be changed there.
 */
export const stopTimer = (db: Db, viewer: Viewer) =>
  maybe<{ id: string }>(
    db.write,
    sql`
  update time_entries set ended_at = greatest(started_at, least(now(), started_at + interval '31 days'))
  where created_by = ${viewer.id} and ${running} and ${inReach(viewer, raw('project_id'))} and ${recordAs(viewer)}
  returning id`,
  )

/**
 * Logs time, or nothing if the viewer may not, or another timer of theirs runs. The task is held, so that it is moved
 * before, and the entry goes where it is now, or after, and the entry goes along.
 */
export const insertTimeEntry = (
  db: Db,
  viewer: Viewer,
  task: string,
  id: string,
  { started_at, ended_at, minutes, note = '' }: NewTimeEntry,
) => {
  const length = sql`make_interval(mins => ${minutes ?? 0})`
  const start = sql`coalesce(${started_at ?? null}::timestamptz, now() - ${length})`
  return maybe<TimeEntry>(
    db.write,
    sql`
  insert into time_entries (id, project_id, task_id, created_by, started_at, ended_at, note)
  select ${id}, projects.id, tasks.id, ${viewer.id}, ${start},
    ${minutes === undefined ? sql`${ended_at ?? null}::timestamptz` : sql`${start} + ${length}`}, ${note}
  from ${heldProjects(
    viewer,
    sql`projects.id = (select tasks.project_id from tasks where ${namedTask(task)}) and ${editable(viewer)} and projects.archived_at is null`,
  )}
  join (select * from tasks where ${namedTask(task)} and tasks.deleted_at is null for key share) as tasks on tasks.project_id = projects.id
  where ${recordAs(viewer)}
  on conflict (created_by) where ended_at is null and deleted_at is null do nothing
  returning ${TIME_ENTRY}`,
  )
}

/** Changes an entry, or nothing if it is not the viewer's to change or the precondition does not hold. */
export const updateTimeEntry = (
  db: Db,
  viewer: Viewer,
  id: string,
  changes: TimeEntryChanges,
  precondition: Precondition,
) =>
  maybe<TimeEntry>(
    db.write,
    sql`
  update time_entries set ${assign('time_entries', changes)}
  from tasks, ${itsProject(viewer, id)}
  where time_entries.id = ${id} and projects.id = time_entries.project_id and ${present}
    and ${holds('time_entries', precondition, changes)} and ${recordAs(viewer)}
  returning ${TIME_ENTRY}`,
  )

/** Moves an entry to the trash. */
export const deleteTimeEntry = (db: Db, viewer: Viewer, id: string, precondition: Precondition) =>
  maybe<{ id: string }>(
    db.write,
    sql`
  update time_entries set deleted_at = now()
  from tasks, ${itsProject(viewer, id, owned(viewer))}
  where time_entries.id = ${id} and projects.id = time_entries.project_id and ${present}
    and ${holds('time_entries', precondition)} and ${recordAs(viewer)}
  returning time_entries.id`,
  )

/** Takes an entry out of the trash; undefined if there is none there that the viewer may restore. */
export const restoreTimeEntry = (db: Db, viewer: Viewer, id: string, precondition: Precondition) =>
  maybe<TimeEntry>(
    db.write,
    sql`
  update time_entries set deleted_at = null
  from tasks, ${itsProject(viewer, id, owned(viewer))}
  where time_entries.id = ${id} and projects.id = time_entries.project_id and ${trashed}
    and ${holds('time_entries', precondition)} and ${recordAs(viewer)}
  returning ${TIME_ENTRY}`,
  )

/** What decides whether the viewer may log time on a task; undefined if it is hidden. */
export const findTaskRights = (db: Db, viewer: Viewer, task: string) =>
  maybe<Rights>(
    db.read,
    sql`
  select ${RIGHTS} from tasks join projects on projects.id = tasks.project_id ${joinMine(viewer)}
  where ${namedTask(task)} and tasks.deleted_at is null and ${visible(viewer)}`,
  )

/** What decides whether the viewer may change an entry, or restore it from the trash; undefined if it is hidden. */
export const findTimeEntryRights = (db: Db, viewer: Viewer, id: string, inTrash = false) =>
  maybe<TimeEntry & Rights>(
    db.read,
    sql`
  select ${TIME_ENTRY}, ${RIGHTS}
  from time_entries join tasks on ${inTrash ? trashed : present}
    join projects on projects.id = time_entries.project_id ${joinMine(viewer)}
  where time_entries.id = ${id} and ${visible(viewer)}`,
  )
