// The present state of what a viewer can see, in the shape in which the routes of each resource answer it.
import { many, type Db } from '../../database/db.ts'
import { MEMBER } from '../../members/queries.ts'
import type { Member } from '../../members/schema.ts'
import { joinMine, visible, type Viewer } from '../../policy.ts'
import { LISTED_PROJECT } from '../../projects/queries.ts'
import type { ListedProject } from '../../projects/schema.ts'
import { raw, sql } from '../../database/sql.ts'
import { TASK } from '../../tasks/queries.ts'
import type { Task } from '../../tasks/schema.ts'
import type { Telling } from './cursor.ts'
import type { Person } from './schema.ts'

type MemberOf = Member & { in_project: string }

export const listProjectsById = (db: Db, viewer: Viewer, ids: readonly string[]) =>
  many<ListedProject>(
    db.read,
    sql`select ${LISTED_PROJECT} from projects ${joinMine(viewer)} where projects.id = any (${ids}::uuid[]) and ${visible(viewer)}`,
  )

export const listMembersById = (
  db: Db,
  viewer: Viewer,
  projectIds: readonly string[],
  userIds: readonly string[],
) =>
  many<MemberOf>(
    db.read,
    sql`
  select ${MEMBER}, member.project_id as in_project
  from (select distinct * from unnest(${projectIds}::uuid[], ${userIds}::uuid[])) as wanted (project_id, user_id)
  join projects on projects.id = wanted.project_id ${joinMine(viewer)}
  join project_members member on member.project_id = wanted.project_id and member.user_id = wanted.user_id
  join users on users.id = member.user_id
  where ${visible(viewer)}`,
  )

export const listTasksById = (db: Db, viewer: Viewer, ids: readonly string[]) =>
  many<Task>(
    db.read,
    sql`
  select ${TASK}
  from tasks join projects on projects.id = tasks.project_id ${joinMine(viewer)}
  where tasks.id = any (${ids}::uuid[]) and tasks.deleted_at is null and ${visible(viewer)}`,
  )

export const listPeopleById = (db: Db, ids: readonly string[]) =>
  many<Person>(
    db.read,
    sql`select id, name from users where id = any (${ids}::uuid[]) and deleted_at is null`,
  )

export const listProjectStates = (db: Db, viewer: Viewer, { project, after }: Telling, count: number) =>
  many<ListedProject>(
    db.read,
    sql`
  select ${LISTED_PROJECT}
  from projects ${joinMine(viewer)}
  where ${visible(viewer)} and ${project ? sql`projects.id = ${project}` : raw('true')}
    ${after ? sql`and projects.id > ${after.project}` : raw('')}
  order by projects.id
  limit ${count}`,
  )

export const listMemberStates = (db: Db, viewer: Viewer, { project, user, after }: Telling, count: number) =>
  many<MemberOf>(
    db.read,
    sql`
  select ${MEMBER}, member.project_id as in_project
  from projects ${joinMine(viewer)}
  join project_members member on member.project_id = projects.id
  join users on users.id = member.user_id
  where ${visible(viewer)} and ${project ? sql`projects.id = ${project}` : raw('true')}
    and ${user ? sql`member.user_id = ${user}` : raw('true')}
    ${after ? sql`and (member.project_id, member.user_id) > (${after.project}::uuid, ${after.id}::uuid)` : raw('')}
  order by member.project_id, member.user_id
  limit ${count}`,
  )

/** First the rest of the project that the last page ended in, then the projects after it, each by its own index. */
export const listTaskStates = (db: Db, viewer: Viewer, { project, after }: Telling, count: number) =>
  many<Task>(
    db.read,
    sql`
  select * from (
    ${
      after
        ? sql`
    (select ${TASK}
     from projects ${joinMine(viewer)} join tasks on tasks.project_id = projects.id
     where projects.id = ${after.project} and ${visible(viewer)} and tasks.deleted_at is null
       and tasks.project_id = ${after.project} and (tasks.created_at, tasks.id) > (${after.at}::timestamptz, ${after.id}::uuid)
     order by tasks.created_at, tasks.id
     limit ${count})
    union all`
        : raw('')
    }
    (select page.*
     from projects ${joinMine(viewer)}
     cross join lateral (
       select ${TASK} from tasks
       where tasks.project_id = projects.id and tasks.deleted_at is null
       order by tasks.created_at, tasks.id
       limit ${count}
     ) as page
     where ${visible(viewer)} and ${project ? sql`projects.id = ${project}` : raw('true')}
       ${after ? sql`and projects.id > ${after.project}` : raw('')}
     order by projects.id, page.created_at, page.id
     limit ${count})
  ) as tasks
  order by project_id, created_at, id
  limit ${count}`,
  )
