import { many, maybe, one, type Db } from '../../database/db.ts'
import { columns, raw, sql, type Sql } from '../../database/sql.ts'
import type { After } from '../../http/pages.ts'
import { joinMine, visible, type Viewer, type ViewersToken } from '../../policy.ts'
import type { Author } from '../../trail/trail.ts'
import { auditAs } from '../audit/record.ts'
import type { ENDINGS } from '../audit/schema.ts'
import { ApiToken } from './schema.ts'
import type { TokenName } from './secret.ts'

type Ending = (typeof ENDINGS)[number]

const TOKEN = (viewer: Viewer) =>
  columns('tokens', ApiToken, {
    parent_id: raw('tokens.ancestor_ids[cardinality(tokens.ancestor_ids)]'),
    current: sql`tokens.id is not distinct from ${viewer.token?.id ?? null}::uuid`,
  })

/**
 * Condition: the token is good: neither it nor one that it descends from has ended. Asked whenever it is used, so that a
 * child that was made while its parent was revoked is none.
 */
const good = sql`tokens.expires_at > now() and cardinality(tokens.ancestor_ids) = (
    select count(*) from tokens ancestor where ancestor.id = any (tokens.ancestor_ids) and ancestor.expires_at > now())`

const ofActiveUser = sql`users.disabled_at is null and users.deleted_at is null`

export interface TokenUser {
  readonly user: Pick<Viewer, 'id' | 'role'>
  readonly token: ViewersToken
  /** In seconds since 1970. */
  readonly expires: number
}

/** A token that is good, by its secret or by a ticket that it got, and its user; and notes, at most once a minute, that it is used. */
export async function findTokenUser(db: Db, named: TokenName | { id: string; userId: string }) {
  const row = await maybe<
    ViewersToken & Pick<Viewer, 'role'> & { user_id: string; expires: number; noted: boolean }
  >(
    db.read,
    sql`
  select tokens.id, tokens.scopes, tokens.project_ids, users.kind = 'bot' as bot, users.id as user_id, users.role,
    floor(extract(epoch from tokens.expires_at))::float8 as expires,
    coalesce(tokens.last_used_at > now() - interval '1 minute', false) as noted
  from tokens join users on users.id = tokens.user_id
  where tokens.id = ${named.id} and ${'hash' in named ? sql`tokens.hash = ${named.hash}` : sql`tokens.user_id = ${named.userId}`}
    and ${good} and ${ofActiveUser}`,
  )
  if (!row) return undefined
  // Not waited for, and nobody's request fails with it.
  if (!row.noted) void noteUse(db, named.id).catch(() => undefined)
  const { id, scopes, project_ids, bot } = row
  const found: TokenUser = {
    user: { id: row.user_id, role: row.role },
    token: { id, scopes, project_ids, bot },
    expires: row.expires,
  }
  return found
}

/** Of processes that do it at once, one does; the others find the row held and leave it. */
const noteUse = (db: Db, id: string) =>
  many(
    db.write,
    sql`
  update tokens set last_used_at = now()
  where id = (
    select id from tokens
    where id = ${id} and (last_used_at is null or last_used_at < now() - interval '1 minute')
    for no key update skip locked)`,
  )

/** Those of the tokens that are still good, with their users' roles. */
export const findTokenUsers = (db: Db, ids: readonly string[]) =>
  many<{ id: string; role: Viewer['role'] }>(
    db.read,
    sql`
  select tokens.id, users.role from tokens join users on users.id = tokens.user_id
  where tokens.id = any (${ids}::uuid[]) and ${good} and ${ofActiveUser}`,
  )

/** Condition: it is the token with this id, or descends from it. */
const from = (id: string): Sql => sql`(tokens.id = ${id} or tokens.ancestor_ids @> array[${id}::uuid])`

/** What the viewer may know of: their own tokens; by token, itself and those that descend from it. */
const known = (viewer: Viewer): Sql => sql`tokens.user_id = ${viewer.id} and ${good}
  and ${viewer.token ? from(viewer.token.id) : raw('true')}`

