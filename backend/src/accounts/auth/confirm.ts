// Asks a person who is logged in for their password again, before changes that only they should make.
import type { FastifyRequest } from 'fastify'
import { ApiError, found } from '../../errors.ts'
import { recordAttempt } from '../audit/record.ts'
import type { Viewer } from '../../policy.ts'
import { verifyPassword } from './passwords.ts'
import { findOwnCredentials, type Credentials } from './queries.ts'
import { guessAt, type Throttle } from './throttle.ts'

/**
 * Throws `invalid` unless it is the viewer's password, and `rate_limited` after too many wrong ones. Hashes, so it comes
 * before any transaction.
 */
export async function confirmPassword(
  { db, viewer, clientAddress }: Pick<FastifyRequest, 'db' | 'viewer' | 'clientAddress'>,
  throttle: Throttle,
  password: string | undefined,
): Promise<Credentials & { readonly password_hash: string }> {
  if (password === undefined) throw refused('is required')
  const own = found(await findOwnCredentials(db, viewer.id))
  const attempt = await throttle.charge(guessAt(own, clientAddress))
  const { password_hash } = own
  if (!(await verifyPassword(password_hash, password)) || !password_hash) {
    const wrong = { kind: 'password.refused', actorId: viewer.id, userId: viewer.id } as const
    await recordAttempt(db, { ...wrong, address: clientAddress })
    throw refused('is wrong')
  }
  await attempt.right(db)
  return { ...own, password_hash }
}

const refused = (message: string) =>
  new ApiError('invalid', `The current password ${message}.`, {
    errors: [{ pointer: '/current_password', message }],
  })

/** The account was changed by somebody else since the password was confirmed. */
export const changedMeanwhile = () => refused('is wrong')

/** Of their own account administrators are asked for the password too, so they do not get past that under `/users/{id}`. */
export function onlyOfOthers(viewer: Pick<Viewer, 'id'>, id: string): void {
  if (viewer.id === id)
    throw new ApiError(
      'forbidden',
      'This takes your password where it is your own account: /users/me or /auth/password.',
    )
}
