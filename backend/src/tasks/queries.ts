import { maybe, type Db } from '../database/db.ts'
import type { Precondition } from '../http/schemas.ts'
import { editable, heldProjects, joinMine, namedProject, namedTask, visible, type Viewer } from '../policy.ts'
import { assign, columns, namesAndValues, nothing, raw, sql, type Sql } from '../database/sql.ts'
import { RIGHTS, type Rights } from '../rights.ts'
import { takeApart } from '../trail/maps.ts'
import { recordAs } from '../trail/trail.ts'
import { holds } from '../trail/versions.ts'
import { startsInTime } from './due.ts'
import { readValues } from './field-values.ts'
import { TaskRow, type NewTask, type Task, type TaskChanges, type TaskQuery, type TaskSet } from './schema.ts'

export const TASK = columns('tasks', TaskRow, { ref: sql`projects.key || '-' || tasks.number` })

/** What a task waits for: tasks that block it, are not closed and not in the trash. */
export const blockersOf = (task: Sql): Sql => sql`
    links join tasks as blocker on blocker.id = links.other_id
    where links.task_id = ${task} and links.kind = 'blocked_by' and blocker.deleted_at is null
      and blocker.category in ('todo', 'in_progress')`

/** The minutes of all entries that have ended, each rounded as it is shown. */
const spentOn = (task: Sql): Sql => sql`(
    select coalesce(sum(round(extract(epoch from ended_at - started_at) / 60)::integer), 0)
    from time_entries where time_entries.task_id = ${task} and time_entries.deleted_at is null)`

/** How many there are of what hangs on a task, and what that adds up to. */
export const countsOf = (task: Sql): Sql => sql`jsonb_build_object(
    'comments', (select count(*) from comments where comments.task_id = ${task} and comments.deleted_at is null),
    'files', (select count(*) from files left join comments on comments.id = files.comment_id
              where files.task_id = ${task} and files.deleted_at is null and comments.deleted_at is null))
    || (select jsonb_build_object('subtasks', count(*), 'subtasks_done', count(*) filter (where below.category = 'done'),
          'subtasks_estimate_minutes', coalesce(sum(below.estimate_minutes), 0),
          'subtasks_spent_minutes', coalesce(sum(${spentOn(raw('below.id'))}), 0))
        from tasks below where below.parent_id = ${task} and below.deleted_at is null and below.category <> 'cancelled')
    || (select jsonb_build_object('blocked_by', count(*)) from ${blockersOf(task)})
    || jsonb_build_object('spent_minutes', ${spentOn(task)})`

export const present = sql`tasks.deleted_at is null`
export const open = sql`projects.archived_at is null`

/** How the project is held while it changes what hangs on what (0023_subtasks.sql). */
export const HANGING = 'no key update'

/** The project of the task that a path names, held, if the viewer may change its tasks. */
export const itsProject = (viewer: Viewer, idOrRef: string, lock?: typeof HANGING): Sql =>
  heldProjects(
    viewer,
    sql`projects.id = (select tasks.project_id from tasks where ${namedTask(idOrRef)}) and ${editable(viewer)} and ${open}`,
    lock,
  )

/** The id of the task that is to be the parent. None has that of nobody, so the foreign key refuses it. */
const NOBODY = raw("'00000000-0000-0000-0000-000000000000'::uuid")
export const parentOf = (idOrRef: string | null): Sql | null =>
  idOrRef === null ? null : sql`coalesce((select tasks.id from tasks where ${namedTask(idOrRef)}), ${NOBODY})`

/** Condition: each of these users belongs to the project, and cannot leave it before this statement is done. */
export const areMembers = (ids: readonly string[] | undefined): Sql =>
  ids === undefined || ids.length === 0
    ? raw('true')
    : sql`${ids.length} = (
    select count(*)
    from (select from project_members where project_id = projects.id and user_id = any (${ids}::uuid[]) for share) as assignees)`

/** Condition: each of these is a label of the project, and is not deleted before this statement is done. */
export const areLabels = (ids: readonly string[] | undefined): Sql =>
  ids === undefined || ids.length === 0
    ? raw('true')
    : sql`${ids.length} = (
    select count(*)
    from (select from labels where project_id = projects.id and id = any (${ids}::uuid[]) and deleted_at is null for share) as labels)`

export const findTask = (db: Db, viewer: Viewer, idOrRef: string, { include = [] }: TaskQuery = {}) =>
  maybe<Task>(
    db.read,
    sql`
  select ${TASK}${include.includes('counts') ? sql`, ${countsOf(raw('tasks.id'))} as counts` : nothing}
  from tasks join projects on projects.id = tasks.project_id ${joinMine(viewer)}
  where ${namedTask(idOrRef)} and ${present} and ${visible(viewer)}`,
  )

