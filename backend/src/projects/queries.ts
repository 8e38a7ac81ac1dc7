import { many, maybe, one, type Db } from '../database/db.ts'
import type { Precondition } from '../http/schemas.ts'
import type { After } from '../http/pages.ts'
import {
  heldProjects,
  inArchive,
  joinMine,
  namedProject,
  ownable,
  owned,
  visible,
  type Viewer,
} from '../policy.ts'
import { assign, columns, join, raw, sql, type Sql } from '../database/sql.ts'
import { recordAs } from '../trail/trail.ts'
import { holds } from '../trail/versions.ts'
import { ListedProject, Project, type NewProject, type ProjectChanges, type ProjectFilter } from './schema.ts'

const my_role = sql`mine.role`
const task_counts = sql`(
  select jsonb_build_object(
    'todo', coalesce(sum(count) filter (where status = 'todo'), 0),
    'in_progress', coalesce(sum(count) filter (where status = 'in_progress'), 0),
    'done', coalesce(sum(count) filter (where status = 'done'), 0),
    'cancelled', coalesce(sum(count) filter (where status = 'cancelled'), 0))
  from task_counts
  where project_id = projects.id)`

const PROJECT = columns('projects', Project, { my_role, task_counts })
export const LISTED_PROJECT = columns('projects', ListedProject, { my_role })

const matches = (viewer: Viewer, { archived, q }: ProjectFilter): Sql =>
  join(
    [
      visible(viewer),
      inArchive(archived ?? 'any'),
      ...(q === undefined
        ? []
        : [
            sql`(strpos(fold(projects.name), (select fold(${q}))) > 0 or strpos(projects.key, upper(${q})) > 0)`,
          ]),
    ],
    ' and ',
  )

export const listProjects = (db: Db, viewer: Viewer, filter: ProjectFilter, after: After, count: number) =>
  many<ListedProject & { sort_key: string }>(
    db.read,
    sql`
  select ${LISTED_PROJECT}, projects.created_at as sort_key
  from projects ${joinMine(viewer)}
  where ${matches(viewer, filter)}
    ${after ? sql`and (projects.created_at, projects.id) > (${after.key}::timestamptz, ${after.id}::uuid)` : raw('')}
  order by projects.created_at, projects.id
  limit ${count}`,
  )

export const countProjects = async (db: Db, viewer: Viewer, filter: ProjectFilter) =>
  (
    await one<{ count: number }>(
      db.read,
      sql`select count(*) from projects ${joinMine(viewer)} where ${matches(viewer, filter)}`,
    )
  ).count

export const findProject = (db: Db, viewer: Viewer, idOrKey: string) =>
  maybe<Project>(
    db.read,
    sql`select ${PROJECT} from projects ${joinMine(viewer)} where ${namedProject(idOrKey)} and ${visible(viewer)}`,
  )

/**
 * Creates a project with its first owner, under the first of the keys that is free. Returns undefined if none is free,
 * if somebody took it at the same moment, or if the account was just deleted. PROJECT reads from `projects`, so the
 * new row goes by that name.
 */
export const insertProject = (
  db: Db,
  viewer: Viewer,
  id: string,
  { name, description = '' }: NewProject,
  keys: readonly string[],
) =>
  maybe<Project>(
    db.write,
    sql`
  with projects as (
    insert into projects (id, key, name, description, created_by)
    select ${id}::uuid, free.key, ${name}, ${description}, users.id
    from users, (
      select key from unnest(${keys}::text[]) with ordinality as wanted (key, n)
      where not exists (select from project_keys taken where taken.key = wanted.key)
      order by n
      limit 1
    ) as free
    where users.id = ${viewer.id} and users.deleted_at is null and ${recordAs(viewer)}
    for share of users
    on conflict (key) do nothing
    returning *
  ), numbers as (
    insert into task_numbers (project_id) select id from projects
  ), mine as (
    insert into project_members (project_id, user_id, role) select id, ${viewer.id}, 'owner' from projects returning role
  )
  select ${PROJECT} from projects, mine`,
  )

/** The columns of a project that a change names. */
export const fieldsOf = ({ archived, ...fields }: ProjectChanges) => ({
  ...fields,
  ...(archived !== undefined && { archived_at: archived ? new Date().toISOString() : null }),
})

/** `for update`, because archiving or deleting a project must wait for changes to its tasks. */
const held = (viewer: Viewer, condition: Sql): Sql =>
  sql`select id, my_role as role from ${heldProjects(viewer, condition, 'update')}`

export const updateProject = (
  db: Db,
  viewer: Viewer,
  idOrKey: string,
  changes: ProjectChanges,
  precondition: Precondition,
) => {
  const fields = fieldsOf(changes)
  // Archiving again is no change.
  const archived = fields.archived_at && {
    archived_at: sql`coalesce(projects.archived_at, ${fields.archived_at})`,
  }
  return maybe<Project>(
    db.write,
    sql`
  with mine as (${held(viewer, sql`${namedProject(idOrKey)} and ${ownable(viewer)}`)})
  update projects set ${assign('projects', { ...fields, ...archived })}
  from mine
  where projects.id = mine.id and projects.deleted_at is null and ${holds('projects', precondition, fields)} and ${recordAs(viewer)}
  returning ${PROJECT}`,
  )
}

/** Moves the project to the trash. Its tasks go with it: who cannot see a project cannot see its tasks. */
export const deleteProject = (db: Db, viewer: Viewer, idOrKey: string, precondition: Precondition) =>
  maybe<{ id: string }>(
    db.write,
    sql`
  with mine as (${held(viewer, sql`${namedProject(idOrKey)} and ${ownable(viewer)}`)})
  update projects set deleted_at = now()
  from mine
  where projects.id = mine.id and projects.deleted_at is null and ${holds('projects', precondition)} and ${recordAs(viewer)}
  returning projects.id`,
  )

/** Restores a project from the trash; undefined if it is not there or the viewer may not manage it. */
export const restoreProject = (db: Db, viewer: Viewer, idOrKey: string, precondition: Precondition) =>
  maybe<Project>(
    db.write,
    sql`
  with mine as (${held(viewer, sql`${namedProject(idOrKey)} and ${owned(viewer)}`)})
  update projects set deleted_at = null
  from mine
  where projects.id = mine.id and projects.deleted_at is not null and ${holds('projects', precondition)} and ${recordAs(viewer)}
  returning ${PROJECT}`,
  )

/** A project in the trash that the viewer may manage, to explain why it was not restored. */
export const findTrashedProject = (db: Db, viewer: Viewer, idOrKey: string) =>
  maybe<{ id: string; version: number }>(
    db.read,
    sql`
  select projects.id, projects.version from projects ${joinMine(viewer)}
  where ${namedProject(idOrKey)} and projects.deleted_at is not null and ${owned(viewer)}`,
  )
