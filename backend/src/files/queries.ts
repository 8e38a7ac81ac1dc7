import { many, maybe, one, type Db } from '../database/db.ts'
import { assign, columns, raw, sql, type Sql } from '../database/sql.ts'
import { ApiError } from '../errors.ts'
import type { After } from '../http/pages.ts'
import type { Precondition } from '../http/schemas.ts'
import { editable, heldProjects, joinMine, namedTask, visible, type Viewer } from '../policy.ts'
import { RIGHTS, type Rights } from '../rights.ts'
import { recordAs } from '../trail/trail.ts'
import { holds } from '../trail/versions.ts'
import { FileInfo, type FileChanges } from './schema.ts'

export const FILE = columns('files', FileInfo)

/** Where a file is put. */
export type Place = { readonly task: string } | { readonly comment: string }

/** A file is where its task is: what is on a task or a comment in the trash is as hidden as that. */
const shown = sql`not exists (select from comments where comments.id = files.comment_id and comments.deleted_at is not null)`
const onTask = sql`tasks.id = files.task_id and tasks.deleted_at is null and ${shown}`
const present = sql`${onTask} and files.deleted_at is null`
const trashed = sql`${onTask} and files.deleted_at is not null`

const held = (viewer: Viewer, project: Sql, lock?: 'no key update'): Sql =>
  heldProjects(
    viewer,
    sql`projects.id = ${project} and ${editable(viewer)} and projects.archived_at is null`,
    lock,
  )
const itsProject = (viewer: Viewer, id: string): Sql =>
  held(viewer, sql`(select project_id from files where id = ${id})`)
const projectOf = (place: Place): Sql =>
  'task' in place
    ? sql`(select tasks.project_id from tasks where ${namedTask(place.task)})`
    : sql`(select comments.project_id from comments where comments.id = ${place.comment})`

/** The task with the comment it is about, if it is, as `tasks`; held, so that both are still there when the file is. */
const heldTask = (viewer: Viewer, place: Place): Sql =>
  'task' in place
    ? sql`(
    select tasks.id, tasks.project_id, null::uuid as comment_id from tasks
    where ${namedTask(place.task)} and tasks.deleted_at is null
    for key share) as tasks`
    : sql`(
    select tasks.id, tasks.project_id, comments.id as comment_id from comments join tasks on tasks.id = comments.task_id
    where comments.id = ${place.comment} and comments.created_by = ${viewer.id}
      and comments.deleted_at is null and tasks.deleted_at is null
    for key share) as tasks`

const at = (viewer: Viewer, place: Place): Sql => sql`
  tasks
  join projects on projects.id = tasks.project_id ${joinMine(viewer)}
  join files on ${present}
  where ${'task' in place ? namedTask(place.task) : sql`files.comment_id = ${place.comment}`} and ${visible(viewer)}`

/** In the order in which they came, in which files_task_idx has them. */
export const listFiles = (db: Db, viewer: Viewer, place: Place, after: After, count: number) =>
  many<FileInfo & { sort_key: string }>(
    db.read,
    sql`
  select ${FILE}, files.created_at as sort_key
  from ${at(viewer, place)}
    ${after ? sql`and (files.created_at, files.id) > (${after.key}::timestamptz, ${after.id}::uuid)` : raw('')}
  order by files.created_at, files.id
  limit ${count}`,
  )

export const countFiles = async (db: Db, viewer: Viewer, place: Place) =>
  (await one<{ count: number }>(db.read, sql`select count(*) from ${at(viewer, place)}`)).count

export const findFile = (db: Db, viewer: Viewer, id: string) =>
  maybe<FileInfo>(
    db.read,
    sql`
  select ${FILE}
  from files join tasks on ${present} join projects on projects.id = files.project_id ${joinMine(viewer)}
  where files.id = ${id} and ${visible(viewer)}`,
  )

/** Writes down that a content may be in the store from now on. */
export const announceContent = (db: Db, id: string) =>
  many(db.write, sql`insert into unclaimed_contents (id) values (${id})`)

/** A content that is in the store, and what it is to be called. */
export interface NewContent {
  readonly id: string
  readonly name: string
  readonly media_type: string
  readonly size: number
  readonly sha256: string
}

/**
 * Makes a file of a content that is in the store, or nothing if the viewer may not, or the project would hold more bytes
 * than it may. The project is held before they are added up, so that two do not both get the last ones; the task, so
 * that the file is where it is.
 */
