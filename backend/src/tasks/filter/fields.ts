// The names that a filter can have. A new one is one entry of FIELDS: what kind of value it is, and its column.
import { raw, sql, join, type Sql } from '../../database/sql.ts'
import { FORMATS } from '../../http/validation.ts'
import { joinMine, namedTask, projectOfKey, visible, type Viewer } from '../../policy.ts'
import { isDue, type DueKind, type Moment } from '../due.ts'
import { CATEGORIES } from '../../statuses/schema.ts'
import { PRIORITIES } from '../schema.ts'
import { readMoment } from './dates.ts'
import type { Operator, Value } from './parse.ts'
import type { Refuse } from './refusal.ts'

/** Who asks, where days begin, and what is known of the place where the condition stands. */
export interface Context {
  readonly viewer: Viewer
  readonly zone: Sql
  /** The id of a task's project, and when it was changed last: as the index has them by which the list is read. */
  readonly project: Sql
  readonly updated: Sql
  /** The key and the category of a task's status, or of a status by itself. */
  readonly status?: Sql
  readonly category?: Sql
  /** How the tasks are due, if all are in the same way. */
  readonly due?: DueKind | undefined
}

export interface Field {
  readonly operators: readonly Operator[]
  /**
   * The condition that the comparison holds; null counts as false. `=` comes as `in`, and of the negative operators their
   * opposites.
   */
  condition(operator: Operator, values: readonly Value[], context: Context, refuse: Refuse): Sql
  /** Depends on nothing but the task's status, so that the statuses can be asked instead. */
  readonly ofStatus?: true
  /** Whether the condition only holds for few tasks, which an index of their own finds in all projects at once. */
  few?(operator: Operator, values: readonly Value[]): boolean
}

const EQUAL = ['=', '!=', 'in', 'not in'] as const
const ORDERED = ['<', '<=', '>', '>='] as const
const EMPTY = ['is empty', 'is not empty'] as const

const oneOf = (conditions: readonly Sql[]): Sql => sql`(${join(conditions, ' or ')})`
const only = ([value]: readonly Value[], refuse: Refuse): Value => value ?? refuse(0, '', ['a value'])

/** One word, or what stands between quotes. */
function single({ text, quoted, at }: Value, refuse: Refuse): string {
  if (!quoted && text.includes(' ')) return refuse(at, text, ['one word', 'quotes around several words'])
  return text
}

/** A word in small letters. */
function word(value: Value, refuse: Refuse, expected?: readonly string[]): string {
  const small = single(value, refuse).toLowerCase()
  return !expected || expected.includes(small) ? small : refuse(value.at, value.text, expected)
}

/** Texts are compared without regard to case, and looked through without regard to accents. Costs: each task is looked at. */
function texts(columns: readonly string[], operators: readonly Operator[]): Field {
  return {
    operators,
    condition(operator, values, _, refuse) {
      if (operator === 'is empty') return oneOf(columns.map((column) => raw(`${column} = ''`)))
      const wanted = values.map((value) => single(value, refuse))
      return oneOf(
        columns.map((column) =>
          operator === '~'
            ? sql`strpos(fold(${raw(column)}), (select fold(${wanted[0]}))) > 0`
            : sql`lower(${raw(column)}) = any (select lower(wanted) from unnest(${wanted}::text[]) as wanted)`,
        ),
      )
    },
  }
}

const words = (
  name: string,
  expected?: readonly string[],
  columnOf: (context: Context) => Sql | undefined = () => undefined,
): Field => ({
  operators: EQUAL,
  condition: (_, values, context, refuse) =>
    sql`${columnOf(context) ?? raw(name)} = any (${values.map((value) => word(value, refuse, expected))}::text[])`,
})

/** Words that are more or less. */
function ranked(column: string, ranks: readonly string[]): Field {
  const rank = `array_position(array[${ranks.map((each) => `'${each}'`).join(', ')}], ${column})`
  return {
    operators: [...EQUAL, ...ORDERED],
    condition: (operator, values, context, refuse) =>
      operator === 'in'
        ? words(column, ranks).condition(operator, values, context, refuse)
        : sql`${raw(rank)} ${raw(operator)} ${ranks.indexOf(word(only(values, refuse), refuse, ranks)) + 1}::integer`,
  }
}

