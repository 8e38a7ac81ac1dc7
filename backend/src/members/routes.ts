import { Type } from 'typebox'
import type { FastifyRequest } from 'fastify'
import type { App } from '../http/server.ts'
import { LIMITS } from '../accounts/auth/throttle.ts'
import type { Db } from '../database/db.ts'
import { allow, ApiError, changedByOthers, found } from '../errors.ts'
import { ByIdOrKey, Closed, precondition, Ref, versioned } from '../http/schemas.ts'
import { Page, PageQuery } from '../http/pages.ts'
import { canManageProject } from '../policy.ts'
import type { Services } from '../services.ts'
import { explain } from '../trail/versions.ts'
import * as queries from './queries.ts'
import { ByMember, Member, MemberChanges, NewMember } from './schema.ts'

const tags = ['projects']

export const memberRoutes =
  ({ config, page, throttle }: Services) =>
  async (app: App) => {
    app.get(
      '/projects/:id/members',
      {
        config: { scope: 'tasks:read' },
        schema: {
          tags,
          operationId: 'listMembers',
          summary: 'List who belongs to a project',
          params: ByIdOrKey,
          querystring: Closed(PageQuery),
          response: { 200: Page(Ref(Member)) },
        },
      },
      async (request, reply) => {
        const { db, viewer, params } = request
        const { id } = found(await queries.findMembership(db, viewer, params.id))
        return page(
          request,
          reply,
          (after, count) => queries.listMembers(db, id, after, count),
          () => queries.countMembers(db, id),
        )
      },
    )

    app.post(
      '/projects/:id/members',
      {
        config: { scope: 'projects:manage' },
        schema: {
          tags,
          operationId: 'addMember',
          summary: 'Add a user to a project',
          params: ByIdOrKey,
          body: NewMember,
          response: { 201: Ref(Member) },
        },
        preHandler: async (request) => {
          const {
            db,
            viewer,
            params,
            body: { user_id, email },
          } = request
          if ((user_id === undefined) === (email === undefined))
            throw new ApiError('invalid', 'Send either user_id or email.', {
              errors: [{ pointer: '', message: 'needs either user_id or email' }],
            })
          allow(canManageProject(viewer, found(await queries.findMembership(db, viewer, params.id))))
          // Counts every attempt, found or not: otherwise anybody could probe for who has an account here.
          request.attempt = await throttle.charge([[LIMITS.strangers, viewer.id]])
        },
      },
      async (request, reply) => {
        const { db, viewer, params, body } = request
        const { user_id, role = 'editor' } = body
        const member = await db.transaction(async (tx) => {
          const user = await queries.lockUser(tx, body, config.mail !== 'off')
          const project = found(await queries.lockProject(tx, viewer, params.id))
          allow(canManageProject(viewer, project))
          return user && queries.insertMember(tx, viewer, project.id, user.id, role)
        })
        if (!member) {
          const pointer = user_id === undefined ? '/email' : '/user_id'
          throw new ApiError('no_such_user', 'There is no such user.', {
            errors: [{ pointer, message: 'is nobody here' }],
          })
        }
        await request.attempt.right(db)
        return versioned(
          request,
          reply.code(201).header('Location', `/api/v1/projects/${params.id}/members/${member.user_id}`),
          member,
        )
      },
    )

    app.get(
      '/projects/:id/members/:user_id',
      {
        config: { scope: 'tasks:read' },
        schema: {
          tags,
          operationId: 'findMember',
          summary: 'Read a member',
          params: ByMember,
          response: { 200: Ref(Member) },
        },
      },
      async (request, reply) => {
        const { db, viewer, params } = request
        const { id } = found(await queries.findMembership(db, viewer, params.id))
        return versioned(request, reply, found(await queries.findMember(db, id, params.user_id)))
      },
    )

    app.put(
      '/projects/:id/members/:user_id',
      {
        config: { scope: 'projects:manage' },
        schema: {
          tags,
          operationId: 'updateMember',
          summary: "Change a member's role",
          params: ByMember,
          body: MemberChanges,
          response: { 200: Ref(Member) },
        },
      },
      async (request, reply) => {
        const { db, viewer, params, body } = request
        const { projectId, member } = await db.transaction(async (tx) => {
          const project = found(await queries.lockProject(tx, viewer, params.id))
          allow(canManageProject(viewer, project))
          if (body.role !== 'owner') await keepAnOwner(tx, project.id, params.user_id)
          return {
            projectId: project.id,
            member: await queries.updateMember(
              tx,
              viewer,
              project.id,
              params.user_id,
              body.role,
              precondition(request),
            ),
          }
        })
        return versioned(request, reply, member ?? (await refuseChange(request, projectId, params.user_id)))
      },
    )

    app.delete(
      '/projects/:id/members/:user_id',
      {
        config: { scope: 'projects:manage' },
        schema: {
          tags,
          operationId: 'removeMember',
          summary: 'Remove a member, or leave a project',
          params: ByMember,
          response: { 204: Type.Null() },
        },
      },
      async (request, reply) => {
        const { db, viewer, params } = request
        const { projectId, gone } = await db.transaction(async (tx) => {
          const project = found(await queries.lockProject(tx, viewer, params.id))
          allow(canManageProject(viewer, project) || params.user_id === viewer.id)
          await keepAnOwner(tx, project.id, params.user_id)
          const removed = await queries.deleteMember(
            tx,
            viewer,
            project.id,
            params.user_id,
            precondition(request),
          )
          if (removed) await queries.unassignTasks(tx, viewer, project.id, params.user_id)
          return { projectId: project.id, gone: removed }
        })
        if (!gone) await refuseChange(request, projectId, params.user_id)
        void reply.code(204)
        return null
      },
    )
  }

async function keepAnOwner(tx: Db, projectId: string, userId: string): Promise<void> {
  if (await queries.isLastOwner(tx, projectId, userId))
    throw new ApiError('last_owner', 'Make somebody else an owner first.')
}

async function refuseChange(request: FastifyRequest, projectId: string, userId: string): Promise<never> {
  const member = found(await queries.findMember(request.db, projectId, userId))
  await explain(
    request.db,
    request.viewer,
    'project_members',
    { id: userId, ...member },
    precondition(request),
  )
  throw changedByOthers('member')
}
