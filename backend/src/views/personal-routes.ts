import { v7 as uuid } from 'uuid'
import type { App } from '../http/server.ts'
import { ApiError } from '../errors.ts'
import { Ref, versioned } from '../http/schemas.ts'
import { Page } from '../http/pages.ts'
import { keeps } from '../policy.ts'
import type { Services } from '../services.ts'
import { checkFilter } from './check-filter.ts'
import * as queries from './personal-queries.ts'
import { NewView, View, ViewPages } from './schema.ts'

const tags = ['views']

export const personalViewRoutes =
  ({ page }: Services) =>
  async (app: App) => {
    app.get(
      '/views',
      {
        config: { scope: 'tasks:read' },
        schema: {
          tags,
          operationId: 'listPersonalViews',
          summary: 'List my own views, which nobody else sees',
          querystring: ViewPages,
          response: { 200: Page(Ref(View)) },
        },
      },
      (request, reply) => {
        const { db, viewer } = request
        return page(
          request,
          reply,
          (after, count) => queries.listPersonalViews(db, viewer, after, count),
          () => queries.countPersonalViews(db, viewer),
        )
      },
    )

    app.post(
      '/views',
      {
        config: { scope: 'tasks:write' },
        schema: {
          tags,
          operationId: 'createPersonalView',
          summary: 'Add a view of my own, over all projects I can see; I can have 100',
          body: NewView,
          response: { 201: Ref(View) },
        },
      },
      async (request, reply) => {
        const { db, viewer, body } = request
        if (!keeps(viewer, viewer.id))
          throw new ApiError(
            'insufficient_scope',
            'The token is for some projects, and a view of your own is for all.',
          )
        checkFilter(viewer, body)
        const view = await queries.insertPersonalView(db, viewer, uuid(), body)
        return versioned(request, reply.code(201).header('Location', `/api/v1/views/${view.id}`), view)
      },
    )
  }
