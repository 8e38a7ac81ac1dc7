import { Type } from 'typebox'
import type { App } from '../../http/server.ts'
import { found } from '../../errors.ts'
import { ById, Ref } from '../../http/schemas.ts'
import { Page } from '../../http/pages.ts'
import type { Services } from '../../services.ts'
import { changedMeanwhile, confirmPassword } from './confirm.ts'
import { checkNewPassword, hashPassword } from './passwords.ts'
import * as queries from './queries.ts'
import { PasswordChange, Session } from './schema.ts'

const tags = ['auth']

/** Ending sessions, and changing the password, which ends all other sessions. */
export const sessionRoutes =
  ({ config, throttle, gate }: Services) =>
  async (app: App) => {
    app.post(
      '/auth/logout',
      {
        config: { scope: 'person' },
        schema: { tags, operationId: 'logOut', summary: 'End this session', response: { 204: Type.Null() } },
      },
      async ({ db, viewer }, reply) => {
        await queries.deleteSession(db, viewer, viewer.session_id, 'logged_out')
        gate.forget()
        void reply.code(204)
        return null
      },
    )

    app.get(
      '/auth/sessions',
      {
        config: { scope: 'person' },
        schema: {
          tags,
          operationId: 'listSessions',
          summary: 'Where I am logged in, newest first',
          response: { 200: Page(Ref(Session)) },
        },
      },
      async ({ db, viewer }) => ({
        items: await queries.listSessions(db, viewer, config.sessionIdleTtl),
        next_cursor: null,
      }),
    )

    app.delete(
      '/auth/sessions',
      {
        config: { scope: 'person' },
        schema: {
          tags,
          operationId: 'endOtherSessions',
          summary: 'End all my sessions but this one',
          response: { 204: Type.Null() },
        },
      },
      async ({ db, viewer }, reply) => {
        await queries.deleteSessions(db, viewer, viewer.id, 'ended_by_user', viewer.session_id)
        gate.forget()
        void reply.code(204)
        return null
      },
    )

    app.delete(
      '/auth/sessions/:id',
      {
        config: { scope: 'person' },
        schema: {
          tags,
          operationId: 'endSession',
          summary: 'End one of my sessions',
          params: ById,
          response: { 204: Type.Null() },
        },
      },
      async ({ db, viewer, params }, reply) => {
        found(await queries.deleteSession(db, viewer, params.id, 'ended_by_user'))
        gate.forget()
        void reply.code(204)
        return null
      },
    )

    app.post(
      '/auth/password',
      {
        config: { scope: 'person' },
        schema: {
          tags,
          operationId: 'changePassword',
          summary: 'Change my password; ends my other sessions',
          body: PasswordChange,
          response: { 204: Type.Null() },
        },
        preHandler: async (request) => {
          const { body } = request
          const own = await confirmPassword(request, throttle, body.current_password)
          checkNewPassword(body.new_password, own.email, config.passwordMinLength, '/new_password')
          const passwordHash = await hashPassword(body.new_password)
          request.newPassword = { passwordHash, replaces: own.password_hash }
        },
      },
      async ({ db, viewer, newPassword }, reply) => {
        const { replaces = '', passwordHash } = found(newPassword)
        await db.transaction(async (tx) => {
          if (!(await queries.replacePassword(tx, viewer, viewer.id, replaces, passwordHash)))
            throw changedMeanwhile()
          await queries.deleteSessions(tx, viewer, viewer.id, 'password_changed', viewer.session_id)
        })
        gate.forget()
        void reply.code(204)
        return null
      },
    )
  }
