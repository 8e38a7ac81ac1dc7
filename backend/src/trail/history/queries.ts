// What happened to one task, or in one project, as the viewer may know it now.
import { EVENT, type Event } from '../changes/event.ts'
import { many, one, type Db } from '../../database/db.ts'
import type { After } from '../../http/pages.ts'
import { canManageProject, joinMine, sees, visible, type Membership, type Viewer } from '../../policy.ts'
import { raw, sql, type Sql } from '../../database/sql.ts'

interface NamedEvent extends Event {
  readonly actor_name: string | null
  readonly subject_name: string | null
}

const before = (after: After): Sql => (after ? sql`and seq < ${Number(after.key)}` : raw(''))

/** The task's events that happened where the viewer can see. */
const ofTask = (viewer: Viewer, taskId: string): Sql => sql`
  resource_id = ${taskId} and (${sees(viewer, raw('events.project_id'))} or ${sees(viewer, raw('events.from_project_id'))})`

export const listTaskHistory = (db: Db, viewer: Viewer, taskId: string, after: After, count: number) =>
  listNamed(
    db,
    viewer,
    sql`select seq from events where ${ofTask(viewer, taskId)} ${before(after)} order by seq desc limit ${count}`,
  )

export const countTaskHistory = (db: Db, viewer: Viewer, taskId: string) =>
  count(db, sql`select from events where ${ofTask(viewer, taskId)}`)

/** What becomes of webhooks is for those who manage the project, like the webhooks themselves. */
const told = (viewer: Viewer, project: Membership): Sql =>
  raw(canManageProject(viewer, project) ? '' : `and kind not like 'webhook.%'`)

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
    (select seq from events where project_id = ${project.id} ${told(viewer, project)} ${before(after)} order by seq desc limit ${count})
    union
    (select seq from events where from_project_id = ${project.id} ${before(after)} order by seq desc limit ${count})
    order by seq desc limit ${count}`,
  )

export const countProjectHistory = (db: Db, viewer: Viewer, project: Membership & { id: string }) =>
  count(
    db,
    sql`select from events where (project_id = ${project.id} or from_project_id = ${project.id}) ${told(viewer, project)}`,
  )

const count = async (db: Db, events: Sql) =>
  (await one<{ count: number }>(db.read, sql`select count(*) from (${events}) as counted`)).count

/** A task that went where the viewer cannot see has no name here any more. */
const listNamed = (db: Db, viewer: Viewer, which: Sql) =>
  many<NamedEvent>(
    db.read,
    sql`
  select ${EVENT}, actor.name as actor_name,
    ${sees(viewer, raw('event.project_id'))} as inside, ${sees(viewer, raw('event.from_project_id'))} as from_inside,
    case split_part(kind, '.', 1)
      when 'project' then (select name from projects where id = resource_id)
      when 'member' then (select name from users where id = resource_id)
      when 'webhook' then (select coalesce(nullif(description, ''), 'Webhook') from webhooks where id = resource_id)
      else (select title from tasks where id = resource_id and ${sees(viewer, raw('tasks.project_id'))})
    end as subject_name
  from (${which}) as page join events event using (seq) left join users actor on actor.id = event.actor_id
  order by seq desc`,
  )

/** The names of people, whether they are still here or not, and of the projects that the viewer can see. */
export const listNames = (db: Db, viewer: Viewer, people: readonly string[], projects: readonly string[]) =>
  many<{ id: string; name: string }>(
    db.read,
    sql`
  select id, name from users where id = any (${people}::uuid[])
  union all
  select projects.id, projects.name from projects ${joinMine(viewer)} where projects.id = any (${projects}::uuid[]) and ${visible(viewer)}`,
  )
