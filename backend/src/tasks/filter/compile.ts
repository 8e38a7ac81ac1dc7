// A filter as a condition of SQL, with every value of it a parameter.
import { join, raw, sql, type Sql } from '../../database/sql.ts'
import { FIELDS, type Context, type Field } from './fields.ts'
import { parse, type Comparison, type Filter, type Operator } from './parse.ts'
import { refusal, type Refuse } from './refusal.ts'

interface Compiled {
  readonly condition: Sql
  /** It only holds for tasks that are few and found by an index of their own, such as those of a person. */
  readonly few: boolean
}

/** Conditions that must all hold. */
export interface CompiledFilter {
  /** Those that ask for nothing but the status, of `tasks`, and the same of `statuses`. */
  readonly ofStatus: readonly Sql[]
  readonly statuses: readonly Sql[]
  readonly others: readonly Sql[]
  readonly few: boolean
}

/** Reads and compiles a filter; throws `invalid_filter`, which `pointer` says the place of. */
export function compileFilter(text: string, context: Context, pointer = '/query/filter'): CompiledFilter {
  const refuse = refusal(pointer)

  function compile(filter: Filter, negated: boolean, place = context): Compiled {
    if (filter.kind === 'not') return compile(filter.part, !negated, place)
    if (filter.kind === 'comparison') return compare(filter, negated, place, refuse)
    const parts = filter.parts.map((part) => compile(part, negated, place))
    const all = (filter.kind === 'and') !== negated
    return {
      condition: sql`(${join(
        parts.map(({ condition }) => condition),
        all ? ' and ' : ' or ',
      )})`,
      few: all ? parts.some(({ few }) => few) : parts.every(({ few }) => few),
    }
  }
  const filter = parse(text, pointer)
  const parts = filter.kind === 'and' ? filter.parts : [filter]
  const ofStatus = parts.filter(asksForStatus)
  const others = parts.filter((part) => !asksForStatus(part)).map((part) => compile(part, false))
  const there = { ...context, status: raw('statuses.key'), category: raw('statuses.category') }
  return {
    ofStatus: ofStatus.map((part) => compile(part, false).condition),
    statuses: ofStatus.map((part) => compile(part, false, there).condition),
    others: others.map(({ condition }) => condition),
    few: others.some(({ few }) => few),
  }
}

const asksForStatus = (filter: Filter): boolean =>
  filter.kind === 'comparison'
    ? FIELDS.get(filter.name.text.toLowerCase())?.ofStatus === true
    : (filter.kind === 'not' ? [filter.part] : filter.parts).every(asksForStatus)

/** What the negative operators are the opposite of. */
const OPPOSITES: Partial<Record<Operator, Operator>> = {
  '!=': 'in',
  'not in': 'in',
  'is not empty': 'is empty',
}

/**
 * A comparison with a field that is empty is false, and so its opposite is true: `assignee != me` finds what nobody is
 * assigned to, and `not due < today` what is not due at all. SQL would say that it does not know, and find neither.
 */
function compare(
  { name, operator, values }: Comparison,
  negated: boolean,
  context: Context,
  refuse: Refuse,
): Compiled {
  const field = FIELDS.get(name.text.toLowerCase())
  if (!field) return refuse(name.at, name.text, [...FIELDS.keys()])
  if (!field.operators.includes(operator))
    return refuse(
      name.at,
      `${name.text} ${operator === 'holds' ? 'by itself' : operator}`,
      operatorsOf(name.text, field),
    )
  const opposite = OPPOSITES[operator]
  const positive = opposite ?? (operator === '=' ? 'in' : operator)
  const condition = sql`(${field.condition(positive, values, context, refuse)})`
  return (opposite !== undefined) !== negated
    ? { condition: sql`${condition} is not true`, few: false }
    : { condition, few: field.few?.(positive, values) ?? false }
}

const operatorsOf = (name: string, { operators }: Field): string[] =>
  operators.map((operator) => (operator === 'holds' ? name : `${name} ${operator}`))