interface Project extends Rights {
  readonly id: string
  readonly assignable: boolean
  readonly labelled: boolean
}

/** What decides whether the viewer may put a task with these assignees and labels into a project; undefined if it is hidden. */
export const findTaskProject = (
  db: Db,
  viewer: Viewer,
  idOrKey: string,
  { assignee_ids = [], label_ids = [] }: Pick<TaskChanges, TaskSet> = {},
) =>
  maybe<Project>(
    db.read,
    sql`
  select projects.id, ${RIGHTS},
         (select count(*) from project_members where project_id = projects.id and user_id = any (${assignee_ids}::uuid[]))
           = ${assignee_ids.length} as assignable,
         (select count(*) from labels where project_id = projects.id and id = any (${label_ids}::uuid[]) and deleted_at is null)
           = ${label_ids.length} as labelled
  from projects ${joinMine(viewer)}
  where ${namedProject(idOrKey)} and ${visible(viewer)}`,
  )

/**
 * The next number and the last place; of several, those of the first. A number is taken even if the statement inserts
 * nothing after all; that leaves a gap and never a duplicate.
 */
export const takeNumber = (from: Sql, place?: NumberAndPlace, count = raw('1')): Sql => sql`
    update task_numbers
    set last_number = last_number + ${count},
        last_position = ${place?.last ?? sql`least(greatest(floor(last_position), last_number) + ${count}, 1e15)`}
    from ${from}
    where task_numbers.project_id = projects.id
    returning task_numbers.project_id, last_number - ${count} + 1 as number, ${place?.position ?? sql`last_position - ${count} + 1`} as position`

interface NumberAndPlace {
  readonly last: Sql
  readonly position: Sql
}

/** Where a new task was asked to stand. Throws `position_taken`. */
const placeAt = (id: string, position: number): NumberAndPlace => ({
  last: sql`greatest(last_position, ${position}::double precision)`,
  // In the answer of the update: by then the row is held, and nobody else takes the place.
  position: sql`place_task(projects.id, ${id}, 'at', null, ${position}::double precision)`,
})

const valuesOf = (sent: NonNullable<TaskChanges['fields']>): Sql =>
  sql`${JSON.stringify(readValues(sent))}::jsonb`

/** What a change sends, by the names that the trail has for it. */
export const namesInTrail = (changes: Readonly<Record<string, unknown>>) => takeApart(changes, ['fields'])

/** Creates a task, or nothing if the viewer may not, or it names others than members and labels of the project. */
export function insertTask(
  db: Db,
  viewer: Viewer,
  project: string,
  id: string,
  { position, parent_id, fields, ...task }: NewTask,
) {
  const row = {
    ...task,
    ...(fields && { fields: valuesOf(fields) }),
    ...(parent_id !== undefined && { parent_id: parentOf(parent_id) }),
  }
  const { names, values } = namesAndValues(row)
  const lock = parent_id ? HANGING : undefined
  return maybe<Task>(
    db.write,
    sql`
  with projects as (
    select * from ${heldProjects(viewer, sql`${namedProject(project)} and ${editable(viewer)} and ${open}`, lock)}
    where ${areMembers(task.assignee_ids)} and ${areLabels(task.label_ids)} and ${startsInTime(viewer, task, false)}
  ), numbers as (${takeNumber(raw('projects'), position === undefined ? undefined : placeAt(id, position))}
  ), tasks as (
    insert into tasks (id, project_id, number, position, created_by, ${names})
    select ${id}, numbers.project_id, numbers.number, numbers.position, ${viewer.id}, ${values}
    from numbers
    where ${recordAs(viewer)}
    returning *
  )
  select ${TASK} from tasks, projects`,
  )
}

/**
 * The columns that a change sends, the `names` by which the trail knows them, and where it puts the task, decided while
 * nobody else moves one in the project (0017_task_order.sql). Throws `no_such_task` and `position_taken`.
 */
