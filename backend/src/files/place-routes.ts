// What files are put on: tasks, and the comments on them.
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { App } from '../http/server.ts'
import { allow, ApiError, changedByOthers, found } from '../errors.ts'
import { ById, Ref, versionedInProject } from '../http/schemas.ts'
import { Page } from '../http/pages.ts'
import { canEditTasks } from '../policy.ts'
import { refuseChange } from '../rights.ts'
import type { Services } from '../services.ts'
import { keeping } from '../store/store.ts'
import { ByIdOrRef } from '../tasks/schema.ts'
import * as queries from './queries.ts'
import { FileFilter, FileInfo, NewFile } from './schema.ts'
import { abandon } from './unclaimed.ts'
import { announced, receive } from './upload.ts'

const tags = ['files']

const onTask = ({ id }: { id: string }): queries.Place => ({ task: id })
const onComment = ({ id }: { id: string }): queries.Place => ({ comment: id })

export const filePlaceRoutes = (services: Services) => async (app: App) => {
  const { config, page, store } = services
  const most = config.filesMaxProjectSize

  const list = async (request: FastifyRequest, reply: FastifyReply, place: queries.Place) => {
    const { db, viewer } = request
    found(await queries.findPlace(db, viewer, place))
    return page(
      request,
      reply,
      (after, count) => queries.listFiles(db, viewer, place, after, count),
      () => queries.countFiles(db, viewer, place),
    )
  }

  app.get(
    '/tasks/:id/files',
    {
      config: { scope: 'tasks:read' },
      schema: {
        tags,
        operationId: 'listFiles',
        summary: 'List the files on a task and on its comments, oldest first',
        params: ByIdOrRef,
        querystring: FileFilter,
        response: { 200: Page(Ref(FileInfo)) },
      },
    },
    (request, reply) => list(request, reply, onTask(request.params)),
  )

  app.get(
    '/comments/:id/files',
    {
      config: { scope: 'tasks:read' },
      schema: {
        tags,
        operationId: 'listCommentFiles',
        summary: 'List the files on a comment, oldest first',
        params: ById,
        querystring: FileFilter,
        response: { 200: Page(Ref(FileInfo)) },
      },
    },
    (request, reply) => list(request, reply, onComment(request.params)),
  )

  await app.register(async (uploads: App) => {
    // Whatever type it is of, it stays a stream.
    uploads.removeAllContentTypeParsers()
    uploads.addContentTypeParser('*', (_request, _payload, done) => done(null, undefined))
    uploads.addHook('onResponse', async ({ db, content }) => {
      if (content) await abandon(db, keeping(store), content.id)
    })

    uploads.post(
      '/tasks/:id/files',
      {
        config: { upload: true, scope: 'tasks:write' },
        schema: {
          tags,
          operationId: 'uploadFile',
          summary: 'Put a file on a task',
          description: BODY,
          params: ByIdOrRef,
          querystring: NewFile,
          response: { 201: Ref(FileInfo) },
        },
        preHandler: (request) => takeIn(request, onTask(request.params)),
      },
      (request, reply) => add(request, reply, onTask(request.params), request.query.name),
    )

    uploads.post(
      '/comments/:id/files',
      {
        config: { upload: true, scope: 'comments:write' },
        schema: {
          tags,
          operationId: 'uploadCommentFile',
          summary: 'Put a file on a comment of mine',
          description: BODY,
          params: ById,
          querystring: NewFile,
          response: { 201: Ref(FileInfo) },
        },
        preHandler: (request) => takeIn(request, onComment(request.params)),
      },
      (request, reply) => add(request, reply, onComment(request.params), request.query.name),
    )
  })

  /** Before the handler, which may run in a transaction. */
  async function takeIn(request: FastifyRequest, place: queries.Place): Promise<void> {
    const content = announced(request, config.filesMaxSize)
    await refuseNew(request, place, content.size)
    await receive(request, keeping(store), content)
  }

  async function add(request: FastifyRequest, reply: FastifyReply, place: queries.Place, name: string) {
    const { db, viewer } = request
    const content = { ...found(request.content), name }
    const file = await queries.insertFile(db, viewer, place, content, most)
    if (!file) {
      await refuseNew(request, place, content.size)
      throw changedByOthers('task')
    }
    return versionedInProject(request, reply.code(201).header('Location', `/api/v1/files/${file.id}`), file)
  }

  /** Throws if no file of this size can be put there, as far as can be said by now. */
  async function refuseNew(
    { db, viewer }: FastifyRequest,
    place: queries.Place,
    size: number,
  ): Promise<void> {
    const { author, project_id, ...rights } = found(await queries.findPlace(db, viewer, place))
    allow(canEditTasks(viewer, rights) && (author === null || author === viewer.id))
    if (rights.archived) refuseChange('task', true, rights)
    if ((await queries.countBytes(db, project_id)) + size > most)
      throw new ApiError(
        'limit_reached',
        `The files of a project have at most ${most.toLocaleString('en')} bytes, with those in the trash.`,
      )
  }
}

const BODY = 'The body is the content of the file, and Content-Type says of which type it is.'
