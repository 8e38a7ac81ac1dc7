import { randomBytes } from 'node:crypto'
import { v7 as uuid } from 'uuid'
import type { Config } from '../config.ts'
import { maybe, type Db } from '../db.ts'
import { sql } from '../sql.ts'
import { hashPassword } from './passwords.ts'
import { insertUser } from './queries.ts'

/**
 * Makes the first administrator of an instance that has none: the configured one, or outside production one with a
 * generated password, which is answered so that it can be shown once. Safe when several processes start at once.
 */
export async function ensureFirstAdmin(
  db: Db,
  config: Config,
): Promise<{ email: string; password: string } | undefined> {
  if ((config.production && config.adminEmail === '') || (await findAdmin(db))) return undefined
  const email = config.adminEmail || 'admin@tasktrail.localhost'
  const generated = config.adminPassword === ''
  const password = generated ? randomBytes(15).toString('base64url') : config.adminPassword
  const passwordHash = await hashPassword(password)
  return db.transaction(async (tx) => {
    await maybe(tx.write, sql`select pg_advisory_xact_lock(hashtext('administrators'))`)
    if (await findAdmin(tx)) return undefined
    await insertUser(
      tx,
      { id: null, operation: uuid() },
      { id: uuid(), email, name: 'Administrator', time_zone: 'UTC', role: 'admin', passwordHash },
    )
    return generated ? { email, password } : undefined
  })
}

const findAdmin = (db: Db) =>
  maybe(
    db.write,
    sql`select id from users where role = 'admin' and disabled_at is null and deleted_at is null limit 1`,
  )
