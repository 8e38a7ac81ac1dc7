// Views of one person. Whose they are, and nobody else, is in the where of each statement.
import { many, maybe, one, type Db } from '../database/db.ts'
import { assign, columns, namesAndValues, raw, sql, type Sql } from '../database/sql.ts'
import type { After } from '../http/pages.ts'
import type { Precondition } from '../http/schemas.ts'
import { keptBy, type Viewer } from '../policy.ts'
import type { Reversal } from '../trail/noun.ts'
import { recordAs } from '../trail/trail.ts'
import { holds } from '../trail/versions.ts'
import { View, type NewView, type ViewChanges } from './schema.ts'

export const PERSONAL_VIEW = columns('personal_views', View, { project_id: raw('null::uuid') })

const own = (viewer: Viewer, id?: string): Sql =>
  sql`${keptBy(viewer, raw('personal_views.created_by'))}${id === undefined ? raw('') : sql` and personal_views.id = ${id}`}`

/** In the order in which they were made. */
export const listPersonalViews = (db: Db, viewer: Viewer, after: After, count: number) =>
  many<View & { sort_key: string }>(
    db.read,
    sql`
  select ${PERSONAL_VIEW}, '' as sort_key
  from personal_views
  where ${own(viewer)} ${after ? sql`and personal_views.id > ${after.id}::uuid` : raw('')}
  order by personal_views.id
  limit ${count}`,
  )

export const countPersonalViews = async (db: Db, viewer: Viewer) =>
  (await one<{ count: number }>(db.read, sql`select count(*) from personal_views where ${own(viewer)}`)).count

export const findPersonalView = (db: Db, viewer: Viewer, id: string) =>
  maybe<View>(db.read, sql`select ${PERSONAL_VIEW} from personal_views where ${own(viewer, id)}`)

export function insertPersonalView(db: Db, viewer: Viewer, id: string, view: NewView) {
  const { names, values } = namesAndValues(view)
  return one<View>(
    db.write,
    sql`
  insert into personal_views (id, created_by, ${names})
  select ${id}, ${viewer.id}, ${values}
  where ${recordAs(viewer)}
  returning ${PERSONAL_VIEW}`,
  )
}

/** Changes a view, or nothing if it is not the viewer's or the precondition does not hold. */
export const updatePersonalView = (
  db: Db,
  viewer: Viewer,
  id: string,
  changes: ViewChanges,
  precondition: Precondition,
) =>
  maybe<View>(
    db.write,
    sql`
  update personal_views set ${assign('personal_views', changes)}
  where ${own(viewer, id)} and ${holds('personal_views', precondition, changes)} and ${recordAs(viewer)}
  returning ${PERSONAL_VIEW}`,
  )

/** For good: the trash is for what others might miss. Undo brings it back. */
export const deletePersonalView = (db: Db, viewer: Viewer, id: string, precondition: Precondition) =>
  maybe<{ id: string }>(
    db.write,
    sql`
  delete from personal_views
  where ${own(viewer, id)} and ${holds('personal_views', precondition)} and ${recordAs(viewer)}
  returning id`,
  )

/** Puts back a view that was deleted, or the fields of one that is there. */
export const restorePersonalView = async (tx: Db, viewer: Viewer, { id, before }: Reversal) => {
  const gone = 'created_by' in before
  await many(
    tx.write,
    gone
      ? sql`
  insert into personal_views (id, name, layout, filter, sort, group_by, columns, created_by, created_at)
  select ${id}, name, layout, filter, sort, group_by, columns, created_by, created_at
  from jsonb_populate_record(null::personal_views, ${JSON.stringify(before)}::jsonb)
  where created_by = ${viewer.id} and ${recordAs(viewer)}`
      : sql`update personal_views set ${assign('personal_views', before)} where ${own(viewer, id)} and ${recordAs(viewer)}`,
  )
}
