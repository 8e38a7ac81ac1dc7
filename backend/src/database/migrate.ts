// Forward-only migrations: numbered SQL files, each applied once, in order, by one process at a time.
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { many, one, type Db, type Queryable } from './db.ts'
import { isTracked, trackNouns } from '../trail/tracking.ts'
import { sql } from './sql.ts'

const FOLDER = path.resolve(import.meta.dirname, '../../migrations')
/** Any constant does; it only has to be the same in every version. */
const LOCK = 7_270_901
/** The first line of a file whose statements PostgreSQL refuses to run in a transaction. */
const NO_TRANSACTION = '-- no transaction\n'
/** 55P03: somebody held a lock for longer than others may wait behind us. 40P01: a deadlock. Both were rolled back. */
const TRIED_AGAIN = new Set<unknown>(['55P03', '40P01'])
const ATTEMPTS = 40

interface Migration {
  readonly name: string
  readonly text: string
  readonly hash: string
}

let shipped: readonly Migration[] | undefined

function readMigrations(folder: string): Migration[] {
  return readdirSync(folder)
    .filter((name) => /^\d{4}_\w+\.sql$/.test(name))
    .sort()
    .map((name) => {
      const text = readFileSync(path.join(folder, name), 'utf8')
      return { name, text, hash: createHash('sha256').update(text).digest('hex') }
    })
}

/** The migrations of this release, in order. */
export const shippedMigrations = (): readonly Migration[] => (shipped ??= readMigrations(FOLDER))

/** Names of the migrations the database has; none if it is new. */
export async function appliedMigrations(client: pg.Client): Promise<string[]> {
  const all = await client.query<{ exists: boolean }>(
    `select to_regclass('migrations') is not null as exists`,
  )
  if (!all.rows[0]?.exists) return []
  return (await client.query<{ name: string }>('select name from migrations')).rows.map(({ name }) => name)
}

/** Names of the migrations the database lacks. One with more than we know is a newer release's, which is fine. */
export async function pendingMigrations(db: Db): Promise<string[]> {
  return (await lacking(db.read, shippedMigrations())).map(({ name }) => name)
}

/**
 * Brings the database up to date and answers the names of what was applied. Two callers run each file once: the
 * second waits. A file that changed after it was applied is an error. Where nothing is lacking, no right to change
 * tables is needed. `last` names a migration to stop after.
 */
export async function migrate(
  url: string,
  log: (line: string) => void = () => undefined,
  folder = FOLDER,
  last?: string,
): Promise<string[]> {
  const client = new pg.Client({
    connectionString: url,
    application_name: 'tasktrail migrate',
    connectionTimeoutMillis: 10_000,
  })
  // A connection lost during a statement fails that statement; this handles a loss between two.
  client.on('error', () => undefined)
  await client.connect()
  try {
    const done: string[] = []
    const migrations = readMigrations(folder)
    const pending = await lacking(reader(client), migrations)
    const whole = folder === FOLDER && last === undefined
    // In a new database nobody changes anything yet, so the triggers are made once, at the end.
    const track = !whole || pending.length < migrations.length
    for (const migration of pending) {
      if (last !== undefined && migration.name > last) break
      if (!(await apply(client, migration, track, log))) continue
      log(`applied ${migration.name}`)
      done.push(migration.name)
    }
    if (whole && !(await isTracked(client))) await retrack(client)
    return done
  } finally {
    await client.end()
  }
}

async function lacking(on: Queryable, migrations: readonly Migration[]): Promise<Migration[]> {
  const { exists } = await one<{ exists: boolean }>(
    on,
    sql`select to_regclass('migrations') is not null as exists`,
  )
  if (!exists) return [...migrations]
  const rows = await many<{ name: string; hash: string }>(on, sql`select name, hash from migrations`)
  const applied = new Map(rows.map(({ name, hash }) => [name, hash]))
  for (const { name, hash } of migrations) {
    if ((applied.get(name) ?? hash) !== hash)
      throw new Error(
        `${name} was changed after it was applied. Restore it, and put the change into a new file.`,
      )
  }
  return migrations.filter(({ name }) => !applied.has(name))
}

