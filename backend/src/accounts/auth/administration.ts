// What an administrator at the machine itself may do to accounts, without being logged in.
import { randomBytes } from 'node:crypto'
import { v7 as uuid } from 'uuid'
import type { Db } from '../../database/db.ts'
import { ApiError } from '../../errors.ts'
import type { Config } from '../../config.ts'
import { compileBody } from '../../http/validation.ts'
import type { Author } from '../../trail/trail.ts'
import { NewUser } from '../users/schema.ts'
import { makeLink } from './link-queries.ts'
import { endLeakedToken, endTokens } from '../tokens/queries.ts'
import { createLinkTo } from './links.ts'
import { createTokens } from './tokens.ts'
import { checkNewPassword, hashPassword } from './passwords.ts'
import { deleteSessions, findCredentials, insertUser, updatePassword } from './queries.ts'

const author = (): Author => ({ id: null, operation: uuid(), source: 'command_line' })
const newPassword = () => randomBytes(15).toString('base64url')
const validate = compileBody(NewUser)

/** Adds an administrator and answers the password, which is a random one if none is given. */
export async function createAdmin(
  db: Db,
  profile: { email: string; name: string },
  minLength: number,
  password = newPassword(),
): Promise<string> {
  // Which also spells it as it is stored.
  const user = { ...profile, password }
  if (!validate(user)) {
    const [problem] = validate.errors ?? []
    throw new ApiError(
      'invalid',
      `The ${problem?.instancePath.slice(1)} is not valid: it ${problem?.message}.`,
    )
  }
  checkNewPassword(password, profile.email, minLength, '/password')
  const passwordHash = await hashPassword(password)
  const { email, name } = user
  await insertUser(db, author(), {
    email,
    name,
    id: uuid(),
    time_zone: 'UTC',
    role: 'admin',
    passwordHash,
    verified: true,
  })
  return password
}

/** A link with which the user sets a new password, for whoever runs the service to hand over; with when it ends. */
export async function makeResetLink(db: Db, config: Config, email: string) {
  const user = await findCredentials(db, email)
  const link = await makeLink(db, user?.id ?? null, 'reset_password')
  if (!link)
    throw new ApiError('no_such_user', `There is no user with the e-mail address ${email} who can log in.`)
  const linkTo = createLinkTo(config, createTokens(config.jwtSecret, config.accessTtl))
  const expires = Math.floor(Date.parse(link.expires_at) / 1000)
  const named = { purpose: 'reset_password', id: link.id }
  return { address: await linkTo(link.user_id, named, expires), until: link.expires_at }
}

/** Ends a token for a program that was found where it should not be, whoever's it is; answers how many ended with it. */
export const endFoundToken = async (db: Db, id: string) => (await endLeakedToken(db, author(), id)).length

/** Gives a user a new password, a random one if none is given, and ends all sessions. */
export async function resetPassword(db: Db, email: string, minLength: number, password = newPassword()) {
  const user = await findCredentials(db, email)
  if (!user) throw new ApiError('no_such_user', `There is no user with the e-mail address ${email}.`)
  checkNewPassword(password, user.email, minLength, '/password')
  const passwordHash = await hashPassword(password)
  const by = author()
  return db.transaction(async (tx) => {
    await updatePassword(tx, by, user.id, passwordHash)
    await deleteSessions(tx, by, user.id, 'password_reset')
    await endTokens(tx, by, user.id, 'password_reset')
    return { password, disabled: user.disabled }
  })
}
