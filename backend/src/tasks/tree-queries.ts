// What a task takes along with it: the subtasks, when it is moved, deleted or restored.
import { many, maybe, type Db } from '../database/db.ts'
import { identifier, join, raw, sql, type Sql } from '../database/sql.ts'
import type { Precondition } from '../http/schemas.ts'
import { editable, heldProjects, joinMine, namedTask, visible, type Viewer } from '../policy.ts'
import { RIGHTS, type Rights } from '../rights.ts'
import { recordAs } from '../trail/trail.ts'
import { holds } from '../trail/versions.ts'
import { startsInTime } from './due.ts'
import {
  areLabels,
  areMembers,
  HANGING,
  inPlace,
  itsProject,
  open,
  present,
  takeNumber,
  TASK,
} from './queries.ts'
import type { Task, TaskChanges } from './schema.ts'

/** Runs the statement once the project is held, so that it sees all that hangs together by now, and nobody adds to it. */
const afterHolding = <Row>(db: Db, project: Sql, statement: Sql): Promise<Row | undefined> =>
  db.transaction(async (tx) =>
    (await maybe(tx.write, sql`select from ${project}`)) ? maybe<Row>(tx.write, statement) : undefined,
  )

/**
 * Moves a task with its subtasks to the end of another project, changing it on the way; the rights are needed in both
 * projects. What the task must be like is asked twice: before numbers are taken, and of the row that is changed in the
 * end. Subtasks in the trash stay there, and no longer hang on it.
 */
export const moveTask = (
  db: Db,
  viewer: Viewer,
  task: Task,
  { project_id, ...sent }: TaskChanges & { project_id: string },
  precondition: Precondition,
) => {
  const { fields, placed, names } = inPlace(sent)
  const { assignee_ids, parent_id = null, ...rest } = fields
  const changes = { ...rest, ...(assignee_ids && { assignee_ids }), parent_id }
  const unchanged = sql`tasks.project_id = ${task.project_id} and ${present}
      and ${assignee_ids ? raw('true') : sql`tasks.assignee_ids = ${task.assignee_ids}::uuid[]`}
      and ${startsInTime(viewer, sent)} and ${holds('tasks', precondition, { ...names, project_id })}`
  // Of those that come along only what every move changes.
  const ofFirst = join(
    Object.entries(changes).map(
      ([name, value]) =>
        sql`${identifier(name)} = case when rows.level = 0 then ${value} else tasks.${identifier(name)} end`,
    ),
    ', ',
  )
  const from = sql`projects.id = ${task.project_id} and ${editable(viewer)} and ${open}`
  return afterHolding<Task>(
    db,
    heldProjects(viewer, from, HANGING),
    sql`
  with source as (
    select projects.id
    from tasks join ${heldProjects(viewer, from)} on projects.id = tasks.project_id
    where tasks.id = ${task.id} and ${unchanged}
  ), tree as materialized (
    select tasks.id, tree.level, row_number() over (order by tree.level, tasks.number) - 1 as nth, count(*) over () as size
    from source cross join task_tree(${task.id}) as tree join tasks on tasks.id = tree.id
    where ${present}
  ), projects as (
    select * from ${heldProjects(viewer, sql`projects.id = ${project_id} and ${editable(viewer)} and ${open}`, sent.parent_id ? HANGING : undefined)}
    where ${areMembers(assignee_ids ?? task.assignee_ids)} and ${areLabels(sent.label_ids)}
  ), numbers as (${takeNumber(raw('projects, (select size from tree limit 1) as several'), undefined, raw('several.size'))}
  ), rows as materialized (
    select tasks.id, tasks.assignee_ids, tree.level, tree.nth
    from tasks join tree on tree.id = tasks.id cross join numbers
    where tree.level > 0 or ${unchanged}
    order by tasks.id
    for update of tasks
  ), moved as (
    update tasks
    set ${ofFirst}, project_id = numbers.project_id, number = numbers.number + rows.nth,
        position = ${placed ? sql`case when rows.level = 0 then ${placed} else numbers.position + rows.nth end` : raw('numbers.position + rows.nth')}
    from rows, numbers, projects
    where tasks.id = rows.id and exists (select from rows where level = 0) and ${ALL_MEMBERS} and ${recordAs(viewer)}
    returning tasks.*
  ), left_behind as (
    update tasks set parent_id = null
    from moved
    where tasks.parent_id = moved.id and tasks.deleted_at is not null and ${recordAs(viewer)}
  )
  select ${TASK} from moved as tasks, projects where tasks.id = ${task.id}`,
  )
}

