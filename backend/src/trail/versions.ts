// Two people edit one resource: when a change goes ahead, and what the answer says when it does not.
import { many, type Db } from '../database/db.ts'
import { ApiError } from '../errors.ts'
import type { Precondition } from '../http/schemas.ts'
import { raw, sql, type Sql } from '../database/sql.ts'
import { sees, type Viewer } from '../policy.ts'

type Fields = Readonly<Record<string, unknown>>

/** Condition: the row of `table` meets the precondition for changing these fields. Decided inside the update itself. */
export function holds(table: string, { versions, base }: Precondition, changes: Fields = {}): Sql {
  const row = raw(table)
  const strict = versions ? sql`${row}.version = any (${versions}::integer[])` : raw('true')
  if (base === undefined) return strict
  return sql`${strict} and ${row}.version >= ${base} and not exists (
    select from jsonb_each_text(${row}.field_versions) as field (name, version)
    where name = any (${Object.keys(changes)}::text[]) and version::integer > ${base})`
}

/**
 * Says why a change did not meet its precondition: 412 for If-Match, 409 with the three sides of every field in
 * conflict for base_version. Returns if it would meet it now.
 */
export async function explain(
  db: Db,
  viewer: Viewer,
  table: string,
  current: Fields & { id: string; version: number },
  { versions, base }: Precondition,
  changes: Fields = {},
): Promise<void> {
  if (versions && !versions.includes(current.version)) {
    throw new ApiError(
      'precondition_failed',
      `The resource is at version ${current.version} now. Read it again and decide.`,
      { extra: { version: current.version } },
    )
  }
  if (base === undefined) return
  if (base > current.version) {
    throw new ApiError(
      'invalid',
      `base_version is ahead of the resource, which is at version ${current.version}.`,
      {
        errors: [{ pointer: '/query/base_version', message: `must be at most ${current.version}` }],
      },
    )
  }
  const earlier = await listConflicts(db, viewer, table, current.id, Object.keys(changes), base)
  if (earlier.length === 0) return
  const conflicts = Object.fromEntries(
    earlier.map(({ field, value, hidden }) => [
      field,
      { base: value, current: current[field], yours: changes[field], ...(hidden && { hidden }) },
    ]),
  )
  throw new ApiError(
    'version_conflict',
    `Changed since version ${base}: ${Object.keys(conflicts).join(', ')}.`,
    {
      errors: earlier.map(({ field }) => ({
        pointer: `/${field.replace('.', '/')}`,
        message: `was changed after version ${base}`,
      })),
      extra: { base_version: base, version: current.version, conflicts },
    },
  )
}

/**
 * Which of the fields have changed since a version, and what each was then: null if the trail is not kept that long,
 * and `hidden` if it changed where the viewer cannot see, or came from there.
 */
const listConflicts = (
  db: Db,
  viewer: Viewer,
  table: string,
  id: string,
  fields: readonly string[],
  version: number,
) =>
  many<{ field: string; value: unknown; hidden: boolean }>(
    db.read,
    sql`
  select field, case when not hidden then first_change.value end as value, coalesce(hidden, false) as hidden
  from ${raw(table)} as row
  cross join jsonb_each_text(row.field_versions) as changed (field, version)
  left join lateral (
    select before -> field as value, not ${whereSeen(viewer)} as hidden
    from (
      select version, before, project_id, from_project_id from events where resource_id = ${id} and version > ${version}
      union all
      select version, before, project_id, from_project_id from pending_events where resource_id = ${id} and version > ${version}
    ) as later
    where before ? field
    order by later.version
    limit 1
  ) as first_change on true
  where row.id = ${id} and field = any (${fields}::text[]) and changed.version::integer > ${version}
  order by field`,
  )

/** Condition: the value before the change was one in a project that the viewer can see. Accounts are in none. */
const whereSeen = (viewer: Viewer): Sql => sql`(
      coalesce(later.from_project_id, later.project_id) is null
      or ${sees(viewer, raw('coalesce(later.from_project_id, later.project_id)'))})`
