import { Type } from 'typebox'
import type { FastifyRequest } from 'fastify'
import { v7 as uuid } from 'uuid'
import type { App } from '../http/server.ts'
import { allow, found } from '../errors.ts'
import { BaseVersion, ByIdOrKey, Closed, precondition, Ref, versioned } from '../http/schemas.ts'
import { Page, PageQuery } from '../http/pages.ts'
import { canManageProject } from '../policy.ts'
import { findRights, refuseChange, type Rights } from '../rights.ts'
import type { Services } from '../services.ts'
import { explain } from '../trail/versions.ts'
import { deleteStatus } from './delete-status.ts'
import * as queries from './queries.ts'
import { ByStatus, MoveTo, NewStatus, Status, StatusChanges } from './schema.ts'

const tags = ['statuses']

export const statusRoutes =
  ({ page }: Services) =>
  async (app: App) => {
    app.get(
      '/projects/:id/statuses',
      {
        config: { scope: 'tasks:read' },
        schema: {
          tags,
          operationId: 'listStatuses',
          summary: 'List the statuses of a project, in the order of a board',
          params: ByIdOrKey,
          querystring: Closed(PageQuery),
          response: { 200: Page(Ref(Status)) },
        },
      },
      async (request, reply) => {
        const { db, viewer, params } = request
        found(await findRights(db, viewer, params.id))
        return page(
          request,
          reply,
          (after, count) => queries.listStatuses(db, viewer, params.id, after, count),
          () => queries.countStatuses(db, viewer, params.id),
        )
      },
    )

    app.post(
      '/projects/:id/statuses',
      {
        config: { scope: 'projects:manage' },
        schema: {
          tags,
          operationId: 'createStatus',
          summary: 'Add a status to a project, which can have 50',
          params: ByIdOrKey,
          body: NewStatus,
          response: { 201: Ref(Status) },
        },
      },
      async (request, reply) => {
        const { db, viewer, params, body } = request
        const status =
          (await queries.insertStatus(db, viewer, params.id, uuid(), body)) ??
          refuseStatus(request, found(await findRights(db, viewer, params.id)))
        reply.code(201).header('Location', `/api/v1/projects/${status.project_id}/statuses/${status.key}`)
        return versioned(request, reply, status)
      },
    )

    app.get(
      '/projects/:id/statuses/:key',
      {
        config: { scope: 'tasks:read' },
        schema: {
          tags,
          operationId: 'findStatus',
          summary: 'Read a status',
          params: ByStatus,
          response: { 200: Ref(Status) },
        },
      },
      async (request, reply) => {
        const { db, viewer, params } = request
        return versioned(request, reply, found(await queries.findStatus(db, viewer, params.id, params.key)))
      },
    )

    app.patch(
      '/projects/:id/statuses/:key',
      {
        config: { scope: 'projects:manage' },
        schema: {
          tags,
          operationId: 'updateStatus',
          summary: 'Rename, colour or place a status',
          params: ByStatus,
          querystring: BaseVersion,
          body: StatusChanges,
          response: { 200: Ref(Status) },
        },
      },
      async (request, reply) => {
        const { db, viewer, params, body } = request
        const expected = precondition(request)
        const status = await queries.updateStatus(db, viewer, params.id, params.key, body, expected)
        return versioned(request, reply, status ?? (await refuse(request, params, body)))
      },
    )

    app.delete(
      '/projects/:id/statuses/:key',
      {
        config: { scope: 'projects:manage' },
        schema: {
          tags,
          operationId: 'deleteStatus',
          summary: 'Delete a status, and give its tasks another one',
          params: ByStatus,
          querystring: MoveTo,
          response: { 204: Type.Null() },
        },
      },
      async (request, reply) => {
        const { db, viewer, params, query } = request
        const expected = precondition(request)
        if (!(await deleteStatus(db, viewer, params.id, params.key, query.move_to, expected)))
          await refuse(request, params)
        void reply.code(204)
        return null
      },
    )
  }

/** Why nothing was changed. All is read after the attempt, so when it would succeed by now, the client may try again. */
async function refuse(
  request: FastifyRequest,
  { id, key }: { id: string; key: string },
  changes: StatusChanges = {},
): Promise<never> {
  const { db, viewer } = request
  const project = found(await findRights(db, viewer, id))
  const status = found(await queries.findStatus(db, viewer, id, key))
  allow(canManageProject(viewer, project))
  await explain(db, viewer, 'statuses', status, precondition(request), changes)
  return refuseStatus(request, project)
}

const refuseStatus = ({ viewer }: FastifyRequest, rights: Rights): never =>
  refuseChange('status', canManageProject(viewer, rights), rights)
