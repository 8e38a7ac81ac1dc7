import { randomBytes } from 'node:crypto'
import { v7 as uuid } from 'uuid'
import { ConfigError, type Config } from '../../config.ts'
import { maybe, type Db } from '../../database/db.ts'
import { sql } from '../../database/sql.ts'
import { checkNewPassword, hashPassword } from './passwords.ts'
import { canLogIn, findCredentials, insertUser } from './queries.ts'

/**
 * Makes the first administrator of an instance that has none: the configured one, or outside production one with a
 * generated password, which is answered so that it can be shown once. Safe when several processes start at once.
 * Throws a ConfigError for a password that is easy to guess, and for an e-mail address that somebody else registered.
 */
export async function ensureFirstAdmin(
  db: Db,
  config: Config,
): Promise<{ email: string; password: string } | undefined> {
  if ((config.production && config.adminEmail === '') || (await findAdmin(db))) return undefined
  const email = config.adminEmail || 'admin@tasktrail.localhost'
  const generated = config.adminPassword === ''
  const password = generated ? randomBytes(15).toString('base64url') : config.adminPassword
  if (!generated) check(password, email, config.passwordMinLength)
  const passwordHash = await hashPassword(password)
  return db.transaction(async (tx) => {
    await maybe(tx.write, sql`select pg_advisory_xact_lock(hashtext('administrators'))`)
    if (await findAdmin(tx)) return undefined
    // It does not become an administrator: anybody may have registered with this address.
    if (await findCredentials(tx, email))
      throw new ConfigError(['ADMIN_EMAIL belongs to a user who is not an administrator'])
    await insertUser(
      tx,
      { id: null, operation: uuid() },
      {
        id: uuid(),
        email,
        name: 'Administrator',
        time_zone: 'UTC',
        role: 'admin',
        passwordHash,
        verified: true,
      },
    )
    return generated ? { email, password } : undefined
  })
}

function check(password: string, email: string, minLength: number): void {
  try {
    checkNewPassword(password, email, minLength, '')
  } catch (error) {
    throw new ConfigError([`ADMIN_PASSWORD is not good enough: ${(error as Error).message}`])
  }
}

/** Whether there is an administrator who can log in. */
export const hasAdmin = async (db: Db): Promise<boolean> => (await findAdmin(db)) !== undefined

const findAdmin = (db: Db) =>
  maybe(db.write, sql`select id from users where role = 'admin' and ${canLogIn} limit 1`)
