import { Type, type Static } from 'typebox'
import {
  Archived,
  Changes,
  Closed,
  Day,
  ID_PATTERN,
  Id,
  Instant,
  KEY_PATTERN,
  Lines,
  Nullable,
  OneOf,
  Query,
  SomeOf,
  Title,
  Version,
  WORD,
} from '../http/schemas.ts'
import { PageQuery } from '../http/pages.ts'
import { FieldValueChanges, FieldValues } from '../fields/schema.ts'
import { CATEGORIES, Category, StatusKey } from '../statuses/schema.ts'

export const PRIORITIES = ['none', 'low', 'medium', 'high', 'urgent'] as const

const NAME = `${ID_PATTERN}|${KEY_PATTERN}-[1-9][0-9]{0,8}`
const TaskName = Type.String({
  pattern: `^(${NAME})$`,
  canonical: 'key',
  maxLength: 36,
  description: 'The id, or the reference such as OPS-42.',
  examples: ['OPS-42'],
})
export const ByIdOrRef = Closed({ id: TaskName })

/** What a client may set. A new field is one line here and one in a migration. */
const fields = {
  title: Title(500, { examples: ['Renew the certificate'] }),
  description: Lines(100_000, {
    description: 'Markdown',
    examples: ['Expires on **30 November**.'],
  }),
  status: StatusKey,
  priority: OneOf(PRIORITIES, { title: 'TaskPriority' }),
  assignee_ids: Type.Array(Id, {
    maxItems: 50,
    uniqueItems: true,
    canonicalItems: 'uuid',
    description: 'Members of the project.',
  }),
  label_ids: Type.Array(Id, {
    maxItems: 50,
    uniqueItems: true,
    canonicalItems: 'uuid',
    description:
      'Labels of the project. A move to another project keeps those that it has under the same name, and drops the rest.',
  }),
  start_on: Nullable(Day, { examples: ['2026-11-23'] }),
  due_on: Nullable(Day, { examples: ['2026-11-30'] }),
  due_at: Nullable(Instant, { description: 'Instead of due_on, for a task that is due at an instant.' }),
  position: Type.Number({
    minimum: -1e15,
    maximum: 1e15,
    description:
      'Order within the project. It may change when room is made for others; ask for a place by `after`, `before` or `place`.',
    examples: [42],
  }),
  estimate_minutes: Nullable(Type.Integer({ minimum: 0, maximum: 525_600, examples: [90] }), {
    description: 'How long it is going to take.',
  }),
}

const minutes = (description: string) =>
  Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER, description, examples: [90] })

/** How many there are of what hangs on a task. Read if asked for, because it is no part of the task. */
const counts = Type.Optional(
  Type.Object(
    {
      comments: Type.Integer({ minimum: 0, maximum: 2147483647, examples: [3] }),
      files: Type.Integer({ minimum: 0, maximum: 2147483647, examples: [1] }),
      subtasks: Type.Integer({
        minimum: 0,
        maximum: 2147483647,
        description: 'Those directly below it, without cancelled ones.',
        examples: [5],
      }),
      subtasks_done: Type.Integer({
        minimum: 0,
        maximum: 2147483647,
        description: 'Those of them whose category is done.',
        examples: [2],
      }),
      blocked_by: Type.Integer({
        minimum: 0,
        maximum: 2147483647,
        description: 'Tasks that block it and are not done or cancelled.',
        examples: [1],
      }),
      spent_minutes: minutes('Time spent on it, without a timer that runs.'),
      subtasks_estimate_minutes: minutes('The estimates of those subtasks together.'),
      subtasks_spent_minutes: minutes('Time spent on those subtasks together.'),
    },
    {
      title: 'IncludedCounts',
      description:
        'With `include=counts`: how many comments, files, subtasks and open blockers it has, and time spent.',
    },
  ),
)

/** A task as it is stored, but for its reference. */
export const TaskRow = Type.Object({
  id: Id,
  project_id: Id,
  number: Type.Integer({ minimum: 1, maximum: 2147483647, examples: [42] }),
  ref: Type.String({ maxLength: 21, description: 'What people call it.', examples: ['OPS-42'] }),
  parent_id: Nullable(Id, { description: 'The task that it is a subtask of.' }),
  ...fields,
  fields: FieldValues,
  category: Type.Unsafe<(typeof CATEGORIES)[number]>({ ...Category, description: 'Of the status.' }),
  completed_at: Nullable(Instant),
  created_by: Id,
  created_at: Instant,
  updated_at: Instant,
  version: Version,
})

export const Task = Type.Object({ ...TaskRow.properties, counts }, { $id: 'Task' })
export type Task = Static<typeof Task>

const include = Type.Optional(
  SomeOf(['counts'], {
    title: 'TaskInclude',
    description:
      '`counts`: how many comments, files, subtasks and open blockers a task has, and the time spent on it.',
    examples: [['counts']],
  }),
)
export const TaskQuery = Closed({ include })
export type TaskQuery = Static<typeof TaskQuery>

/** What it hangs on, named by id or reference. */
const parent = {
  parent_id: Nullable(TaskName, {
    description:
      'The task of the project that it is a subtask of, named by id or reference. At most 8 deep, and 1,000 below one.',
    examples: ['OPS-42'],
  }),
}

const { title, ...optional } = fields
export const NewTask = Closed(
  { title, ...Type.Partial(Type.Object({ ...parent, ...optional, fields: FieldValueChanges })).properties },
  { $id: 'NewTask', examples: [{ title: 'Renew the certificate', priority: 'high', due_on: '2026-11-30' }] },
)
export type NewTask = Static<typeof NewTask>

