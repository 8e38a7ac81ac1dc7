// What every resource and list looks like, and how pages and versions go over the wire.
import { createHmac, timingSafeEqual } from 'node:crypto'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { Type, type Static, type TSchema, type TProperties } from 'typebox'
import { ApiError, CODES } from './errors.ts'

// — Schemas that all nouns share —

/** Like Type.Object, but closed: an unknown property is an error that names it. */
export const Closed = <T extends TProperties>(properties: T, options: object = {}) =>
  Type.Object(properties, { additionalProperties: false, ...options })

/** The body of a PATCH: any of the fields, and nothing else. */
export const Changes = <T extends TProperties>(fields: T, options: object = {}) =>
  Closed(Type.Partial(Type.Object(fields)).properties, options)

/** One of some words. */
export const OneOf = <const T extends readonly string[]>(words: T, options: object = {}) =>
  Type.Unsafe<T[number]>({ type: 'string', enum: [...words], ...options })

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

/** A reference to a schema that is registered under its $id, so that documents and clients know it by name. */
export const Ref = <T extends TSchema & { $id?: string }>(schema: T) =>
  Type.Unsafe<Static<T>>({ $ref: `${schema.$id}#` })

export const Id = Type.String({
  format: 'uuid',
  maxLength: 36,
  examples: ['019aab5e-6c00-7000-8000-000000000001'],
})
export const Instant = Type.String({ format: 'date-time', maxLength: 35, examples: ['2026-11-22T09:30:00Z'] })
export const Day = Type.String({ format: 'date', maxLength: 10, examples: ['2026-11-30'] })
export const ById = Closed({ id: Type.Unsafe<string>({ ...Id, description: 'The id.' }) })
export const ByIdOrKey = Closed({
  id: Type.String({
    maxLength: 36,
    pattern: '^([0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|[A-Z][A-Z0-9]{1,9})$',
    description: 'The id or the key of a project.',
    examples: ['OPS'],
  }),
})
export const Version = Type.Integer({
  minimum: 1,
  maximum: 2147483647,
  description: 'Grows with every change; also in the ETag.',
  examples: [3],
})

const FieldProblem = Type.Object(
  {
    pointer: Type.String({
      maxLength: 1000,
      description: 'A JSON pointer into the body, or `/query/` or `/path/` and the name of a parameter.',
      examples: ['/title'],
    }),
    message: Type.String({ maxLength: 1000, examples: ['is required'] }),
  },
  { $id: 'FieldProblem' },
)

export const Problem = Type.Object(
  {
    type: Type.String({
      format: 'uri',
      maxLength: 100,
      description: 'Says the same as `code`.',
      examples: ['urn:tasktrail:problem:invalid'],
    }),
    title: Type.String({
      maxLength: 200,
      description: 'What `code` means.',
      examples: ['The request is not valid'],
    }),
    status: Type.Integer({ minimum: 400, maximum: 599, description: 'That of the answer.', examples: [400] }),
    code: OneOf(Object.keys(CODES) as (keyof typeof CODES)[], { description: 'Stable; switch on this.' }),
    detail: Type.String({
      maxLength: 10_000,
      description: 'What is wrong, for people.',
      examples: ['/title is required.'],
    }),
    errors: Type.Optional(Type.Array(FieldProblem, { maxItems: 50, description: 'Which fields are wrong.' })),
    request_id: Type.String({
      maxLength: 128,
      description: 'Finds the request in the log.',
      examples: ['019aab5e-6c00-7000-8000-00000000000b'],
    }),
  },
  { $id: 'Problem', description: 'A problem document (RFC 9457).' },
)

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
  reply.headers({ ETag: tag, 'Cache-Control': 'private, no-cache' })
  const known = request.headers['if-none-match']
  const reads = request.method === 'GET' || request.method === 'HEAD'
  if (known !== undefined && reads && names(known, tag)) reply.code(304).serializer(() => '')
  return row
}

