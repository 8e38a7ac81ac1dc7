// Connections to PostgreSQL. When the database is down, frozen, gone or full, requests fail within seconds with 503.
// Nothing hangs, nothing piles up, and the process recovers by itself.
import pg from 'pg'
import { databaseUnavailable, rethrow } from './errors.ts'
import { PipelinedConnections } from './pipelined-connections.ts'
import { run, type Row } from './statement.ts'

const CONNECT_TIMEOUT = 3_000
/** A little longer than the server's own limit, so that it only fires when the server cannot answer (frozen or gone). */
const ANSWER_TIMEOUT = 12_000
/** How many may wait for a connection; more would wait in vain. */
const MOST_WAITING = 500

export interface Connections {
  /** Runs a statement on a connection that others use at the same time. */
  share(query: pg.QueryConfig): Promise<Row[]>
  /** Checks a connection out of the pool for as long as `work` takes. */
  withClient<T>(work: (client: CheckedOutClient) => Promise<T>): Promise<T>
  readonly pool: pg.Pool
  close(): Promise<void>
}

export function openConnections(url: string, size: number): Connections {
  const config: pg.ClientConfig = {
    connectionString: url,
    application_name: 'tasktrail',
    connectionTimeoutMillis: CONNECT_TIMEOUT,
    query_timeout: ANSWER_TIMEOUT,
    // Else a firewall forgets an idle connection, and nobody tells us.
    keepAlive: true,
    keepAliveInitialDelayMillis: 30_000,
  }
  const Client = patientClient()
  const pipelined = new PipelinedConnections(
    Math.max(1, Math.min(4, Math.floor(size / 2))),
    () => new Client({ ...config, pipeline: true }),
    renewPool,
  )
  let pool = openPool()
  let oldPoolUntil = 0

  function openPool(): pg.Pool {
    const opened = new pg.Pool({ ...config, Client, max: size - pipelined.most, idleTimeoutMillis: 30_000 })
    // Without a listener a connection lost while idle would end the process.
    return opened.on('error', () => undefined)
  }

  /** Connections in use end when they are released, at the latest after the limit: there are never more than two pools. */
  function renewPool(): void {
    const now = performance.now()
    if (now < oldPoolUntil) return
    oldPoolUntil = now + ANSWER_TIMEOUT
    const ended = pool.end()
    pool = openPool()
    void ended.then(() => (oldPoolUntil = 0))
  }

  async function withClient<T>(work: (client: CheckedOutClient) => Promise<T>): Promise<T> {
    const from = pool
    if (from.waitingCount >= MOST_WAITING)
      throw databaseUnavailable(new Error('too many wait for a connection'))
    const client = new CheckedOutClient(await from.connect().catch(rethrow))
    try {
      return await work(client)
    } finally {
      client.release()
      if (client.silent && from === pool) renewPool()
    }
  }

  return {
    share: (query) => pipelined.query(query),
    withClient,
    get pool() {
      return pool
    },
    async close() {
      await Promise.allSettled([pool.end(), pipelined.close()])
    },
  }
}

/** A connection of the pool that one caller uses alone. */
export class CheckedOutClient {
  readonly #client: pg.PoolClient
  #broken: Error | undefined
  /** The server did not answer for a long time, and then the connection was lost. */
  silent = false

  constructor(client: pg.PoolClient) {
    this.#client = client
    // Without a listener a connection lost while checked out would end the process.
    client.on('error', this.#lost)
  }

  readonly #lost = (error: Error): void => {
    this.#broken ??= error
  }

  get broken(): boolean {
    return this.#broken !== undefined
  }

  query(query: pg.QueryConfig): Promise<Row[]> {
    return this.#watch(run(this.#client, query))
  }

  /** Runs a command without values and answers which one PostgreSQL says it was. */
  async command(text: string): Promise<string> {
    return (await this.#watch(this.#client.query(text))).command
  }

  async #watch<T>(answer: Promise<T>): Promise<T> {
    const asked = performance.now()
    try {
      return await answer
    } catch (error) {
      if (endsConnection(error)) {
        this.#lost(error)
        this.silent = !(error instanceof pg.DatabaseError) && performance.now() - asked > CONNECT_TIMEOUT
      }
      return rethrow(error)
    }
  }

  release(): void {
    this.#client.release(this.#broken)
    this.#client.off('error', this.#lost)
  }
}

/** How long the next attempt waits after a failure: a server that is starting is asked at most 20 times a second. */
const PROBE_AFTER = 50

/**
 * Clients that do not storm a server that is down or starting. For a moment after a failed attempt only one client at a
 * time connects; the others fail at once with the same error. Without that one probe, a request that comes when the
 * server is back would fail because a background job had failed just before.
 */
function patientClient(): typeof pg.Client {
  let failure: Error | undefined
  let resumes = 0
  let probing = false

  return class extends pg.Client {
    override connect(): Promise<pg.Client>
    override connect(callback: Connected): void
    override connect(callback?: Connected): Promise<pg.Client> | void {
      if (!callback) {
        return new Promise((resolve, reject) => {
          this.connect((error) => (error ? reject(error) : resolve(this)))
        })
      }
      const recent = Date.now() < resumes ? failure : undefined
      if (!recent) return this.#try(callback)
      if (probing) return process.nextTick(callback, recent)
      probing = true
      const report: Connected = (error, client) => {
        probing = false
        callback(error, client)
      }
      setTimeout(() => this.#try(report), PROBE_AFTER)
    }

    #try(callback: Connected): void {
      super.connect((error: Error | null) => {
        failure = error ?? undefined
        resumes = Date.now() + 100 + Math.random() * 200
        if (error) callback(error)
        else this.#choose(callback)
      })
    }

    /** A pooler gives every client the time zone of the first connection it ever made, unless the client chooses. */
    #choose(callback: Connected): void {
      // Nobody else listens before the callback, and without a listener a lost connection would end the process.
      this.on('error', () => undefined)
      this.query("set timezone = 'UTC'", (error: Error | null) => {
        if (error) this.connection.stream.destroy()
        callback(error, this)
      })
    }
  }
}

type Connected = (error: Error | null, client?: pg.Client) => void

/** After these the server closes the connection, or what it knows of our statements is in doubt. */
const FATAL_STATES = /^(08|25P03|57P|58|XX)/

function endsConnection(error: unknown): error is Error {
  if (error instanceof pg.DatabaseError) return FATAL_STATES.test(error.code ?? '')
  return !(error instanceof TypeError)
}
