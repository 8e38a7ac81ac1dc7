import { createLimiter } from '../concurrency.ts'
import { one, type Db } from '../database/db.ts'
import { databaseUnavailable, tookTooLong } from '../database/errors.ts'
import { ApiError } from '../errors.ts'
import type { After, WrittenPage } from '../http/pages.ts'
import { inArchive, joinMine, namedProject, namedTask, visible, type Viewer } from '../policy.ts'
import { columns, join, json, nothing, raw, sql, unprepared, type Sql } from '../database/sql.ts'
import { blockersOf, countsOf, TASK } from './queries.ts'
import { dueFirst, dueIn, isDue, momentOf, zoneOf, type DueKind } from './due.ts'
import { compileFilter } from './filter/compile.ts'
import { Task, TaskRow, type TaskFilter } from './schema.ts'

const ITEM = json('page', TaskRow)
const COUNTED_ITEM = json('page', Task, { counts: countsOf(raw('page.id')) })

// Each key is the expression of the index tasks_<name>_idx. That of the updates has none and is for the tasks of a person,
// and so has that of the due dates, which depends on where the viewer is (dueFirst).
const SORTS = {
  position: { key: raw('tasks.position'), type: raw('double precision') },
  created: { key: raw('tasks.created_at'), type: raw('timestamptz') },
  updated: { key: raw('tasks.updated_at'), type: raw('timestamptz') },
  priority: {
    key: raw("array_position(array['none', 'low', 'medium', 'high', 'urgent'], tasks.priority)"),
    type: raw('integer'),
  },
}

type Sort = keyof typeof SORTS | 'due'

const sortOf = (sort: Sort, zone: Sql) =>
  sort === 'due' ? { key: dueIn(zone), type: raw('timestamptz') } : SORTS[sort]

export const IN_TASKS = { project: raw('tasks.project_id'), updated: raw('tasks.updated_at') }

/** Where a project's tasks are found in an order. That of the updates has a table of its own (0009_task_updates.sql). */
const sourceOf = (sort: Sort, zone: Sql) =>
  sort === 'updated'
    ? {
        from: raw('task_updates as latest join tasks on tasks.id = latest.task_id'),
        project: raw('latest.project_id'),
        updated: raw('latest.updated_at'),
        key: raw('latest.updated_at'),
        id: raw('latest.task_id'),
      }
    : {
        from: raw('tasks'),
        ...IN_TASKS,
        key: sortOf(sort, zone).key,
        id: raw('tasks.id'),
      }

/** What a condition calls columns that other tables have too, how the tasks there are due, and whether they have a status that was asked for. */
type Place = typeof IN_TASKS & { readonly due?: DueKind; readonly status?: 'known' }

/**
 * What a list asks of its tasks at that place, whether those are few that an index of their own finds in all projects at
 * once, and what it asks of their statuses.
 */
function matches(viewer: Viewer, filter: TaskFilter, place: Place) {
  const {
    status,
    category,
    priority,
    assignee,
    label,
    parent,
    blocked,
    due_before,
    due_after,
    updated_since,
    q,
  } = filter
  const zone = zoneOf(viewer, filter)
  const { due, project, updated, status: statusIs } = place
  const written =
    filter.filter === undefined
      ? undefined
      : compileFilter(filter.filter, { viewer, zone, due, project, updated })
  const statuses = [
    ...(status === undefined ? [] : [sql`statuses.key = any (${status})`]),
    ...(category === undefined ? [] : [sql`statuses.category = any (${category})`]),
    ...(written?.statuses ?? []),
  ]
  const ofStatus = [
    ...(status === undefined ? [] : [sql`tasks.status = any (${status})`]),
    ...(category === undefined ? [] : [sql`tasks.category = any (${category})`]),
    ...(written?.ofStatus ?? []),
  ]
  const where = join(
    [
      raw('tasks.deleted_at is null'),
      ...(statusIs === 'known' ? [] : ofStatus),
      ...(priority === undefined ? [] : [sql`tasks.priority = any (${priority})`]),
      ...(assignee === 'none' ? [sql`tasks.assignee_ids = '{}'`] : []),
      ...(namesPerson(filter)
        ? [sql`tasks.assignee_ids @> array[${assignee === 'me' ? viewer.id : assignee}::uuid]`]
        : []),
      ...(label === undefined ? [] : [hasLabel(label)]),
      ...(parent === undefined ? [] : [isUnder(parent)]),
      ...(blocked === undefined ? [] : [isBlocked(blocked)]),
      ...(due_before === undefined ? [] : [isDue('<', momentOf(due_before), zone, due)]),
      ...(due_after === undefined ? [] : [isDue('>=', momentOf(due_after), zone, due)]),
      ...(updated_since === undefined ? [] : [sql`${updated} >= ${updated_since}::timestamptz`]),
      ...(q === undefined ? [] : [sql`strpos(fold(tasks.title), (select fold(${q}))) > 0`]),
      ...(written?.others ?? []),
    ],
    ' and ',
  )
  return { where, few: asksForFew(filter) || written?.few === true, statuses }
}

