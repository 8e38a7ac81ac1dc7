import { many, maybe, one, type Db } from '../../database/db.ts'
import type { After } from '../../http/pages.ts'
import { editable, joinMine, owned, type Viewer } from '../../policy.ts'
import { raw, sql, type Sql } from '../../database/sql.ts'
import { recordAs, type Author } from '../trail.ts'
import type { TrashItem } from './schema.ts'

/** What the viewer could restore: tasks of projects they may edit, and projects they own. */
const trash = (viewer: Viewer): Sql => sql`
  select tasks.id, 'task' as type, projects.key || '-' || tasks.number as ref, tasks.title, tasks.project_id, tasks.deleted_at
  from projects ${joinMine(viewer)} join tasks on tasks.project_id = projects.id and tasks.deleted_at is not null
  where ${editable(viewer)}
  union all
  select projects.id, 'project', projects.key, projects.name, projects.id, projects.deleted_at
  from projects ${joinMine(viewer)}
  where projects.deleted_at is not null and ${owned(viewer)}`

export const listTrash = (db: Db, viewer: Viewer, keptDays: number, after: After, count: number) =>
  many<TrashItem & { sort_key: string }>(
    db.read,
    sql`
  select trash.*, trash.deleted_at + make_interval(days => ${keptDays}) as purge_at, trash.deleted_at::text as sort_key,
    (select actor_id
     from (select actor_id, version from events where resource_id = trash.id and kind in ('task.deleted', 'project.deleted')
           union all
           select actor_id, version from pending_events where resource_id = trash.id and kind in ('task.deleted', 'project.deleted')
          ) as deletion
     order by version desc limit 1) as deleted_by
  from (${trash(viewer)}) as trash
  where ${after ? sql`(trash.deleted_at, trash.id) < (${after.key}::timestamptz, ${after.id}::uuid)` : raw('true')}
  order by trash.deleted_at desc, trash.id desc
  limit ${count}`,
  )

export const countTrash = async (db: Db, viewer: Viewer) =>
  (await one<{ count: number }>(db.read, sql`select count(*) from (${trash(viewer)}) as trash`)).count

/** Destroys what is in the trash under this id and has been there for so many days; false if nothing is. */
export const purge = (db: Db, author: Author, id: string, days = 0): Promise<boolean> =>
  db.transaction(async (tx) => {
    // A large project takes longer than any other statement may, and would never go if it were cut short.
    await many(tx.write, sql`select set_config('statement_timeout', '10min', true)`)
    return (await purgeTask(tx, author, id, days)) || (await purgeProject(tx, author, id, days))
  })

/** Condition: in the trash for so long. Asked of the row itself, for it may have come back since it was found. */
const trashedFor = (days: number): Sql =>
  days === 0 ? sql`deleted_at is not null` : sql`deleted_at < now() - make_interval(days => ${days})`

/** Destroys what has been in the trash for longer than it is kept. Replicas that do it at once share the work. */
export async function purgeOld(db: Db, newAuthor: () => Author, keptDays: number): Promise<void> {
  for (const { id } of await listOld(db, keptDays)) await purge(db, newAuthor(), id, keptDays)
}

const listOld = (db: Db, keptDays: number) =>
  many<{ id: string }>(
    db.read,
    sql`
  (select id from tasks where ${trashedFor(keptDays)} limit 1000)
  union all
  (select id from projects where ${trashedFor(keptDays)} limit 100)`,
  )

async function purgeTask(tx: Db, author: Author, id: string, days: number): Promise<boolean> {
  const gone = await maybe(
    tx.write,
    sql`delete from tasks where id = ${id} and ${trashedFor(days)} and ${recordAs(author)} returning id`,
  )
  if (gone) await blank(tx, sql`resource_id = ${id}`)
  return gone !== undefined
}

async function purgeProject(tx: Db, author: Author, id: string, days: number): Promise<boolean> {
  const doomed = await maybe(
    tx.write,
    sql`
  select set_config('tasktrail.purging', ${id}, true)
  from projects where id = ${id} and ${trashedFor(days)} for update`,
  )
  if (!doomed) return false
  const tasks = await many<{ id: string }>(
    tx.write,
    sql`delete from tasks where project_id = ${id} and ${recordAs(author)} returning id`,
  )
  await many(tx.write, sql`delete from projects where id = ${id} and ${recordAs(author)}`)
  // Also what its tasks were in other projects, before they came to this one.
  await blank(tx, sql`(project_id = ${id} or resource_id = any (${tasks.map((task) => task.id)}::uuid[]))`)
  return true
}

/** The trail keeps that something happened, under its number, and forgets what it was about. */
async function blank(tx: Db, which: Sql): Promise<void> {
  // In this order, or an event that is numbered between the two would be missed.
  await many(tx.write, sql`update pending_events set before = '{}', after = '{}' where ${which}`)
  await many(tx.write, sql`update events set before = '{}', after = '{}' where ${which}`)
}
