// Which events a viewer gets to see. Who may see what is decided when it is read, not when it happened.
import { many, maybe, one, type Db } from '../../database/db.ts'
import { inReach, joinMine, keptBy, owned, sees, visible, type Viewer } from '../../policy.ts'
import { raw, sql, type Sql } from '../../database/sql.ts'
import { ofMembers, seesManaged } from '../../nouns.ts'
import { EVENT, type Event } from './event.ts'

export interface Passage {
  /** The last number, and the mark of its event. */
  readonly head: number
  readonly head_mark: string
  /** Up to this number the events have been cleared away. */
  readonly pruned: number
  /** The mark of the event with the number that was asked for; empty if it is not there. */
  readonly mark: string
  readonly events: readonly (Event & { readonly mark: string })[]
}

/** The random end of the operation's id: enough to tell one history from another. */
const mark = raw(`right(operation_id::text, 8)`)

const markAt = (seq: Sql): Sql => sql`coalesce((select ${mark} from events where seq = ${seq}), '')`

/**
 * The first `count` events after a number that the viewer gets to see, with where the trail begins and ends. What comes
 * out does not depend on `near`: that hardly any events are after the number, whoever may see them.
 */
export async function listEvents(
  db: Db,
  viewer: Viewer,
  after: number,
  count: number,
  near: boolean,
): Promise<Passage> {
  const rows = await many<Passage & Event & { seq: number | null; mark: string; start_mark: string }>(
    db.read,
    sql`
  with mine as ${raw(near ? 'not materialized' : 'materialized')} (
    select projects.id, ${visible(viewer)} as open, ${owned(viewer)} as owns from projects ${joinMine(viewer)} where mine.role is not null
  ), seen as (
    ${viewer.role === 'admin' ? listAll(viewer, after, count) : near ? listNear(viewer, after, count) : listFar(viewer, after, count)}
  )
  select trail.last_seq as head, ${markAt(sql`trail.last_seq`)} as head_mark, trail.pruned_seq as pruned, ${markAt(sql`${after}`)} as start_mark,
    ${EVENT}, ${mark} as mark,
    ${shown(viewer, raw('event.project_id'))} as inside, ${shown(viewer, raw('event.from_project_id'))} as from_inside
  from trail left join (seen join events event using (seq)) on true
  order by event.seq`,
  )
  const { head, head_mark, pruned, start_mark } = rows[0] as (typeof rows)[number]
  return { head, head_mark, pruned, mark: start_mark, events: rows.filter(({ seq }) => seq !== null) }
}

/** An administrator is shown every project, even one in the trash. */
const shown = (viewer: Viewer, project: Sql): Sql =>
  viewer.role === 'admin' ? raw('true') : sees(viewer, project)

/** All but what others keep for themselves. */
const listAll = (viewer: Viewer, after: number, count: number): Sql => sql`
    select seq from events
    where seq > ${after} and ${ofManagers(viewer, raw('true'))}
      and (project_id is not null or parent_id is null or ${keptBy(viewer, raw('parent_id'))})
    order by seq limit ${count}`

/** Condition: an event is one for all members, or the viewer is one of those whom the others are for. */
const ofManagers = (viewer: Viewer, manages: Sql): Sql =>
  seesManaged(viewer) ? sql`(${manages} or ${ofMembers()})` : ofMembers()

/** Looks at each event, so the work does not grow with the viewer's projects. (`offset 0`: nor are they read beforehand.) */
const listNear = (viewer: Viewer, after: number, count: number): Sql => sql`
    select seq from events
    where seq > ${after} and (
      exists (select from mine where id = events.project_id and open and ${ofManagers(viewer, raw('owns'))} offset 0)
      or exists (select from mine where id = events.from_project_id and open offset 0)
      or ${ofDeleted} and exists (select from mine where id = events.resource_id and not open offset 0)
      or ${ofSelf(viewer)}
      or ${ofOwn(viewer)}
      or ${ofColleague})
    order by seq limit ${count}`

/**
 * Of each visible project its next events by the project's own index, so the work does not grow with what happens in
 * other projects. Then what says that a project is visible no longer, and what happened to people one works with.
 */
const listFar = (viewer: Viewer, after: number, count: number): Sql => {
  const first = sql`and seq > ${after} order by seq limit ${count}`
  return sql`
    select page.seq from mine cross join lateral (
      select seq from events where project_id = mine.id and ${ofManagers(viewer, raw('mine.owns'))} ${first}) as page where mine.open
    union
    select page.seq from mine cross join lateral (
      select seq from events where from_project_id = mine.id ${first}) as page where mine.open
    union
    select page.seq from mine cross join lateral (
      select seq from events where resource_id = mine.id and ${ofDeleted} ${first}) as page where not mine.open
    union
    (select seq from events where ${ofSelf(viewer)} ${first})
    union
    (select seq from events where ${ofOwn(viewer)} ${first})
    union
    (select seq from events where ${ofColleague} ${first})
    order by seq limit ${count}`
}

const ofDeleted = raw(`events.kind = 'project.deleted'`)

const ofSelf = (viewer: Viewer): Sql =>
  sql`events.resource_id = ${viewer.id} and (events.kind = 'member.removed' and ${inReach(viewer, raw('events.project_id'))} or events.kind like 'user.%')`

/** What the viewer keeps for themselves (`seenBy: 'owner'`). */
const ofOwn = (viewer: Viewer): Sql =>
  sql`events.project_id is null and ${keptBy(viewer, raw('events.parent_id'))}`

const ofColleague = raw(`events.project_id is null and events.kind = 'user.updated' and events.after ? 'name'
      and exists (select from project_members theirs join mine on mine.id = theirs.project_id and mine.open where theirs.user_id = events.resource_id offset 0)`)

/** The role that decides what the viewer sees, as it is now. */
export const findRole = async (db: Db, id: string): Promise<Viewer['role']> =>
  (await maybe<Pick<Viewer, 'role'>>(db.read, sql`select role from users where id = ${id}`))?.role ?? 'user'

/** The end of the trail, for who wants to hear only of what comes. */
export const findHead = (db: Db) =>
  one<{ head: number; head_mark: string }>(
    db.read,
    sql`select last_seq as head, ${markAt(sql`trail.last_seq`)} as head_mark from trail`,
  )

const BATCH = 5_000

/**
 * Clears away events older than so many days, oldest first and without leaving a hole. Answers when nothing is left
 * to clear; of several replicas that try, one does it.
 */
export async function pruneEvents(db: Db, days: number): Promise<void> {
  while ((await db.transaction((tx) => pruneBatch(tx, days))) === BATCH);
}

async function pruneBatch(tx: Db, days: number): Promise<number> {
  const { free } = await one<{ free: boolean }>(
    tx.write,
    sql`select pg_try_advisory_xact_lock(hashtext('prune events')) as free`,
  )
  if (!free) return 0
  const gone = await many<{ seq: number }>(
    tx.write,
    sql`
  with oldest as (
    select seq, at >= now() - make_interval(days => ${days}) as kept from events order by seq limit ${BATCH}
  )
  delete from events
  where seq in (select seq from oldest where seq < coalesce((select min(seq) from oldest where kept), ${Number.MAX_SAFE_INTEGER}))
  returning seq`,
  )
  const last = gone.reduce((most, { seq }) => Math.max(most, seq), 0)
  if (last > 0) await many(tx.write, sql`update trail set pruned_seq = ${last}`)
  return gone.length
}
