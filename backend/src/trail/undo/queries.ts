import { many, maybe, one, type Db } from '../../database/db.ts'
import { canLogIn } from '../../accounts/auth/queries.ts'
import { joinMine, owned, sees, visible, type ProjectRole, type Viewer } from '../../policy.ts'
import { identifier, join, raw, sql } from '../../database/sql.ts'
import { recordAs } from '../trail.ts'

type Fields = Readonly<Record<string, unknown>>

export interface Event {
  readonly seq: number
  readonly kind: string
  readonly project_id: string | null
  readonly from_project_id: string | null
  readonly resource_id: string
  readonly actor_id: string | null
  readonly before: Fields
  readonly after: Fields
}

export interface LaterEvent {
  /** null: committed and not numbered yet, so later than all that are. */
  readonly seq: number | null
  readonly kind: string
  readonly project_id: string | null
  readonly resource_id: string
  readonly actor_id: string | null
  readonly operation_id: string
  readonly at: string
  readonly fields: readonly string[]
}

export interface TouchedProject {
  readonly id: string
  readonly my_role: ProjectRole | null
  readonly archived: boolean
  readonly deleted: boolean
}

/** Numbers what is committed, so that everything an operation did is in `events`. */
export const numberEvents = (db: Db) => one(db.write, sql`select number_events()`)

export const listEvents = (db: Db, operationId: string) =>
  many<Event>(
    db.read,
    sql`
  select seq, kind, project_id, from_project_id, resource_id, actor_id, before, after
  from events where operation_id = ${operationId} order by seq`,
  )

/** Where the tasks are now, which need not be where the operation found or left them. */
export const listPresentProjects = async (tx: Db, taskIds: readonly string[]) =>
  (
    await many<{ project_id: string }>(
      tx.write,
      sql`select distinct project_id from tasks where id = any (${taskIds}::uuid[])`,
    )
  ).map(({ project_id }) => project_id)

/**
 * The projects as far as the viewer may know them, locked until the transaction ends against changes of them and of who
 * belongs to them. One in the trash is known to its owners only. The locks come first: whoever waits for them may have
 * lost a role meanwhile.
 */
export async function lockProjects(tx: Db, viewer: Viewer, ids: readonly string[]) {
  await many(
    tx.write,
    sql`select from projects where id = any (${ids}::uuid[]) order by id for no key update`,
  )
  return many<TouchedProject>(
    tx.write,
    sql`
  select projects.id, mine.role as my_role, projects.archived_at is not null as archived, projects.deleted_at is not null as deleted
  from projects ${joinMine(viewer)}
  where projects.id = any (${ids}::uuid[]) and (${visible(viewer)} or projects.deleted_at is not null and ${owned(viewer)})`,
  )
}

export const lockTasks = (tx: Db, ids: readonly string[]) =>
  many<{ id: string; row: Fields }>(
    tx.write,
    sql`select id, to_jsonb(tasks) as row from tasks where id = any (${ids}::uuid[]) order by id for update`,
  )

export const listProjectRows = (tx: Db, ids: readonly string[]) =>
  many<{ id: string; row: Fields }>(
    tx.write,
    sql`select id, to_jsonb(projects) as row from projects where id = any (${ids}::uuid[])`,
  )

export const listMemberRows = (tx: Db, projectIds: readonly string[], userIds: readonly string[]) =>
  many<{ project_id: string; user_id: string; row: Fields }>(
    tx.write,
    sql`
  select project_id, user_id, to_jsonb(project_members) as row
  from project_members
  where project_id = any (${projectIds}::uuid[]) and user_id = any (${userIds}::uuid[])`,
  )

export const listLiveTasks = (tx: Db, projectIds: readonly string[]) =>
  many<{ id: string }>(
    tx.write,
    sql`select id from tasks where project_id = any (${projectIds}::uuid[]) and deleted_at is null limit 50`,
  )

/**
 * What happened to these resources after a number where the viewer can see, oldest first. Runs after the locks, so
 * nothing follows it.
 */
export const listLaterEvents = (tx: Db, viewer: Viewer, ids: readonly string[], after: number) =>
  many<LaterEvent>(
    tx.write,
    sql`
  select seq, kind, project_id, resource_id, actor_id, operation_id, at, array(select jsonb_object_keys(after)) as fields
  from (
    select seq, kind, project_id, resource_id, actor_id, operation_id, at, after from events
    where resource_id = any (${ids}::uuid[]) and seq > ${after}
    union all
    select null, kind, project_id, resource_id, actor_id, operation_id, at, after from pending_events
    where resource_id = any (${ids}::uuid[])
  ) as later
  where ${sees(viewer, raw('later.project_id'))}
  order by at`,
  )

/** Puts fields of a row back to what an event says they were. */
export const restoreFields = (
  tx: Db,
  viewer: Viewer,
  table: 'tasks' | 'projects',
  id: string,
  fields: Fields,
) => {
  const row = raw(table)
  const list = Object.keys(fields).map((name) => sql`${identifier(name)} = was.${identifier(name)}`)
  return maybe<{ id: string }>(
    tx.write,
    sql`
  update ${row} set ${join(list, ', ')}
  from jsonb_populate_record(null::${row}, ${JSON.stringify(fields)}::jsonb) as was
  where ${row}.id = ${id} and ${recordAs(viewer)}
  returning ${row}.id`,
  )
}

export const trash = (tx: Db, viewer: Viewer, table: 'tasks' | 'projects', id: string) =>
  maybe<{ id: string }>(
    tx.write,
    sql`update ${raw(table)} set deleted_at = now() where id = ${id} and deleted_at is null and ${recordAs(viewer)} returning id`,
  )

/** Puts a member back to what an event says: the role, and of one that was removed since when. */
export const putMember = (tx: Db, viewer: Viewer, projectId: string, userId: string, fields: Fields) =>
  many(
    tx.write,
    sql`
  insert into project_members (project_id, user_id, role, created_at)
  select ${projectId}, users.id, was.role, coalesce(was.created_at, now())
  from users cross join jsonb_populate_record(null::project_members, ${JSON.stringify(fields)}::jsonb) as was
  where users.id = ${userId} and users.deleted_at is null and ${recordAs(viewer)}
  on conflict on constraint project_members_pkey do update set role = excluded.role
  returning user_id`,
  )

export const deleteMember = (tx: Db, viewer: Viewer, projectId: string, userId: string) =>
  many(
    tx.write,
    sql`delete from project_members where project_id = ${projectId} and user_id = ${userId} and ${recordAs(viewer)}`,
  )

export const unassign = (tx: Db, viewer: Viewer, projectId: string, userId: string) =>
  many(
    tx.write,
    sql`
  update tasks set assignee_ids = array_remove(assignee_ids, ${userId}::uuid)
  where project_id = ${projectId} and assignee_ids @> array[${userId}::uuid] and ${recordAs(viewer)}`,
  )

export const findProjectWithoutOwner = (tx: Db, ids: readonly string[]) =>
  maybe<{ key: string }>(
    tx.write,
    sql`
  select key from projects
  where id = any (${ids}::uuid[])
    and not exists (
      select from project_members join users on users.id = project_members.user_id
      where project_id = projects.id and project_members.role = 'owner' and ${canLogIn})`,
  )

export const findStrayAssignee = (tx: Db, taskIds: readonly string[]) =>
  maybe<{ id: string }>(
    tx.write,
    sql`
  select tasks.id from tasks, unnest(assignee_ids) as assignee
  where tasks.id = any (${taskIds}::uuid[])
    and not exists (select from project_members where project_id = tasks.project_id and user_id = assignee)
  limit 1`,
  )
