import type { FastifyRequest } from 'fastify'
import { Type, type Static } from 'typebox'
import type { App } from '../../http/server.ts'
import type { Db } from '../../database/db.ts'
import { ApiError } from '../../errors.ts'
import type { Services } from '../../services.ts'
import { createAudience } from './audience.ts'
import { decodeCursor, encodeCursor } from './cursor.ts'
import { readChanges, startCursor } from './feed.ts'
import { Changes, ChangesQuery, EventsQuery, Ticket } from './schema.ts'
import { stream } from './stream.ts'
import { createLimiter } from '../../concurrency.ts'

const tags = ['changes']
const TICKET_TTL = 30
/** Items read at a time for a stream: what it holds in memory for a client that is slow to take them. */
const STREAM_PAGE = 50
/** One change may wake a thousand listeners. Other requests do not wait until all of them have read. */
const AT_ONCE = 8

export const changeRoutes =
  ({ trail, tokens, config, lifecycle }: Services, db: Db) =>
  async (app: App) => {
    const audience = createAudience({ db, trail, sessionIdleTtl: config.sessionIdleTtl, lifecycle })
    const limited = createLimiter(AT_ONCE)
    app.addHook('preClose', async () => audience.close())

    const start = async ({ db: reader, viewer }: FastifyRequest, after: string | undefined) =>
      after === undefined || after === 'now'
        ? encodeCursor(await startCursor(reader, trail, viewer, after ?? 'everything'))
        : after

    const read = ({ db: reader, viewer }: FastifyRequest, after: string, limit: number) =>
      readChanges(reader, trail, viewer, decodeCursor(after, viewer.id), limit)

    const readLimited: typeof read = (...args) => limited(() => read(...args))

    app.get(
      '/changes',
      {
        config: { scope: 'tasks:read' },
        schema: {
          tags,
          operationId: 'listChanges',
          summary: 'Follow everything I can see',
          description: 'docs/changes.md shows how to stay in sync with it.',
          querystring: ChangesQuery,
          response: { 200: Changes },
        },
      },
      (request) => follow(request, request.query),
    )

    async function follow(
      request: FastifyRequest,
      { after, limit = 50, wait = 0 }: Static<typeof ChangesQuery>,
    ): Promise<Changes> {
      const cursor = await start(request, after)
      if (wait === 0) return read(request, cursor, limit)
      const end = Date.now() + wait * 1000
      const { listener, leave } = audience.admit(request)
      try {
        let page = await read(request, cursor, limit)
        while (page.items.length === 0 && (await listener.hears(end - Date.now())))
          page = await readLimited(request, page.next, limit)
        if (listener.over === 'session') throw new ApiError('unauthenticated', 'The session has ended.')
        return page
      } finally {
        leave()
      }
    }

    app.get(
      '/events',
      {
        config: { stream: true, scope: 'tasks:read' },
        exposeHeadRoute: false,
        schema: {
          tags,
          operationId: 'streamEvents',
          summary: 'Follow everything I can see, live',
          description:
            'Server-Sent Events, each the JSON of one item of the feed. `Last-Event-ID` goes on where a stream ended.',
          querystring: EventsQuery,
          headers: Type.Object({
            'last-event-id': Type.Optional(
              Type.String({ maxLength: 1000, description: 'Go on after this; wins over `after`.' }),
            ),
          }),
          response: {
            200: {
              description: 'A stream',
              content: {
                'text/event-stream': {
                  schema: Type.String({
                    description: 'Messages whose data is a Change.',
                    examples: ['id: eyJ2aWV3\ndata: {"kind":"task.updated", …}\n\n'],
                  }),
                },
              },
            },
          },
        },
      },
      async (request, reply) => {
        const { listener, leave } = audience.admit(request)
        try {
          const after = await start(request, request.headers['last-event-id'] || request.query.after)
          const page = await read(request, after, STREAM_PAGE)
          await stream(request, reply, listener, page, (next) => readLimited(request, next, STREAM_PAGE))
        } finally {
          leave()
        }
      },
    )

    app.post(
      '/events/ticket',
      {
        config: { idempotency: false, scope: 'tasks:read' },
        schema: {
          tags,
          operationId: 'createTicket',
          summary: 'Get a ticket to open one stream with, for browsers',
          description:
            'An EventSource cannot send a token: open /events?ticket=… with this within 30 seconds.',
          response: { 200: Ticket },
        },
      },
      async ({ viewer, tokenExpires }) => ({
        ticket: await tokens.signTicket(
          {
            userId: viewer.id,
            sessionId: viewer.session_id ?? '',
            tokenId: viewer.token?.id,
            expires: tokenExpires,
          },
          TICKET_TTL,
        ),
        expires_in: TICKET_TTL,
      }),
    )
  }