export function inPlace({
  after,
  before,
  place,
  position,
  parent_id,
  fields: values,
  ...rest
}: Omit<TaskChanges, 'project_id'>) {
  const fields = {
    ...rest,
    ...(values && { fields: sql`tasks.fields || ${valuesOf(values)}` }),
    ...(parent_id !== undefined && { parent_id: parentOf(parent_id) }),
  }
  const [how, neighbour] =
    after !== undefined
      ? ['after', after]
      : before !== undefined
        ? ['before', before]
        : [place ?? (position === undefined ? undefined : 'at'), undefined]
  const named =
    neighbour === undefined
      ? raw('null::uuid')
      : sql`(select tasks.id from tasks where ${namedTask(neighbour)})`
  const placed =
    how === undefined
      ? undefined
      : sql`place_task(projects.id, tasks.id, ${how}, ${named}, ${position ?? null}::double precision)`
  const names = namesInTrail({ ...fields, fields: values ?? {}, ...(placed && { position: placed }) })
  return { fields, placed, names }
}

/** Changes a task, or nothing if the viewer may not or the precondition does not hold. */
export const updateTask = (
  db: Db,
  viewer: Viewer,
  idOrRef: string,
  changes: TaskChanges,
  precondition: Precondition,
) => {
  const { fields, placed, names } = inPlace(changes)
  return maybe<Task>(
    db.write,
    sql`
  update tasks set ${assign('tasks', { ...fields, ...(placed && { position: placed }) })}
  from ${itsProject(viewer, idOrRef, changes.parent_id === undefined ? undefined : HANGING)}
  where ${namedTask(idOrRef)} and projects.id = tasks.project_id and ${present} and ${areMembers(changes.assignee_ids)}
    and ${areLabels(changes.label_ids)} and ${startsInTime(viewer, changes)} and ${holds('tasks', precondition, names)} and ${recordAs(viewer)}
  returning ${TASK}`,
  )
}

/**
 * Adds an element to a set of a task, or takes it away, whatever else the set holds by then. Nothing if the viewer may
 * not, the precondition does not hold, or what is added does not belong to the project.
 */
export const changeTaskSet = (
  db: Db,
  viewer: Viewer,
  idOrRef: string,
  set: TaskSet,
  act: 'add' | 'remove',
  id: string,
  precondition: Precondition,
) => {
  const column = raw(`tasks.${set}`)
  const [allowed, elements] =
    act === 'remove'
      ? [raw('true'), sql`array_remove(${column}, ${id}::uuid)`]
      : [
          set === 'label_ids' ? areLabels([id]) : areMembers([id]),
          sql`case when ${id} = any (${column}) then ${column} else ${column} || ${id}::uuid end`,
        ]
  return maybe<Task>(
    db.write,
    sql`
  update tasks
  set ${raw(set)} = ${elements}
  from ${itsProject(viewer, idOrRef)}
  where ${namedTask(idOrRef)} and projects.id = tasks.project_id and ${present} and ${allowed}
    and ${holds('tasks', precondition)} and ${recordAs(viewer)}
  returning ${TASK}`,
  )
}

/** One of the tasks with a label that its project does not have, or has in the trash. */
export const findTaskWithoutItsLabel = (tx: Db, ids: readonly string[]) =>
  maybe<{ id: string }>(
    tx.write,
    sql`
  select tasks.id from tasks, unnest(label_ids) as label
  where tasks.id = any (${ids}::uuid[])
    and not exists (select from labels where labels.id = label and project_id = tasks.project_id and deleted_at is null)
  limit 1`,
  )

/** One of the tasks that somebody is assigned to who is no member of its project. */
export const findTaskOfStranger = (tx: Db, ids: readonly string[]) =>
  maybe<{ id: string }>(
    tx.write,
    sql`
  select tasks.id from tasks, unnest(assignee_ids) as assignee
  where tasks.id = any (${ids}::uuid[])
    and not exists (select from project_members where project_id = tasks.project_id and user_id = assignee)
  limit 1`,
  )

/** Whether a task would start after it is due, with these changes or as a new one. */
export const startsTooLate = async (
  db: Db,
  viewer: Viewer,
  changes: Pick<TaskChanges, 'start_on' | 'due_on' | 'due_at'>,
  id: string | undefined,
) =>
  (await maybe(
    db.read,
    id === undefined
      ? sql`select where not ${startsInTime(viewer, changes, false)}`
      : sql`select from tasks where id = ${id} and not ${startsInTime(viewer, changes)}`,
  )) !== undefined

/** One of these tasks that starts after it is due. */
export const findTaskStartingTooLate = (tx: Db, viewer: Viewer, ids: readonly string[]) =>
  maybe<{ id: string }>(
    tx.write,
    sql`
  select id from tasks
  where id = any (${ids}::uuid[])
    and start_on > coalesce(due_on, timezone((select time_zone from users where id = ${viewer.id}), due_at)::date)
  limit 1`,
  )
