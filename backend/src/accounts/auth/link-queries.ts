import { v7 as uuid } from 'uuid'
import { many, maybe, type Db } from '../../database/db.ts'
import { sql } from '../../database/sql.ts'
import { PURPOSES, type Purpose } from './links.ts'
import { canLogIn, generation } from './queries.ts'
import type { LinkClaims } from './tokens.ts'

export interface AccountLink {
  readonly id: string
  readonly user_id: string
  readonly email: string
  readonly expires_at: string
}

/**
 * Makes the link of the user for a purpose, or answers the one there is: asking once more does not take away the one that
 * is on its way. Nothing for nobody, and for who may not log in. `email` is where it goes if that is not the address of
 * the account.
 */
export const makeLink = (tx: Db, userId: string | null, purpose: Purpose, email: string | null = null) =>
  maybe<AccountLink>(
    tx.write,
    sql`
  insert into account_links (user_id, purpose, id, email, generation, expires_at)
  select users.id, ${purpose}, ${uuid()}, coalesce(${email}, email), ${generation}, now() + make_interval(secs => ${PURPOSES[purpose].ttl})
  from users
  where id = ${userId}::uuid and ${canLogIn}
  on conflict (user_id, purpose) do update set
    id = case when account_links.expires_at > now() and account_links.email = excluded.email
      and account_links.generation = excluded.generation then account_links.id else excluded.id end,
    email = excluded.email, generation = excluded.generation, expires_at = excluded.expires_at
  returning id, user_id, email, expires_at`,
  )

/** Condition: the link is still good: not used, not too old, and of the password and address that the account has. */
const good = ({ userId, purpose, id }: LinkClaims) => sql`
  account_links.user_id = ${userId} and account_links.purpose = ${purpose} and account_links.id = ${id}
  and account_links.expires_at > now() and users.id = account_links.user_id and account_links.generation = ${generation}
  and (account_links.purpose = 'change_email' or account_links.email = users.email) and ${canLogIn}`

export const findLink = (db: Db, claims: LinkClaims) =>
  maybe<{ email: string }>(
    db.read,
    sql`select account_links.email from account_links, users where ${good(claims)}`,
  )

/** Uses the link up. Of several who do one succeeds. */
export const useLink = (tx: Db, claims: LinkClaims) =>
  maybe<{ email: string }>(
    tx.write,
    sql`delete from account_links using users where ${good(claims)} returning account_links.email`,
  )

/** Somebody else has said what the address is. */
export const voidChangeOfAddress = (tx: Db, userId: string) =>
  many(tx.write, sql`delete from account_links where user_id = ${userId} and purpose = 'change_email'`)

export const deleteOldLinks = (db: Db) =>
  many(db.write, sql`delete from account_links where expires_at < now()`)
