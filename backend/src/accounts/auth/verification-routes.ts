import { Type } from 'typebox'
import { v7 as uuid } from 'uuid'
import type { App } from '../../http/server.ts'
import { networkOf } from '../../http/client-address.ts'
import { ApiError, found } from '../../errors.ts'
import type { Services } from '../../services.ts'
import { useLink } from './link-queries.ts'
import { badLink } from './links.ts'
import { confirmAddress, findOwnCredentials, findUser } from './queries.ts'
import { AddressProof } from './schema.ts'
import { sendLink, sendNotice } from './send-link.ts'
import { LIMITS } from './throttle.ts'

const tags = ['auth']

/** How somebody proves that they read the mail of an address. */
export const verificationRoutes =
  ({ config, tokens, throttle }: Services) =>
  async (app: App) => {
    app.post(
      '/auth/verify-email',
      {
        config: { access: 'public' },
        schema: {
          tags,
          operationId: 'verifyEmail',
          summary: 'Confirm an e-mail address with the token of a link',
          body: AddressProof,
          response: { 204: Type.Null() },
        },
        preHandler: async (request) => {
          const { body, clientAddress } = request
          request.addressProof =
            (await tokens.verifyLink('verify_email', body.token)) ??
            (await tokens.verifyLink('change_email', body.token))
          if (request.addressProof) return
          await throttle.charge([[LIMITS.source, networkOf(clientAddress)]])
          throw badLink()
        },
      },
      async ({ db, addressProof, clientAddress, headers }, reply) => {
        const claims = found(addressProof)
        const { userId } = claims
        const author = { id: userId, operation: uuid(), address: clientAddress }
        await db.transaction(async (tx) => {
          const used = await useLink(tx, claims)
          if (!used) throw badLink()
          const before = found(await findOwnCredentials(tx, userId))
          await confirmAddress(tx, author, userId, used.email)
          if (before.email !== used.email)
            await sendNotice(
              tx,
              'address_changed',
              { userId, address: before.email },
              author.operation,
              headers['accept-language'],
            )
        })
        void reply.code(204)
        return null
      },
    )

    app.post(
      '/auth/verify-email/link',
      {
        config: { scope: 'person' },
        schema: {
          tags,
          operationId: 'sendVerification',
          summary: 'Have a link sent to my address that confirms it',
          response: { 204: Type.Null() },
        },
        preHandler: async ({ viewer, clientAddress }) => {
          if (config.mail === 'off') throw new ApiError('forbidden', 'This server sends no mail.')
          await throttle.charge([
            [LIMITS.mailTo, viewer.id],
            [LIMITS.mailFrom, networkOf(clientAddress)],
          ])
        },
      },
      async ({ db, viewer, headers }, reply) => {
        const { email_verified_at } = found(await findUser(db, viewer.id))
        if (email_verified_at === null)
          await sendLink(db, viewer.id, 'verify_email', headers['accept-language'])
        void reply.code(204)
        return null
      },
    )
  }