const number = (column: string, operators: readonly Operator[] = []): Field => ({
  operators: [...EQUAL, ...ORDERED, ...operators],
  condition(operator, values, _, refuse) {
    if (operator === 'is empty') return raw(`${column} is null`)
    const numbers = values.map(({ text: digits, at }) =>
      /^\d{1,9}$/.test(digits) ? Number(digits) : refuse(at, digits, ['a whole number']),
    )
    return operator === 'in'
      ? sql`${raw(column)} = any (${numbers}::integer[])`
      : sql`${raw(column)} ${raw(operator)} ${numbers[0]}::integer`
  },
})

const PEOPLE = ['me', 'the id of a user']
const person = (value: Value, { viewer }: Context, refuse: Refuse, also: readonly string[] = []): string => {
  const small = word(value, refuse)
  if (small === 'me') return viewer.id
  return FORMATS['uuid']?.(small) ? small : refuse(value.at, value.text, [...PEOPLE, ...also])
}

const creator = (column: string): Field => ({
  operators: EQUAL,
  condition: (_, values, context, refuse) =>
    sql`${raw(column)} = any (${values.map((value) => person(value, context, refuse))}::uuid[])`,
})

/** A set of people, or `none`. */
const isNone = ({ text: sent }: Value) => sent.toLowerCase() === 'none'
const people = (column: string): Field => ({
  operators: [...EQUAL, ...EMPTY],
  condition(_, values, context, refuse) {
    const empty = sql`${raw(column)} = '{}'`
    const named = values.filter((value) => !isNone(value))
    if (named.length === 0) return empty
    const some = sql`${raw(column)} && ${named.map((value) => person(value, context, refuse, ['none']))}::uuid[]`
    return named.length === values.length ? some : oneOf([empty, some])
  },
  few: (_, values) => values.length > 0 && !values.some(isNone),
})

const project: Field = {
  operators: EQUAL,
  condition: (_, values, { project: id }, refuse) =>
    oneOf(
      values.map((value) => {
        const key = word(value, refuse)
        if (FORMATS['uuid']?.(key)) return sql`${id} = ${key}::uuid`
        if (!/^[a-z][a-z0-9]{1,9}$/.test(key))
          refuse(value.at, value.text, ['the key or the id of a project'])
        return sql`${id} = ${projectOfKey(key.toUpperCase())}`
      }),
    ),
}

/** By id or by name, which a project has once and several projects can have. */
const label: Field = {
  operators: [...EQUAL, ...EMPTY],
  condition(_, values, { viewer }, refuse) {
    const none = raw("tasks.label_ids = '{}'")
    const wanted = values.filter((value) => !isNone(value)).map((value) => single(value, refuse))
    if (wanted.length === 0) return none
    const ids = wanted.filter((text) => FORMATS['uuid']?.(text))
    const names = wanted.filter((text) => !FORMATS['uuid']?.(text))
    const named = sql`array(
      select labels.id
      from (select projects.id from projects ${joinMine(viewer)} where ${visible(viewer)} offset 0) as mine
      join labels on labels.project_id = mine.id and lower(labels.name) = any (array(select lower(each) from unnest(${names}::text[]) as each))
        and labels.deleted_at is null)`
    const some = sql`(tasks.label_ids <> '{}' and tasks.label_ids && ${names.length === 0 ? sql`${ids}::uuid[]` : sql`(${ids}::uuid[] || ${named})`})`
    return wanted.length === values.length ? some : oneOf([none, some])
  },
  few: (_, values) => values.length > 0 && !values.some(isNone),
}

/** The task that a value names, by id or by reference. */
function task(value: Value, refuse: Refuse): Sql {
  const name = word(value, refuse)
  if (!FORMATS['uuid']?.(name) && !/^[a-z][a-z0-9]{1,9}-[1-9]\d{0,8}$/.test(name))
    refuse(value.at, value.text, ['a reference such as OPS-42', 'the id of a task'])
  return namedTask(FORMATS['uuid']?.(name) ? name : name.toUpperCase())
}

