import { Type } from 'typebox'
import type { FastifyRequest } from 'fastify'
import { v7 as uuid } from 'uuid'
import type { Db } from '../database/db.ts'
import type { App } from '../http/server.ts'
import { allow, found } from '../errors.ts'
import { BaseVersion, ById, ByIdOrKey, precondition, Ref, versioned } from '../http/schemas.ts'
import { Page } from '../http/pages.ts'
import { canEditTasks, type Viewer } from '../policy.ts'
import { findRights, refuseChange, type Rights } from '../rights.ts'
import type { Services } from '../services.ts'
import { explain } from '../trail/versions.ts'
import { countTasks, listTasks } from '../tasks/list-queries.ts'
import { Task } from '../tasks/schema.ts'
import { checkFilter } from './check-filter.ts'
import * as personal from './personal-queries.ts'
import * as queries from './queries.ts'
import { NewView, View, ViewChanges, ViewPages, ViewTasks } from './schema.ts'

const tags = ['views']

export const viewRoutes =
  ({ page, writtenPage }: Services) =>
  async (app: App) => {
    app.get(
      '/projects/:id/views',
      {
        config: { scope: 'tasks:read' },
        schema: {
          tags,
          operationId: 'listViews',
          summary: 'List the views of a project',
          params: ByIdOrKey,
          querystring: ViewPages,
          response: { 200: Page(Ref(View)) },
        },
      },
      async (request, reply) => {
        const { db, viewer, params } = request
        found(await findRights(db, viewer, params.id))
        return page(
          request,
          reply,
          (after, count) => queries.listViews(db, viewer, params.id, after, count),
          () => queries.countViews(db, viewer, params.id),
        )
      },
    )

    app.post(
      '/projects/:id/views',
      {
        config: { scope: 'tasks:write' },
        schema: {
          tags,
          operationId: 'createView',
          summary: 'Add a view to a project, which can have 100',
          params: ByIdOrKey,
          body: NewView,
          response: { 201: Ref(View) },
        },
      },
      async (request, reply) => {
        const { db, viewer, params, body } = request
        checkFilter(viewer, body)
        const view =
          (await queries.insertView(db, viewer, params.id, uuid(), body)) ??
          refuseView(request, found(await findRights(db, viewer, params.id)))
        return versioned(request, reply.code(201).header('Location', `/api/v1/views/${view.id}`), view)
      },
    )

    app.get(
      '/views/:id',
      {
        config: { scope: 'tasks:read' },
        schema: {
          tags,
          operationId: 'findView',
          summary: 'Read a view',
          params: ById,
          response: { 200: Ref(View) },
        },
      },
      async (request, reply) =>
        versioned(request, reply, found(await findAny(request.db, request.viewer, request.params.id))),
    )

    app.get(
      '/views/:id/tasks',
      {
        config: { scope: 'tasks:read' },
        schema: {
          tags,
          operationId: 'listViewTasks',
          summary: 'List the tasks of a view, as its filter and order say now',
          params: ById,
          querystring: ViewTasks,
          response: { 200: Page(Ref(Task)) },
        },
      },
      async (request, reply) => {
        const { db, viewer, params } = request
        const { project_id, filter, sort } = found(await findAny(db, viewer, params.id))
        const project = project_id ?? undefined
        // In the query, so that a cursor is good only for what the view asks for now.
        const query = Object.assign(request.query, {
          sort,
          ...(filter !== '' && { filter }),
          ...(project === undefined && { archived: 'false' as const }),
        })
        return writtenPage(
          request,
          reply,
          (after, limit) => listTasks(db, viewer, project, query, after, limit),
          () => countTasks(db, viewer, project, query),
        )
      },
    )

    app.patch(
      '/views/:id',
      {
        config: { scope: 'tasks:write' },
        schema: {
          tags,
          operationId: 'updateView',
          summary: 'Change a view',
          params: ById,
          querystring: BaseVersion,
          body: ViewChanges,
          response: { 200: Ref(View) },
        },
      },
      async (request, reply) => {
        const { db, viewer, params, body } = request
        checkFilter(viewer, body)
        const condition = precondition(request)
        const view =
          (await queries.updateView(db, viewer, params.id, body, condition)) ??
          (await personal.updatePersonalView(db, viewer, params.id, body, condition))
        return versioned(request, reply, view ?? (await refuse(request, params.id, body)))
      },
    )

    app.delete(
      '/views/:id',
      {
        config: { scope: 'tasks:write' },
        schema: {
          tags,
          operationId: 'deleteView',
          summary: 'Move a view of a project to the trash, or delete one of my own',
          params: ById,
          response: { 204: Type.Null() },
        },
      },
      async (request, reply) => {
        const { db, viewer, params } = request
        const condition = precondition(request)
        const gone =
          (await queries.deleteView(db, viewer, params.id, condition)) ??
          (await personal.deletePersonalView(db, viewer, params.id, condition))
        if (!gone) await refuse(request, params.id)
        void reply.code(204)
        return null
      },
    )

    app.post(
      '/views/:id/restore',
      {
        config: { scope: 'tasks:write' },
        schema: {
          tags,
          operationId: 'restoreView',
          summary: 'Take a view out of the trash',
          params: ById,
          response: { 200: Ref(View) },
        },
      },
      async (request, reply) => {
        const { db, viewer, params } = request
        const view = await queries.restoreView(db, viewer, params.id, precondition(request))
        return versioned(request, reply, view ?? (await refuse(request, params.id, {}, true)))
      },
    )
  }

/** A view of a project that the viewer sees, or one of their own. */
const findAny = async (db: Db, viewer: Viewer, id: string) =>
  (await queries.findView(db, viewer, id)) ?? personal.findPersonalView(db, viewer, id)

/** Why nothing was changed. All is read after the attempt, so when it would succeed by now, the client may try again. */
async function refuse(
  request: FastifyRequest,
  id: string,
  changes: ViewChanges = {},
  inTrash = false,
): Promise<never> {
  const { db, viewer } = request
  const own = inTrash ? undefined : await personal.findPersonalView(db, viewer, id)
  if (own) {
    await explain(db, viewer, 'personal_views', own, precondition(request), changes)
    return refuseChange('view', true, { archived: false })
  }
  const { my_role, archived, ...view } = found(await queries.findViewRights(db, viewer, id, inTrash))
  allow(canEditTasks(viewer, { my_role }))
  await explain(db, viewer, 'views', view, precondition(request), changes)
  return refuseView(request, { my_role, archived })
}

const refuseView = ({ viewer }: FastifyRequest, rights: Rights): never =>
  refuseChange('view', canEditTasks(viewer, rights), rights)
