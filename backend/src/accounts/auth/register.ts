// How an account comes to be: by registering oneself, or by accepting an invitation.
import { v7 as uuid } from 'uuid'
import type { Config } from '../../config.ts'
import type { Db } from '../../database/db.ts'
import { ApiError } from '../../errors.ts'
import type { User } from '../users/schema.ts'
import { checkNewPassword, hashPassword } from './passwords.ts'
import { acceptInvite, findInvited, insertUser } from './queries.ts'
import type { Registration } from './schema.ts'
import type { Tokens } from './tokens.ts'

/** Creates an account where registration is open to everybody. */
export async function register(
  db: Db,
  config: Config,
  { email, password, name, time_zone = 'UTC' }: Registration,
): Promise<User> {
  if (config.registration !== 'open')
    throw new ApiError('forbidden', 'Registration is not open here. Ask an administrator for an invitation.')
  if (email === undefined)
    throw new ApiError('invalid', 'email is required.', {
      errors: [{ pointer: '/email', message: 'is required' }],
    })
  checkNewPassword(password, email, config.passwordMinLength, '/password')
  const id = uuid()
  // Before the e-mail address is looked at, so that a taken one takes as long as a free one. That it is taken is
  // answered all the same: without mail there is no other way to tell its owner. The throttle bounds the asking.
  const passwordHash = await hashPassword(password)
  return insertUser(db, { id, operation: uuid() }, { id, email, name, time_zone, role: 'user', passwordHash })
}

/** Sets the password of somebody who was invited, once. */
export async function accept(
  db: Db,
  config: Config,
  tokens: Tokens,
  { email, password, name, time_zone }: Registration,
  inviteToken: string,
): Promise<User> {
  if (config.registration === 'closed') throw new ApiError('forbidden', 'Registration is closed here.')
  const claims = await tokens.verifyInvite(inviteToken)
  const invited = claims && (await findInvited(db, claims.userId))
  const refused = new ApiError('invalid', 'The invitation is not valid, or no longer.', {
    errors: [{ pointer: '/invite_token', message: 'is not valid' }],
  })
  if (!claims || invited?.generation !== claims.generation) throw refused
  if (email !== undefined && email.toLowerCase() !== invited.email.toLowerCase()) throw refused
  checkNewPassword(password, invited.email, config.passwordMinLength, '/password')
  const passwordHash = await hashPassword(password)
  const profile = { name, ...(time_zone && { time_zone }) }
  const user = await acceptInvite(db, { id: claims.userId, operation: uuid() }, claims, profile, passwordHash)
  if (!user) throw refused
  return user
}
