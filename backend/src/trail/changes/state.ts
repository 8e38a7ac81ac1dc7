// The present state of what a viewer can see, in the shape in which the routes of each noun answer it.
import { many, type Db } from '../../database/db.ts'
import { join, raw, sql, type Sql } from '../../database/sql.ts'
import { joinMine, type Viewer } from '../../policy.ts'
import { column, columnsOf, joins, open, present, rows, type Noun } from '../noun.ts'
import type { Snapshot } from './cursor.ts'

/** A resource, with what identifies it to the feed beside it. */
export interface State {
  readonly project_id: string | null
  readonly id: string
  /** When it was created, as far as its noun is paged by that. */
  readonly at?: string
  readonly resource: Readonly<Record<string, unknown>>
}

type Row = Record<string, unknown> & { state_project: string | null; state_id: string; state_at?: string }

const toState = ({ state_project, state_id, state_at, ...resource }: Row): State => ({
  project_id: state_project,
  id: state_id,
  ...(state_at !== undefined && { at: state_at }),
  resource,
})

const key = (noun: Noun) => sql`
  ${noun.project === null ? raw('null::uuid') : column(noun, noun.project)} as state_project, ${column(noun, noun.id)} as state_id`

/** Those of the resources named that the viewer can see. */
export async function listStates(
  db: Db,
  viewer: Viewer,
  noun: Noun,
  wanted: readonly { readonly project_id: string | null; readonly resource_id: string }[],
): Promise<State[]> {
  const ids = wanted.map(({ resource_id }) => resource_id)
  const within =
    noun.id === 'id' || noun.project === null
      ? raw('true')
      : sql`(${column(noun, noun.project)}, ${column(noun, noun.id)}) in (
    select * from unnest(${wanted.map(({ project_id }) => project_id)}::uuid[], ${ids}::uuid[]))`
  const found = await many<Row>(
    db.read,
    sql`
  select ${columnsOf(noun, viewer)}, ${key(noun)}
  from ${rows(noun, viewer)}
  where ${column(noun, noun.id)} = any (${ids}::uuid[]) and ${within} and ${present(noun)} and ${open(noun, viewer)}`,
  )
  return found.map(toState)
}

/** Condition: the row hangs on what has this id. */
const hangsOn = (noun: Noun, id: string): Sql =>
  sql`${id}::uuid in (${join(
    [noun.parent, noun.within].flatMap((above) => (above ? [column(noun, above.column)] : [])),
    ', ',
  )})`

/**
 * A page of all there is of a noun, project by project. First the rest of the project that the last page ended in,
 * then the projects after it, each by its own index.
 */
export async function pageStates(
  db: Db,
  viewer: Viewer,
  noun: Noun,
  { project, parent, user, after }: Snapshot,
  count: number,
): Promise<State[]> {
  const [id, place] = [column(noun, noun.id), noun.pagedBy && column(noun, noun.pagedBy)]
  const about = noun.shows?.['user']
  const list = sql`${columnsOf(noun, viewer)}, ${key(noun)}${place ? sql`, ${place} as state_at` : raw('')}`
  const wanted = sql`${present(noun)} and ${user && about ? sql`${column(noun, about.by)} = ${user}` : raw('true')}
    and ${parent && noun.parent ? hangsOn(noun, parent) : raw('true')}`
  const within = sql`${open(noun, viewer)} and ${project ? sql`projects.id = ${project}` : raw('true')}`
  if (noun.project === null) {
    const page = await many<Row>(
      db.read,
      sql`
  select ${list}
  from ${rows(noun, viewer)}
  where ${wanted} and ${open(noun, viewer)} ${after ? sql`and ${id} > ${after.id}::uuid` : raw('')}
  order by ${id}
  limit ${count}`,
    )
    return page.map(toState)
  }
  if (noun.table === 'projects') {
    const page = await many<Row>(
      db.read,
      sql`
  select ${list}
  from ${rows(noun, viewer)}
  where ${wanted} and ${within} ${after ? sql`and projects.id > ${after.project}` : raw('')}
  order by projects.id
  limit ${count}`,
    )
    return page.map(toState)
  }
  const at = column(noun, noun.project ?? '')
  const rest =
    after &&
    sql`
    (select ${list}
     from ${rows(noun, viewer)}
     where ${wanted} and ${within} and projects.id = ${after.project} and ${at} = ${after.project}
       and ${place ? sql`(${place}, ${id}) > (${after.at}::timestamptz, ${after.id}::uuid)` : sql`${id} > ${after.id}::uuid`}
     order by ${place ? sql`${place}, ${id}` : id}
     limit ${count})
    union all`
  const page = await many<Row>(
    db.read,
    sql`
  select * from (
    ${rest ?? raw('')}
    (select page.*
     from projects ${joinMine(viewer)}
     cross join lateral (
       select ${list} from ${raw(noun.table)} ${joins(noun)}
       where ${at} = projects.id and ${wanted}
       order by ${place ? sql`${place}, ${id}` : id}
       limit ${count}
     ) as page
     where ${within} ${after ? sql`and projects.id > ${after.project}` : raw('')}
     order by projects.id, ${raw(place ? 'page.state_at, ' : '')}page.state_id
     limit ${count})
  ) as states
  order by state_project, ${raw(place ? 'state_at, ' : '')}state_id
  limit ${count}`,
  )
  return page.map(toState)
}
