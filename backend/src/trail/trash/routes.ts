import { Type } from 'typebox'
import type { App } from '../../http/server.ts'
import { found } from '../../errors.ts'
import { ById, Closed, Ref } from '../../http/schemas.ts'
import { Page, PageQuery } from '../../http/pages.ts'
import type { Services } from '../../services.ts'
import * as queries from './queries.ts'
import { TrashItem } from './schema.ts'

const tags = ['trash']

export const trashRoutes =
  ({ config, page }: Services) =>
  async (app: App) => {
    app.get(
      '/trash',
      {
        config: { scope: 'tasks:read' },
        schema: {
          tags,
          operationId: 'listTrash',
          summary: 'List what was deleted and I could restore, latest first',
          querystring: Closed(PageQuery),
          response: { 200: Page(Ref(TrashItem)) },
        },
      },
      async (request, reply) => {
        const { db, viewer } = request
        return page(
          request,
          reply,
          (after, count) => queries.listTrash(db, viewer, config.trashDays, after, count),
          () => queries.countTrash(db, viewer),
        )
      },
    )

    app.delete(
      '/trash/:id',
      {
        config: { access: 'admin', scope: 'admin' },
        schema: {
          tags,
          operationId: 'purge',
          summary: 'Destroy what is in the trash now, for good',
          params: ById,
          response: { 204: Type.Null() },
        },
      },
      async ({ db, viewer, params }, reply) => {
        found((await queries.purge(db, viewer, params.id)) || undefined)
        void reply.code(204)
        return null
      },
    )
  }
