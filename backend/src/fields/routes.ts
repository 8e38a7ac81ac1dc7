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
import * as queries from './queries.ts'
import { ByField, Field, FieldChanges, NewField } from './schema.ts'

const tags = ['fields']

export const fieldRoutes =
  ({ page }: Services) =>
  async (app: App) => {
    app.get(
      '/projects/:id/fields',
      {
        config: { scope: 'tasks:read' },
        schema: {
          tags,
          operationId: 'listFields',
          summary: 'List the custom fields of a project, in their order',
          params: ByIdOrKey,
          querystring: Closed(PageQuery),
          response: { 200: Page(Ref(Field)) },
        },
      },
      async (request, reply) => {
        const { db, viewer, params } = request
        found(await findRights(db, viewer, params.id))
        return page(
          request,
          reply,
          (after, count) => queries.listFields(db, viewer, params.id, after, count),
          () => queries.countFields(db, viewer, params.id),
        )
      },
    )

    app.post(
      '/projects/:id/fields',
      {
        config: { scope: 'projects:manage' },
        schema: {
          tags,
          operationId: 'createField',
          summary: 'Add a custom field to a project, which can have 50',
          params: ByIdOrKey,
          body: NewField,
          response: { 201: Ref(Field) },
        },
      },
      async (request, reply) => {
        const { db, viewer, params, body } = request
        const field =
          (await queries.insertField(db, viewer, params.id, uuid(), body)) ??
          refuseField(request, found(await findRights(db, viewer, params.id)))
        reply.code(201).header('Location', `/api/v1/projects/${field.project_id}/fields/${field.key}`)
        return versioned(request, reply, field)
      },
    )

    app.get(
      '/projects/:id/fields/:key',
      {
        config: { scope: 'tasks:read' },
        schema: {
          tags,
          operationId: 'findField',
          summary: 'Read a custom field',
          params: ByField,
          response: { 200: Ref(Field) },
        },
      },
      async (request, reply) => {
        const { db, viewer, params } = request
        return versioned(request, reply, found(await queries.findField(db, viewer, params.id, params.key)))
      },
    )

    app.patch(
      '/projects/:id/fields/:key',
      {
        config: { scope: 'projects:manage' },
        schema: {
          tags,
          operationId: 'updateField',
          summary: 'Rename or place a custom field, or change its options',
          params: ByField,
          querystring: BaseVersion,
          body: FieldChanges,
          response: { 200: Ref(Field) },
        },
      },
      async (request, reply) => {
        const { db, viewer, params, body } = request
        const expected = precondition(request)
        const field = await queries.updateField(db, viewer, params.id, params.key, body, expected)
        return versioned(request, reply, field ?? (await refuse(request, params, body)))
      },
    )

    app.delete(
      '/projects/:id/fields/:key',
      {
        config: { scope: 'projects:manage' },
        schema: {
          tags,
          operationId: 'deleteField',
          summary: 'Delete a custom field with its values, of which there can be 2,000',
          params: ByField,
          response: { 204: Type.Null() },
        },
      },
      async (request, reply) => {
        const { db, viewer, params } = request
        const expected = precondition(request)
        if (!(await queries.deleteField(db, viewer, params.id, params.key, expected)))
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
  changes: FieldChanges = {},
): Promise<never> {
  const { db, viewer } = request
  const project = found(await findRights(db, viewer, id))
  const field = found(await queries.findField(db, viewer, id, key))
  allow(canManageProject(viewer, project))
  await explain(db, viewer, 'fields', field, precondition(request), changes)
  return refuseField(request, project)
}

const refuseField = ({ viewer }: FastifyRequest, rights: Rights): never =>
  refuseChange('field', canManageProject(viewer, rights), rights)
