// Pipelined connections: many requests share one, and none waits for the answers of the others.
import type { Duplex } from 'node:stream'
import type pg from 'pg'
import { databaseUnavailable, rethrow } from './errors.ts'
import { run, type Row } from './statement.ts'

/** A connection that has not answered for this long gets no more statements. */
const STALL = 2_000
/** How many may wait for one connection; more would wait in vain. */
const MOST_WAITING = 500

interface Connection {
  readonly client: Promise<pg.Client>
  /** Statements sent and not answered. */
  waiting: number
  /** When it last answered, or was last asked after having answered everything. */
  since: number
}

/**
 * Sends statements without waiting for earlier answers. A slow statement delays those sent after it on the same
 * connection, so each goes to the least busy one. A stalled connection gets no more statements until it answers or is
 * given up; meanwhile as many again may be open.
 */
export class PipelinedConnections {
  readonly most: number
  readonly #newClient: () => pg.Client
  readonly #connections = new Set<Connection>()
  readonly #stalled = new Set<Connection>()
  readonly #onSilence: () => void
  /** When any of them last answered. */
  #heard = 0
  #closed = false

  /** Calls `onSilence` when one stalls and none has answered since: the server may have vanished. */
  constructor(most: number, newClient: () => pg.Client, onSilence: () => void) {
    this.most = most
    this.#newClient = newClient
    this.#onSilence = onSilence
  }

  async query(query: pg.QueryConfig): Promise<Row[]> {
    const connection = this.#choose()
    if (connection.waiting++ === 0) connection.since = performance.now()
    try {
      const client = await connection.client
      batchWrites(client.connection.stream)
      const rows = await run(client, query)
      this.#heard = performance.now()
      return rows
    } catch (error) {
      return rethrow(error)
    } finally {
      connection.since = performance.now()
      if (--connection.waiting === 0 && this.#stalled.delete(connection)) discard(connection)
    }
  }

  #choose(): Connection {
    const late = performance.now() - STALL
    for (const connection of this.#connections)
      if (connection.waiting > 0 && connection.since < late) this.#setAside(connection)
    let best: Connection | undefined
    for (const connection of this.#connections)
      if (best === undefined || connection.waiting < best.waiting) best = connection
    if (best?.waiting === 0) return best
    const open = this.#connections.size
    if (open < this.most && open + this.#stalled.size < 2 * this.most) return this.#open()
    if (best === undefined || best.waiting >= MOST_WAITING)
      throw databaseUnavailable(new Error('no connection answers in time'))
    return best
  }

  #setAside(stalled: Connection): void {
    this.#connections.delete(stalled)
    this.#stalled.add(stalled)
    if (this.#heard > stalled.since) return
    // Idle ones are probably dead too, and it would cost one statement each to find out.
    for (const connection of this.#connections) {
      if (connection.waiting > 0) continue
      this.#connections.delete(connection)
      discard(connection)
    }
    this.#onSilence()
  }

  #open(): Connection {
    if (this.#closed) throw databaseUnavailable(new Error('the connections are closed'))
    const client = this.#newClient()
    const connection: Connection = { client: client.connect(), waiting: 0, since: performance.now() }
    const forget = () => {
      this.#connections.delete(connection)
      this.#stalled.delete(connection)
    }
    client.on('error', forget)
    client.on('end', forget)
    connection.client.catch(forget)
    this.#connections.add(connection)
    return connection
  }

  async close(): Promise<void> {
    this.#closed = true
    await Promise.allSettled(
      [...this.#connections, ...this.#stalled].map(async ({ client }) => (await client).end()),
    )
  }
}

/** Sends all statements of one tick of the event loop together: one system call, and PostgreSQL wakes once. */
function batchWrites(stream: Duplex): void {
  if (stream.writableCorked > 0) return
  stream.cork()
  setImmediate(() => stream.uncork())
}

/** Destroys the socket at once: the system would wait minutes for a vanished server to acknowledge a goodbye. */
function discard({ client }: Connection): void {
  client.then(
    ({ connection }) => connection.stream.destroy(),
    () => undefined,
  )
}
