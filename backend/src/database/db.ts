// Access to PostgreSQL: what runs where, and what is tried again.
import pg from 'pg'
import { setTimeout as sleep } from 'node:timers/promises'
import { openConnections, type CheckedOutClient } from './connections.ts'
import { raw, sql, type Sql } from './sql.ts'

export interface Queryable {
  query(statement: Sql): Promise<unknown[]>
}

export interface Db {
  /** Statements that only read and so never wait for a row lock; many share one connection. */
  readonly read: Queryable
  /** Single statements that write or may take long; each has a connection to itself while it runs. */
  readonly write: Queryable
  /** Runs `work` in one transaction, and again if PostgreSQL chose it as the victim of a deadlock. */
  transaction<T>(work: (tx: Db) => Promise<T>): Promise<T>
}

export interface Database extends Db {
  readonly pool: pg.Pool
  close(): Promise<void>
}

/** Every row. */
export async function many<Row>(on: Queryable, statement: Sql): Promise<Row[]> {
  return (await on.query(statement)) as Row[]
}

/** The first row, or undefined. */
export async function maybe<Row>(on: Queryable, statement: Sql): Promise<Row | undefined> {
  return (await many<Row>(on, statement))[0]
}

/** The row of a statement that always has one. */
export async function one<Row>(on: Queryable, statement: Sql): Promise<Row> {
  const row = await maybe<Row>(on, statement)
  if (row === undefined) throw new Error('a statement that always answers a row answered none')
  return row
}

/** What every connection of ours runs under. UTC, or timestamps would not end in Z on the wire. */
const SESSION_SETTINGS = {
  timezone: 'UTC',
  statement_timeout: '10s',
  lock_timeout: '5s',
  idle_in_transaction_session_timeout: '15s',
  jit: 'off',
  // Disks without moving parts; else lists of some ten thousand tasks are sorted instead of read from their index.
  random_page_cost: '1.1',
  // Everything is found by an index. Else what is planned while a table is empty reads it through, until PostgreSQL looks
  // at it again: a minute after a burst, in which each of ten thousand new rows is compared with all others.
  enable_seqscan: 'off',
  // Planned once for whatever values (test/plans.test.ts); else lists are planned anew for each request, at twice the cost.
  plan_cache_mode: 'force_generic_plan',
}
/** Any constant does; it only has to be the same in every version. */
const SETTINGS_LOCK = 7_270_902

/**
 * Keeps the settings of our connections with our role in this database (and not with each connection: a pooler refuses
 * or drops such start-up parameters). Any role may do that for itself. Connections made afterwards have them.
 */
export async function configureRole(db: Db): Promise<void> {
  const [names, values] = [Object.keys(SESSION_SETTINGS), Object.values(SESSION_SETTINGS)]
  const { database, differ } = await one<{ database: string; differ: boolean }>(
    db.write,
    sql`select quote_ident(current_database()) as database, bool_or(current_setting(name) <> value) as differ
      from unnest(${names}::text[], ${values}::text[]) as wanted (name, value)`,
  )
  if (!differ) return
  await db.transaction(async (tx) => {
    // Without the lock, one of two processes that do this at once would fail.
    await tx.write.query(sql`select pg_advisory_xact_lock(${SETTINGS_LOCK})`)
    for (const [name, value] of Object.entries(SESSION_SETTINGS))
      await tx.write.query(
        raw(`alter role current_user in database ${database} set ${name} = ${pg.escapeLiteral(value)}`),
      )
  })
}

/** Opens a database. Connections are opened when needed and replaced when lost. */
export function openDatabase(options: { url: string; size: number; prepared: boolean }): Database {
  const connections = openConnections(options.url, options.size)
  const toQuery = options.prepared ? named : unnamed
  return {
    get pool() {
      return connections.pool
    },
    read: { query: (statement) => retrying(() => connections.share(toQuery(statement))) },
    write: {
      query: (statement) =>
        retrying(() => connections.withClient((client) => client.query(toQuery(statement)))),
    },
    transaction: (work) =>
      retrying(() => connections.withClient((client) => inTransaction(client, toQuery, work))),
    close: () => connections.close(),
  }
}

async function inTransaction<T>(
  client: CheckedOutClient,
  toQuery: typeof named,
  work: (tx: Db) => Promise<T>,
): Promise<T> {
  const queryable: Queryable = { query: (statement) => client.query(toQuery(statement)) }
  const tx: Db = { read: queryable, write: queryable, transaction: (inner) => inner(tx) }
  await client.command('begin')
  let result: T
  try {
    result = await work(tx)
  } catch (error) {
    if (!client.broken) await client.command('rollback').catch(() => undefined)
    throw error
  }
  // If the connection is lost here, nobody knows whether it was committed: only whoever sent the request may try again.
  if ((await client.command('commit')) !== 'COMMIT')
    throw new Error('a statement failed in the transaction and the failure was ignored')
  return result
}

/** Deadlocks, serialisation failures, and prepared statements that a migration made stale: PostgreSQL has rolled them back. */
const RETRIED = new Set(['40001', '40P01', '0A000', '26000'])
const OUTDATED = new Set(['0A000', '26000'])
const ATTEMPTS = 4

/** Tries again what PostgreSQL has rolled back entirely. */
async function retrying<T>(attempt: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await attempt()
    } catch (error) {
      const state = (error instanceof pg.DatabaseError && error.code) || ''
      if (!RETRIED.has(state) || tries === ATTEMPTS) throw error
      if (OUTDATED.has(state)) renameStatements()
      else await sleep(Math.random() * 20 * 2 ** tries)
    }
  }
}

const names = new Map<string, string>()
/** Each connection keeps every named statement, so rare combinations of filters are sent without a name. */
const MOST_NAMES = 500
let generation = 0

function named(statement: Sql): pg.QueryConfig {
  if (!statement.prepared) return unnamed(statement)
  const text = statement.text
  let name = names.get(text)
  if (name === undefined) {
    if (names.size === MOST_NAMES) return unnamed(statement)
    names.set(text, (name = `s${generation}_${names.size}`))
  }
  return { name, text, values: statement.values as unknown[] }
}

/** Makes every connection prepare its statements again. */
function renameStatements(): void {
  names.clear()
  generation++
}

function unnamed(statement: Sql): pg.QueryConfig {
  return { text: statement.text, values: statement.values as unknown[] }
}
