// The mails that wait. They are put here by the statement or transaction that causes them, and taken by any process.
import { v7 as uuid } from 'uuid'
import { many, one, type Db } from '../database/db.ts'
import { raw, sql, type Sql } from '../database/sql.ts'
import type { Kind, Language } from './texts/texts.ts'

export interface Letter {
  readonly kind: Kind
  /** Null for nobody: it is taken and thrown away, so that asking takes as long whether there is an account or not. */
  readonly to: { readonly userId: string; readonly address: string } | null
  /** What it tells of. Of one cause there is one mail at a time, and the next not before a while has passed. */
  readonly cause: string
  readonly language: Language
  /** The link that it brings. */
  readonly link?: Link
  /** Seconds after which it is no longer of use. */
  readonly ttl: number
}

/** What a link is for, and which one it is. */
export interface Link {
  readonly purpose: string
  readonly id: string
}

/** Somebody who asks again at once has the mail already, or it is on its way. */
const NOT_AGAIN_SECONDS = 120

const waiting = raw('sent_at is null and given_up_at is null')

/** Puts a mail into the outbox. Call it in the transaction of what it tells of. */
export const post = (tx: Db, { kind, to, cause, language, link, ttl }: Letter) =>
  many(
    tx.write,
    sql`
  insert into mails (id, user_id, kind, cause, address, language, data, expires_at)
  select ${uuid()}, ${to?.userId ?? null}, ${kind}, ${cause}, ${to?.address ?? null}, ${language},
    ${JSON.stringify({ link })}, now() + make_interval(secs => ${ttl})
  where not exists (
    select from mails where kind = ${kind} and cause = ${cause} and sent_at > now() - make_interval(secs => ${NOT_AGAIN_SECONDS}))
  on conflict do nothing`,
  )

export interface Due {
  readonly id: string
  readonly user_id: string | null
  readonly kind: Kind
  readonly address: string | null
  readonly language: Language
  readonly data: { readonly link?: Link }
  readonly expires_at: string
  readonly expired: boolean
  readonly attempts: number
}

/** Takes mails that are due. They are due again after `lease` seconds, so those of a process that dies are taken by another. */
export const takeDue = (db: Db, count: number, lease: number) =>
  many<Due>(
    db.write,
    sql`
  with due as (
    select id from mails where ${waiting} and due_at <= now() order by due_at limit ${count} for update skip locked
  )
  update mails set attempts = attempts + 1, due_at = now() + make_interval(secs => ${lease})
  from due
  where mails.id = due.id
  returning mails.id, user_id, kind, address, language, data, expires_at, expires_at <= now() as expired, attempts`,
  )

/** Condition: the mail is still as this process took it. */
const stillOurs = ({ id, attempts }: Due): Sql => sql`id = ${id} and attempts = ${attempts} and ${waiting}`

export const recordSent = (db: Db, due: Due) =>
  many(db.write, sql`update mails set sent_at = now(), error = null where ${stillOurs(due)}`)

/** Notes that it could not be sent; it is tried again after `delay` seconds, or given up when that is null. */
export const recordFailure = (db: Db, due: Due, error: string, delay: number | null) =>
  many(
    db.write,
    sql`
  update mails
  set error = ${error}, due_at = now() + make_interval(secs => ${delay ?? 0}),
    given_up_at = case when ${delay}::float8 is null then now() end
  where ${stillOurs(due)}`,
  )

export interface Outbox {
  readonly waiting: number
  readonly given_up: number
}

export const countMails = (db: Db) =>
  one<Outbox>(
    db.read,
    sql`
  select (select count(*) from mails where ${waiting}) as waiting,
    (select count(*) from mails where given_up_at is not null) as given_up`,
  )

export interface GivenUp {
  readonly kind: Kind
  readonly address: string
  readonly given_up_at: string
  readonly error: string
}

export const listGivenUp = (db: Db) =>
  many<GivenUp>(
    db.read,
    sql`
  select kind, address, given_up_at, error from mails where given_up_at is not null
  order by given_up_at desc limit 100`,
  )

/** Tries again what was given up and is still of use. */
export const retryGivenUp = async (db: Db): Promise<number> =>
  (
    await many(
      db.write,
      sql`
  update mails set given_up_at = null, due_at = now(), attempts = 0
  where given_up_at is not null and expires_at > now()
    and not exists (select from mails other where other.kind = mails.kind and other.cause = mails.cause
      and other.sent_at is null and other.given_up_at is null)
  returning id`,
    )
  ).length

const KEPT_DAYS = 30

/** Forgets what was sent or given up long ago. */
export const deleteOldMails = (db: Db) =>
  many(
    db.write,
    sql`delete from mails where created_at < now() - make_interval(days => ${KEPT_DAYS}) and not (${waiting})`,
  )