/** Condition: the task has one of the labels, found by tasks_labels_idx, or none if that is among what is asked for. */
function hasLabel(label: readonly string[]): Sql {
  const labelled = sql`tasks.label_ids <> '{}' and tasks.label_ids && ${label.filter((id) => id !== 'none')}::uuid[]`
  return label.includes('none') ? sql`(tasks.label_ids = '{}' or ${labelled})` : labelled
}

/** Looked up for each task, by an index. */
const isBlocked = (blocked: boolean): Sql =>
  sql`${raw(blocked ? '' : 'not ')}exists (select from ${blockersOf(raw('tasks.id'))} offset 0)`

/** As `canonical` spells what the filter takes for none. */
const NONE = 'NONE'

const isUnder = (parent: string): Sql =>
  parent === NONE
    ? raw('tasks.parent_id is null')
    : sql`tasks.parent_id = (select tasks.id from tasks where ${namedTask(parent)})`

const namesPerson = ({ assignee }: TaskFilter) => assignee !== undefined && assignee !== 'none'
const asksForFew = (filter: TaskFilter) =>
  namesPerson(filter) ||
  (filter.parent !== undefined && filter.parent !== NONE) ||
  (filter.label !== undefined && !filter.label.includes('none'))

/**
 * Few tasks, such as those of one person, below one task or with a label, `found` before anything else. Left to itself, a plan made for
 * any value would read the whole of each project for those few.
 */
const findingFirst = (where: Sql, key: Sql): Sql => sql`
  with found as materialized (
    select tasks.id, tasks.project_id, ${key} as key from tasks where ${where}
  )`

/**
 * Which projects a list looks into: the one named or all that the viewer can see, archived or not. They are found before the tasks
 * (offset 0), or a plan made for any value would ask for each task whether its project is one of them.
 */
const within = (viewer: Viewer, project: string | undefined, { archived }: TaskFilter): Sql => sql`(
      select projects.id, projects.key
      from projects ${joinMine(viewer)}
      where ${project === undefined ? raw('true') : namedProject(project)} and ${visible(viewer)}
        and ${inArchive(archived ?? 'any')} offset 0
    ) as projects`

/**
 * A page of one project's tasks, or of all visible ones. Each project gives its first ones by its own index, so the
 * work grows with the number of projects looked into and not with the number of tasks in them. Few tasks, such as those
 * of one person, are joined with all projects at once.
 */
