import { many, maybe, one, type Db } from '../database/db.ts'
import { assign, columns, namesAndValues, raw, sql, type Sql } from '../database/sql.ts'
import type { After } from '../http/pages.ts'
import type { Precondition } from '../http/schemas.ts'
import { editable, heldProjects, joinMine, namedProject, visible, type Viewer } from '../policy.ts'
import { RIGHTS, type Rights } from '../rights.ts'
import { recordAs } from '../trail/trail.ts'
import { holds } from '../trail/versions.ts'
import { Label, type LabelChanges, type LabelFilter, type NewLabel } from './schema.ts'

export const LABEL = columns('labels', Label)

const present = sql`labels.deleted_at is null`
const trashed = sql`labels.deleted_at is not null`

/**
 * The project whose labels the viewer may change, held as undo holds it: while a label is deleted, nobody undoes a task
 * back to having it.
 */
const held = (viewer: Viewer, condition: Sql): Sql =>
  heldProjects(
    viewer,
    sql`${condition} and ${editable(viewer)} and projects.archived_at is null`,
    'no key update',
  )

const itsProject = (viewer: Viewer, id: string): Sql =>
  held(viewer, sql`projects.id = (select project_id from labels where id = ${id})`)

const ofProject = (viewer: Viewer, project: string, { q }: LabelFilter): Sql => sql`
  labels join projects on projects.id = labels.project_id ${joinMine(viewer)}
  where ${namedProject(project)} and ${visible(viewer)} and ${present}
    ${q === undefined ? raw('') : sql`and strpos(fold(labels.name), (select fold(${q}))) > 0`}`

/** By name, in which labels_name_key has them. */
export const listLabels = (
  db: Db,
  viewer: Viewer,
  project: string,
  filter: LabelFilter,
  after: After,
  count: number,
) =>
  many<Label & { sort_key: string }>(
    db.read,
    sql`
  select ${LABEL}, lower(labels.name) as sort_key
  from ${ofProject(viewer, project, filter)} ${after ? sql`and lower(labels.name) > ${after.key}` : raw('')}
  order by lower(labels.name)
  limit ${count}`,
  )

export const countLabels = async (db: Db, viewer: Viewer, project: string, filter: LabelFilter) =>
  (await one<{ count: number }>(db.read, sql`select count(*) from ${ofProject(viewer, project, filter)}`))
    .count

export const findLabel = (db: Db, viewer: Viewer, id: string) =>
  maybe<Label>(
    db.read,
    sql`
  select ${LABEL}
  from labels join projects on projects.id = labels.project_id ${joinMine(viewer)}
  where labels.id = ${id} and ${present} and ${visible(viewer)}`,
  )

/** Creates a label, or nothing if the viewer may not. */
export function insertLabel(db: Db, viewer: Viewer, project: string, id: string, label: NewLabel) {
  const { names, values } = namesAndValues(label)
  return maybe<Label>(
    db.write,
    sql`
  insert into labels (id, project_id, created_by, ${names})
  select ${id}, projects.id, ${viewer.id}, ${values}
  from ${held(viewer, namedProject(project))}
  where ${recordAs(viewer)}
  returning ${LABEL}`,
  )
}

/** Changes a label, or nothing if the viewer may not or the precondition does not hold. */
export const updateLabel = (
  db: Db,
  viewer: Viewer,
  id: string,
  changes: LabelChanges,
  precondition: Precondition,
) =>
  maybe<Label>(
    db.write,
    sql`
  update labels set ${assign('labels', changes)}
  from ${itsProject(viewer, id)}
  where labels.id = ${id} and projects.id = labels.project_id and ${present}
    and ${holds('labels', precondition, changes)} and ${recordAs(viewer)}
  returning ${LABEL}`,
  )

/** Moves a label to the trash. */
export const deleteLabel = (db: Db, viewer: Viewer, id: string, precondition: Precondition) =>
  maybe<{ id: string }>(
    db.write,
    sql`
  update labels set deleted_at = now()
  from ${itsProject(viewer, id)}
  where labels.id = ${id} and projects.id = labels.project_id and ${present}
    and ${holds('labels', precondition)} and ${recordAs(viewer)}
  returning labels.id`,
  )

/** Takes a label out of the trash; undefined if there is none there that the viewer may change. */
export const restoreLabel = (db: Db, viewer: Viewer, id: string, precondition: Precondition) =>
  maybe<Label>(
    db.write,
    sql`
  update labels set deleted_at = null
  from ${itsProject(viewer, id)}
  where labels.id = ${id} and projects.id = labels.project_id and ${trashed}
    and ${holds('labels', precondition)} and ${recordAs(viewer)}
  returning ${LABEL}`,
  )

/** What decides whether the viewer may change a label, or restore it from the trash; undefined if it is hidden. */
export const findLabelRights = (db: Db, viewer: Viewer, id: string, inTrash = false) =>
  maybe<Label & Rights>(
    db.read,
    sql`
  select ${LABEL}, ${RIGHTS}
  from labels join projects on projects.id = labels.project_id ${joinMine(viewer)}
  where labels.id = ${id} and ${inTrash ? trashed : present} and ${visible(viewer)}`,
  )
