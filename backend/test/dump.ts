import type { World } from './harness.ts'

/** Every value that the database holds, as text, with the elements of arrays and documents one by one. */
export async function dump(world: World): Promise<Set<string>> {
  const values = new Set<string>()
  const collect = (value: unknown): void => {
    if (typeof value === 'object' && value !== null) for (const each of Object.values(value)) collect(each)
    else if (value !== null) values.add(typeof value === 'string' ? value : JSON.stringify(value))
  }
  const { rows: tables } = await world.pool.query<{ name: string }>(
    `select quote_ident(relname) as name from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace`,
  )
  for (const { name } of tables) {
    const { rows } = await world.pool.query(`select to_jsonb(t) as row from ${name} t`)
    collect(rows)
  }
  return values
}
