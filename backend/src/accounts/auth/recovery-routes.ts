import { Type } from 'typebox'
import { v7 as uuid } from 'uuid'
import type { App } from '../../http/server.ts'
import { networkOf } from '../../http/client-address.ts'
import { ApiError, found } from '../../errors.ts'
import type { Services } from '../../services.ts'
import { spellingOf } from '../../text.ts'
import { findLink, useLink } from './link-queries.ts'
import { badLink } from './links.ts'
import { checkNewPassword, hashPassword } from './passwords.ts'
import { endTokens } from '../tokens/queries.ts'
import { confirmAddress, deleteSessions, findCredentials, updatePassword } from './queries.ts'
import { sendLink, sendNotice } from './send-link.ts'
import { ForgottenPassword, PasswordReset } from './schema.ts'
import { LIMITS } from './throttle.ts'

const tags = ['auth']
const PURPOSE = 'reset_password'

/** The way back in for whoever has forgotten the password. */
export const recoveryRoutes =
  ({ config, tokens, throttle, gate }: Services) =>
  async (app: App) => {
    app.post(
      '/auth/password/forgot',
      {
        config: { access: 'public' },
        schema: {
          tags,
          operationId: 'forgetPassword',
          summary:
            'Have a link sent that sets a new password; the answer is the same whether there is such an account',
          body: ForgottenPassword,
          response: { 204: Type.Null() },
        },
        preHandler: async ({ body, clientAddress }) => {
          if (config.mail === 'off')
            throw new ApiError(
              'forbidden',
              'This server sends no mail. Ask an administrator for a new password.',
            )
          await throttle.charge([
            [LIMITS.mailTo, spellingOf(body.email.trim())],
            [LIMITS.mailFrom, networkOf(clientAddress)],
          ])
        },
      },
      async ({ db, body, headers }, reply) => {
        const account = await findCredentials(db, body.email.trim())
        // The same work for whoever has no account here: a mail to nobody.
        await sendLink(db, account?.id ?? null, PURPOSE, headers['accept-language'])
        void reply.code(204)
        return null
      },
    )

    app.post(
      '/auth/password/reset',
      {
        config: { access: 'public' },
        schema: {
          tags,
          operationId: 'resetPassword',
          summary: 'Set a new password with the token of a link; ends all my sessions',
          body: PasswordReset,
          response: { 204: Type.Null() },
        },
        preHandler: async (request) => {
          const { db, body, clientAddress } = request
          const claims = await tokens.verifyLink(PURPOSE, body.token)
          const link = claims && (await findLink(db, claims))
          if (!claims || !link) {
            await throttle.charge([[LIMITS.source, networkOf(clientAddress)]])
            throw badLink()
          }
          checkNewPassword(body.new_password, link.email, config.passwordMinLength, '/new_password')
          request.newPassword = { passwordHash: await hashPassword(body.new_password), link: claims }
        },
      },
      async ({ db, newPassword, clientAddress, headers }, reply) => {
        const { passwordHash, link } = found(newPassword)
        const claims = found(link)
        const { userId } = claims
        const author = { id: userId, operation: uuid(), address: clientAddress }
        await db.transaction(async (tx) => {
          const used = await useLink(tx, claims)
          if (!used) throw badLink()
          await updatePassword(tx, author, userId, passwordHash)
          // Whoever has the link reads the mail.
          await confirmAddress(tx, author, userId, used.email)
          await deleteSessions(tx, author, userId, 'password_reset')
          await endTokens(tx, author, userId, 'password_reset')
          await sendNotice(
            tx,
            'password_changed',
            { userId, address: used.email },
            author.operation,
            headers['accept-language'],
          )
        })
        gate.forget()
        void reply.code(204)
        return null
      },
    )
  }
