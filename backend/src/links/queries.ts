import { many, maybe, one, type Db } from '../database/db.ts'
import { columns, raw, sql, type Sql } from '../database/sql.ts'
import type { After } from '../http/pages.ts'
import type { Precondition } from '../http/schemas.ts'
import { editable, heldProjects, joinMine, knows, namedTask, visible, type Viewer } from '../policy.ts'
import type { Reversal } from '../trail/noun.ts'
import { RIGHTS, type Rights } from '../rights.ts'
import { recordAs } from '../trail/trail.ts'
import { holds } from '../trail/versions.ts'
import { INVERSE, Link, type NewLink } from './schema.ts'

const other = raw('(select project_id from tasks as other where other.id = links.other_id)')
export const LINK = (viewer: Viewer) =>
  columns('links', Link, {
    linked_task_id: sql`case when ${knows(viewer, other)} then links.other_id end`,
    hidden: sql`not ${knows(viewer, other)}`,
  })

const present = sql`tasks.deleted_at is null`

/** The project of the task that a path names, held, if the viewer may change its tasks. */
const itsProject = (viewer: Viewer, task: string): Sql =>
  heldProjects(
    viewer,
    sql`projects.id = (select tasks.project_id from tasks where ${namedTask(task)}) and ${editable(viewer)} and projects.archived_at is null`,
  )

const ofTask = (viewer: Viewer, task: string): Sql => sql`
  tasks
  join projects on projects.id = tasks.project_id ${joinMine(viewer)}
  join links on links.task_id = tasks.id
  where ${namedTask(task)} and ${present} and ${visible(viewer)}`

export const listLinks = (db: Db, viewer: Viewer, task: string, after: After, count: number) =>
  many<Link & { sort_key: string }>(
    db.read,
    sql`
  select ${LINK(viewer)}, links.id::text as sort_key
  from ${ofTask(viewer, task)} ${after ? sql`and links.id > ${after.id}::uuid` : raw('')}
  order by links.id
  limit ${count}`,
  )

export const countLinks = async (db: Db, viewer: Viewer, task: string) =>
  (await one<{ count: number }>(db.read, sql`select count(*) from ${ofTask(viewer, task)}`)).count

export const findLink = (db: Db, viewer: Viewer, task: string, id: string) =>
  maybe<Link>(db.read, sql`select ${LINK(viewer)} from ${ofTask(viewer, task)} and links.id = ${id}`)

/**
 * Links two tasks, or nothing if the viewer may not edit the one or not see the other. Both are held, so that one that is
 * moved takes its row along. A circle that is there to be seen is looked for here, and by the trigger once more.
 */
export const insertLink = (
  db: Db,
  viewer: Viewer,
  task: string,
  ids: readonly [own: string, other: string],
  { kind, linked_task_id }: NewLink,
) => {
  const [first, second] = kind === 'blocked_by' ? [raw('here'), raw('there')] : [raw('there'), raw('here')]
  const circle =
    kind === 'blocks' || kind === 'blocked_by'
      ? sql`blocking_path(${first}.id, ${second}.id) is null`
      : raw('true')
  return maybe<Link>(
    db.write,
    sql`
  with here as materialized (
    select tasks.id, tasks.project_id
    from ${itsProject(viewer, task)}
    join (select * from tasks where ${namedTask(task)} and ${present} for key share) as tasks on tasks.project_id = projects.id
  ), there as materialized (
    select tasks.id, tasks.project_id
    from tasks join projects on projects.id = tasks.project_id ${joinMine(viewer)}
    where ${namedTask(linked_task_id)} and ${present} and ${visible(viewer)}
    for key share of tasks
  ), inserted as (
    insert into links (id, project_id, task_id, kind, other_id, created_by)
    select side.id, side.project_id, side.task_id, side.kind, side.other_id, ${viewer.id}
    from here, there, lateral (values
      (${ids[0]}::uuid, here.project_id, here.id, ${kind}::text, there.id),
      (${ids[1]}::uuid, there.project_id, there.id, ${INVERSE[kind]}::text, here.id)) as side (id, project_id, task_id, kind, other_id)
    where ${circle} and ${recordAs(viewer)}
    returning *
  )
  select ${LINK(viewer)} from inserted as links join projects on projects.id = links.project_id ${joinMine(viewer)}
  where links.id = ${ids[0]}`,
  )
}

/** Takes a link away, from both sides. */
export const deleteLink = (db: Db, viewer: Viewer, task: string, id: string, precondition: Precondition) =>
  maybe<{ id: string }>(
    db.write,
    sql`
  with own as (
    select links.* from links join tasks on tasks.id = links.task_id join ${itsProject(viewer, task)} on projects.id = tasks.project_id
    where ${namedTask(task)} and ${present} and links.id = ${id} and ${holds('links', precondition)}
  )
  delete from links as side using own
  where (side.id = own.id or side.task_id = own.other_id and side.other_id = own.task_id and side.kind = ${inverse('own.kind')})
    and ${recordAs(viewer)}
  returning side.id`,
  )

const inverse = (kind: string): Sql =>
  raw(
    `case ${kind} ${Object.entries(INVERSE)
      .map(([from, to]) => `when '${from}' then '${to}'`)
      .join(' ')} end`,
  )

/** What decides whether the viewer may link a task; undefined if it is hidden. */
export const findLinkedTask = (db: Db, viewer: Viewer, task: string) =>
  maybe<Rights & { id: string }>(
    db.read,
    sql`
  select tasks.id, ${RIGHTS}
  from tasks join projects on projects.id = tasks.project_id ${joinMine(viewer)}
  where ${namedTask(task)} and ${present} and ${visible(viewer)}`,
  )

/** The references of the tasks between two that block each other in turn, as far as the viewer may know them. */
export const listCircle = (db: Db, viewer: Viewer, from: string, to: string) =>
  many<{ ref: string | null }>(
    db.read,
    sql`
  select case when ${visible(viewer)} and ${present} then projects.key || '-' || tasks.number end as ref
  from unnest(blocking_path(${from}, ${to})) with ordinality as step (id, place)
    join tasks on tasks.id = step.id join projects on projects.id = tasks.project_id ${joinMine(viewer)}
  order by place`,
  )

/** Puts back a side of a link that was taken away. */
export const restoreLink = async (tx: Db, viewer: Viewer, { id, before }: Reversal) => {
  await many(
    tx.write,
    sql`
  insert into links (id, project_id, task_id, kind, other_id, created_by, created_at)
  select ${id}, tasks.project_id, was.task_id, was.kind, was.other_id, was.created_by, was.created_at
  from jsonb_populate_record(null::links, ${JSON.stringify(before)}::jsonb) as was left join tasks on tasks.id = was.task_id
  where ${recordAs(viewer)}`,
  )
}
