import { Type } from 'typebox'
import type { FastifyRequest } from 'fastify'
import type { App } from '../http/server.ts'
import { allow, found } from '../errors.ts'
import { BaseVersion, ById, precondition, Ref, versionedInProject } from '../http/schemas.ts'
import { canEditTasks } from '../policy.ts'
import { refuseChange } from '../rights.ts'
import type { Services } from '../services.ts'
import { explain } from '../trail/versions.ts'
import { sendContent } from './download.ts'
import * as queries from './queries.ts'
import { FileChanges, FileInfo } from './schema.ts'
import { keeping, unavailable } from '../store/store.ts'

const tags = ['files']

const CONTENT = {
  'application/octet-stream': {
    schema: Type.String({ format: 'binary', description: 'The bytes, under the media type of the file.' }),
  },
}

export const fileRoutes =
  ({ store }: Services) =>
  async (app: App) => {
    app.get(
      '/files/:id',
      {
        config: { scope: 'tasks:read' },
        schema: {
          tags,
          operationId: 'findFile',
          summary: 'Read what is known of a file',
          params: ById,
          response: { 200: Ref(FileInfo) },
        },
      },
      async (request, reply) =>
        versionedInProject(
          request,
          reply,
          found(await queries.findFile(request.db, request.viewer, request.params.id)),
        ),
    )

    app.get(
      '/files/:id/content',
      {
        config: { download: true, scope: 'tasks:read' },
        schema: {
          tags,
          operationId: 'downloadFile',
          summary: 'Read the content of a file, or with Range a part of it',
          params: ById,
          response: {
            200: { description: 'The content', content: CONTENT },
            206: { description: 'The part that Range asks for', content: CONTENT },
          },
        },
      },
      async (request, reply) => {
        const { db, viewer, params } = request
        const file = found(await queries.findFile(db, viewer, params.id))
        return (
          (await sendContent(request, reply, keeping(store), file)) ?? (await refuseLost(request, file.id))
        )
      },
    )

    app.patch(
      '/files/:id',
      {
        config: { scope: 'tasks:write' },
        schema: {
          tags,
          operationId: 'updateFile',
          summary: 'Rename a file',
          params: ById,
          querystring: BaseVersion,
          body: FileChanges,
          response: { 200: Ref(FileInfo) },
        },
      },
      async (request, reply) => {
        const { db, viewer, params, body } = request
        const file = await queries.updateFile(db, viewer, params.id, body, precondition(request))
        return versionedInProject(request, reply, file ?? (await refuse(request, params.id, body)))
      },
    )

    app.delete(
      '/files/:id',
      {
        config: { scope: 'tasks:write' },
        schema: {
          tags,
          operationId: 'deleteFile',
          summary: 'Move a file to the trash',
          params: ById,
          response: { 204: Type.Null() },
        },
      },
      async (request, reply) => {
        const { db, viewer, params } = request
        if (!(await queries.deleteFile(db, viewer, params.id, precondition(request))))
          await refuse(request, params.id)
        void reply.code(204)
        return null
      },
    )

    app.post(
      '/files/:id/restore',
      {
        config: { scope: 'tasks:write' },
        schema: {
          tags,
          operationId: 'restoreFile',
          summary: 'Take a file out of the trash',
          params: ById,
          response: { 200: Ref(FileInfo) },
        },
      },
      async (request, reply) => {
        const { db, viewer, params } = request
        const file = await queries.restoreFile(db, viewer, params.id, precondition(request))
        return versionedInProject(request, reply, file ?? (await refuse(request, params.id, {}, true)))
      },
    )
  }

/** Why nothing was changed. All is read after the attempt, so when it would succeed by now, the client may try again. */
async function refuse(
  request: FastifyRequest,
  id: string,
  changes: FileChanges = {},
  inTrash = false,
): Promise<never> {
  const { db, viewer } = request
  const { my_role, archived, ...file } = found(await queries.findFileRights(db, viewer, id, inTrash))
  allow(canEditTasks(viewer, { my_role }))
  await explain(db, viewer, 'files', file, precondition(request), changes)
  refuseChange('file', true, { archived })
}

/** It was purged between two looks, or the store has lost it. */
async function refuseLost({ db, viewer }: FastifyRequest, id: string): Promise<never> {
  found(await queries.findFile(db, viewer, id))
  return unavailable(new Error(`the store has no content of the file ${id}`))
}
