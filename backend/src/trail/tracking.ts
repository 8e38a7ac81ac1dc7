// The triggers that write the trail, made from the nouns' declarations.
import { createHash } from 'node:crypto'
import pg from 'pg'
import { NOUNS } from '../nouns.ts'
import type { Noun } from './noun.ts'

const text = (value: string | undefined | null) =>
  value === undefined || value === null ? 'null' : pg.escapeLiteral(value)
const list = (values: readonly string[] = []) => `${pg.escapeLiteral(`{${values.join(',')}}`)}::text[]`

/** The columns with its title and number: its own, or with the table before them those of what it hangs on. */
function namesOf({ title, titleFrom, number, hidden, parent }: Noun): {
  title?: string | null
  number?: string | undefined
} {
  if (title === null && parent) {
    const names = namesOf(parent.noun)
    const there = (name?: string | null) => (name ? `${parent.noun.table}.${name}` : undefined)
    return { title: there(names.title) ?? null, number: there(names.number) }
  }
  const own = titleFrom === undefined && title !== null && !hidden?.includes(title)
  return { title: own ? title : null, number }
}

/** The statement that makes the triggers of all nouns whose tables there are; `maps` are known since 0031_fields.sql. */
const statement = (maps = true) =>
  NOUNS.map((noun) => {
    const { table, kind, project, id, hidden, internal, parent, seenBy } = noun
    const { title, number } = namesOf(noun)
    const values = [
      text(kind), text(project), text(id), list(hidden), list(internal), text(title), text(number), text(parent?.column ?? (seenBy === 'owner' ? 'created_by' : null)),
      `${text(JSON.stringify(noun.verbs ?? {}))}::jsonb`, String(noun.unlessAnonymous ?? false), ...(noun.maps && maps ? [list(noun.maps)] : []),
    ] // prettier-ignore
    return `select track(${text(table)}, ${values.join(', ')}) where to_regclass(${text(table)}) is not null`
  }).join(';\n')

/** The statement that makes the triggers of what is searched for (0027_search.sql). */
const searchStatement = () =>
  NOUNS.flatMap(({ table, kind, project, searched }) =>
    searched
      ? `select track_search(${[table, kind, project, searched.title, searched.text].map(text).join(', ')}) where to_regclass(${text(table)}) is not null`
      : [],
  ).join(';\n')

/** Makes the triggers anew: after a migration, which may have added a column, or when a declaration has changed. */
export async function trackNouns(client: pg.Client): Promise<void> {
  const { rows } = await client.query<{ tracks: boolean; searches: boolean; maps: boolean }>(
    `select exists (select from pg_attribute where attrelid = to_regclass('trail') and attname = 'tracking') as tracks,
            to_regproc('track_search') is not null as searches,
            exists (select from pg_proc where proname = 'track' and pronargs = 12) as maps`,
  )
  // Before 0010_nouns.sql.
  if (!rows[0]?.tracks) return
  await client.query(statement(rows[0].maps))
  if (rows[0].searches) await client.query(searchStatement())
  await client.query('update trail set tracking = $1', [fingerprint()])
}

/** Whether the triggers were made from the declarations that this version has. */
export async function isTracked(client: pg.Client): Promise<boolean> {
  const { rows } = await client.query<{ tracking: string | null }>('select tracking from trail')
  return rows[0]?.tracking === fingerprint()
}

const fingerprint = () =>
  createHash('sha256')
    .update(statement() + searchStatement())
    .digest('hex')
