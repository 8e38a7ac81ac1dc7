import { many, maybe, one, type Db } from '../../database/db.ts'
import type { After } from '../../http/pages.ts'
import { NOUNS } from '../../nouns.ts'
import type { Viewer } from '../../policy.ts'
import { changeable, column, presentAbove, reference, rows, title, type Noun } from '../noun.ts'
import { join, raw, sql, type Sql } from '../../database/sql.ts'
import { recordAs, type Author } from '../trail.ts'
import type { TrashItem } from './schema.ts'

const trashable = (): Noun[] => NOUNS.filter(({ trash, project }) => trash && project !== null)

/** What the viewer could restore: what they may change in projects, and projects they own. */
const trashed = (viewer: Viewer): Sql =>
  join(
    trashable().map(
      (noun) => sql`
  select ${column(noun, 'id')}, ${raw(`'${noun.kind}'`)} as type, ${reference(noun)} as ref, ${title(noun)} as title,
    projects.id as project_id, ${column(noun, 'deleted_at')}
  from ${rows(noun, viewer)}
  where ${column(noun, 'deleted_at')} is not null and ${presentAbove(noun)} and ${changeable(noun, viewer)}`,
    ),
    ' union all ',
  )

export const listTrash = (db: Db, viewer: Viewer, keptDays: number, after: After, count: number) =>
  many<TrashItem & { sort_key: string }>(
    db.read,
    sql`
  select trash.*, trash.deleted_at + make_interval(days => ${keptDays}) as purge_at, trash.deleted_at::text as sort_key,
    (select actor_id
     from (select actor_id, version from events where resource_id = trash.id and kind like '%.deleted'
           union all
           select actor_id, version from pending_events where resource_id = trash.id and kind like '%.deleted'
          ) as deletion
     order by version desc limit 1) as deleted_by
  from (${trashed(viewer)}) as trash
  where ${after ? sql`(trash.deleted_at, trash.id) < (${after.key}::timestamptz, ${after.id}::uuid)` : raw('true')}
  order by trash.deleted_at desc, trash.id desc
  limit ${count}`,
  )

export const countTrash = async (db: Db, viewer: Viewer) =>
  (await one<{ count: number }>(db.read, sql`select count(*) from (${trashed(viewer)}) as trash`)).count

/** Destroys what is in the trash under this id and has been there for so many days; false if nothing is. */
export const purge = (db: Db, author: Author, id: string, days = 0): Promise<boolean> =>
  db.transaction(async (tx) => {
    // A large project takes longer than any other statement may, and would never go if it were cut short.
    await many(tx.write, sql`select set_config('statement_timeout', '10min', true)`)
    for (const noun of trashable())
      if (await (noun.table === 'projects' ? purgeProject : purgeOne)(tx, noun, author, id, days)) return true
    return false
  })

/** Condition: in the trash for so long. Asked of the row itself, for it may have come back since it was found. */
const trashedFor = (days: number): Sql =>
  days === 0 ? sql`deleted_at is not null` : sql`deleted_at < now() - make_interval(days => ${days})`

/** Destroys what has been in the trash for longer than it is kept. Replicas that do it at once share the work. */
export async function purgeOld(db: Db, newAuthor: () => Author, keptDays: number): Promise<void> {
  for (const noun of trashable())
    for (const { id } of await listOld(db, noun, keptDays)) await purge(db, newAuthor(), id, keptDays)
}

const listOld = (db: Db, { table }: Noun, keptDays: number) =>
  many<{ id: string }>(db.read, sql`select id from ${raw(table)} where ${trashedFor(keptDays)} limit 1000`)

async function purgeOne(tx: Db, noun: Noun, author: Author, id: string, days: number): Promise<boolean> {
  const { table } = noun
  await many(tx.write, sql`select set_config('tasktrail.purging', ${id}, true)`)
  const below = [...(await listBelow(tx, noun, id)), ...(await listWithin(tx, noun, id))]
  const gone = await maybe(
    tx.write,
    sql`delete from ${raw(table)} where id = ${id} and ${trashedFor(days)} and ${recordAs(author)} returning id`,
  )
  const ids = [id, ...below.map((row) => row.id)]
  if (gone) await blank(tx, sql`(resource_id = any (${ids}::uuid[]) or parent_id = any (${ids}::uuid[]))`)
  return gone !== undefined
}

/** What hangs on a row, at any depth: it is in the trash too, and the database lets it go along. */
const listBelow = async (tx: Db, { table, hangsOn }: Noun, id: string) =>
  hangsOn === undefined
    ? []
    : many<{ id: string }>(
        tx.write,
        sql`
  with recursive below as (
    select id from ${raw(table)} where ${raw(hangsOn)} = ${id}
    union
    select row.id from ${raw(table)} as row join below on row.${raw(hangsOn)} = below.id
  )
  select row.id from ${raw(table)} as row where row.id in (select id from below) order by row.id for update`,
      )

/** What hangs on a row besides its parent: the database lets it go along. */
async function listWithin(tx: Db, noun: Noun, id: string): Promise<{ id: string }[]> {
  const found: { id: string }[] = []
  for (const { table, within } of NOUNS)
    if (within?.noun === noun)
      found.push(
        ...(await many<{ id: string }>(
          tx.write,
          sql`select id from ${raw(table)} where ${raw(within.column)} = ${id} order by id for update`,
        )),
      )
  return found
}

async function purgeProject(tx: Db, _: Noun, author: Author, id: string, days: number): Promise<boolean> {
  const doomed = await maybe(
    tx.write,
    sql`
  select set_config('tasktrail.purging', ${id}, true)
  from projects where id = ${id} and ${trashedFor(days)} for update`,
  )
  if (!doomed) return false
  const contents: { id: string }[] = []
  for (const { table, project } of trashable().filter((noun) => noun.table !== 'projects'))
    contents.push(
      ...(await many<{ id: string }>(
        tx.write,
        sql`delete from ${raw(table)} where ${raw(project ?? '')} = ${id} and ${recordAs(author)} returning id`,
      )),
    )
  await many(tx.write, sql`delete from projects where id = ${id} and ${recordAs(author)}`)
  // Also what they and what hangs on them were in other projects, before they came to this one.
  const ids = contents.map((row) => row.id)
  await blank(
    tx,
    sql`(project_id = ${id} or resource_id = any (${ids}::uuid[]) or parent_id = any (${ids}::uuid[]))`,
  )
  return true
}

/** The trail keeps that something happened, under its number, and forgets what it was about. */
async function blank(tx: Db, which: Sql): Promise<void> {
  // In this order, or an event that is numbered between the two would be missed.
  await many(
    tx.write,
    sql`update pending_events set before = '{}', after = '{}', ref = null, title = null where ${which}`,
  )
  await many(
    tx.write,
    sql`update events set before = '{}', after = '{}', ref = null, title = null where ${which}`,
  )
}