/** Condition: whoever is assigned to one of the subtasks belongs to the project. */
const ALL_MEMBERS: Sql = sql`(
      select count(distinct assignee) from rows, unnest(rows.assignee_ids) as assignee where rows.level > 0
    ) = (
      select count(*) from (
        select from project_members
        where project_id = projects.id and user_id in (select unnest(rows.assignee_ids) from rows where rows.level > 0)
        for share) as members)`

/** A subtask that could not come along to a project, because somebody who is assigned to it does not belong there. */
export const findSubtaskOfStranger = (db: Db, task: Task, project: string) =>
  maybe<{ ref: string }>(
    db.read,
    sql`
  select projects.key || '-' || tasks.number as ref
  from task_tree(${task.id}) as tree join tasks on tasks.id = tree.id join projects on projects.id = tasks.project_id
    cross join unnest(tasks.assignee_ids) as assignee
  where tree.level > 0 and ${present}
    and not exists (select from project_members where project_id = ${project} and user_id = assignee)
  limit 1`,
  )

/**
 * Moves a task to the trash, with its subtasks. Later than what was deleted before, so that restoreTask can tell the two
 * apart. A subtask that was added while it waited makes it start anew (keep_task_trees).
 */
export const deleteTask = (db: Db, viewer: Viewer, idOrRef: string, precondition: Precondition) =>
  maybe<{ id: string }>(
    db.write,
    sql`
  with root as materialized (
    select tasks.id
    from tasks join ${itsProject(viewer, idOrRef, HANGING)} on projects.id = tasks.project_id
    where ${namedTask(idOrRef)} and ${present} and ${holds('tasks', precondition)}
    for no key update of tasks
  ), rows as materialized (
    select tasks.id, tasks.deleted_at
    from root cross join lateral task_tree(root.id) as tree join tasks on tasks.id = tree.id
    order by tasks.id
    for no key update of tasks
  )
  update tasks
  set deleted_at = greatest(now(), (select max(deleted_at) + interval '1 millisecond' from rows))
  from rows
  where tasks.id = rows.id and rows.deleted_at is null and ${recordAs(viewer)}
  returning tasks.id`,
  )

/**
 * Takes a task out of the trash with the subtasks that were deleted with it; undefined if there is none there that the
 * viewer may change. If its own parent is in the trash, it hangs on nothing from now on.
 */
export const restoreTask = (db: Db, viewer: Viewer, idOrRef: string, precondition: Precondition) =>
  afterHolding<Task>(
    db,
    itsProject(viewer, idOrRef, HANGING),
    sql`
  with recursive root as materialized (
    select tasks.id, tasks.deleted_at, tasks.project_id
    from tasks join ${itsProject(viewer, idOrRef, HANGING)} on projects.id = tasks.project_id
    where ${namedTask(idOrRef)} and tasks.deleted_at is not null and ${holds('tasks', precondition)}
    for no key update of tasks
  ), tree as (
    select id, deleted_at, 0 as level from root
    union all
    select tasks.id, tasks.deleted_at, level + 1
    from tasks join tree on tasks.parent_id = tree.id and tasks.deleted_at = tree.deleted_at
  ), restored as (
    update tasks
    set deleted_at = null,
        parent_id = case
          when level > 0 or not exists (select from tasks parent where parent.id = tasks.parent_id and parent.deleted_at is not null)
          then tasks.parent_id end
    from tree
    where tasks.id = tree.id and tasks.deleted_at = tree.deleted_at and ${recordAs(viewer)}
    returning tasks.*
  )
  select ${TASK} from restored as tasks join projects on projects.id = tasks.project_id where tasks.id = (select id from root)`,
  )

