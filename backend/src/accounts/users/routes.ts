import { Type } from 'typebox'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { App } from '../../http/server.ts'
import { confirmPassword, onlyOfOthers } from '../auth/confirm.ts'
import { voidChangeOfAddress } from '../auth/link-queries.ts'
import {
  deleteSessions,
  findAccount,
  findCredentials,
  findOwnCredentials,
  voidInvitations,
} from '../auth/queries.ts'
import { sendLink } from '../auth/send-link.ts'
import { LIMITS } from '../auth/throttle.ts'
import { endTokens, findToken } from '../tokens/queries.ts'
import { Me } from '../tokens/schema.ts'
import { ApiError, changedByOthers, found } from '../../errors.ts'
import { BaseVersion, ById, precondition, Ref, versioned } from '../../http/schemas.ts'
import { Page } from '../../http/pages.ts'
import type { Services } from '../../services.ts'
import { explain } from '../../trail/versions.ts'
import { accessRoutes } from './access-routes.ts'
import { eraseUser } from './erase-user.ts'
import * as queries from './queries.ts'
import { AccountDeletion, ProfileChanges, User, UserChanges, UserFilter, columnsOf } from './schema.ts'

const tags = ['users']

export const userRoutes = (services: Services) => async (app: App) => {
  const { config, throttle, gate, page } = services
  await app.register(accessRoutes(services))

  app.get(
    '/users/me',
    {
      config: { scope: 'any' },
      schema: {
        tags,
        operationId: 'findMe',
        summary: 'Read my account, and by which token I ask',
        response: { 200: Me },
      },
    },
    async (request, reply) => showMe(request, reply, found(await findAccount(request.db, request.viewer.id))),
  )

  app.patch(
    '/users/me',
    {
      config: { scope: 'account' },
      schema: {
        tags,
        operationId: 'updateMe',
        summary: 'Change my name, e-mail address or time zone',
        querystring: BaseVersion,
        body: ProfileChanges,
        response: { 200: Me },
      },
    },
    async (request, reply) => {
      const { db, viewer, body } = request
      const { current_password, ...profile } = body
      if (viewer.token && profile.email !== undefined)
        throw new ApiError('person_needed', 'No token of a program may change the e-mail address.')
      const { email } = found(await findOwnCredentials(db, viewer.id))
      if (body.email === undefined || body.email === email)
        return showMe(request, reply, await change(request, viewer.id, profile))
      await confirmPassword(request, throttle, current_password)
      // Throttled, or anybody could find out which e-mail addresses have an account here.
      const attempt = await throttle.charge([[LIMITS.strangers, viewer.id]])
      if (config.mail !== 'off') {
        const user = await askForAddress(request, profile, body.email)
        await attempt.right(db)
        return showMe(request, reply, user)
      }
      const user = await change(request, viewer.id, profile)
      await attempt.right(db)
      return showMe(request, reply, user)
    },
  )

  app.delete(
    '/users/me',
    {
      config: { scope: 'person' },
      schema: {
        tags,
        operationId: 'deleteMe',
        summary: 'Delete my account; my work stays',
        body: AccountDeletion,
        response: { 204: Type.Null() },
      },
    },
    async (request, reply) => {
      await confirmPassword(request, throttle, request.body.current_password)
      return erase(request, reply, request.viewer.id)
    },
  )

  app.get(
    '/users',
    {
      config: { access: 'admin', scope: 'admin' },
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

  app.get(
    '/users/:id',
    {
      config: { access: 'admin', scope: 'admin' },
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
      config: { access: 'admin', scope: 'admin' },
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
      const { db, viewer, params } = request
      const fields = columnsOf(request.body)
      if (fields.email !== undefined && fields.email !== (await queries.findUser(db, params.id))?.email)
        onlyOfOthers(viewer, params.id)
      return versioned(request, reply, await change(request, request.params.id, fields))
    },
  )

  app.delete(
    '/users/:id',
    {
      config: { access: 'admin', scope: 'admin' },
      schema: {
        tags,
        operationId: 'deleteUser',
        summary: 'Delete a user; their work stays',
        params: ById,
        response: { 204: Type.Null() },
      },
    },
    async (request, reply) => {
      onlyOfOthers(request.viewer, request.params.id)
      found(await queries.findUser(request.db, request.params.id))
      return erase(request, reply, request.params.id)
    },
  )

  /** Changes the rest of the profile, and has a link sent to the new address, which becomes theirs when it is followed. */
  async function askForAddress(request: FastifyRequest, profile: queries.UserFields, address: string) {
    const { db, viewer, headers } = request
    const { email: _, ...rest } = profile
    const taken = await findCredentials(db, address)
    if (taken && taken.id !== viewer.id)
      throw new ApiError('email_taken', 'email is in use.', {
        errors: [{ pointer: '/email', message: 'is in use' }],
      })
    const user = await change(request, viewer.id, rest)
    await sendLink(db, viewer.id, 'change_email', headers['accept-language'], address)
    return user
  }

  /** Changes a user. Disabling one ends all their sessions for good. */
  async function change(request: FastifyRequest, id: string, fields: queries.UserFields): Promise<User> {
    const { db, viewer } = request
    const expected = precondition(request)
    const losesAdmin = fields.role === 'user' || typeof fields.disabled_at === 'string'
    const updated = await db.transaction(async (tx) => {
      if (losesAdmin) await queries.keepAnAdmin(tx, id)
      if (fields.email !== undefined) {
        await voidInvitations(tx, id, fields.email)
        await voidChangeOfAddress(tx, id)
      }
      const user = await queries.updateUser(tx, viewer, id, fields, expected, id !== viewer.id)
      if (user?.disabled_at) {
        await deleteSessions(tx, viewer, id, 'account_disabled')
        await endTokens(tx, viewer, id, 'account_disabled')
      }
      return user
    })
    gate.forget()
    return updated ?? refuse(request, id, fields)
  }

  async function erase(request: FastifyRequest, reply: FastifyReply, id: string) {
    if (!(await eraseUser(request.db, request.viewer, id, precondition(request)))) await refuse(request, id)
    gate.forget()
    void reply.code(204)
    return null
  }
}

/** My account, and by which token I ask for it. */
async function showMe(
  request: FastifyRequest,
  reply: FastifyReply,
  user: Awaited<ReturnType<typeof findAccount>> & object,
) {
  const { db, viewer } = request
  const token = (viewer.token && (await findToken(db, viewer, viewer.token.id))) ?? null
  return versioned(request, reply, { ...user, token }, viewer.token?.id)
}

/** Why nothing was changed. */
async function refuse(request: FastifyRequest, id: string, fields: queries.UserFields = {}): Promise<never> {
  const user = found(await queries.findUser(request.db, id))
  await explain(request.db, request.viewer, 'users', user, precondition(request), fields)
  throw changedByOthers('user')
}
