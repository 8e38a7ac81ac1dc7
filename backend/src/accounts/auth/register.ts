// How an account comes to be: by registering oneself, or by accepting an invitation.
import { v7 as uuid } from 'uuid'
import type { Config } from '../../config.ts'
import type { Db } from '../../database/db.ts'
import { ApiError } from '../../errors.ts'
import { spellingOf } from '../../text.ts'
import type { User } from '../users/schema.ts'
import { checkNewPassword, hashPassword, type NewPassword } from './passwords.ts'
import { acceptInvite, findInvited, insertUser } from './queries.ts'
import { sendLink } from './send-link.ts'
import type { Registration } from './schema.ts'
import type { Tokens } from './tokens.ts'

/** Checks whether the account may be made, and hashes the password: what takes long comes before any transaction. */
export async function prepare(
  db: Db,
  config: Config,
  tokens: Tokens,
  { email, password, invite_token }: Registration,
): Promise<NewPassword> {
  if (invite_token !== undefined) {
    if (config.registration === 'closed') throw new ApiError('forbidden', 'Registration is closed here.')
    const claims = await tokens.verifyInvite(invite_token)
    const invited = claims && (await findInvited(db, claims.userId))
    if (!claims || invited?.generation !== claims.generation || invited.invitation !== claims.invitation)
      throw notInvited()
    if (email !== undefined && email !== spellingOf(invited.email)) throw notInvited()
    checkNewPassword(password, invited.email, config.passwordMinLength, '/password')
    return { invite: claims, passwordHash: await hashPassword(password) }
  }
  if (config.registration !== 'open')
    throw new ApiError('forbidden', 'Registration is not open here. Ask an administrator for an invitation.')
  if (email === undefined)
    throw new ApiError('invalid', 'email is required.', {
      errors: [{ pointer: '/email', message: 'is required' }],
    })
  checkNewPassword(password, email, config.passwordMinLength, '/password')
  // Before the e-mail address is looked at, so that a taken one takes as long as a free one. That it is taken is
  // answered all the same: without mail there is no other way to tell its owner. The throttle bounds the asking.
  return { passwordHash: await hashPassword(password) }
}

/** Makes an account, or sets the password of somebody who was invited, once. */
export async function register(
  db: Db,
  { email = '', name, time_zone }: Registration,
  { passwordHash, invite }: NewPassword,
  address: string,
  /** In which the new address is asked to be confirmed; undefined where no mail is sent. */
  acceptLanguage: string | undefined,
): Promise<User> {
  if (invite === undefined) {
    const id = uuid()
    const account = { id, email, name, time_zone: time_zone ?? 'UTC', role: 'user', passwordHash } as const
    return db.transaction(async (tx) => {
      const user = await insertUser(tx, { id, operation: uuid(), address }, { ...account, verified: false })
      if (acceptLanguage !== undefined) await sendLink(tx, id, 'verify_email', acceptLanguage)
      return user
    })
  }
  const profile = { name, ...(time_zone && { time_zone }) }
  const user = await acceptInvite(
    db,
    { id: invite.userId, operation: uuid(), address },
    invite,
    profile,
    passwordHash,
  )
  if (!user) throw notInvited()
  return user
}

const notInvited = () =>
  new ApiError('invalid', 'The invitation is not valid, or no longer.', {
    errors: [{ pointer: '/invite_token', message: 'is not valid' }],
  })
