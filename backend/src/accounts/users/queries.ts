import { v7 as uuid } from 'uuid'
import { auditAs } from '../audit/record.ts'
import { canLogIn } from '../auth/queries.ts'
import { many, maybe, one, type Db } from '../../database/db.ts'
import { ApiError } from '../../errors.ts'
import type { Precondition } from '../../http/schemas.ts'
import type { After } from '../../http/pages.ts'
import type { Viewer } from '../../policy.ts'
import { assign, columns, join, sql, type Sql } from '../../database/sql.ts'
import { holds } from '../../trail/versions.ts'
import { User, type UserChanges, type UserFilter } from './schema.ts'

/** The columns of a user that can be changed here. */
export type UserFields = Omit<UserChanges, 'disabled'> & { disabled_at?: string | null }

const USER = columns('users', User)

const activeAdmin = sql`users.role = 'admin' and ${canLogIn}`

const matches = ({ q, role, disabled }: UserFilter): Sql =>
  join(
    [
      sql`users.kind = 'person' and users.deleted_at is null`,
      ...(q === undefined
        ? []
        : [
            sql`(strpos(fold(name), (select fold(${q}))) > 0 or strpos(fold(email), (select fold(${q}))) > 0)`,
          ]),
      ...(role === undefined ? [] : [sql`role = ${role}`]),
      ...(disabled === undefined ? [] : [sql`(disabled_at is not null) = ${disabled}`]),
    ],
    ' and ',
  )

export const listUsers = (db: Db, filter: UserFilter, after: After, count: number) =>
  many<User & { sort_key: string }>(
    db.read,
    sql`
  select ${USER}, created_at as sort_key
  from users
  where ${matches(filter)} ${after ? sql`and (created_at, id) > (${after.key}::timestamptz, ${after.id}::uuid)` : sql``}
  order by created_at, id
  limit ${count}`,
  )

export const countUsers = async (db: Db, filter: UserFilter) =>
  (await one<{ count: number }>(db.read, sql`select count(*) from users where ${matches(filter)}`)).count

export const findUser = (db: Db, id: string) =>
  maybe<User>(
    db.read,
    sql`select ${USER} from users where id = ${id} and kind = 'person' and deleted_at is null`,
  )

export const updateUser = (
  db: Db,
  viewer: Viewer,
  id: string,
  changes: UserFields,
  precondition: Precondition,
  vouched: boolean,
) => {
  // Disabling again is no change.
  const disabled = changes.disabled_at && {
    disabled_at: sql`coalesce(users.disabled_at, ${changes.disabled_at})`,
  }
  // Another address than before is one that nobody has proved, unless an administrator vouches for it.
  const { email } = changes
  const verified = email !== undefined && {
    email_verified_at: sql`case when users.email = ${email} then users.email_verified_at when ${vouched} then now() end`,
  }
  return maybe<User>(
    db.write,
    sql`
  update users set ${assign('users', { ...changes, ...disabled, ...verified })}
  where id = ${id} and kind = 'person' and deleted_at is null and ${holds('users', precondition, changes)} and ${auditAs(viewer)}
  returning ${USER}`,
  )
}

/** What may not be the one spelling of an address. In small letters of one byte each it is. */
export const listOddAddresses = (db: Db) =>
  many<{ id: string; email: string }>(
    db.read,
    sql`
  select id, email from users
  where email <> lower(email) or octet_length(email) <> char_length(email)
  order by id`,
  )

/** Spells an address as it should be, unless its owner changed it meanwhile. */
export const respell = (db: Db, id: string, was: string, address: string) =>
  many(
    db.write,
    sql`
  update users set email = ${address}
  where id = ${id} and email = ${was} and ${auditAs({ id: null, operation: uuid() })}`,
  )

/** Holds the account until the end of the transaction, if it meets the precondition. */
export const lockUser = (tx: Db, id: string, precondition: Precondition) =>
  maybe(
    tx.write,
    sql`select from users where id = ${id} and deleted_at is null and ${holds('users', precondition)} for no key update`,
  )

/**
 * Throws `last_admin` unless there is another administrator who can log in, or the user is none. Until the
 * transaction ends nobody else changes who is one, so two administrators cannot remove each other.
 */
export async function keepAnAdmin(tx: Db, id: string): Promise<void> {
  await many(tx.write, sql`select pg_advisory_xact_lock(hashtext('administrators'))`)
  const last = await maybe(
    tx.write,
    sql`
  select from users
  where id = ${id} and ${activeAdmin}
    and not exists (select from users where id <> ${id} and ${activeAdmin})`,
  )
  if (last) throw new ApiError('last_admin', 'Make somebody else an administrator first.')
}
