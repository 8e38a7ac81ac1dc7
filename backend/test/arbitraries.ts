// Values that a JSON schema of the OpenAPI document allows, and values that it does not.
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js'
import fc, { type Arbitrary } from 'fast-check'
import { v7 as uuid } from 'uuid'
import { WORD } from '../src/http/schemas.ts'
import { FORMATS } from '../src/http/validation.ts'

export interface Schema {
  $ref?: string
  type?: string | string[]
  properties?: Record<string, Schema>
  required?: string[]
  items?: Schema
  enum?: unknown[]
  oneOf?: Schema[]
  format?: string
  pattern?: string
  minLength?: number
  maxLength?: number
  minimum?: number
  maximum?: number
  minItems?: number
  maxItems?: number
  uniqueItems?: boolean
}

const WORDS: Record<string, Arbitrary<string>> = {
  uuid: fc.constant('').map(() => uuid()),
  date: fc.date({ min: new Date('1900-01-01'), max: new Date('2999-12-31'), noInvalidDate: true }).map((date) => date.toISOString().slice(0, 10)),
  'date-time': fc.date({ min: new Date('1900-01-02'), max: new Date('2999-12-30'), noInvalidDate: true }).map((date) => date.toISOString()),
  email: fc.emailAddress(),
  'time-zone': fc.constantFrom('UTC', 'Europe/Berlin', 'America/Argentina/Buenos_Aires', 'Asia/Kathmandu'),
  filter: fc.constantFrom('assignee = me', 'due < today+1w and not (title ~ a or priority >= high)', 'project != OPS', 'completed is empty'),
  'http-url': fc.webUrl({ validSchemes: ['https'] }),
} // prettier-ignore

/** What goes wrong more often than random values do. */
const TRICKY = fc.constantFrom<unknown>(
  null, true, 0, -1, 1.5, 1e308, 2 ** 53, '', ' ', '0', 'null', 'infinity', '2026-02-30', '2026-13-01T00:00:00Z', '0000-01-01',
  '\u0001', '\u202e', 'x'.repeat(300), 'x'.repeat(150_000), "';--", '%00', '../..', [], [null], [[]], {}, { a: {} }, Array(300).fill('x'),
) // prettier-ignore

const MATCHING = new Map<string, Arbitrary<string>>()

/** Made once for each pattern: it takes longer to make than to use. */
function matching(pattern: string): Arbitrary<string> {
  const some = MATCHING.get(pattern) ?? fc.stringMatching(new RegExp(pattern))
  MATCHING.set(pattern, some)
  return some
}

export function arbitraries(document: object) {
  const ajv = new Ajv2020({ strict: false, formats: { ...FORMATS, uri: true, int32: true, int64: true } })
  ajv.addSchema(document, 'openapi')
  const validators = new Map<Schema, ValidateFunction>()
  const schemas = (document as { components: { schemas: Record<string, Schema> } }).components.schemas
  const resolve = (schema: Schema): Schema =>
    schema.$ref === undefined ? schema : schemas[schema.$ref.split('/').at(-1)!]!

  function validate(schema: Schema, value: unknown): boolean {
    const resolved = resolve(schema)
    let check = validators.get(resolved)
    if (!check) validators.set(resolved, (check = ajv.compile(absolute(resolved) as object)))
    return check(value)
  }

  const absolute = (node: unknown): unknown =>
    JSON.parse(JSON.stringify(node).replaceAll('"#/components/', '"openapi#/components/'))

  /** Any value the schema allows. `known` has values of which those named so are taken most of the time. */
  function valid(sent: Schema, known: Arbitrary<unknown> | undefined): Arbitrary<unknown> {
    const schema = resolve(sent)
    if (schema.enum) return fc.constantFrom(...schema.enum)
    if (schema.oneOf) return fc.oneof(...schema.oneOf.map((each) => valid(each, known)))
    const [type, or] = [schema.type].flat()
    if (or === 'null') return fc.option(valid({ ...schema, type: type! }, known), { nil: null, freq: 4 })
    const { minimum: min, maximum: max } = schema as { minimum: number; maximum: number }
    if (type === 'integer') return fc.integer({ min: Math.max(min, -1e9), max: Math.min(max, 1e9) })
    if (type === 'number') return fc.double({ min, max, noNaN: true })
    if (type === 'boolean') return fc.boolean()
    if (type === 'null') return fc.constant(null)
    if (type === 'array') {
      const minLength = schema.minItems ?? 0
      const maxLength = Math.min(schema.maxItems ?? 5, 5)
      return schema.uniqueItems
        ? fc.uniqueArray(valid(schema.items!, known), { minLength, maxLength })
        : fc.array(valid(schema.items!, known), { minLength, maxLength })
    }
    if (type === 'object') return validObject(schema, () => undefined)
    const text = textOf(schema)
    return known && (schema.format === 'uuid' || schema.pattern === WORD)
      ? fc.oneof({ arbitrary: known, weight: 4 }, text)
      : text
  }

  function textOf({ format = '', pattern, minLength = 0, maxLength = 50 }: Schema): Arbitrary<string> {
    if (format === 'day-or-instant') return fc.oneof(WORDS['date']!, WORDS['date-time']!)
    const words = WORDS[format]
    if (words) return words
    const some =
      pattern === undefined || pattern === '\\S'
        ? fc.string({ minLength, maxLength: Math.min(maxLength, 50), unit: 'grapheme' })
        : matching(pattern)
    return some.filter(
      (text) =>
        text.length >= minLength &&
        [...text].length <= maxLength &&
        !text.includes('\0') &&
        (!pattern || new RegExp(pattern, 'u').test(text)),
    )
  }

  /** An object the schema allows: what is required and some of the rest. */
  function validObject(sent: Schema, known: (name: string) => Arbitrary<unknown> | undefined) {
    const { properties = {}, required = [] } = resolve(sent)
    const fields = Object.entries(properties).map(
      ([name, schema]) => [name, valid(schema, known(name))] as const,
    )
    return fc.record(Object.fromEntries(fields), { requiredKeys: required }) as Arbitrary<
      Record<string, unknown>
    >
  }

  /** Any JSON value the schema does not allow. */
  const invalid = (schema: Schema): Arbitrary<unknown> =>
    fc.oneof({ arbitrary: TRICKY, weight: 3 }, fc.jsonValue()).filter((value) => !validate(schema, value))

  /** A body that is wrong in one place. */
  function invalidObject(
    sent: Schema,
    known: (name: string) => Arbitrary<unknown> | undefined,
  ): Arbitrary<unknown> {
    const { properties = {}, required = [] } = resolve(sent)
    const good = validObject(sent, known)
    const wrongField = fc
      .constantFrom(...Object.keys(properties))
      .chain((name) =>
        fc.tuple(good, invalid(properties[name]!)).map(([body, value]) => ({ ...body, [name]: value })),
      )
    const unknownField = fc
      .tuple(good, fc.string({ minLength: 1, maxLength: 20, unit: 'grapheme-ascii' }), fc.jsonValue())
      .filter(([, name]) => !Object.hasOwn(properties, name))
      .map(([body, name, value]) => Object.fromEntries([...Object.entries(body), [name, value]]))
    const missingField = required.map((name) =>
      good.map((body) => Object.fromEntries(Object.entries(body).filter(([key]) => key !== name))),
    )
    return fc.oneof(wrongField, unknownField, invalid(sent), ...missingField)
  }

  return { validObject, invalidObject, valid, validate }
}