const parent: Field = {
  operators: [...EQUAL, ...EMPTY],
  condition: (operator, values, _, refuse) =>
    operator === 'is empty'
      ? raw('tasks.parent_id is null')
      : oneOf(
          values.map((value) =>
            isNone(value)
              ? raw('tasks.parent_id is null')
              : sql`tasks.parent_id = (select tasks.id from tasks where ${task(value, refuse)})`,
          ),
        ),
  few: (_, values) => values.length > 0 && !values.some(isNone),
}

const reference: Field = {
  operators: EQUAL,
  condition: (_, values, __, refuse) => oneOf(values.map((value) => task(value, refuse))),
  few: () => true,
}

/** What is compared with days and instants: `by` is a condition for one of them. */
const moments = (
  operators: readonly Operator[],
  empty: string,
  by: (operator: '<' | '<=' | '>' | '>=', moment: Moment, context: Context) => Sql,
): Field => ({
  operators: [...EQUAL, ...ORDERED, ...operators],
  condition(operator, values, context, refuse) {
    if (operator === 'is empty') return raw(empty)
    const read = values.map((value) => readMoment(value, context.zone, refuse))
    const order = ORDERED.find((each) => each === operator)
    return oneOf(
      read.map((moment) =>
        order
          ? by(order, moment, context)
          : sql`(${by('>=', moment, context)} and ${by('<=', moment, context)})`,
      ),
    )
  },
})

/** A day is compared as a whole: what is later than a day is later than its end. */
const instant = (name: string, operators: readonly Operator[], columnOf = (_: Context) => raw(name)): Field =>
  moments(operators, `${name} is null`, (operator, moment, context) => {
    const column = columnOf(context)
    if ('instant' in moment) return sql`${column} ${raw(operator)} ${moment.instant}`
    const { day } = moment
    const beyond = operator === '<=' || operator === '>'
    const start = sql`timezone(${context.zone}, ${beyond ? sql`(${day} + 1)` : day}::timestamp)`
    return sql`${column} ${raw(operator.startsWith('<') ? '<' : '>=')} ${start}`
  })

/** An instant is taken for its day. */
const day = (column: string): Field =>
  moments(
    EMPTY,
    `${column} is null`,
    (operator, moment, { zone }) =>
      sql`${raw(column)} ${raw(operator)} ${'day' in moment ? moment.day : sql`timezone(${zone}, ${moment.instant})::date`}`,
  )

const flag = (condition: (context: Context) => Sql): Field => ({
  operators: ['holds'],
  condition: (_, __, context) => condition(context),
})

/**
 * The names. Those that have no index of their own cost: the tasks of each project are looked at, in the order of the list,
 * until the page is full.
 */
export const FIELDS: ReadonlyMap<string, Field> = new Map(
  Object.entries({
    title: texts(['tasks.title'], [...EQUAL, '~']),
    description: texts(['tasks.description'], ['~', ...EMPTY]),
    text: texts(['tasks.title', 'tasks.description'], ['~']),
    status: { ...words('tasks.status', undefined, ({ status }) => status), ofStatus: true },
    category: { ...words('tasks.category', CATEGORIES, ({ category }) => category), ofStatus: true },
    priority: ranked('tasks.priority', PRIORITIES),
    assignee: people('tasks.assignee_ids'),
    label,
    creator: creator('tasks.created_by'),
    estimate: number('tasks.estimate_minutes', EMPTY),
    start: day('tasks.start_on'),
    due: moments(
      EMPTY,
      '(tasks.due_on is null and tasks.due_at is null)',
      (operator, moment, { zone, due }) => isDue(operator, moment, zone, due),
    ),
    overdue: flag(
      ({ zone, due }) =>
        sql`tasks.category in ('todo', 'in_progress') and ${isDue('<', { instant: raw('now()') }, zone, due)}`,
    ),
    created: instant('tasks.created_at', []),
    updated: instant('tasks.updated_at', [], ({ updated }) => updated),
    completed: instant('tasks.completed_at', EMPTY),
    number: number('tasks.number'),
    ref: reference,
    parent,
    project,
  } satisfies Record<string, Field>),
)
