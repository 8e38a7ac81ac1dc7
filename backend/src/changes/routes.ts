import type { FastifyRequest } from 'fastify'
import type { App } from '../app.ts'
import type { Services } from '../services.ts'
import { decodeCursor } from './cursor.ts'
import { readChanges, startCursor } from './feed.ts'
import { Changes, ChangesQuery } from './schema.ts'

const tags = ['changes']

export const changeRoutes =
  ({ trail }: Services) =>
  async (app: App) => {
    app.get(
      '/changes',
      {
        schema: {
          tags,
          operationId: 'listChanges',
          summary: 'Follow everything I can see',
          description: 'docs/changes.md shows how to stay in sync with it.',
          querystring: ChangesQuery,
          response: { 200: Changes },
        },
      },
      async (request) => {
        const { db, viewer, query } = request
        return readChanges(db, trail, viewer, await cursorOf(request, query.after), query.limit ?? 50)
      },
    )

    const cursorOf = ({ db, viewer }: FastifyRequest, after: string | undefined) =>
      after === undefined || after === 'now'
        ? startCursor(db, trail, viewer, after ?? 'everything')
        : decodeCursor(after, viewer.id)
  }
