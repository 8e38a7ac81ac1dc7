import { one, type Db } from '../database/db.ts'
import { nothing, raw, sql, type Sql } from '../database/sql.ts'
import { joinMine, namedProject, visible, type Viewer } from '../policy.ts'
import { MINUTES } from './queries.ts'
import type { TimeQuery, TimeReport } from './report-schema.ts'

/** What sums are of, and what that is called. Each is looked up: `sums` has few rows. */
const GROUPS = {
  user: {
    by: raw('entry.created_by'),
    named: sql`users.name, null::text as ref from sums join users on users.id = sums.id`,
  },
  project: {
    by: raw('entry.project_id'),
    named: sql`projects.name, projects.key as ref from sums join projects on projects.id = sums.id`,
  },
  task: {
    by: raw('entry.task_id'),
    named: sql`tasks.title as name, projects.key || '-' || tasks.number as ref
      from sums join tasks on tasks.id = sums.id join projects on projects.id = tasks.project_id`,
  },
}

/** The time of entries that began in the period, where the viewer can see: project by project, each by its index. */
export function sumTime(db: Db, viewer: Viewer, query: TimeQuery, zone: Sql) {
  const { from, to, project, user, group_by = 'user' } = query
  const { by, named } = GROUPS[group_by]
  const moment = (text: string) =>
    text.length === 10 ? sql`timezone(${zone}, ${text}::date::timestamp)` : sql`${text}::timestamptz`
  return one<TimeReport>(
    db.read,
    sql`
  with mine as materialized (
    select projects.id from projects ${joinMine(viewer)}
    where ${project === undefined ? raw('true') : namedProject(project)} and ${visible(viewer)}
  ), sums as materialized (
    select ${by} as id, sum(entry.minutes)::bigint as minutes, count(*) as entries
    from mine cross join lateral (
      select time_entries.project_id, task_id, created_by, ${MINUTES} as minutes
      from time_entries
      where project_id = mine.id and started_at >= ${moment(from)} and started_at < ${moment(to)}
        and ended_at is not null and deleted_at is null
        ${user === undefined ? nothing : sql`and created_by = ${user === 'me' ? viewer.id : user}`}
      offset 0
    ) as entry
    where (select deleted_at is null from tasks where tasks.id = entry.task_id)
    group by 1
  )
  select coalesce((select sum(minutes) from sums), 0)::bigint as minutes, coalesce((
    select jsonb_agg(to_jsonb(item) order by item.minutes desc, item.id)
    from (select sums.id, sums.minutes, sums.entries, ${named} order by sums.minutes desc, sums.id limit 1000) as item), '[]') as items`,
  )
}
