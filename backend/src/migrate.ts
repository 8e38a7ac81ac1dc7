// Forward-only migrations: numbered SQL files, each applied once, in order, under one lock.
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import pg from 'pg'
import { many, SESSION_SETTINGS, type Db } from './db.ts'
import { sql } from './sql.ts'

const FOLDER = path.resolve(import.meta.dirname, '../migrations')
/** Any constant does; it only has to be the same in every version. */
const LOCK = 7_270_901

interface Migration {
  readonly name: string
  readonly text: string
  readonly hash: string
}

let files: Migration[] | undefined

function readMigrations(): Migration[] {
  return (files ??= readdirSync(FOLDER)
    .filter((name) => /^\d{4}_\w+\.sql$/.test(name))
    .sort()
    .map((name) => {
      const text = readFileSync(path.join(FOLDER, name), 'utf8')
      return { name, text, hash: createHash('sha256').update(text).digest('hex') }
    }))
}

/** Names of the migrations the database lacks. One with more than we know is a newer release's, which is fine. */
export async function pendingMigrations(db: Db): Promise<string[]> {
  const [{ exists } = { exists: false }] = await many<{ exists: boolean }>(
    db.read,
    sql`select to_regclass('migrations') is not null as exists`,
  )
  const applied = exists ? await many<{ name: string }>(db.read, sql`select name from migrations`) : []
  const names = new Set(applied.map(({ name }) => name))
  return readMigrations()
    .map(({ name }) => name)
    .filter((name) => !names.has(name))
}

/**
 * Brings the database up to date and answers the names of what was applied. Two callers run each file once: the
 * second waits. A file that changed after it was applied is an error.
 */
export async function migrate(url: string, log: (line: string) => void = () => undefined): Promise<string[]> {
  const client = new pg.Client({
    connectionString: url,
    application_name: 'tasktrail migrate',
    connectionTimeoutMillis: 10_000,
  })
  await client.connect()
  try {
    return await applyPending(client, log)
  } finally {
    await client.end()
  }
}

async function applyPending(client: pg.Client, log: (line: string) => void): Promise<string[]> {
  await client.query('begin')
  await client.query('select pg_advisory_xact_lock($1)', [LOCK])
  await client.query(`
    create table if not exists migrations (
      name text not null constraint migrations_pkey primary key,
      hash text not null,
      applied_at timestamptz(3) not null default now()
    )`)
  await client.query('commit')
  const done: string[] = []
  for (const migration of readMigrations()) {
    if (await apply(client, migration)) {
      log(`applied ${migration.name}`)
      done.push(migration.name)
    }
  }
  await configureRole(client)
  return done
}

/** Applies one file in one transaction, with its record; answers false if that was done before. */
async function apply(client: pg.Client, { name, text, hash }: Migration): Promise<boolean> {
  await client.query('begin')
  try {
    await client.query('set local statement_timeout = 0; set local lock_timeout = 0')
    await client.query('select pg_advisory_xact_lock($1)', [LOCK])
    const { rows } = await client.query<{ hash: string }>('select hash from migrations where name = $1', [
      name,
    ])
    if (rows[0] && rows[0].hash !== hash)
      throw new Error(
        `${name} was changed after it was applied. Restore it, and put the change into a new file.`,
      )
    if (!rows[0]) {
      // A blocked DDL statement blocks everybody behind it, so it gives up soon.
      await client.query("set local lock_timeout = '2s'")
      await client.query(text)
      await client.query('insert into migrations (name, hash) values ($1, $2)', [name, hash])
    }
    await client.query('commit')
    return !rows[0]
  } catch (error) {
    await client.query('rollback')
    throw error
  }
}

/** Puts the settings of our connections where a pooler between us and the server cannot lose them. */
export async function configureRole(client: pg.Client): Promise<void> {
  const { rows } = await client.query<{ name: string }>('select quote_ident(current_database()) as name')
  const settings = Object.entries(SESSION_SETTINGS)
  await client.query(
    settings
      .map(
        ([name, value]) =>
          `alter role current_user in database ${rows[0]?.name} set ${name} = ${client.escapeLiteral(value)}`,
      )
      .join('; '),
  )
}
