// A backup: one file with every row, written from one snapshot while the service goes on. pg_dump is not among the
// programs of the embedded server, and refuses a server of a newer major version; this works with all of them.
//
// The file is a gzip of lines. The first is a header; then for each table a line of JSON that names it, its rows as COPY
// writes them, and a line "\."; the last has what there must have been. No schema is in it: the migrations that it
// names make that.
import { createHash } from 'node:crypto'
import type { Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGzip } from 'node:zlib'
import pg from 'pg'
import { to as copyTo } from 'pg-copy-streams'
import { version } from '../version.ts'

export const FORMAT = 'tasktrail backup 1'

export interface Header {
  format: string
  release: string
  made_at: string
  migrations: readonly { name: string; hash: string }[]
}

export interface Section {
  table: string
  columns: readonly string[]
}

export interface Ending {
  rows: Readonly<Record<string, number>>
  sequences: Readonly<Record<string, string>>
  /** Of all the bytes before this line. */
  sha256: string
}

/** What the user is told: how many rows, of how many tables. */
export const summary = ({ rows }: Ending) =>
  `${Object.values(rows).reduce((sum, count) => sum + count, 0)} rows in ${Object.keys(rows).length} tables`

/** A connection for a long job: without statement and lock timeouts. */
export async function connectFor(job: string, connectionString: string): Promise<pg.Client> {
  const client = new pg.Client({
    connectionString,
    application_name: `tasktrail ${job}`,
    connectionTimeoutMillis: 10_000,
  })
  // A connection lost during a statement fails that statement; this handles a loss between two.
  client.on('error', () => undefined)
  await client.connect()
  return client
}

export const UNLIMITED =
  'set local statement_timeout = 0; set local lock_timeout = 0; set local idle_in_transaction_session_timeout = 0'

/** Our tables and their columns. Those that PostgreSQL computes are left out. */
export async function listTables(client: pg.Client): Promise<Section[]> {
  const { rows } = await client.query<Section>(`
    select relname as table, array(
      select attname::text from pg_attribute
      where attrelid = c.oid and attnum > 0 and not attisdropped and attgenerated = '' order by attnum
    ) as columns
    from pg_class c where relkind = 'r' and relnamespace = 'public'::regnamespace order by relname`)
  return rows
}

export const quoted = (names: readonly string[]) => names.map((name) => pg.escapeIdentifier(name)).join(', ')

/** Writes a backup of the database to `out`, in constant memory. */
export async function backup(url: string, out: Writable): Promise<Ending> {
  const client = await connectFor('backup', url)
  try {
    const tables = await listTables(client)
    if (!tables.some(({ table }) => table === 'migrations'))
      throw new Error('The database is empty: there is nothing to back up.')
    // In this order: a migration that rewrites a table after the snapshot was taken would leave it empty for us, and
    // neither `set` nor `lock` takes the snapshot. Until we are done a migration waits, and gives up after a minute.
    await client.query('begin isolation level repeatable read read only')
    await client.query(UNLIMITED)
    await client.query(`lock table ${quoted(tables.map(({ table }) => table))} in access share mode`)
    if (JSON.stringify(await listTables(client)) !== JSON.stringify(tables))
      throw new Error('The database was migrated at this very moment: try again.')
    let ending: Ending | undefined
    await pipeline(
      contents(client, tables, (end) => (ending = end)),
      createGzip(),
      out,
    )
    if (!ending) throw new Error('a backup without an end')
    return ending
  } finally {
    await client.end()
  }
}

async function* contents(client: pg.Client, tables: readonly Section[], onEnd: (end: Ending) => void) {
  const hash = createHash('sha256')
  const hashed = (bytes: Buffer) => {
    hash.update(bytes)
    return bytes
  }
  const line = (content: object) => Buffer.from(`${JSON.stringify(content)}\n`)

  const { rows: migrations } = await client.query<{ name: string; hash: string }>(
    'select name, hash from migrations order by name',
  )
  const header: Header = { format: FORMAT, release: version, made_at: new Date().toISOString(), migrations }
  yield hashed(line(header))

  // A text format that every server reads alike, whatever its settings.
  await client.query(
    `set local timezone = 'UTC'; set local datestyle = 'ISO'; set local intervalstyle = 'postgres'; set local extra_float_digits = 1; set local bytea_output = 'hex'`,
  )
  const copies = new Map<string, { rowCount: number }>()
  for (const section of tables) {
    const { table, columns } = section
    yield hashed(line(section))
    const copy = client.query(copyTo(`copy ${quoted([table])} (${quoted(columns)}) to stdout`))
    copies.set(table, copy)
    for await (const chunk of copy) yield hashed(chunk as Buffer)
    yield hashed(Buffer.from('\\.\n'))
  }
  // Sequences are not part of the snapshot. Read last, they cannot be behind any of its rows.
  const sequences = await readSequences(client)
  const rows = Object.fromEntries([...copies].map(([table, { rowCount }]) => [table, rowCount]))
  const ending: Ending = { rows, sequences, sha256: hash.digest('hex') }
  yield line(ending)
  onEnd(ending)
}

/** The last value of each sequence. Throws if this role may not read it, which a backup must not hide. */
async function readSequences(client: pg.Client): Promise<Record<string, string>> {
  const { rows } = await client.query<{ name: string }>(
    `select relname as name from pg_class where relkind = 'S' and relnamespace = 'public'::regnamespace order by relname`,
  )
  const values: Record<string, string> = {}
  for (const { name } of rows) {
    const { rows: last } = await client.query<{ value: string }>(
      `select last_value as value from ${quoted([name])} where is_called`,
    )
    if (last[0]) values[name] = last[0].value
  }
  return values
}