export const listTokens = (db: Db, viewer: Viewer, after: After, count: number) =>
  many<ApiToken & { sort_key: string }>(
    db.read,
    sql`
  select ${TOKEN(viewer)}, tokens.id::text as sort_key
  from tokens
  where ${known(viewer)} ${after ? sql`and tokens.id > ${after.id}::uuid` : raw('')}
  order by tokens.id
  limit ${count}`,
  )

export const countTokens = async (db: Db, viewer: Viewer) =>
  (await one<{ count: number }>(db.read, sql`select count(*) from tokens where ${known(viewer)}`)).count

export const findToken = (db: Db, viewer: Viewer, id: string) =>
  maybe<ApiToken>(
    db.read,
    sql`select ${TOKEN(viewer)} from tokens where tokens.id = ${id} and ${known(viewer)}`,
  )

/**
 * Makes a token for the viewer, a child of the one by which they ask; nothing if one of the projects is hidden from them,
 * or that token or the account has just ended. Holds the account, so that whoever disables it ends this token too.
 */
export const insertToken = (
  db: Db,
  viewer: Viewer,
  { id, hash }: TokenName,
  token: Pick<ApiToken, 'name' | 'scopes' | 'expires_at'> & { project_ids: readonly string[] | null },
  author: Author = viewer,
) =>
  maybe<ApiToken>(
    db.write,
    sql`
  insert into tokens (id, user_id, ancestor_ids, name, hash, scopes, project_ids, expires_at)
  select ${id}, users.id, case when parent.id is null then '{}' else parent.ancestor_ids || parent.id end, ${token.name}, ${hash}, ${token.scopes},
    ${token.project_ids}::uuid[], ${token.expires_at}
  from users left join tokens parent on parent.id = ${viewer.token?.id ?? null}
  where users.id = ${viewer.id} and ${ofActiveUser} and ${viewer.token ? raw('parent.expires_at > now()') : raw('true')}
    and ${token.project_ids === null || viewer.token?.project_ids ? raw('true') : allVisible(viewer, token.project_ids)} and ${auditAs(author)}
  for share of users
  returning ${TOKEN(viewer)}`,
  )

const allVisible = (viewer: Viewer, ids: readonly string[]): Sql => sql`
    (select count(*) from projects ${joinMine(viewer)} where projects.id = any (${ids}::uuid[]) and ${visible(viewer)}) = ${ids.length}`

/** Ends tokens of the user and all that descend from them. */
const endThose = (db: Db, author: Author, which: Sql, why: Ending) =>
  many<{ id: string }>(
    db.write,
    sql`
  update tokens set expires_at = date_trunc('milliseconds', now())
  where ${which} and tokens.expires_at > now() and ${auditAs(author, why)}
  returning id`,
  )

export const endToken = async (db: Db, viewer: Viewer, id: string, author: Author = viewer) => {
  const which = sql`${from(id)} and exists (select from tokens where tokens.id = ${id} and ${known(viewer)})`
  return (await endThose(db, author, which, 'ended_by_user')).find((ended) => ended.id === id)
}

/** Ends those that the viewer may know of, but for the one by which they ask. */
export const endOwnTokens = (db: Db, viewer: Viewer) =>
  endThose(
    db,
    viewer,
    sql`${known(viewer)} and tokens.id is distinct from ${viewer.token?.id ?? null}::uuid`,
    'ended_by_user',
  )

/** Ends every token of a user. */
export const endTokens = (db: Db, author: Author, userId: string, why: Ending) =>
  endThose(db, author, sql`tokens.user_id = ${userId}`, why)

/** Ends a token that was found where it should not be, whoever's it is, and those that descend from it. */
export const endLeakedToken = (db: Db, author: Author, id: string) =>
  endThose(db, author, from(id), 'ended_by_admin')

/** Forgets tokens a while after they ended: so long histories know their names. */
export const deleteOldTokens = (db: Db) =>
  many(db.write, sql`delete from tokens where expires_at < now() - interval '30 days'`)
