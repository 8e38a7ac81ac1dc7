import { many, maybe, one, type Db } from '../database/db.ts'
import { columns, raw, sql, type Sql } from '../database/sql.ts'
import type { After } from '../http/pages.ts'
import type { Precondition } from '../http/schemas.ts'
import { editable, heldProjects, joinMine, namedTask, owned, visible, type Viewer } from '../policy.ts'
import { RIGHTS, type Rights } from '../rights.ts'
import { recordAs } from '../trail/trail.ts'
import { holds } from '../trail/versions.ts'
import { mentionsIn } from './mentions.ts'
import { Comment, type CommentChanges, type CommentFilter } from './schema.ts'

export const COMMENT = columns('comments', Comment)

/** A comment is where its task is: what is on a task in the trash is as hidden as the task. */
const onTask = sql`tasks.id = comments.task_id and tasks.deleted_at is null`
const present = sql`${onTask} and comments.deleted_at is null`
const trashed = sql`${onTask} and comments.deleted_at is not null`

/** The project of a comment, held, if the viewer may edit in it, and wrote the comment or is who else may. */
const itsProject = (viewer: Viewer, id: string, else_: Sql = raw('false')): Sql =>
  heldProjects(
    viewer,
    sql`projects.id = (select project_id from comments where id = ${id}) and ${editable(viewer)} and projects.archived_at is null
      and (${viewer.id} = (select created_by from comments where id = ${id}) or ${else_})`,
  )

/** Those of the mentioned who belong to the project. */
const members = (ids: readonly string[]): Sql =>
  ids.length === 0
    ? raw(`'{}'::uuid[]`)
    : sql`array(
    select id from unnest(${ids}::uuid[]) with ordinality as mentioned (id, place)
    where exists (select from project_members where project_id = projects.id and user_id = mentioned.id)
    order by place)`

const ofTask = (viewer: Viewer, task: string): Sql => sql`
  tasks
  join projects on projects.id = tasks.project_id ${joinMine(viewer)}
  join comments on ${present}
  where ${namedTask(task)} and ${visible(viewer)}`

/** In the order in which they were made, in which comments_task_idx has them. */
export function listComments(
  db: Db,
  viewer: Viewer,
  task: string,
  { sort }: CommentFilter,
  after: After,
  count: number,
) {
  const [beyond, direction] = sort === '-created' ? [raw('<'), raw('desc')] : [raw('>'), raw('asc')]
  return many<Comment & { sort_key: string }>(
    db.read,
    sql`
  select ${COMMENT}, comments.created_at as sort_key
  from ${ofTask(viewer, task)}
    ${after ? sql`and (comments.created_at, comments.id) ${beyond} (${after.key}::timestamptz, ${after.id}::uuid)` : raw('')}
  order by comments.created_at ${direction}, comments.id ${direction}
  limit ${count}`,
  )
}

export const countComments = async (db: Db, viewer: Viewer, task: string) =>
  (await one<{ count: number }>(db.read, sql`select count(*) from ${ofTask(viewer, task)}`)).count

export const findComment = (db: Db, viewer: Viewer, id: string) =>
  maybe<Comment>(
    db.read,
    sql`
  select ${COMMENT}
  from comments join tasks on ${present} join projects on projects.id = comments.project_id ${joinMine(viewer)}
  where comments.id = ${id} and ${visible(viewer)}`,
  )

/**
 * Adds a comment, or nothing if the viewer may not. The task is held, so that it is moved before, and the comment goes
 * where it is now, or after, and the comment goes along.
 */
export const insertComment = (db: Db, viewer: Viewer, task: string, id: string, body: string) =>
  maybe<Comment>(
    db.write,
    sql`
  insert into comments (id, project_id, task_id, created_by, body, mention_ids)
  select ${id}, projects.id, tasks.id, ${viewer.id}, ${body}, ${members(mentionsIn(body))}
  from ${heldProjects(
    viewer,
    sql`projects.id = (select tasks.project_id from tasks where ${namedTask(task)}) and ${editable(viewer)} and projects.archived_at is null`,
  )}
  join (select * from tasks where ${namedTask(task)} and tasks.deleted_at is null for key share) as tasks on tasks.project_id = projects.id
  where ${recordAs(viewer)}
  returning ${COMMENT}`,
  )

/** Changes a comment, or nothing if it is not the viewer's to change or the precondition does not hold. */
export function updateComment(
  db: Db,
  viewer: Viewer,
  id: string,
  changes: CommentChanges,
  precondition: Precondition,
) {
  const { body } = changes
  const set =
    body === undefined
      ? raw('version = comments.version')
      : sql`body = ${body},
      mention_ids = case when comments.body = ${body} then comments.mention_ids else ${members(mentionsIn(body))} end,
      edited_at = case when comments.body = ${body} then comments.edited_at else now() end`
  return maybe<Comment>(
    db.write,
    sql`
  update comments set ${set}
  from tasks, ${itsProject(viewer, id)}
  where comments.id = ${id} and projects.id = comments.project_id and ${present}
    and ${holds('comments', precondition, changes)} and ${recordAs(viewer)}
  returning ${COMMENT}`,
  )
}

/** Moves a comment to the trash. */
export const deleteComment = (db: Db, viewer: Viewer, id: string, precondition: Precondition) =>
  maybe<{ id: string }>(
    db.write,
    sql`
  update comments set deleted_at = now()
  from tasks, ${itsProject(viewer, id, owned(viewer))}
  where comments.id = ${id} and projects.id = comments.project_id and ${present}
    and ${holds('comments', precondition)} and ${recordAs(viewer)}
  returning comments.id`,
  )

/** Takes a comment out of the trash; undefined if there is none there that the viewer may restore. */
export const restoreComment = (db: Db, viewer: Viewer, id: string, precondition: Precondition) =>
  maybe<Comment>(
    db.write,
    sql`
  update comments set deleted_at = null
  from tasks, ${itsProject(viewer, id, owned(viewer))}
  where comments.id = ${id} and projects.id = comments.project_id and ${trashed}
    and ${holds('comments', precondition)} and ${recordAs(viewer)}
  returning ${COMMENT}`,
  )

/** What decides whether the viewer may comment on a task; undefined if it is hidden. */
export const findCommentedTask = (db: Db, viewer: Viewer, idOrRef: string) =>
  maybe<Rights>(
    db.read,
    sql`
  select ${RIGHTS} from tasks join projects on projects.id = tasks.project_id ${joinMine(viewer)}
  where ${namedTask(idOrRef)} and tasks.deleted_at is null and ${visible(viewer)}`,
  )

/** What decides whether the viewer may change a comment, or restore it from the trash; undefined if it is hidden. */
export const findCommentRights = (db: Db, viewer: Viewer, id: string, inTrash = false) =>
  maybe<Comment & Rights>(
    db.read,
    sql`
  select ${COMMENT}, ${RIGHTS}
  from comments join tasks on ${inTrash ? trashed : present}
    join projects on projects.id = comments.project_id ${joinMine(viewer)}
  where comments.id = ${id} and ${visible(viewer)}`,
  )