const reader = (client: pg.Client): Queryable => ({
  query: async ({ text }) => (await client.query(text)).rows,
})

/** Applies one file, retrying while a lock is in its way. Returns false if another process applied it meanwhile. */
async function apply(
  client: pg.Client,
  migration: Migration,
  track: boolean,
  log: (line: string) => void,
): Promise<boolean> {
  const attempt = migration.text.startsWith(NO_TRANSACTION) ? applyInSteps : applyAtOnce
  for (let tries = 1; ; tries++) {
    try {
      return await attempt(client, migration, track)
    } catch (error) {
      if (!(error instanceof pg.DatabaseError) || !TRIED_AGAIN.has(error.code) || tries === ATTEMPTS)
        throw error
      log(`${migration.name} waits for a lock; attempt ${tries + 1} of ${ATTEMPTS} follows`)
      await sleep(500 + Math.random() * 1_000)
    }
  }
}

async function applyAtOnce(client: pg.Client, migration: Migration, track: boolean): Promise<boolean> {
  await client.query('begin')
  try {
    // A blocked statement blocks everybody queued behind it, so it gives up soon.
    await client.query(`${limits('local')}; set local lock_timeout = '1s'`)
    const mine = await takeTurn(client, 'pg_try_advisory_xact_lock', migration)
    if (mine) {
      await client.query(migration.text)
      await record(client, migration, track)
    }
    await client.query('commit')
    return mine
  } catch (error) {
    await client.query('rollback').catch(() => undefined)
    throw error
  }
}

/** The database is new, or a declaration of a noun has changed and no table has. */
async function retrack(client: pg.Client): Promise<void> {
  await client.query(`begin; ${limits('local')}; set local lock_timeout = '1s'`)
  await client.query('select pg_advisory_xact_lock($1)', [LOCK])
  await trackNouns(client)
  await client.query('commit')
}

/** Each statement ends with a semicolon at the end of a line. All are run again if one fails or is killed. */
async function applyInSteps(client: pg.Client, migration: Migration, track: boolean): Promise<boolean> {
  const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid')
  if (rows[0]?.pid !== Reflect.get(client, 'processID'))
    throw new Error(`${migration.name} cannot run through a pooler: give the migration a direct connection.`)
  // Nobody waits behind such statements, but they wait for every transaction that is open when they start.
  await client.query(`${limits('session')}; set lock_timeout = '60s'`)
  // The lock ends with the connection.
  if (!(await takeTurn(client, 'pg_try_advisory_lock', migration))) return false
  for (const statement of migration.text.split(/;\s*$/m)) await client.query(statement)
  await record(client, migration, track)
  return true
}

/** No limit to the work itself. If our process is killed, PostgreSQL notices within a second and stops. */
const limits = (scope: 'local' | 'session') =>
  `set ${scope} statement_timeout = 0; set ${scope} client_connection_check_interval = '1s'`

/**
 * Waits until nobody else migrates; answers whether the file is still to be applied. Asks again and again: one
 * statement that waited would be one that another's "create index concurrently" waits for in turn.
 */
async function takeTurn(client: pg.Client, lock: string, migration: Migration): Promise<boolean> {
  for (;;) {
    const { rows } = await client.query<{ mine: boolean }>(`select ${lock}(${LOCK}) as mine`)
    if (rows[0]?.mine) break
    await sleep(100 + Math.random() * 100)
  }
  // Before the look: this transaction may still remember that there was no such table.
  await client.query(`
    create table if not exists migrations (
      name text not null constraint migrations_pkey primary key,
      hash text not null,
      applied_at timestamptz(3) not null default now()
    )`)
  return (await lacking(reader(client), [migration])).length > 0
}

async function record(client: pg.Client, { name, hash }: Migration, track: boolean): Promise<void> {
  await client.query('insert into migrations (name, hash) values ($1, $2)', [name, hash])
  // The file may have added a column, which the trail is to follow from its first change on.
  if (track) await trackNouns(client)
}
