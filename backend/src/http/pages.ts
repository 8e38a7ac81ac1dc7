// Lists: the shape of a page, and the cursor to the next.
import { createHmac, timingSafeEqual } from 'node:crypto'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { Type, type TSchema } from 'typebox'
import { ApiError } from '../errors.ts'
import { Nullable } from './schemas.ts'

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

/** A page as PostgreSQL writes it: its resources as a JSON array, whether more follow, and if so where the last one stands. */
export interface WrittenPage extends Listed {
  items: string
  readonly more: boolean
}

/**
 * Returns the functions that answer lists. A cursor is signed together with the viewer, the list and the filters:
 * one that was edited, or comes from another list or user, is refused. It grants no access.
 */
export function pager(secret: string) {
  const sign = (request: FastifyRequest, position: string) => {
    const { cursor: _, limit: __, total: ___, ...filters } = request.query as Record<string, unknown>
    const context = [
      request.viewer?.id,
      request.routeOptions.url,
      request.params,
      Object.entries(filters)
        .map(([name, value]) => [name, Array.isArray(value) ? value.join() : value])
        .sort(),
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

  type Query = { limit?: number; cursor?: string; total?: boolean }
  const begin = (request: FastifyRequest) => {
    const { limit = LIMIT.default, cursor } = request.query as Query
    return { limit, after: cursor === undefined ? undefined : decode(request, cursor) }
  }

  /** The fields and headers that point to the next page, if there is one. */
  const finish = async (
    request: FastifyRequest,
    reply: FastifyReply,
    last: Listed | undefined,
    countAll: () => Promise<number>,
  ) => {
    const total = (request.query as Query).total && { total: await countAll() }
    if (last === undefined) return { next_cursor: null, ...total }
    const position = JSON.stringify([last.sort_key, last.id])
    const next_cursor = Buffer.concat([sign(request, position), Buffer.from(position)]).toString('base64url')
    const url = new URL(request.url, 'http://localhost')
    url.searchParams.set('cursor', next_cursor)
    void reply.header('Link', `<${url.pathname}${url.search}>; rel="next"`)
    return { next_cursor, ...total }
  }

  return {
    async page<Row extends Listed>(
      request: FastifyRequest,
      reply: FastifyReply,
      list: (after: After, count: number) => Promise<Row[]>,
      countAll: () => Promise<number>,
    ) {
      const { limit, after } = begin(request)
      const items = await list(after, limit + 1)
      const last = items.length > limit ? items[limit - 1] : undefined
      if (last !== undefined) items.length = limit
      return { items, ...(await finish(request, reply, last, countAll)) }
    },

    /**
     * Sends a page that PostgreSQL has written: reading fifty resources only to write them again would take most of
     * the request's time.
     */
    async writtenPage(
      request: FastifyRequest,
      reply: FastifyReply,
      list: (after: After, limit: number) => Promise<WrittenPage>,
      countAll: () => Promise<number>,
    ) {
      const { limit, after } = begin(request)
      const written = await list(after, limit)
      const rest = await finish(request, reply, written.more ? written : undefined, countAll)
      const { items } = written
      // The promises that waited for it count as old by now and are collected late, with all they lead to.
      written.items = ''
      // Of bytes the framework makes no further copies to count them and to put headers before them.
      const body = Buffer.from(`{"items":${items},${JSON.stringify(rest).slice(1)}`)
      return reply.type('application/json; charset=utf-8').send(body)
    },
  }
}