export function listTasks(
  db: Db,
  viewer: Viewer,
  project: string | undefined,
  filter: TaskFilter,
  after: After,
  limit: number,
) {
  const { sort: order = 'position' } = filter
  const sort = order.replace('-', '') as Sort
  const zone = zoneOf(viewer, filter)
  const { key: sortKey, type } = sortOf(sort, zone)
  const ordered = order.startsWith('-')
    ? { descending: true, beyond: raw('<'), direction: raw('desc') }
    : { descending: false, beyond: raw('>'), direction: raw('asc') }
  const { beyond, direction } = ordered
  const follows = (key: Sql, id: Sql) =>
    after ? sql`and (${key}, ${id}) ${beyond} (${after.key}::${type}, ${after.id}::uuid)` : nothing
  const first = (key: Sql, id: Sql) =>
    sql`order by ${key} ${direction}, ${id} ${direction} limit ${limit + 1}`
  const source = sourceOf(sort, zone)
  const { from, project: of, key, id } = source
  const { where, few, statuses } = matches(viewer, filter, IN_TASKS)
  const whereIn = (known: Pick<Place, 'due' | 'status'>) =>
    matches(viewer, filter, { ...source, ...known }).where

  // The columns of a board each have their order in an index, so that a page is found without those who are in others.
  const eachFirst = (list: Sql) =>
    sort === 'position' && statuses.length > 0
      ? sql`
      select ${list}, tasks.position as key
      from (
        select statuses.key from statuses where statuses.project_id = projects.id and ${join(statuses, ' and ')} offset 0
      ) as wanted cross join lateral (
        select tasks.* from tasks
        where ${of} = projects.id and tasks.status = wanted.key and ${whereIn({ status: 'known' })} ${follows(key, id)}
        ${first(key, id)}
      ) as tasks
      ${first(key, id)}`
      : sort === 'due'
        ? sql`
      select ${list}, tasks.key
      from (${dueFirst((due) => sql`${of} = projects.id and ${whereIn({ due })}`, zone, after, ordered, limit + 1)}
      ) as tasks
      ${first(raw('tasks.key'), id)}`
        : sql`
      select ${list}, ${key} as key
      from ${from}
      where ${of} = projects.id and ${whereIn({})} ${follows(key, id)}
      ${first(key, id)}`
  const found = { key: raw('found.key'), id: raw('found.id') }
  const amongFound = sql`join found on found.project_id = projects.id ${follows(found.key, found.id)}`
  const page =
    project !== undefined && !few
      ? sql`
    from ${within(viewer, project, filter)} cross join lateral (${eachFirst(TASK)}) as page`
      : // Of several projects only keys are compared, and what makes it to the page is read then.
        sql`
    from (
      select found.id, found.key, projects.key as project_key
      from ${within(viewer, project, filter)}
        ${few ? amongFound : sql`cross join lateral (${eachFirst(sql`${id} as id`)}) as found`}
      ${first(found.key, found.id)}
    ) as first
    cross join lateral (
      select ${columns('tasks', TaskRow, { ref: sql`first.project_key || '-' || tasks.number` })}, first.key
      from tasks where tasks.id = first.id
    ) as page
    order by first.key ${direction}, first.id ${direction}`

  return ask<WrittenPage>(
    db,
    filter,
    sql`${few ? findingFirst(where, sortKey) : nothing}
  select '[' || coalesce(array_to_string((array_agg(item))[1 : ${limit}], ','), '') || ']' as items, count(*) > ${limit} as more,
         (array_agg(id))[${limit}] as id, (array_agg(key))[${limit}]::text as sort_key
  from (
    select ${filter.include?.includes('counts') ? COUNTED_ITEM : ITEM} as item, page.id, page.key
    ${page}
  ) as page`,
  )
}

export async function countTasks(db: Db, viewer: Viewer, project: string | undefined, filter: TaskFilter) {
  const { where, few } = matches(viewer, filter, IN_TASKS)
  const { count } = await ask<{ count: number }>(
    db,
    filter,
    few
      ? sql`${findingFirst(where, raw('null'))}
  select count(*) from ${within(viewer, project, filter)} join found on found.project_id = projects.id`
      : sql`
  select count(*) from ${within(viewer, project, filter)} join tasks on tasks.project_id = projects.id and ${where}`,
  )
  return count
}

/** However many filters take long, most of the connections are for others. */
const limited = createLimiter(2, (waiting) => {
  if (waiting >= 100) throw databaseUnavailable(new Error('too many filters wait for their turn'))
})

/** A written filter can take long, for which others on a shared connection would have to wait, and hardly comes twice. */
async function ask<Row>(db: Db, { filter }: TaskFilter, statement: Sql): Promise<Row> {
  if (filter === undefined) return one<Row>(db.read, statement)
  try {
    return await limited(() => one<Row>(db.write, unprepared(statement)))
  } catch (error) {
    if (!tookTooLong(error)) throw error
    throw new ApiError(
      'filter_too_slow',
      'The filter looks at too many tasks. Name a project, a person or a label, or ask for fewer tasks.',
      { errors: [{ pointer: '/query/filter', message: 'looks at too many tasks' }], cause: error },
    )
  }
}
