import type { App } from '../../http/server.ts'
import { Page } from '../../http/pages.ts'
import { Ref } from '../../http/schemas.ts'
import type { Services } from '../../services.ts'
import { countEntries, listEntries } from './queries.ts'
import { AuditEntry, AuditFilter } from './schema.ts'

export const auditRoutes =
  ({ page }: Services) =>
  async (app: App) => {
    app.get(
      '/audit',
      {
        config: { access: 'admin', scope: 'admin' },
        schema: {
          tags: ['users'],
          operationId: 'listAuditEntries',
          summary: 'List log-ins, ended sessions and the administration of accounts, newest first',
          querystring: AuditFilter,
          response: { 200: Page(Ref(AuditEntry)) },
        },
      },
      async (request, reply) =>
        page(
          request,
          reply,
          (after, count) => listEntries(request.db, request.query, after, count),
          () => countEntries(request.db, request.query),
        ),
    )
  }
