// The schemas that all resources share, and how versions travel in headers.
import type { FastifyReply, FastifyRequest } from 'fastify'
import { Type, type Static, type TObject, type TProperties, type TSchema } from 'typebox'

// — Schemas that all nouns share —

/** Like Type.Object, but closed: an unknown property is an error that names it. */
export const Closed = <T extends TProperties>(properties: T, options: object = {}) =>
  Type.Object(properties, { additionalProperties: false, ...options })

/** The body of a PATCH: any of the fields, and nothing else. */
export const Changes = <T extends TProperties>(fields: T, options: object = {}) =>
  Closed(Type.Partial(Type.Object(fields)).properties, options)

/**
 * One of some words. A `title` is the name of these words in the OpenAPI document and in clients that are generated from
 * it; without one, every generator makes up its own.
 */
export const OneOf = <const T extends readonly string[]>(words: T, options: object = {}) =>
  Type.Unsafe<T[number]>({ type: 'string', enum: [...words], ...options })

/** Several of some words. In a query they stand in one parameter, separated by commas. */
export const SomeOf = <const T extends readonly string[]>(
  words: T,
  { title, ...options }: { title: string; description: string; examples: readonly (readonly T[number][])[] },
) => Type.Array(OneOf(words, { title }), { minItems: 1, maxItems: 50, ...options })

/** A filter: those of archived projects, of others, or of both. */
export const Archived = (fallback: 'false' | 'any', description: string) =>
  Type.Optional(OneOf(['true', 'false', 'any'], { title: 'ArchivedFilter', default: fallback, description }))

/** Any members, each as `schema` says. */
export const MapOf = <T extends TSchema>(schema: T, options: object = {}) =>
  Type.Unsafe<Record<string, Static<T>>>({ type: 'object', additionalProperties: schema, ...options })

/**
 * The schema, or null, which is also its example unless `options` have another. One schema with two types and not a
 * union of two, which would be slow to serialise.
 */
export function Nullable<T extends TSchema & { type?: unknown; enum?: unknown; examples?: unknown }>(
  schema: T,
  options: object = {},
) {
  const { type, enum: words, examples: _, ...rest } = schema
  return Type.Unsafe<Static<T> | null>({
    ...rest,
    type: [type, 'null'],
    ...(Array.isArray(words) && { enum: [...words, null] }),
    ...options,
  })
}

/** What a reference refers to, or null. */
export const OrNull = <T extends TSchema>(reference: T) =>
  Type.Unsafe<Static<T> | null>({ oneOf: [reference, { type: 'null' }] })

type Variants = Readonly<Record<string, TProperties>>
const variants = new WeakMap<object, Variants>()

/**
 * Says how an item of each `kind` differs from what all have in common, by the name of its schema. It is said in the
 * OpenAPI document, for clients to tell them apart by `kind`; answers are written by what they have in common.
 */
export function ByKind<T extends TObject>(common: T, differing: Variants): T {
  variants.set(common, differing)
  return common
}

/** The variants of a schema that is discriminated by `kind`. */
export const variantsOf = (schema: object): Variants | undefined => variants.get(schema)

/** `task.updated` as the name of a schema: `TaskUpdated`. */
export const nameOfKind = (kind: string): string =>
  kind.replaceAll(/(?:^|[._])([a-z])/g, (_, letter: string) => letter.toUpperCase())

/** A reference to a schema that is registered under its $id, so that documents and clients know it by name. */
export const Ref = <T extends TSchema & { $id?: string }>(schema: T) =>
  Type.Unsafe<Static<T>>({ $ref: `${schema.$id}#` })

// — Text, each sort as text.ts says —

/** What names something, in one line. `\S` is as near as a pattern comes that every client's language understands. */
export const Title = (maxLength: number, options: object) =>
  Type.String({ minLength: 1, maxLength, pattern: '\\S', text: 'title', ...options })

export const Lines = (maxLength: number, options: object) =>
  Type.String({ maxLength, text: 'lines', ...options })

/** In a filter: what to look for. */
export const Query = (options: object) =>
  Type.String({ minLength: 1, maxLength: 200, format: 'text', text: 'query', ...options })