const neighbour = (side: string) =>
  Type.Unsafe<string>({
    ...TaskName,
    description: `Puts the task directly ${side} this one of its project, named by id or reference.`,
  })

export const TaskChanges = Changes(
  {
    ...parent,
    ...fields,
    fields: FieldValueChanges,
    project_id: Type.Unsafe<string>({
      ...Id,
      description:
        'Moves the task with its subtasks, which get new numbers there; it hangs on no other one then.',
    }),
    after: neighbour('after'),
    before: neighbour('before'),
    place: OneOf(['first', 'last'], {
      title: 'TaskPlace',
      description:
        'Puts the task before or after all others of its project. At most one of after, before, place and position.',
    }),
  },
  { $id: 'TaskChanges', examples: [{ status: 'done' }, { due_on: null, due_at: '2026-11-30T17:00:00Z' }] },
)
export type TaskChanges = Static<typeof TaskChanges>

/** The fields whose elements are added and taken away one by one, too. */
export type TaskSet = 'assignee_ids' | 'label_ids'

const DayOrInstant = (description: string) =>
  Type.String({
    format: 'day-or-instant',
    canonical: 'microseconds',
    maxLength: 35,
    description,
    examples: ['2026-12-01'],
  })

export const SORTS = ['position', 'created', 'updated', 'due', 'priority'] as const

/** The query language; what its names mean is said in filter/fields.ts. */
export const FilterText = Type.String({
  minLength: 1,
  maxLength: 4000,
  format: 'filter',
  text: 'query',
  description:
    'Conditions in one text, in addition to the other parameters. Names: title, description, text (of the two), status, category, priority, assignee, label, creator, estimate, start, due, overdue, created, updated, completed, number, ref, parent, project. ' +
    'Operators: `=`, `!=`, `<`, `<=`, `>`, `>=`, `~` (contains), `in (a, b)`, `not in (a, b)`, `is empty`, `is not empty`; between conditions `and`, `or`, `not` and parentheses. ' +
    'Dates: `2026-12-01`, `today`, `now`, `start of week`, `end of month`, each with `+3d`, `-2w`, `+1m`. At most 50 comparisons.',
  examples: ['status in (todo, in_progress) and due < today+7d and (assignee = me or assignee is empty)'],
})

export const TaskSort = OneOf([...SORTS, '-position', '-created', '-updated', '-due', '-priority'] as const, {
  title: 'TaskSort',
  description:
    'The order; with a minus the other way round. Tasks without a due date come after all that have one.',
})

const filters = {
  ...PageQuery,
  include,
  status: Type.Optional(
    Type.Array(Type.String({ pattern: WORD, maxLength: 30 }), {
      minItems: 1,
      maxItems: 50,
      description:
        'One or more keys, separated by commas. One that a project does not have matches nothing there.',
      examples: [['todo', 'in_progress']],
    }),
  ),
  category: Type.Optional(
    SomeOf(CATEGORIES, {
      title: 'TaskCategory',
      description: 'One or more, separated by commas: whatever the projects call their statuses.',
      examples: [['todo', 'in_progress']],
    }),
  ),
  priority: Type.Optional(
    SomeOf(PRIORITIES, {
      title: 'TaskPriority',
      description: 'One or more, separated by commas.',
      examples: [['high', 'urgent']],
    }),
  ),
  assignee: Type.Optional(
    Type.String({
      maxLength: 36,
      pattern: `^(me|none|${ID_PATTERN})$`,
      canonical: 'uuid',
      description: '`me`, `none` or the id of a user.',
      examples: ['me'],
    }),
  ),
  label: Type.Optional(
    Type.Array(Type.String({ maxLength: 36, pattern: `^(none|${ID_PATTERN})$` }), {
      minItems: 1,
      maxItems: 50,
      canonicalItems: 'uuid',
      description: 'Ids of labels, or `none`: tasks with any of them. One or more, separated by commas.',
      examples: [['019aab5e-6c00-7000-8000-000000000001']],
    }),
  ),
  parent: Type.Optional(
    Type.Unsafe<string>({
      ...TaskName,
      pattern: `^(none|${NAME})$`,
      description:
        'The subtasks of a task, named by id or reference; with `none` the tasks that hang on none.',
      examples: ['OPS-42'],
    }),
  ),
  blocked: Type.Optional(
    Type.Boolean({
      description: 'Whether a task blocks it that is not done, cancelled or in the trash.',
      examples: [true],
    }),
  ),
  due_before: Type.Optional(DayOrInstant('Due before this day or instant.')),
  due_after: Type.Optional(DayOrInstant('Due on or after this day or instant.')),
  updated_since: Type.Optional(
    Type.Unsafe<string>({
      ...Instant,
      canonical: 'microseconds',
      description: 'Changed at this instant or after it.',
    }),
  ),
  time_zone: Type.Optional(
    Type.String({
      format: 'time-zone',
      maxLength: 64,
      description:
        'Where days begin and end, in filters and in the order by due; yours if it is not given. A task that is due on a day is due at the end of it.',
      examples: ['Europe/Berlin'],
    }),
  ),
  q: Type.Optional(Query({ description: 'Text in the title.', examples: ['certificate'] })),
  filter: Type.Optional(FilterText),
  sort: Type.Optional(Type.Unsafe<Static<typeof TaskSort>>({ ...TaskSort, default: 'position' })),
}

export const TaskFilter = Closed({
  ...filters,
  archived: Archived('false', 'Tasks of archived projects, of others, or of both.'),
})
export type TaskFilter = Static<typeof TaskFilter>

/** Whoever names a project sees its tasks, archived or not. */
export const ProjectTaskFilter = Closed({
  ...filters,
  archived: Archived('any', 'With false no tasks if the project is archived, with true none if it is not.'),
})
