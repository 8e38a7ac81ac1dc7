// What the rest of the code says to the audit. Triggers on users and sessions write its entries; a statement that changes
// these tables says who does it, from where and why. Attempts that change nothing are recorded here.
import { many, type Db } from '../../database/db.ts'
import { sql, type Sql } from '../../database/sql.ts'
import { networkOf } from '../../http/client-address.ts'
import { recordAs, type Author } from '../../trail/trail.ts'
import type { ATTEMPTS, ENDINGS } from './schema.ts'

/**
 * Why something changes, where that is not plain: a session ends, a password is only hashed anew. Of what is `expired`
 * or `rehashed` there is no entry.
 */
type Reason = (typeof ENDINGS)[number] | 'expired' | 'rehashed'

/** Names the author of a change of accounts or sessions. Always true: put it into the where clause, last. */
export const auditAs = (author: Author, reason: Reason | Sql | null = null): Sql =>
  sql`${recordAs(author)} and audit_as(${author.address ?? null}, ${author.source ?? null}, ${reason})`

/** Records an invitation to somebody who has an account. */
export const recordInvitation = (db: Db, author: Author, userId: string) =>
  many(db.write, sql`select record_audit('user.invited', ${userId}) where ${auditAs(author)}`)

/** How many entries of refused attempts a day has room for; those after it are counted for each account. */
const MOST_ATTEMPTS_A_DAY = 1000

/**
 * Records that a password was wrong. `userId` is null for an e-mail address that nobody has; what was typed there is
 * not kept, since people type passwords there.
 *
 * Strangers must not be able to fill the table: attempts at one account from one network share an entry for an hour;
 * when a day has a thousand such entries, give or take those being made, all that follow at one account share one.
 */
export const recordAttempt = (
  db: Db,
  attempt: {
    kind: (typeof ATTEMPTS)[number]
    actorId: string | null
    userId: string | null
    address: string
  },
) =>
  many(
    db.write,
    sql`
  with room as (
    select count(*) < ${MOST_ATTEMPTS_A_DAY} as is_left from (
      select from audit_entries
      where attempts_key is not null and address is not null and at >= date_trunc('day', now())
      limit ${MOST_ATTEMPTS_A_DAY}
    ) as today
  )
  insert into audit_entries as entry (kind, source, actor_id, user_id, address, attempts_key)
  select ${attempt.kind}, 'api', ${attempt.actorId}, ${attempt.userId}, case when is_left then ${attempt.address}::inet end,
    concat_ws(' ', ${attempt.kind}::text, ${attempt.userId ?? 'nobody'}::text,
      case when is_left then ${networkOf(attempt.address)} end, to_char(now(), case when is_left then 'YYYY-MM-DD HH24' else 'YYYY-MM-DD' end))
  from room
  on conflict (attempts_key) do update set count = entry.count + 1, last_at = excluded.at`,
  )
