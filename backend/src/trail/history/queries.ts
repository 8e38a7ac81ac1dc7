// What happened to one task, or in one project, as the viewer may know it now.
import { EVENT, type Event } from '../changes/event.ts'
import { many, one, type Db } from '../../database/db.ts'
import type { After } from '../../http/pages.ts'
import { NOUNS, ofMembers, seesManaged } from '../../nouns.ts'
import { canManageProject, sees, type Membership, type Viewer } from '../../policy.ts'
import { join, raw, sql, type Sql } from '../../database/sql.ts'
import { column, joins, open, rows, title, type Noun } from '../noun.ts'

interface NamedEvent extends Event {
  readonly actor_name: string | null
  readonly actor_kind: 'person' | 'bot' | null
  readonly token_name: string | null
  readonly subject_name: string | null
}

const before = (after: After): Sql => (after ? sql`and seq < ${Number(after.key)}` : raw(''))

/** The events of the task, or of what hangs on it, that happened where the viewer can see. */
const ofTask = (viewer: Viewer, whose: 'resource_id' | 'parent_id', taskId: string): Sql => sql`
  ${raw(whose)} = ${taskId} and (${sees(viewer, raw('events.project_id'))} or ${sees(viewer, raw('events.from_project_id'))})`

export const listTaskHistory = (db: Db, viewer: Viewer, taskId: string, after: After, count: number) => {
  const latest = sql`${before(after)} order by seq desc limit ${count}`
  return listNamed(
    db,
    viewer,
    sql`
    (select seq from events where ${ofTask(viewer, 'resource_id', taskId)} ${latest})
    union
    (select seq from events where ${ofTask(viewer, 'parent_id', taskId)} ${latest})
    order by seq desc limit ${count}`,
  )
}

export const countTaskHistory = (db: Db, viewer: Viewer, taskId: string) =>
  count(
    db,
    sql`
    select seq from events where ${ofTask(viewer, 'resource_id', taskId)}
    union select seq from events where ${ofTask(viewer, 'parent_id', taskId)}`,
  )

/** What only those who manage the project see has its history for them alone. */
const shown = (viewer: Viewer, project: Membership): Sql =>
  canManageProject(viewer, project) && seesManaged(viewer) ? raw('') : sql`and ${ofMembers()}`

/** All that happened in a project, and what left it. */
export const listProjectHistory = (
  db: Db,
  viewer: Viewer,
  project: Membership & { id: string },
  after: After,
  count: number,
) =>
  listNamed(
    db,
    viewer,
    sql`
    (select seq from events where project_id = ${project.id} ${shown(viewer, project)} ${before(after)} order by seq desc limit ${count})
    union
    (select seq from events where from_project_id = ${project.id} ${before(after)} order by seq desc limit ${count})
    order by seq desc limit ${count}`,
  )

export const countProjectHistory = (db: Db, viewer: Viewer, project: Membership & { id: string }) =>
  count(
    db,
    sql`select from events where (project_id = ${project.id} or from_project_id = ${project.id}) ${shown(viewer, project)}`,
  )

const count = async (db: Db, events: Sql) =>
  (await one<{ count: number }>(db.read, sql`select count(*) from (${events}) as counted`)).count

/** What it is called today; nothing if it is gone, or went where the viewer cannot see. */
const nameOf = (viewer: Viewer, noun: Noun): Sql => {
  const { table, titleFrom = table, project } = noun
  const from = titleFrom === table ? sql`${raw(table)} ${joins(noun)}` : raw(titleFrom)
  const seen =
    project === null || titleFrom !== table || table === 'projects'
      ? raw('true')
      : sees(viewer, column(noun, project))
  return sql`(select ${title(noun)} from ${from} where ${raw(titleFrom)}.id = event.resource_id and ${seen})`
}

const listNamed = (db: Db, viewer: Viewer, which: Sql) =>
  many<NamedEvent>(
    db.read,
    sql`
  select ${EVENT}, actor.name as actor_name, actor.kind as actor_kind, token.name as token_name,
    ${sees(viewer, raw('event.project_id'))} as inside, ${sees(viewer, raw('event.from_project_id'))} as from_inside,
    case split_part(event.kind, '.', 1)
      ${join(
        NOUNS.map((noun) => sql`when ${noun.kind} then ${nameOf(viewer, noun)}`),
        ' ',
      )}
    end as subject_name
  from (${which}) as page join events event using (seq) left join users actor on actor.id = event.actor_id left join tokens token on token.id = event.token_id
  order by seq desc`,
  )

/** The names of people, whether they are still here or not, and of what else the viewer can see. */
export const listNames = (db: Db, viewer: Viewer, noun: Noun, ids: readonly string[]) =>
  many<{ id: string; name: string }>(
    db.read,
    sql`
  select ${column(noun, noun.id)} as id, ${title(noun)} as name
  from ${rows(noun, viewer)}
  where ${column(noun, noun.id)} = any (${ids}::uuid[]) and ${open(noun, viewer)}`,
  )
