import { many, maybe, type Db } from '../../database/db.ts'
import { identifier, join, raw, sql, type Sql } from '../../database/sql.ts'
import { joinMine, keptBy, owned, sees, visible, type ProjectRole, type Viewer } from '../../policy.ts'
import { putTogether } from '../maps.ts'
import { column, type Noun } from '../noun.ts'
import { recordAs } from '../trail.ts'

type Fields = Readonly<Record<string, unknown>>

export interface Event {
  readonly seq: number
  readonly kind: string
  readonly project_id: string | null
  readonly from_project_id: string | null
  readonly resource_id: string
  /** What it hangs on, or whose it is. */
  readonly parent_id: string | null
  readonly actor_id: string | null
  readonly before: Fields
  readonly after: Fields
}

export interface LaterEvent {
  /** null: committed and not numbered yet, so later than all that are. */
  readonly seq: number | null
  readonly kind: string
  readonly project_id: string | null
  readonly resource_id: string
  readonly actor_id: string | null
  readonly operation_id: string
  readonly at: string
  readonly fields: readonly string[]
}

export interface TouchedProject {
  readonly id: string
  readonly my_role: ProjectRole | null
  readonly archived: boolean
  readonly deleted: boolean
}

export const listEvents = (db: Db, operationId: string) =>
  many<Event>(
    db.read,
    sql`
  select seq, kind, project_id, from_project_id, resource_id, parent_id, actor_id, before, after
  from events where operation_id = ${operationId} order by seq`,
  )

/** Where the rows are now, which need not be where the operation found or left them. */
export const listPresentProjects = async (tx: Db, noun: Noun, ids: readonly string[]) =>
  (
    await many<{ id: string }>(
      tx.write,
      sql`
  select distinct ${projectOf(noun)} as id
  from ${raw(noun.table)} where ${column(noun, noun.id)} = any (${ids}::uuid[]) and ${noun.id === 'id' ? raw('true') : raw('false')}`,
    )
  ).map(({ id }) => id)

/** Of what belongs to no project, itself. */
const projectOf = (noun: Noun): Sql => column(noun, noun.project ?? noun.id)

/**
 * The projects as far as the viewer may know them, locked until the transaction ends against changes of them and of who
 * belongs to them. One in the trash is known to its owners only. The locks come first: whoever waits for them may have
 * lost a role meanwhile.
 */
export async function lockProjects(tx: Db, viewer: Viewer, ids: readonly string[]) {
  await many(
    tx.write,
    sql`select from projects where id = any (${ids}::uuid[]) order by id for no key update`,
  )
  return many<TouchedProject>(
    tx.write,
    sql`
  select projects.id, mine.role as my_role, projects.archived_at is not null as archived, projects.deleted_at is not null as deleted
  from projects ${joinMine(viewer)}
  where projects.id = any (${ids}::uuid[]) and (${visible(viewer)} or projects.deleted_at is not null and ${owned(viewer)})`,
  )
}

/** The rows as they are, locked until the transaction ends. */
export const lockRows = (tx: Db, noun: Noun, wanted: readonly { id: string; projectId: string }[]) =>
  many<{ id: string; project_id: string; row: Fields }>(
    tx.write,
    sql`
  select ${column(noun, noun.id)} as id, ${projectOf(noun)} as project_id, to_jsonb(${raw(noun.table)}) as row
  from ${raw(noun.table)}
  where ${column(noun, noun.id)} = any (${wanted.map(({ id }) => id)}::uuid[])
    and ${noun.id === 'id' ? raw('true') : sql`${projectOf(noun)} = any (${wanted.map(({ projectId }) => projectId)}::uuid[])`}
  order by ${column(noun, noun.id)}
  for update`,
  )

/** Rows that hang on what would be undone away, and are none of those that are undone with it. */
export const listHanging = (tx: Db, noun: Noun, on: Sql, ids: readonly string[], but: readonly string[]) =>
  many<{ id: string }>(
    tx.write,
    sql`
  select id from ${raw(noun.table)}
  where ${on} = any (${ids}::uuid[]) and ${noun.trash ? raw('deleted_at is null') : raw('true')} and id <> all (${but}::uuid[])
  limit 50`,
  )

/**
 * What happened to these resources after a number where the viewer can see, oldest first. Runs after the locks, so
 * nothing follows it.
 */
export const listLaterEvents = (tx: Db, viewer: Viewer, ids: readonly string[], after: number) =>
  many<LaterEvent>(
    tx.write,
    sql`
  select seq, kind, project_id, resource_id, actor_id, operation_id, at, array(select jsonb_object_keys(after)) as fields
  from (
    select seq, kind, project_id, parent_id, resource_id, actor_id, operation_id, at, after from events
    where resource_id = any (${ids}::uuid[]) and seq > ${after}
    union all
    select null, kind, project_id, parent_id, resource_id, actor_id, operation_id, at, after from pending_events
    where resource_id = any (${ids}::uuid[])
  ) as later
  where ${sees(viewer, raw('later.project_id'))} or later.project_id is null and ${keptBy(viewer, raw('later.parent_id'))}
  order by at`,
  )

/** What has to hold of several rows together need not hold while they are put back one by one. */
export const checkLater = (tx: Db) => many(tx.write, sql`set constraints all deferred`)

export const checkNow = (tx: Db) => many(tx.write, sql`set constraints all immediate`)

/** Puts fields of a row back to what an event says they were. */
export const restoreFields = (tx: Db, viewer: Viewer, { table, maps }: Noun, id: string, fields: Fields) => {
  const row = raw(table)
  const { columns, members } = putTogether(fields, maps)
  const list = [
    ...Object.keys(columns).map((name) => sql`${identifier(name)} = was.${identifier(name)}`),
    ...Object.entries(members).map(
      ([name, was]) =>
        sql`${identifier(name)} = jsonb_strip_nulls(${row}.${identifier(name)} || ${JSON.stringify(was)}::jsonb)`,
    ),
  ]
  return maybe<{ id: string }>(
    tx.write,
    sql`
  update ${row} set ${join(list, ', ')}
  from jsonb_populate_record(null::${row}, ${JSON.stringify(columns)}::jsonb) as was
  where ${row}.id = ${id} and ${recordAs(viewer)}
  returning ${row}.id`,
  )
}

/** Takes away a row that was created: into the trash, or for good if its noun knows none. */
export const takeAway = (tx: Db, viewer: Viewer, { table, trash }: Noun, id: string) =>
  many(
    tx.write,
    trash
      ? sql`update ${raw(table)} set deleted_at = now() where id = ${id} and deleted_at is null and ${recordAs(viewer)}`
      : sql`delete from ${raw(table)} where id = ${id} and ${recordAs(viewer)}`,
  )
