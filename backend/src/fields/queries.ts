import { many, maybe, one, type Db } from '../database/db.ts'
import { assign, columns, nothing, sql, type Sql } from '../database/sql.ts'
import type { After } from '../http/pages.ts'
import type { Precondition } from '../http/schemas.ts'
import { heldProjects, joinMine, namedProject, ownable, visible, type Viewer } from '../policy.ts'
import { wordOf } from '../text.ts'
import type { Reversal } from '../trail/noun.ts'
import { recordAs } from '../trail/trail.ts'
import { holds } from '../trail/versions.ts'
import { complete } from './options.ts'
import { Field, type FieldChanges, type NewField } from './schema.ts'

export const FIELD = columns('fields', Field)

/** The project whose fields the viewer may change; for themselves alone where what tasks have is looked at. */
const held = (viewer: Viewer, project: string, lock?: 'update'): Sql =>
  heldProjects(
    viewer,
    sql`${namedProject(project)} and ${ownable(viewer)} and projects.archived_at is null`,
    lock,
  )

const ofProject = (viewer: Viewer, project: string): Sql => sql`
  fields join projects on projects.id = fields.project_id ${joinMine(viewer)}
  where ${namedProject(project)} and ${visible(viewer)}`

export const listFields = (db: Db, viewer: Viewer, project: string, after: After, count: number) =>
  many<Field & { sort_key: number }>(
    db.read,
    sql`
  select ${FIELD}, fields.position as sort_key
  from ${ofProject(viewer, project)}
    ${after ? sql`and (fields.position, fields.id) > (${after.key}::double precision, ${after.id}::uuid)` : nothing}
  order by fields.position, fields.id
  limit ${count}`,
  )

export const countFields = async (db: Db, viewer: Viewer, project: string) =>
  (await one<{ count: number }>(db.read, sql`select count(*) from ${ofProject(viewer, project)}`)).count

export const findField = (db: Db, viewer: Viewer, project: string, key: string) =>
  maybe<Field>(db.read, sql`select ${FIELD} from ${ofProject(viewer, project)} and fields.key = ${key}`)

/** As many as a project can have, so that one of the keys is free. */
const MOST = 50

/** Keys to try for a field of this name, best first. */
function deriveKeys(name: string): string[] {
  const base = wordOf(name, 'field')
  return [base, ...Array.from({ length: MOST }, (_, i) => `${base}_${i + 2}`)]
}

/** Adds a field, after all others unless a position was sent; or nothing if the viewer may not. */
export const insertField = (db: Db, viewer: Viewer, project: string, id: string, field: NewField) => {
  const { name, type, key, options = [], position = null } = field
  return maybe<Field>(
    db.write,
    sql`
  insert into fields (id, project_id, key, name, type, options, position, created_by)
  select ${id}, projects.id, free.key, ${name}, ${type}, ${JSON.stringify(complete(options))}::jsonb,
    coalesce(${position}::double precision, (
      select least(floor(coalesce(max(position), 0)) + 1, 1e15) from fields where project_id = projects.id)), ${viewer.id}
  from ${held(viewer, project)} cross join lateral (
    select key from unnest(${key === undefined ? deriveKeys(name) : [key]}::text[]) with ordinality as wanted (key, n)
    where ${key !== undefined} or not exists (select from fields taken where taken.project_id = projects.id and taken.key = wanted.key)
    order by n
    limit 1
  ) as free
  where ${recordAs(viewer)}
  returning ${FIELD}`,
  )
}

/** As a column has it. */
const stored = ({ options, ...changes }: FieldChanges) => ({
  ...changes,
  ...(options && { options: sql`${JSON.stringify(complete(options))}::jsonb` }),
})

/** Changes a field, or nothing if the viewer may not or the precondition does not hold. */
export const updateField = (
  db: Db,
  viewer: Viewer,
  project: string,
  key: string,
  changes: FieldChanges,
  precondition: Precondition,
) =>
  maybe<Field>(
    db.write,
    sql`
  update fields set ${assign('fields', stored(changes))}
  from ${held(viewer, project, changes.options && 'update')}
  where fields.project_id = projects.id and fields.key = ${key}
    and ${holds('fields', precondition, changes)} and ${recordAs(viewer)}
  returning ${FIELD}`,
  )

/** Deletes a field, with the values that tasks have of it (take_field_off() in 0031_fields.sql). */
export const deleteField = (
  db: Db,
  viewer: Viewer,
  project: string,
  key: string,
  precondition: Precondition,
) =>
  maybe<{ id: string }>(
    db.write,
    sql`
  delete from fields
  using ${held(viewer, project, 'update')}
  where fields.project_id = projects.id and fields.key = ${key}
    and ${holds('fields', precondition)} and ${recordAs(viewer)}
  returning fields.id`,
  )

/** Puts a field back to what an event says: single columns, or all of one that was deleted. */
export const putField = (tx: Db, viewer: Viewer, { id, projectId, before }: Reversal) => {
  if ('key' in before)
    return many(
      tx.write,
      sql`
  insert into fields (id, project_id, key, name, type, options, position, created_by, created_at)
  select ${id}, ${projectId}, key, name, type, options, position, created_by, created_at
  from jsonb_populate_record(null::fields, ${JSON.stringify(before)}::jsonb)
  where ${recordAs(viewer)}`,
    )
  const { options, ...rest } = before
  return many(
    tx.write,
    sql`update fields set ${assign('fields', { ...rest, ...(options !== undefined && { options: JSON.stringify(options) }) })} where id = ${id} and ${recordAs(viewer)}`,
  )
}

/** Whether a task has a value of the field. */
export const isUsed = async (tx: Db, { id }: Reversal) =>
  (await maybe(
    tx.write,
    sql`
  select from fields join field_values using (project_id, key) where fields.id = ${id} limit 1`,
  )) !== undefined

export const removeField = (tx: Db, viewer: Viewer, { id }: Reversal) =>
  many(tx.write, sql`delete from fields where id = ${id} and ${recordAs(viewer)}`)
