import { many, maybe, one, type Db } from '../database/db.ts'
import { assign, columns, namesAndValues, raw, sql, type Sql } from '../database/sql.ts'
import type { After } from '../http/pages.ts'
import type { Precondition } from '../http/schemas.ts'
import { editable, heldProjects, joinMine, namedProject, visible, type Viewer } from '../policy.ts'
import { RIGHTS, type Rights } from '../rights.ts'
import { recordAs } from '../trail/trail.ts'
import { holds } from '../trail/versions.ts'
import { View, type ViewChanges, type NewView } from './schema.ts'

export const VIEW = columns('views', View)

const present = sql`views.deleted_at is null`
const trashed = sql`views.deleted_at is not null`

/** The project whose views the viewer may change. */
const held = (viewer: Viewer, condition: Sql): Sql =>
  heldProjects(viewer, sql`${condition} and ${editable(viewer)} and projects.archived_at is null`)

const itsProject = (viewer: Viewer, id: string): Sql =>
  held(viewer, sql`projects.id = (select project_id from views where id = ${id})`)

const ofProject = (viewer: Viewer, project: string): Sql => sql`
  views join projects on projects.id = views.project_id ${joinMine(viewer)}
  where ${namedProject(project)} and ${visible(viewer)} and ${present}`

/** In the order in which they were made. */
export const listViews = (db: Db, viewer: Viewer, project: string, after: After, count: number) =>
  many<View & { sort_key: string }>(
    db.read,
    sql`
  select ${VIEW}, '' as sort_key
  from ${ofProject(viewer, project)} ${after ? sql`and views.id > ${after.id}::uuid` : raw('')}
  order by views.id
  limit ${count}`,
  )

export const countViews = async (db: Db, viewer: Viewer, project: string) =>
  (await one<{ count: number }>(db.read, sql`select count(*) from ${ofProject(viewer, project)}`)).count

export const findView = (db: Db, viewer: Viewer, id: string) =>
  maybe<View>(
    db.read,
    sql`
  select ${VIEW}
  from views join projects on projects.id = views.project_id ${joinMine(viewer)}
  where views.id = ${id} and ${present} and ${visible(viewer)}`,
  )

/** Creates a view, or nothing if the viewer may not. */
export function insertView(db: Db, viewer: Viewer, project: string, id: string, view: NewView) {
  const { names, values } = namesAndValues(view)
  return maybe<View>(
    db.write,
    sql`
  insert into views (id, project_id, created_by, ${names})
  select ${id}, projects.id, ${viewer.id}, ${values}
  from ${held(viewer, namedProject(project))}
  where ${recordAs(viewer)}
  returning ${VIEW}`,
  )
}

/** Changes a view, or nothing if the viewer may not or the precondition does not hold. */
export const updateView = (
  db: Db,
  viewer: Viewer,
  id: string,
  changes: ViewChanges,
  precondition: Precondition,
) =>
  maybe<View>(
    db.write,
    sql`
  update views set ${assign('views', changes)}
  from ${itsProject(viewer, id)}
  where views.id = ${id} and projects.id = views.project_id and ${present}
    and ${holds('views', precondition, changes)} and ${recordAs(viewer)}
  returning ${VIEW}`,
  )

/** Moves a view to the trash. */
export const deleteView = (db: Db, viewer: Viewer, id: string, precondition: Precondition) =>
  maybe<{ id: string }>(
    db.write,
    sql`
  update views set deleted_at = now()
  from ${itsProject(viewer, id)}
  where views.id = ${id} and projects.id = views.project_id and ${present}
    and ${holds('views', precondition)} and ${recordAs(viewer)}
  returning views.id`,
  )

/** Takes a view out of the trash; undefined if there is none there that the viewer may change. */
export const restoreView = (db: Db, viewer: Viewer, id: string, precondition: Precondition) =>
  maybe<View>(
    db.write,
    sql`
  update views set deleted_at = null
  from ${itsProject(viewer, id)}
  where views.id = ${id} and projects.id = views.project_id and ${trashed}
    and ${holds('views', precondition)} and ${recordAs(viewer)}
  returning ${VIEW}`,
  )

/** What decides whether the viewer may change a view, or restore it from the trash; undefined if it is hidden. */
export const findViewRights = (db: Db, viewer: Viewer, id: string, inTrash = false) =>
  maybe<View & Rights>(
    db.read,
    sql`
  select ${VIEW}, ${RIGHTS}
  from views join projects on projects.id = views.project_id ${joinMine(viewer)}
  where views.id = ${id} and ${inTrash ? trashed : present} and ${visible(viewer)}`,
  )