/** Compared weakly: for a copy that is only read, a weak tag is good enough (RFC 9110 13.1.2). */
const names = (header: string, tag: string) =>
  header.trim() === '*' || tags(header).some((sent) => sent.replace(/^W\//, '') === tag)

const tags = (header: string): string[] => header.match(/(?:W\/)?"[^"]*"/g) ?? []

/** What a change demands of the resource it finds; without a demand the last writer wins, for the fields sent. */
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

/** The demands of a request. A weak tag never matches, so it allows no version. */
export function precondition(request: FastifyRequest): Precondition {
  const header = request.headers['if-match']
  const { base_version } = request.query as Static<typeof BaseVersion>
  return {
    ...(header !== undefined && header.trim() !== '*' && { versions: tags(header).flatMap(versionOf) }),
    ...(base_version !== undefined && { base: base_version }),
  }
}

const versionOf = (tag: string) => (/^"(\d{1,9})[-"]/.exec(tag) ?? []).slice(1).map(Number)

// — Pages —

const LIMIT = { default: 50, maximum: 200 }

const Cursor = Type.String({ maxLength: 1000 })
const CURSOR = 'X2pD0WkzR1y8Yc0jWyIxIiwiMDE5YWFiNWUiXQ'

export const PageQuery = {
  limit: Type.Optional(
    Type.Integer({
      minimum: 1,
      maximum: LIMIT.maximum,
      default: LIMIT.default,
      description: 'The most items a page may have.',
      examples: [LIMIT.default],
    }),
  ),
  cursor: Type.Optional(
    Type.Unsafe<string>({
      ...Cursor,
      description: 'next_cursor of the page before; valid for the same user, filter and order.',
      examples: [CURSOR],
    }),
  ),
  total: Type.Optional(Type.Boolean({ description: 'Whether to count all items, which costs extra.' })),
}

/** A page of a list of what `item` refers to. */
export const Page = <T extends TSchema & { $ref?: string }>(item: T) =>
  Type.Object(
    {
      items: Type.Array(item, { maxItems: LIMIT.maximum }),
      next_cursor: Nullable(Cursor, {
        description: 'Of the next page; null on the last.',
        examples: [CURSOR],
      }),
      total: Type.Optional(
        Type.Integer({
          minimum: 0,
          maximum: Number.MAX_SAFE_INTEGER,
          description: 'Of all pages, if asked for.',
          examples: [1],
        }),
      ),
    },
    { $id: `${item.$ref?.replace('#', '')}Page` },
  )

/** Where a page starts: after the row with this key in the list's order, and this id. */
export type After = { readonly key: string | number; readonly id: string } | undefined

interface Listed {
  readonly id: string
  /** The value of the list's order for this row; the response schema leaves it out. */
  readonly sort_key: string | number
}

/** A row of a list that PostgreSQL has written as JSON. */
export interface Written extends Listed {
  readonly json: string
}

/**
 * Makes the function that answers lists. A cursor is signed together with the viewer, the address and the filters,
 * so one that was edited, or comes from another list or user, is refused; it carries no authority.
 */
export function pager(secret: string) {
  const sign = (request: FastifyRequest, position: string) => {
    const { cursor: _, limit: __, total: ___, ...filters } = request.query as Record<string, unknown>
    const context = [
      request.viewer?.id,
      request.url.split('?', 1)[0],
      Object.entries(filters).sort(),
      position,
    ]
    return createHmac('sha256', secret)
      .update('cursor')
      .update(JSON.stringify(context))
      .digest()
      .subarray(0, 12)
  }

  const decode = (request: FastifyRequest, cursor: string): After => {
    const bytes = Buffer.from(cursor, 'base64url')
    const position = bytes.subarray(12).toString()
    if (bytes.length < 13 || !timingSafeEqual(bytes.subarray(0, 12), sign(request, position))) {
      throw new ApiError('invalid_cursor', 'The cursor is not from this list, order, filter and user.')
    }
    const [key, id] = JSON.parse(position) as [string | number, string]
    return { key, id }
  }

  return async function page<Row extends Listed>(
    request: FastifyRequest,
    reply: FastifyReply,
    list: (after: After, count: number) => Promise<Row[]>,
    countAll: () => Promise<number>,
  ) {
    const {
      limit = LIMIT.default,
      cursor,
      total,
    } = request.query as { limit?: number; cursor?: string; total?: boolean }
    const after = cursor === undefined ? undefined : decode(request, cursor)
    const items = await list(after, limit + 1)
    let next_cursor: string | null = null
    if (items.length > limit) {
      items.length = limit
      const last = items[limit - 1] as Row
      const position = JSON.stringify([last.sort_key, last.id])
      next_cursor = Buffer.concat([sign(request, position), Buffer.from(position)]).toString('base64url')
      const url = new URL(request.url, 'http://localhost')
      url.searchParams.set('cursor', next_cursor)
      void reply.header('Link', `<${url.pathname}${url.search}>; rel="next"`)
    }
    return { items, next_cursor, ...(total && { total: await countAll() }) }
  }
}

/**
 * Sends a page that PostgreSQL has written: reading fifty resources only to write them again would take most of the
 * request's time. A name alone is followed by a colon, and a quote inside a text has a backslash before it, so no text
 * of a user's is taken for an instant.
 */
export function sendWritten(
  reply: FastifyReply,
  { items, ...rest }: { items: readonly Written[]; next_cursor: string | null; total?: number },
): FastifyReply {
  let text = ''
  for (const { json } of items) text += text === '' ? json : `,${json}`
  text = `{"items":[${text}],${JSON.stringify(rest).slice(1)}`
  // Of bytes the framework makes no further copies to count them and to put headers before them.
  const body = Buffer.from(text.replace(/(_at":"[^"]+)\+00:00"/g, '$1Z"'))
  return reply.type('application/json; charset=utf-8').send(body)
}

export type Pager = ReturnType<typeof pager>
