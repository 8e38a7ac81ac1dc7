import { WORD } from '../http/schemas.ts'

/** A statement or a part of one: text pieces, with one value between each two. */
export class Sql {
  readonly texts: readonly string[]
  readonly values: readonly unknown[]
  /** Whether it is worth preparing. One that hardly comes twice would take the place of others. */
  readonly prepared: boolean

  constructor(texts: readonly string[], values: readonly unknown[], prepared = true) {
    this.texts = texts
    this.values = values
    this.prepared = prepared
  }

  /** The statement as PostgreSQL expects it, with placeholders $1, $2, … */
  get text(): string {
    let text = this.texts[0] ?? ''
    for (let i = 1; i < this.texts.length; i++) text += `$${i}${this.texts[i]}`
    return text
  }
}

/**
 * Tag for SQL. Every value becomes a parameter; a nested `sql` becomes part of the statement. Refuses `undefined`,
 * which the driver would silently send as null.
 */
export function sql(strings: TemplateStringsArray, ...inserted: unknown[]): Sql {
  const texts = [strings[0] ?? '']
  const values: unknown[] = []
  inserted.forEach((value, i) => {
    const after = strings[i + 1] ?? ''
    if (value instanceof Sql) {
      texts[texts.length - 1] += value.texts[0] ?? ''
      texts.push(...value.texts.slice(1))
      texts[texts.length - 1] += after
      values.push(...value.values)
    } else if (value === undefined) {
      throw new TypeError(`undefined in SQL after "${strings[i]?.trim().slice(-40)}"`)
    } else {
      texts.push(after)
      values.push(value)
    }
  })
  return new Sql(texts, values)
}

/** Text that is SQL already. Never give it anything a client sent. */
export const raw = (text: string): Sql => new Sql([text], [])

export const nothing = raw('')

/** The same statement, which is not worth preparing. */
export const unprepared = ({ texts, values }: Sql): Sql => new Sql(texts, values, false)

/** Joins parts, for example conditions with `sql` and ``. No parts give an empty part. */
export function join(parts: readonly Sql[], separator: string): Sql {
  return parts.reduce((all, part, i) => (i === 0 ? part : sql`${all}${raw(separator)}${part}`), nothing)
}

interface Properties {
  readonly properties: Readonly<Record<string, unknown>>
}

/**
 * The select or returning list that makes a row of `table` be a resource: one column for each property of the
 * schema, in its order. A property that is no column is given in `computed`.
 */
export function columns(
  table: string,
  resource: Properties,
  computed: Readonly<Record<string, Sql>> = {},
): Sql {
  const list = Object.keys(resource.properties).map((name) =>
    computed[name] ? sql`${computed[name]} as ${raw(name)}` : raw(`${table}.${name}`),
  )
  return join(list, ', ')
}

/**
 * An expression that writes a row of `table` as the JSON of a resource. `row_to_json` and the like look up for each
 * value how its type is written, which takes PostgreSQL longer than to find the row; `concat` looks it up once. What is
 * no column is given in `computed`, without values.
 */
export function json(
  table: string,
  { properties }: Properties,
  computed: Readonly<Record<string, Sql>> = {},
): Sql {
  const parts: string[] = []
  let literal = '{'
  for (const [name, property] of Object.entries(properties)) {
    const { nullable, before, values, after } = written(
      computed[name]?.text ?? `${table}.${name}`,
      property as Property,
    )
    if (nullable) {
      const text = [`'${before}'`, ...values, `'${after}'`].join(' || ')
      parts.push(`'${literal}"${name}":'`, `coalesce(${text}, 'null')`)
      literal = ','
    } else {
      parts.push(`'${literal}"${name}":${before}'`, ...values)
      literal = `${after},`
    }
  }
  return raw(`concat(${parts.join(', ')}, '${literal.slice(0, -1)}}')`)
}

interface Property {
  readonly type?: unknown
  readonly format?: unknown
  readonly enum?: unknown
  readonly pattern?: unknown
}

/** What makes up a column as JSON: an instant in UTC, as all connections have it; without escapes what needs none. */
function written(column: string, { type, format, enum: words, pattern }: Property) {
  const [kind, nullable] = Array.isArray(type) ? [type[0] as unknown, true] : [type, false]
  if (format === 'date-time') {
    return { nullable, before: '"', values: [`${column}::date`, "'T'", `${column}::time`], after: 'Z"' }
  }
  if (format === 'date' || format === 'uuid' || words || pattern === WORD) {
    return { nullable, before: '"', values: [column], after: '"' }
  }
  // A number, and what is JSON already.
  const asItIs = kind === 'integer' || kind === 'number' || kind === 'object'
  return { nullable, before: '', values: [asItIs ? column : `to_json(${column})`], after: '' }
}

/** The set list for the fields that were sent. `null` clears; a field that was not sent is left out. */
export function assign(table: string, changes: Readonly<Record<string, unknown>>): Sql {
  const list = Object.entries(changes).map(([name, value]) => sql`${identifier(name)} = ${value}`)
  // The list may not be empty even when nothing was sent; the trail's trigger sees that nothing changes.
  return list.length > 0 ? join(list, ', ') : raw(`version = ${table}.version`)
}

/** The names and the values of the columns of a new row. */
export function namesAndValues(row: Readonly<Record<string, unknown>>): { names: Sql; values: Sql } {
  return {
    names: join(Object.keys(row).map(identifier), ', '),
    values: join(
      Object.values(row).map((value) => sql`${value}`),
      ', ',
    ),
  }
}

/** A column's name, quoted. Closed schemas already reject unknown names; this is the second line of defence. */
export function identifier(name: string): Sql {
  if (!/^[a-z_]+$/.test(name)) throw new TypeError('not the name of a column')
  return raw(name)
}
