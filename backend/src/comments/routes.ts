import { Type } from 'typebox'
import type { FastifyRequest } from 'fastify'
import { v7 as uuid } from 'uuid'
import type { App } from '../http/server.ts'
import { allow, found } from '../errors.ts'
import { BaseVersion, ById, precondition, Ref, versionedInProject } from '../http/schemas.ts'
import { Page } from '../http/pages.ts'
import { canEditTasks } from '../policy.ts'
import { refuseChange, type Rights } from '../rights.ts'
import type { Services } from '../services.ts'
import { ByIdOrRef } from '../tasks/schema.ts'
import { mayChange } from '../trail/noun.ts'
import { explain } from '../trail/versions.ts'
import { comment as noun } from './noun.ts'
import * as queries from './queries.ts'
import { Comment, CommentChanges, CommentFilter, NewComment } from './schema.ts'

const tags = ['comments']

export const commentRoutes =
  ({ page }: Services) =>
  async (app: App) => {
    app.get(
      '/tasks/:id/comments',
      {
        config: { scope: 'tasks:read' },
        schema: {
          tags,
          operationId: 'listComments',
          summary: 'List the comments on a task',
          params: ByIdOrRef,
          querystring: CommentFilter,
          response: { 200: Page(Ref(Comment)) },
        },
      },
      async (request, reply) => {
        const { db, viewer, params, query } = request
        found(await queries.findCommentedTask(db, viewer, params.id))
        return page(
          request,
          reply,
          (after, count) => queries.listComments(db, viewer, params.id, query, after, count),
          () => queries.countComments(db, viewer, params.id),
        )
      },
    )

    app.post(
      '/tasks/:id/comments',
      {
        config: { scope: 'comments:write' },
        schema: {
          tags,
          operationId: 'createComment',
          summary: 'Comment on a task, which can have 5,000 comments',
          params: ByIdOrRef,
          body: NewComment,
          response: { 201: Ref(Comment) },
        },
      },
      async (request, reply) => {
        const { db, viewer, params, body } = request
        const comment =
          (await queries.insertComment(db, viewer, params.id, uuid(), body.body)) ??
          refuseNew(request, found(await queries.findCommentedTask(db, viewer, params.id)))
        return versionedInProject(
          request,
          reply.code(201).header('Location', `/api/v1/comments/${comment.id}`),
          comment,
        )
      },
    )

    app.get(
      '/comments/:id',
      {
        config: { scope: 'tasks:read' },
        schema: {
          tags,
          operationId: 'findComment',
          summary: 'Read a comment',
          params: ById,
          response: { 200: Ref(Comment) },
        },
      },
      async (request, reply) =>
        versionedInProject(
          request,
          reply,
          found(await queries.findComment(request.db, request.viewer, request.params.id)),
        ),
    )

    app.patch(
      '/comments/:id',
      {
        config: { scope: 'comments:write' },
        schema: {
          tags,
          operationId: 'updateComment',
          summary: 'Change what I wrote',
          params: ById,
          querystring: BaseVersion,
          body: CommentChanges,
          response: { 200: Ref(Comment) },
        },
      },
      async (request, reply) => {
        const { db, viewer, params, body } = request
        const comment = await queries.updateComment(db, viewer, params.id, body, precondition(request))
        return versionedInProject(
          request,
          reply,
          comment ?? (await refuse(request, params.id, { field: 'body', changes: body })),
        )
      },
    )

    app.delete(
      '/comments/:id',
      {
        config: { scope: 'comments:write' },
        schema: {
          tags,
          operationId: 'deleteComment',
          summary: 'Move a comment to the trash: mine, or as an owner any',
          params: ById,
          response: { 204: Type.Null() },
        },
      },
      async (request, reply) => {
        const { db, viewer, params } = request
        if (!(await queries.deleteComment(db, viewer, params.id, precondition(request))))
          await refuse(request, params.id, { field: 'deleted_at' })
        void reply.code(204)
        return null
      },
    )

    app.post(
      '/comments/:id/restore',
      {
        config: { scope: 'comments:write' },
        schema: {
          tags,
          operationId: 'restoreComment',
          summary: 'Take a comment out of the trash',
          params: ById,
          response: { 200: Ref(Comment) },
        },
      },
      async (request, reply) => {
        const { db, viewer, params } = request
        const comment = await queries.restoreComment(db, viewer, params.id, precondition(request))
        return versionedInProject(
          request,
          reply,
          comment ?? (await refuse(request, params.id, { field: 'deleted_at', inTrash: true })),
        )
      },
    )
  }

/** Why nothing was changed. All is read after the attempt, so when it would succeed by now, the client may try again. */
async function refuse(
  request: FastifyRequest,
  id: string,
  { field, changes = {}, inTrash = false }: { field: string; changes?: CommentChanges; inTrash?: boolean },
): Promise<never> {
  const { db, viewer } = request
  const { my_role, archived, ...comment } = found(await queries.findCommentRights(db, viewer, id, inTrash))
  allow(mayChange(noun, viewer, { my_role }, comment.created_by, [field]))
  await explain(db, viewer, 'comments', comment, precondition(request), changes)
  refuseChange('comment', true, { archived })
}

const refuseNew = ({ viewer }: FastifyRequest, task: Rights): never =>
  refuseChange('task', canEditTasks(viewer, task), task)
