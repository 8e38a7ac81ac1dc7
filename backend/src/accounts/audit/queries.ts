import { many, one, type Db } from '../../database/db.ts'
import type { After } from '../../http/pages.ts'
import { columns, join, raw, sql, type Sql } from '../../database/sql.ts'
import { AuditEntry, type AuditFilter } from './schema.ts'

/** Deleted at once; few enough that nobody notices. */
const BATCH = 1000

const person = (alias: string) =>
  raw(
    `case when ${alias}.id is not null then json_build_object('id', ${alias}.id, 'name', ${alias}.name, 'kind', ${alias}.kind) end`,
  )

const ENTRY = columns('audit_entries', AuditEntry, {
  actor: person('actor'),
  user: person('concerned'),
  last_at: raw('coalesce(audit_entries.last_at, audit_entries.at)'),
  address: raw('host(audit_entries.address)'),
})

const matches = ({ actor, user, kind, since, until }: AuditFilter): Sql =>
  join(
    [
      raw('true'),
      ...(actor === undefined ? [] : [sql`actor_id = ${actor}`]),
      ...(user === undefined ? [] : [sql`user_id = ${user}`]),
      ...(kind === undefined ? [] : [sql`audit_entries.kind = ${kind}`]),
      ...(since === undefined ? [] : [sql`at >= ${since}::timestamptz`]),
      ...(until === undefined ? [] : [sql`at < ${until}::timestamptz`]),
    ],
    ' and ',
  )

export const listEntries = (db: Db, filter: AuditFilter, after: After, count: number) =>
  many<AuditEntry & { sort_key: string }>(
    db.read,
    sql`
  select ${ENTRY}, at as sort_key
  from audit_entries
  left join users actor on actor.id = actor_id
  left join users concerned on concerned.id = user_id
  where ${matches(filter)} ${after ? sql`and (at, audit_entries.id) < (${after.key}::timestamptz, ${after.id}::uuid)` : sql``}
  order by at desc, audit_entries.id desc
  limit ${count}`,
  )

export const countEntries = async (db: Db, filter: AuditFilter) =>
  (await one<{ count: number }>(db.read, sql`select count(*) from audit_entries where ${matches(filter)}`))
    .count

/** Forgets entries of more than so many days ago. */
export async function deleteOldEntries(db: Db, days: number): Promise<void> {
  while ((await deleteBatch(db, days)).length === BATCH);
}

const deleteBatch = (db: Db, days: number) =>
  many(
    db.write,
    sql`
  delete from audit_entries
  where id = any (array(
    select id from audit_entries
    where at < now() - make_interval(days => ${days})
    order by at, id
    limit ${BATCH}
    for update skip locked))
  returning id`,
  )