export const ID_PATTERN = '[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}'
/** Sent in any case; answered in capitals. */
export const KEY_PATTERN = '[A-Za-z][A-Za-z0-9]{1,9}'

/** A key that people choose: small letters, digits, `_`. It never needs escaping. */
export const WORD = '^[a-z][a-z0-9_]{0,29}$'

export const Id = Type.String({
  format: 'uuid',
  canonical: 'uuid',
  maxLength: 36,
  examples: ['019aab5e-6c00-7000-8000-000000000001'],
})
export const Instant = Type.String({
  format: 'date-time',
  maxLength: 35,
  canonical: 'milliseconds',
  examples: ['2026-11-22T09:30:00Z'],
})
export const Day = Type.String({ format: 'date', maxLength: 10, examples: ['2026-11-30'] })
export const ById = Closed({ id: Type.Unsafe<string>({ ...Id, description: 'The id.' }) })
export const ByIdOrKey = Closed({
  id: Type.String({
    maxLength: 36,
    pattern: `^(${ID_PATTERN}|${KEY_PATTERN})$`,
    canonical: 'key',
    description: 'The id or the key of a project, also one it had before.',
    examples: ['OPS'],
  }),
})
export const Version = Type.Integer({
  minimum: 1,
  maximum: 2147483647,
  description: 'Grows with every change; also in the ETag.',
  examples: [3],
})

// — Versions (RFC 9110 13.1) —

/**
 * Answers a resource with its ETag, or 304 when the client has it already. The tag starts with the version;
 * `varying` is what else the representation depends on.
 */
export function versioned<T extends { version: number }>(
  request: FastifyRequest,
  reply: FastifyReply,
  row: T,
  varying = '',
): T {
  const tag = varying === '' ? `"${row.version}"` : `"${row.version}-${varying}"`
  reply.header('etag', tag).header('cache-control', 'private, no-cache')
  const known = request.headers['if-none-match']
  const reads = request.method === 'GET' || request.method === 'HEAD'
  if (known !== undefined && reads && namesTag(known, tag)) reply.code(304).serializer(() => '')
  return row
}

/** The same of what goes to another project with its task, which is no change of its own: so the ETag has the project. */
export const versionedInProject = <T extends { version: number; project_id: string }>(
  request: FastifyRequest,
  reply: FastifyReply,
  row: T,
): T => versioned(request, reply, row, row.project_id)

/** Whether If-None-Match names the tag. */
export const namesTag = (header: string, tag: string) => header.trim() === '*' || tags(header).includes(tag)

/**
 * The tags of a header, as we made them. A proxy that compresses an answer changes its tag: nginx makes it weak, Apache
 * and Caddy add the coding. The resource is the same, and only we make tags, so those are taken for ours; compared
 * strictly (RFC 9110 13.1.1) they would never match, and whoever reads and tries again would be refused for ever.
 */
const tags = (header: string): string[] =>
  (header.match(/"[^"]*"/g) ?? []).map((tag) => tag.replace(/-(?:gzip|br|zstd|deflate)"$/, '"'))

/** What a change requires of the resource it finds. Without it the last writer wins, for the fields sent. */
export interface Precondition {
  /** The versions that If-Match allows. */
  readonly versions?: readonly number[]
  /** The version that the client's edit started from: none of the fields it sends may have changed since. */
  readonly base?: number
}

export const BaseVersion = Closed({
  base_version: Type.Optional(
    Type.Integer({
      minimum: 1,
      maximum: 2147483647,
      description:
        'The version your edit started from. The change is refused only if a field you send has changed since.',
      examples: [3],
    }),
  ),
})

/** The demands of a request. */
export function precondition(request: FastifyRequest): Precondition {
  const header = request.headers['if-match']
  const { base_version } = request.query as Static<typeof BaseVersion>
  return {
    ...(header !== undefined && header.trim() !== '*' && { versions: tags(header).flatMap(versionOf) }),
    ...(base_version !== undefined && { base: base_version }),
  }
}

const versionOf = (tag: string) => (/^"(\d{1,9})[-"]/.exec(tag) ?? []).slice(1).map(Number)
