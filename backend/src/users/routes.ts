import { Type } from 'typebox'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { v7 as uuid } from 'uuid'
import type { App } from '../app.ts'
import { checkNewPassword, hashPassword } from '../auth/passwords.ts'
import { deleteSessions, insertUser } from '../auth/queries.ts'
import { ApiError, found } from '../errors.ts'
import { BaseVersion, ById, Page, precondition, Ref, versioned } from '../http.ts'
import type { Services } from '../services.ts'
import { explain } from '../versions.ts'
import { eraseUser } from './erase-user.ts'
import * as queries from './queries.ts'
import { CreatedUser, NewUser, ProfileChanges, User, UserChanges, UserFilter } from './schema.ts'

const tags = ['users']
const INVITE_TTL = 7 * 86_400

export const userRoutes =
  ({ config, tokens, gate, page }: Services) =>
  async (app: App) => {
    app.get(
      '/users/me',
      { schema: { tags, operationId: 'findMe', summary: 'Read my account', response: { 200: Ref(User) } } },
      async (request, reply) =>
        versioned(request, reply, found(await queries.findUser(request.db, request.viewer.id))),
    )

    app.patch(
      '/users/me',
      {
        schema: {
          tags,
          operationId: 'updateMe',
          summary: 'Change my name, e-mail address or time zone',
          querystring: BaseVersion,
          body: ProfileChanges,
          response: { 200: Ref(User) },
        },
      },
      async (request, reply) =>
        versioned(request, reply, await change(request, request.viewer.id, request.body)),
    )

    app.delete(
      '/users/me',
      {
        schema: {
          tags,
          operationId: 'deleteMe',
          summary: 'Delete my account; my work stays',
          response: { 204: Type.Null() },
        },
      },
      async ({ db, viewer }, reply) => erase(db, viewer, viewer.id, reply),
    )

    app.get(
      '/users',
      {
        config: { access: 'admin' },
        schema: {
          tags,
          operationId: 'listUsers',
          summary: 'List users, oldest first',
          querystring: UserFilter,
          response: { 200: Page(Ref(User)) },
        },
      },
      async (request, reply) =>
        page(
          request,
          reply,
          (after, count) => queries.listUsers(request.db, request.query, after, count),
          () => queries.countUsers(request.db, request.query),
        ),
    )

    app.post(
      '/users',
      {
        config: { access: 'admin' },
        schema: {
          tags,
          operationId: 'createUser',
          summary: 'Create a user, with a password or an invitation to set one',
          body: NewUser,
          response: { 201: CreatedUser },
        },
      },
      async (request, reply) => {
        const { email, name, role = 'user', time_zone = 'UTC', password } = request.body
        if (password !== undefined) checkNewPassword(password, email, config.passwordMinLength, '/password')
        const passwordHash = password === undefined ? null : await hashPassword(password)
        const user = await insertUser(request.db, request.viewer, {
          id: uuid(),
          email,
          name,
          role,
          time_zone,
          passwordHash,
        })
        const invite = password === undefined && {
          invite_token: await tokens.signInvite(user.id, Math.floor(Date.now() / 1000) + INVITE_TTL),
        }
        return versioned(request, reply.code(201).header('Location', `/api/v1/users/${user.id}`), {
          ...user,
          ...invite,
        })
      },
    )

    app.get(
      '/users/:id',
      {
        config: { access: 'admin' },
        schema: {
          tags,
          operationId: 'findUser',
          summary: 'Read a user',
          params: ById,
          response: { 200: Ref(User) },
        },
      },
      async (request, reply) =>
        versioned(request, reply, found(await queries.findUser(request.db, request.params.id))),
    )

    app.patch(
      '/users/:id',
      {
        config: { access: 'admin' },
        schema: {
          tags,
          operationId: 'updateUser',
          summary: 'Change a user, the role, or whether they may log in',
          params: ById,
          querystring: BaseVersion,
          body: UserChanges,
          response: { 200: Ref(User) },
        },
      },
      async (request, reply) => {
        const { disabled, ...changes } = request.body
        const instant =
          disabled === undefined ? {} : { disabled_at: disabled ? new Date().toISOString() : null }
        return versioned(request, reply, await change(request, request.params.id, { ...changes, ...instant }))
      },
    )

    app.delete(
      '/users/:id',
      {
        config: { access: 'admin' },
        schema: {
          tags,
          operationId: 'deleteUser',
          summary: 'Delete a user; their work stays',
          params: ById,
          response: { 204: Type.Null() },
        },
      },
      async ({ db, viewer, params }, reply) => erase(db, viewer, params.id, reply),
    )

    async function change(
      request: FastifyRequest,
      id: string,
      changes: UserChanges & { disabled_at?: string | null },
    ): Promise<User> {
      const { db, viewer } = request
      const demand = precondition(request)
      const losesAdmin = changes.role === 'user' || typeof changes.disabled_at === 'string'
      const updated = await db.transaction(async (tx) => {
        if (losesAdmin) await queries.keepAnAdmin(tx, id)
        const user = await queries.updateUser(tx, viewer, id, changes, demand)
        if (user?.disabled_at) await deleteSessions(tx, id)
        return user
      })
      gate.forget()
      if (updated) return updated
      await explain(db, found(await queries.findUser(db, id)), demand, changes)
      throw new ApiError('unavailable', 'The user is being changed by others. Try again.')
    }

    async function erase(
      db: FastifyRequest['db'],
      viewer: FastifyRequest['viewer'],
      id: string,
      reply: FastifyReply,
    ) {
      found((await eraseUser(db, viewer, id)) || undefined)
      gate.forget()
      void reply.code(204)
      return null
    }
  }