export const insertFile = (db: Db, viewer: Viewer, place: Place, content: NewContent, most: number) =>
  db.transaction(async (tx) => {
    if (!(await maybe(tx.write, sql`select from ${held(viewer, projectOf(place), 'no key update')}`)))
      return undefined
    const { id, name, media_type, size, sha256 } = content
    const file = await maybe<FileInfo>(
      tx.write,
      sql`
  insert into files (id, project_id, task_id, comment_id, created_by, name, media_type, size, sha256)
  select ${id}, projects.id, tasks.id, tasks.comment_id, ${viewer.id}, ${name}, ${media_type}, ${size}, ${sha256}
  from ${held(viewer, projectOf(place), 'no key update')}
  join ${heldTask(viewer, place)} on tasks.project_id = projects.id
  where ${bytesOf(raw('projects.id'))} + ${size}::bigint <= ${most}::bigint and ${recordAs(viewer)}
  returning ${FILE}`,
    )
    if (!file) return undefined
    const claimed = sql`delete from unclaimed_contents where id = ${id} and not going returning id`
    if (!(await maybe(tx.write, claimed)))
      throw new ApiError('unavailable', 'The file took too long to arrive. Try again.')
    return file
  })

const bytesOf = (project: Sql): Sql =>
  sql`(select coalesce(sum(size), 0)::bigint from files where files.project_id = ${project})`

/** Changes what a file is called, or nothing if the viewer may not or the precondition does not hold. */
export const updateFile = (
  db: Db,
  viewer: Viewer,
  id: string,
  changes: FileChanges,
  precondition: Precondition,
) =>
  maybe<FileInfo>(
    db.write,
    sql`
  update files set ${assign('files', changes)}
  from tasks, ${itsProject(viewer, id)}
  where files.id = ${id} and projects.id = files.project_id and ${present}
    and ${holds('files', precondition, changes)} and ${recordAs(viewer)}
  returning ${FILE}`,
  )

/** Moves a file to the trash. Its content stays until it is purged. */
export const deleteFile = (db: Db, viewer: Viewer, id: string, precondition: Precondition) =>
  maybe<{ id: string }>(
    db.write,
    sql`
  update files set deleted_at = now()
  from tasks, ${itsProject(viewer, id)}
  where files.id = ${id} and projects.id = files.project_id and ${present}
    and ${holds('files', precondition)} and ${recordAs(viewer)}
  returning files.id`,
  )

/** Takes a file out of the trash; undefined if there is none there that the viewer may change. */
export const restoreFile = (db: Db, viewer: Viewer, id: string, precondition: Precondition) =>
  maybe<FileInfo>(
    db.write,
    sql`
  update files set deleted_at = null
  from tasks, ${itsProject(viewer, id)}
  where files.id = ${id} and projects.id = files.project_id and ${trashed}
    and ${holds('files', precondition)} and ${recordAs(viewer)}
  returning ${FILE}`,
  )

/** What decides whether the viewer may put a file there, with the author of a comment; undefined if it is hidden. */
export const findPlace = (db: Db, viewer: Viewer, place: Place) =>
  maybe<Rights & { project_id: string; author: string | null }>(
    db.read,
    sql`
  select projects.id as project_id, ${RIGHTS}, ${'task' in place ? raw('null::uuid') : raw('comments.created_by')} as author
  from ${'task' in place ? raw('tasks') : raw('comments join tasks on tasks.id = comments.task_id')}
    join projects on projects.id = tasks.project_id ${joinMine(viewer)}
  where ${'task' in place ? namedTask(place.task) : sql`comments.id = ${place.comment} and comments.deleted_at is null`}
    and tasks.deleted_at is null and ${visible(viewer)}`,
  )

/** Bytes of all files of a project, with those in the trash. */
export const countBytes = async (db: Db, project: string) =>
  (await one<{ bytes: number }>(db.read, sql`select ${bytesOf(sql`${project}`)} as bytes`)).bytes

/** What decides whether the viewer may change a file, or restore it from the trash; undefined if it is hidden. */
export const findFileRights = (db: Db, viewer: Viewer, id: string, inTrash = false) =>
  maybe<FileInfo & Rights>(
    db.read,
    sql`
  select ${FILE}, ${RIGHTS}
  from files join tasks on ${inTrash ? trashed : present}
    join projects on projects.id = files.project_id ${joinMine(viewer)}
  where files.id = ${id} and ${visible(viewer)}`,
  )

/** Contents that no file will claim any more: an hour is longer than any upload may take. */
export const takeUnclaimed = (db: Db) =>
  many<{ id: string }>(
    db.write,
    sql`
  update unclaimed_contents set going = true
  where id in (
    select id from unclaimed_contents where going or since < now() - interval '1 hour'
    order by since limit 1000)
  returning id`,
  )

/** The same of one, of which that is known at once. */
export const abandonContent = (db: Db, id: string) =>
  maybe<{ id: string }>(
    db.write,
    sql`update unclaimed_contents set going = true where id = ${id} returning id`,
  )

/** Once they are out of the store. */
export const forgetContents = (db: Db, ids: readonly string[]) =>
  many(db.write, sql`delete from unclaimed_contents where id = any (${ids}::uuid[]) and going`)
