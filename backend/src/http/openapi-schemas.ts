// The schemas of the OpenAPI document, and the names that generated clients give them.
import { isDeepStrictEqual } from 'node:util'
import { variantsOf } from './schemas.ts'

export type Json = Record<string, unknown>

export interface Schema extends Json {
  readonly $id?: string
  readonly $ref?: string
  readonly title?: string
  readonly type?: string | readonly string[]
  readonly properties?: Readonly<Record<string, Schema>>
  readonly required?: readonly string[]
  readonly items?: Schema
  readonly content?: Readonly<Record<string, { schema: Schema }>>
  readonly anyOf?: readonly Schema[]
  readonly oneOf?: readonly Schema[]
  readonly additionalProperties?: Schema | boolean
  readonly enum?: readonly unknown[]
  readonly examples?: readonly unknown[]
  readonly description?: string
}

const NULL = { type: 'null' }
const referTo = (name: string) => ({ $ref: `#/components/schemas/${name.replace('#', '')}` })

/**
 * Gives each schema that has a name, its $id or else its title, its place in the document, once, and makes the examples.
 * A name stands for one schema: two that differ would be one type in a generated client.
 */
export class Schemas {
  readonly #named = new Map<string, Schema>()

  /** The schema where it is used: a reference if it has a name. */
  refer(schema: Schema): Schema {
    if (schema.$ref !== undefined) return referTo(schema.$ref)
    if (schema.$id !== undefined) {
      if (!this.#named.has(schema.$id)) this.#named.set(schema.$id, schema)
      return referTo(schema.$id)
    }
    return schema.title === undefined ? this.describe(schema) : this.#referByTitle(schema.title, schema)
  }

  /** What is said about one use of a schema stays there: its description, its default, and whether it may be null. */
  #referByTitle(title: string, used: Schema): Schema {
    const { title: _, description, default: fallback, examples, ...schema } = used
    const types = [schema.type].flat()
    const nullable = types.includes('null')
    const own: Schema = {
      ...schema,
      type: types[0] ?? 'object',
      ...(schema.enum && { enum: schema.enum.filter((word) => word !== null) }),
      ...(examples && { examples: examples.filter((example) => example !== null) }),
    }
    const known = this.#named.get(title)
    if (known && !isDeepStrictEqual({ ...known, examples: [] }, { ...own, examples: [] }))
      throw new Error(`Two different schemas are called ${title}.`)
    this.#named.set(title, known ?? own)
    return {
      ...(nullable ? { oneOf: [referTo(title), NULL] } : referTo(title)),
      ...(description !== undefined && { description }),
      ...(fallback !== undefined && { default: fallback }),
    }
  }

  describe(named: Schema): Schema {
    const { $id: _, canonical: __, canonicalItems: ___, text: ____, ...schema } = named
    const { type, properties, items, anyOf, oneOf, additionalProperties } = schema
    return {
      ...schema,
      ...(schema.enum?.some(isReversed) && { 'x-enum-varnames': schema.enum.map(nameInCode) }),
      ...([type].flat().includes('integer') && {
        format: Number(schema['maximum']) > 2147483647 ? 'int64' : 'int32',
      }),
      ...(properties && { properties: mapValues(properties, (property) => this.refer(property)) }),
      ...(items && { items: this.refer(items) }),
      ...(anyOf && { anyOf: anyOf.map((one) => this.refer(one)) }),
      ...(oneOf && { oneOf: oneOf.map((one) => this.refer(one)) }),
      ...(typeof additionalProperties === 'object' && {
        additionalProperties: this.refer(additionalProperties),
      }),
    }
  }

  /** A schema that comes in kinds, as one of its variants, each of which gets its name. */
  /** What is optional in what all have in common belongs to those kinds that name it. */
  #describeByKind({ description, ...common }: Schema, variants: Readonly<Record<string, object>>): Schema {
    const always = Object.fromEntries(
      Object.entries(common.properties ?? {}).filter(([name]) => common.required?.includes(name)),
    )
    const mapping = Object.entries(variants as Record<string, Record<string, Schema>>).map(
      ([name, differing]) => {
        const { $id: _, examples, ...schema } = common
        const example = {
          ...(examples?.[0] as Json | undefined),
          ...mapValues(differing, (each) => this.exampleOf(each)),
        }
        this.#named.set(name, {
          ...schema,
          properties: { ...always, ...differing },
          required: Object.keys({ ...always, ...differing }),
          examples: [example],
        })
        return [String(differing['kind']?.enum?.[0]), referTo(name).$ref] as const
      },
    )
    return {
      ...(description !== undefined && { description }),
      oneOf: mapping.map(([, $ref]) => ({ $ref })),
      discriminator: { propertyName: 'kind', mapping: Object.fromEntries(mapping) },
    }
  }

  resolve(schema: Schema): Schema {
    return schema.$ref === undefined ? schema : (this.#named.get(schema.$ref.replace('#', '')) ?? schema)
  }

  /** The schema's own example, or one made of those of its parts. */
  exampleOf(used: Schema): unknown {
    const schema = this.resolve(used)
    if (schema.examples) return schema.examples[0]
    if (schema.enum) return schema.enum[0]
    const [either] = schema.oneOf ?? schema.anyOf ?? []
    if (either) return this.exampleOf(either)
    const [type, or] = [schema.type].flat()
    if (type === 'null' || or === 'null') return null
    if (type === 'object') return mapValues(schema.properties ?? {}, (property) => this.exampleOf(property))
    if (type === 'array') return schema.items ? [this.exampleOf(schema.items)] : []
    if (type === 'boolean') return false
    return type === 'string' ? 'text' : (schema['minimum'] ?? 0)
  }

  /** An answer is JSON, unless its schema says by media type what it is. */
  content(schema: Schema): Json {
    if (schema.content) return mapValues(schema.content, ({ schema: one }) => this.#example(one))
    return { 'application/json': this.#example(schema) }
  }

  #example(schema: Schema): Json {
    return { schema: this.refer(schema), example: this.exampleOf(schema) }
  }

  /** All that have a name, in alphabetical order. */
  components(): Json {
    const described: Json = {}
    // Describing one may name another; a Map gives what is added meanwhile, too.
    for (const [name, schema] of this.#named) {
      const variants = variantsOf(schema)
      described[name] = {
        ...(variants ? this.#describeByKind(schema, variants) : this.describe(schema)),
        examples: schema.examples ?? [this.exampleOf(schema)],
      }
    }
    return Object.fromEntries(Object.entries(described).sort(([a], [b]) => (a < b ? -1 : 1)))
  }
}

const isReversed = (word: unknown) => String(word).startsWith('-')

/** What the word `-due` is called where a minus is no letter; by themselves generators would call it VALUE_8. */
const nameInCode = (word: unknown) => String(word).replace(/^-(.*)/, '$1_descending')

export const mapValues = <T, R>(
  record: Readonly<Record<string, T>>,
  map: (value: T, name: string) => R,
): Record<string, R> =>
  Object.fromEntries(Object.entries(record).map(([name, value]) => [name, map(value, name)]))
