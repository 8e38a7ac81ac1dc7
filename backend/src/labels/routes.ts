import { Type } from 'typebox'
import type { FastifyRequest } from 'fastify'
import { v7 as uuid } from 'uuid'
import type { App } from '../http/server.ts'
import { allow, found } from '../errors.ts'
import { BaseVersion, ById, ByIdOrKey, precondition, Ref, versioned } from '../http/schemas.ts'
import { Page } from '../http/pages.ts'
import { canEditTasks } from '../policy.ts'
import { findRights, refuseChange, type Rights } from '../rights.ts'
import type { Services } from '../services.ts'
import { explain } from '../trail/versions.ts'
import * as queries from './queries.ts'
import { Label, LabelChanges, LabelFilter, NewLabel } from './schema.ts'

const tags = ['labels']

export const labelRoutes =
  ({ page }: Services) =>
  async (app: App) => {
    app.get(
      '/projects/:id/labels',
      {
        config: { scope: 'tasks:read' },
        schema: {
          tags,
          operationId: 'listLabels',
          summary: 'List the labels of a project by name',
          params: ByIdOrKey,
          querystring: LabelFilter,
          response: { 200: Page(Ref(Label)) },
        },
      },
      async (request, reply) => {
        const { db, viewer, params, query } = request
        found(await findRights(db, viewer, params.id))
        return page(
          request,
          reply,
          (after, count) => queries.listLabels(db, viewer, params.id, query, after, count),
          () => queries.countLabels(db, viewer, params.id, query),
        )
      },
    )

    app.post(
      '/projects/:id/labels',
      {
        config: { scope: 'tasks:write' },
        schema: {
          tags,
          operationId: 'createLabel',
          summary: 'Add a label to a project, which can have 500',
          params: ByIdOrKey,
          body: NewLabel,
          response: { 201: Ref(Label) },
        },
      },
      async (request, reply) => {
        const { db, viewer, params, body } = request
        const label =
          (await queries.insertLabel(db, viewer, params.id, uuid(), body)) ??
          refuseLabel(request, found(await findRights(db, viewer, params.id)))
        return versioned(request, reply.code(201).header('Location', `/api/v1/labels/${label.id}`), label)
      },
    )

    app.get(
      '/labels/:id',
      {
        config: { scope: 'tasks:read' },
        schema: {
          tags,
          operationId: 'findLabel',
          summary: 'Read a label',
          params: ById,
          response: { 200: Ref(Label) },
        },
      },
      async (request, reply) =>
        versioned(
          request,
          reply,
          found(await queries.findLabel(request.db, request.viewer, request.params.id)),
        ),
    )

    app.patch(
      '/labels/:id',
      {
        config: { scope: 'tasks:write' },
        schema: {
          tags,
          operationId: 'updateLabel',
          summary: 'Change a label',
          params: ById,
          querystring: BaseVersion,
          body: LabelChanges,
          response: { 200: Ref(Label) },
        },
      },
      async (request, reply) => {
        const { db, viewer, params, body } = request
        const label = await queries.updateLabel(db, viewer, params.id, body, precondition(request))
        return versioned(request, reply, label ?? (await refuse(request, params.id, body)))
      },
    )

    app.delete(
      '/labels/:id',
      {
        config: { scope: 'tasks:write' },
        schema: {
          tags,
          operationId: 'deleteLabel',
          summary: 'Move a label to the trash',
          params: ById,
          response: { 204: Type.Null() },
        },
      },
      async (request, reply) => {
        const { db, viewer, params } = request
        if (!(await queries.deleteLabel(db, viewer, params.id, precondition(request))))
          await refuse(request, params.id)
        void reply.code(204)
        return null
      },
    )

    app.post(
      '/labels/:id/restore',
      {
        config: { scope: 'tasks:write' },
        schema: {
          tags,
          operationId: 'restoreLabel',
          summary: 'Take a label out of the trash',
          params: ById,
          response: { 200: Ref(Label) },
        },
      },
      async (request, reply) => {
        const { db, viewer, params } = request
        const label = await queries.restoreLabel(db, viewer, params.id, precondition(request))
        return versioned(request, reply, label ?? (await refuse(request, params.id, {}, true)))
      },
    )
  }

/** Why nothing was changed. All is read after the attempt, so when it would succeed by now, the client may try again. */
async function refuse(
  request: FastifyRequest,
  id: string,
  changes: LabelChanges = {},
  inTrash = false,
): Promise<never> {
  const { db, viewer } = request
  const { my_role, archived, ...label } = found(await queries.findLabelRights(db, viewer, id, inTrash))
  allow(canEditTasks(viewer, { my_role }))
  await explain(db, viewer, 'labels', label, precondition(request), changes)
  return refuseLabel(request, { my_role, archived })
}

const refuseLabel = ({ viewer }: FastifyRequest, rights: Rights): never =>
  refuseChange('label', canEditTasks(viewer, rights), rights)
