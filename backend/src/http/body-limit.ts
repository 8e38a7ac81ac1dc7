// How large a body may be: as large as its schema can fill, and little where nobody is logged in.
import type { RouteOptions } from 'fastify'

const LEAST = 16_384
/** Of any body, and what the server is set to. */
export const LARGEST_BODY = 1_048_576
/** A character outside the basic plane, escaped as `\ud83d\ude00`. */
const BYTES_OF_CHARACTER = 12
/** Of a number, a truth value or null, and of what stands around any value. */
const BYTES_OF_VALUE = 40

interface Schema {
  readonly properties?: Readonly<Record<string, Schema>>
  readonly items?: Schema
  readonly maxItems?: number
  readonly maxLength?: number
  readonly enum?: readonly unknown[]
  readonly type?: unknown
}

/** Bytes that the body of a route may have. */
export function bodyLimit({ config, schema }: Pick<RouteOptions, 'config' | 'schema'>): number {
  if (config?.access === 'public' || schema?.body === undefined) return LEAST
  return Math.min(LARGEST_BODY, Math.max(LEAST, largest(schema.body as Schema)))
}

/** Bytes of the largest JSON that the schema allows. */
function largest({ properties, items, maxItems = Infinity, maxLength, enum: words, type }: Schema): number {
  if (properties)
    return Object.entries(properties).reduce(
      (sum, [name, schema]) => sum + name.length + largest(schema),
      BYTES_OF_VALUE,
    )
  if (items) return BYTES_OF_VALUE + maxItems * largest(items)
  if (words || /^(integer|number|boolean)$/.test(String([type].flat()[0]))) return 2 * BYTES_OF_VALUE
  return BYTES_OF_VALUE + (maxLength ?? Infinity) * BYTES_OF_CHARACTER
}
