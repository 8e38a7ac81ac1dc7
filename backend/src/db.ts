// Access to PostgreSQL: how connections are kept, how long one may wait, and what a column looks like on the wire.
import pg from 'pg'
import { setTimeout as sleep } from 'node:timers/promises'
import { ApiError } from './errors.ts'
import type { Sql } from './sql.ts'

export interface Queryable {
  query(statement: Sql): Promise<unknown[]>
}

export interface Db {
  /** Statements that only read and so never wait for a row lock; many share one connection. */
  readonly read: Queryable
  /** Single statements that write; each has a connection to itself while it runs. */
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

const CONNECT_TIMEOUT = 3_000
const STATEMENT_TIMEOUT = 10_000
/** A little longer than the server's own limit: it speaks only when the server cannot (a frozen or vanished one). */
const ANSWER_TIMEOUT = STATEMENT_TIMEOUT + 2_000

/**
 * What every connection of ours runs under. Kept with the role in the database (and not sent by the client), because
 * a pooler refuses or drops such start-up parameters. UTC, or timestamps would not end in Z on the wire.
 */
export const SESSION_SETTINGS: Readonly<Record<string, string>> = {
  timezone: 'UTC',
  statement_timeout: `${STATEMENT_TIMEOUT}ms`,
  lock_timeout: '5s',
  idle_in_transaction_session_timeout: '15s',
  jit: 'off',
}

// The wire wants what PostgreSQL already sends, so a timestamp stays text: no Date is made to be printed again.
const instant = (text: string) => `${text.slice(0, 10)}T${text.slice(11, -3)}Z`
const parsers: Readonly<Record<number, (text: string) => unknown>> = {
  [pg.types.builtins.TIMESTAMPTZ]: instant,
  [pg.types.builtins.DATE]: (text) => text,
  [pg.types.builtins.INT8]: Number,
}
const types: pg.CustomTypesConfig = {
  getTypeParser: (oid: number, format?: 'text' | 'binary') =>
    format === 'binary'
      ? pg.types.getTypeParser(oid, 'binary')
      : (parsers[oid] ?? pg.types.getTypeParser(oid, 'text')),
}

/** Opens the connections to a database. They are made when needed and made anew when lost. */
export function openDatabase(options: { url: string; size: number; prepared: boolean }): Database {
  const connection: pg.ClientConfig = {
    connectionString: options.url,
    application_name: 'tasktrail',
    connectionTimeoutMillis: CONNECT_TIMEOUT,
    query_timeout: ANSWER_TIMEOUT,
    keepAlive: true,
    types,
  }
  const readers = Math.max(1, Math.min(4, Math.floor(options.size / 2)))
  const pool = new pg.Pool({ ...connection, max: options.size - readers, idleTimeoutMillis: 30_000 })
  // Without a listener a connection lost while idle would end the process.
  pool.on('error', () => undefined)
  const toQuery = options.prepared ? named : unnamed
  const pipelines = Array.from({ length: readers }, () => new Pipeline(connection))
  let turn = 0

  return {
    pool,
    read: {
      async query(statement) {
        const pipeline = pipelines[turn++ % readers] as Pipeline
        const client = await pipeline.client()
        return (await client.query(toQuery(statement))).rows
      },
    },
    write: {
      query: (statement) => retrying(async () => (await pool.query(toQuery(statement))).rows),
    },
    transaction: (work) => retrying(() => inTransaction(pool, toQuery, work)),
    async close() {
      await Promise.allSettled([pool.end(), ...pipelines.map((pipeline) => pipeline.end())])
    },
  }
}

/** One connection on which statements are sent without waiting for the answers to those before. */
class Pipeline {
  readonly #config: pg.ClientConfig
  #client: Promise<pg.Client> | undefined

  constructor(config: pg.ClientConfig) {
    this.#config = { ...config, pipeline: true } as pg.ClientConfig
  }

  client(): Promise<pg.Client> {
    this.#client ??= this.#connect()
    return this.#client
  }

  async #connect(): Promise<pg.Client> {
    const client = new pg.Client(this.#config)
    const forget = () => {
      this.#client = undefined
    }
    client.on('error', forget)
    client.on('end', forget)
    try {
      await client.connect()
      return client
    } catch (error) {
      forget()
      throw error
    }
  }

  async end(): Promise<void> {
    const client = this.#client
    this.#client = undefined
    await (await client)?.end()
  }
}

async function inTransaction<T>(
  pool: pg.Pool,
  toQuery: typeof named,
  work: (tx: Db) => Promise<T>,
): Promise<T> {
  const client = await pool.connect()
  const queryable: Queryable = { query: async (statement) => (await client.query(toQuery(statement))).rows }
  const tx: Db = { read: queryable, write: queryable, transaction: (inner) => inner(tx) }
  let broken: Error | undefined
  try {
    await client.query('begin')
    const result = await work(tx)
    await client.query('commit')
    return result
  } catch (error) {
    await client.query('rollback').catch((lost: Error) => (broken = lost))
    throw error
  } finally {
    client.release(broken)
  }
}

const RETRIED = new Set(['40001', '40P01'])
const ATTEMPTS = 4

/** Serialisation failures and deadlocks undo everything, so what was undone may simply be done again. */
async function retrying<T>(attempt: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await attempt()
    } catch (error) {
      if (!(error instanceof pg.DatabaseError && RETRIED.has(error.code ?? ''))) throw error
      if (tries === ATTEMPTS) throw new ApiError('unavailable', 'The change collided with others. Try again.')
      await sleep(Math.random() * 20 * 2 ** tries)
    }
  }
}

const names = new Map<string, string>()
/** Each connection keeps every named statement, so the rarest combinations of filters go without a name. */
const MOST_NAMES = 500

function named(statement: Sql): pg.QueryConfig {
  const text = statement.text
  let name = names.get(text)
  if (name === undefined) {
    if (names.size === MOST_NAMES) return unnamed(statement)
    names.set(text, (name = `s${names.size}`))
  }
  return { name, text, values: statement.values as unknown[] }
}

function unnamed(statement: Sql): pg.QueryConfig {
  return { text: statement.text, values: statement.values as unknown[] }
}
