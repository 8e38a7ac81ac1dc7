import { Type } from 'typebox'
import { v7 as uuid } from 'uuid'
import type { App } from '../../http/server.ts'
import { recordInvitation } from '../audit/record.ts'
import { onlyOfOthers } from '../auth/confirm.ts'
import { checkNewPassword, hashPassword } from '../auth/passwords.ts'
import { deleteSessions, findInvited, insertInvitation, insertUser, updatePassword } from '../auth/queries.ts'
import { endTokens } from '../tokens/queries.ts'
import { ApiError, found } from '../../errors.ts'
import { ById, versioned } from '../../http/schemas.ts'
import type { Services } from '../../services.ts'
import * as queries from './queries.ts'
import { CreatedUser, NewUser } from './schema.ts'

const tags = ['users']

/** How administrators invite people, and end their sessions. */
export const accessRoutes =
  ({ config, tokens, gate }: Services) =>
  async (app: App) => {
    app.post(
      '/users',
      {
        config: { access: 'admin', scope: 'admin' },
        schema: {
          tags,
          operationId: 'createUser',
          summary: 'Create a user, with a password or an invitation to set one',
          body: NewUser,
          response: { 201: CreatedUser },
        },
        preHandler: async (request) => {
          const { email, password } = request.body
          if (password === undefined) return allowInvitations('/password')
          checkNewPassword(password, email, config.passwordMinLength, '/password')
          request.newPassword = { passwordHash: await hashPassword(password) }
        },
      },
      async (request, reply) => {
        const { email, name, role = 'user', time_zone = 'UTC' } = request.body
        const passwordHash = request.newPassword?.passwordHash ?? null
        const profile = { id: uuid(), email, name, role, time_zone }
        const { user, invitation } = await request.db.transaction(async (tx) => {
          const inserted = await insertUser(tx, request.viewer, { ...profile, passwordHash, verified: true })
          return {
            user: inserted,
            invitation: passwordHash === null ? await insertInvitation(tx, inserted.id) : null,
          }
        })
        const invite = invitation !== null && {
          invite_token: await tokens.signInvite({ userId: user.id, generation: 0, invitation }),
        }
        return versioned(request, reply.code(201).header('Location', `/api/v1/users/${user.id}`), {
          ...user,
          ...invite,
        })
      },
    )

    app.delete(
      '/users/:id/sessions',
      {
        config: { access: 'admin', scope: 'admin' },
        schema: {
          tags,
          operationId: 'endUserSessions',
          summary: 'Log a user out everywhere, and end the tokens of their programs',
          params: ById,
          response: { 204: Type.Null() },
        },
      },
      async ({ db, viewer, params }, reply) => {
        found(await queries.findUser(db, params.id))
        await db.transaction(async (tx) => {
          await deleteSessions(tx, viewer, params.id, 'ended_by_admin')
          await endTokens(tx, viewer, params.id, 'ended_by_admin')
        })
        gate.forget()
        void reply.code(204)
        return null
      },
    )

    app.post(
      '/users/:id/invitation',
      {
        config: { access: 'admin', scope: 'admin' },
        schema: {
          tags,
          operationId: 'inviteUser',
          summary: 'Take the password away, log out everywhere, and invite to set a new one',
          params: ById,
          response: { 201: CreatedUser },
        },
      },
      async (request, reply) => {
        const { db, viewer, params } = request
        allowInvitations('')
        onlyOfOthers(viewer, params.id)
        const { invitation, generation } = await db.transaction(async (tx) => {
          await queries.keepAnAdmin(tx, params.id)
          found(await queries.findUser(tx, params.id))
          const newest = await insertInvitation(tx, params.id)
          found(await updatePassword(tx, viewer, params.id, null))
          await deleteSessions(tx, viewer, params.id, 'invited')
          await endTokens(tx, viewer, params.id, 'invited')
          await recordInvitation(tx, viewer, params.id)
          return { invitation: newest, generation: (await findInvited(tx, params.id))?.generation }
        })
        gate.forget()
        if (generation === undefined)
          throw new ApiError('forbidden', 'The user is disabled. Enable them before you invite them.')
        const user = found(await queries.findUser(db, params.id))
        const invite_token = await tokens.signInvite({ userId: user.id, generation, invitation })
        return versioned(request, reply.code(201).header('Location', `/api/v1/users/${user.id}`), {
          ...user,
          invite_token,
        })
      },
    )

    function allowInvitations(pointer: string): void {
      if (config.registration === 'closed')
        throw new ApiError('invalid', 'Registration is closed here, so nobody can accept an invitation.', {
          errors: [{ pointer, message: 'is required' }],
        })
    }
  }