/** What decides whether the viewer may restore a task; undefined if it is hidden or not in the trash. */
export const findTrashedTaskProject = (db: Db, viewer: Viewer, idOrRef: string) =>
  maybe<Rights & { id: string; version: number }>(
    db.read,
    sql`
  select tasks.id, tasks.version, ${RIGHTS}
  from tasks join projects on projects.id = tasks.project_id ${joinMine(viewer)}
  where ${namedTask(idOrRef)} and tasks.deleted_at is not null and ${visible(viewer)}`,
  )

/**
 * The tasks that a copy is made of, the parent of each before it; none if the viewer may not. Two statements: the second
 * sees all that hangs together once the project is held.
 */
export async function holdTree(tx: Db, viewer: Viewer, idOrRef: string, subtasks: boolean) {
  const project = itsProject(viewer, idOrRef, HANGING)
  if (!(await maybe(tx.write, sql`select from ${project}`))) return []
  return many<{ id: string }>(
    tx.write,
    sql`
  select tasks.id
  from (select tasks.id from tasks join ${project} on projects.id = tasks.project_id where ${namedTask(idOrRef)} and ${present}) as root
    cross join lateral task_tree(root.id) as tree join tasks on tasks.id = tree.id
  where ${present} and (tree.level = 0 or ${subtasks})
  order by tree.level, tasks.position, tasks.id`,
  )
}

/** The labels of the original that are still there, and are until this statement is done. */
const LABELS = sql`array(
      select id from (
        select id from labels where project_id = original.project_id and id = any (original.label_ids) and deleted_at is null for share
      ) as there order by array_position(original.label_ids, id))`

/** The custom fields of the original, without people who have left the project. */
const VALUES = sql`(
      select coalesce(jsonb_object_agg(member.key, member.value), '{}')
      from jsonb_each(original.fields) as member left join fields on fields.project_id = original.project_id and fields.key = member.key
      where fields.type <> 'user' or exists (
        select from project_members where project_id = original.project_id and user_id::text = member.value #>> '{}'))`

/** Copies the tasks under new ids, at the end of their project; the first one where it was, the others below the copies. */
export const copyTree = (
  tx: Db,
  viewer: Viewer,
  originals: readonly string[],
  copies: readonly string[],
  title: string | undefined,
) =>
  maybe<Task>(
    tx.write,
    sql`
  with pairs as (
    select original_id, id, nth from unnest(${originals}::uuid[], ${copies}::uuid[]) with ordinality as pair (original_id, id, nth)
  ), projects as (
    select * from ${itsProject(viewer, originals[0] ?? '', HANGING)}
  ), numbers as (${takeNumber(raw('projects'), undefined, sql`${originals.length}::integer`)}
  ), tasks as (
    insert into tasks (id, project_id, number, position, parent_id, title, description, priority, assignee_ids, label_ids,
      start_on, due_on, due_at, estimate_minutes, fields, created_by)
    select pairs.id, numbers.project_id, numbers.number + pairs.nth - 1, numbers.position + pairs.nth - 1,
      case when pairs.nth = 1 then original.parent_id else above.id end, case when pairs.nth = 1 then coalesce(${title ?? null}, title) else title end,
      description, priority, assignee_ids, ${LABELS}, start_on, due_on, due_at, estimate_minutes, ${VALUES}, ${viewer.id}
    from pairs join tasks original on original.id = pairs.original_id cross join numbers
      left join pairs above on above.original_id = original.parent_id
    where ${recordAs(viewer)}
    order by pairs.nth
    returning *
  )
  select ${TASK} from tasks, projects where tasks.id = ${copies[0] ?? null}`,
  )
