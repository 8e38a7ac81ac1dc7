import { many, maybe, one, type Db } from '../db.ts'
import { ApiError } from '../errors.ts'
import type { After, Precondition } from '../http.ts'
import type { Viewer } from '../policy.ts'
import { assign, columns, join, sql, type Sql } from '../sql.ts'
import { recordAs } from '../trail.ts'
import { holds } from '../versions.ts'
import { User, type UserFilter } from './schema.ts'

const USER = columns('users', User)

const ACTIVE_ADMIN = sql`users.role = 'admin' and users.disabled_at is null and users.deleted_at is null`

const matches = ({ q, role, disabled }: UserFilter): Sql =>
  join(
    [
      sql`users.deleted_at is null`,
      ...(q === undefined
        ? []
        : [sql`(strpos(lower(name), lower(${q})) > 0 or strpos(lower(email), lower(${q})) > 0)`]),
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
  maybe<User>(db.read, sql`select ${USER} from users where id = ${id} and deleted_at is null`)

export const updateUser = (
  db: Db,
  viewer: Viewer,
  id: string,
  changes: Readonly<Record<string, unknown>>,
  precondition: Precondition,
) =>
  maybe<User>(
    db.write,
    sql`
  update users set ${assign('users', changes)}
  where id = ${id} and deleted_at is null and ${holds('users', precondition, changes)} and ${recordAs(viewer)}
  returning ${USER}`,
  )

/**
 * Throws `last_admin` unless there is another active administrator than this user, or the user is none. Until the
 * transaction ends nobody else changes who is one, so two administrators cannot remove each other.
 */
export async function keepAnAdmin(tx: Db, id: string): Promise<void> {
  await many(tx.write, sql`select pg_advisory_xact_lock(hashtext('administrators'))`)
  const last = await maybe(
    tx.write,
    sql`
  select from users
  where id = ${id} and ${ACTIVE_ADMIN}
    and not exists (select from users where id <> ${id} and ${ACTIVE_ADMIN})`,
  )
  if (last) throw new ApiError('last_admin', 'Make somebody else an administrator first.')
}
