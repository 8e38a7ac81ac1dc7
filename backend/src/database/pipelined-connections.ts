// Connections that many statements share.
import type { Duplex } from 'node:stream'
import type pg from 'pg'
import { databaseUnavailable, rethrow } from './errors.ts'
import { run, type Row } from './statement.ts'

/** A connection that has not answered for so long gets no more statements. */
const STALL = 2_000
/** How many may wait for one connection; more would only wait in vain. */
const MOST_WAITING = 500

interface Lane {
  readonly client: Promise<pg.Client>
  /** Statements sent and not answered. */
  waiting: number
  /** When it last answered, or was last asked after having answered everything. */
  since: number
}

/**
 * Connections on which statements are sent without waiting for the answers to those before. A slow statement holds up
 * what was sent after it, so each goes to the least busy, and a stalled one is left alone until it answers or is
 * given up: as many again may be open for that while.
 */
export class Lanes {
  readonly most: number
  readonly #newClient: () => pg.Client
  readonly #lanes = new Set<Lane>()
  readonly #stalled = new Set<Lane>()
  readonly #onSilence: () => void
  /** When any of them last answered. */
  #heard = 0
  #closed = false

  /** `onSilence` is called when one stalls and none has answered since: the server may be gone without a word. */
  constructor(most: number, newClient: () => pg.Client, onSilence: () => void) {
    this.most = most
    this.#newClient = newClient
    this.#onSilence = onSilence
  }

  async query(query: pg.QueryConfig): Promise<Row[]> {
    const lane = this.#choose()
    if (lane.waiting++ === 0) lane.since = performance.now()
    try {
      const client = await lane.client
      gather(client.connection.stream)
      const rows = await run(client, query)
      this.#heard = performance.now()
      return rows
    } catch (error) {
      return rethrow(error)
    } finally {
      lane.since = performance.now()
      if (--lane.waiting === 0 && this.#stalled.delete(lane)) discard(lane)
    }
  }

  #choose(): Lane {
    const late = performance.now() - STALL
    for (const lane of this.#lanes) if (lane.waiting > 0 && lane.since < late) this.#leaveAlone(lane)
    let best: Lane | undefined
    for (const lane of this.#lanes) if (best === undefined || lane.waiting < best.waiting) best = lane
    if (best?.waiting === 0) return best
    const open = this.#lanes.size
    if (open < this.most && open + this.#stalled.size < 2 * this.most) return this.#open()
    if (best === undefined || best.waiting >= MOST_WAITING)
      throw databaseUnavailable(new Error('no connection answers in time'))
    return best
  }

  #leaveAlone(stalled: Lane): void {
    this.#lanes.delete(stalled)
    this.#stalled.add(stalled)
    if (this.#heard > stalled.since) return
    // Those that lie idle are as likely dead, and would cost a statement each to find out.
    for (const lane of this.#lanes) {
      if (lane.waiting > 0) continue
      this.#lanes.delete(lane)
      discard(lane)
    }
    this.#onSilence()
  }

  #open(): Lane {
    if (this.#closed) throw databaseUnavailable(new Error('the connections are closed'))
    const client = this.#newClient()
    const lane: Lane = { client: client.connect(), waiting: 0, since: performance.now() }
    const forget = () => {
      this.#lanes.delete(lane)
      this.#stalled.delete(lane)
    }
    client.on('error', forget)
    client.on('end', forget)
    lane.client.catch(forget)
    this.#lanes.add(lane)
    return lane
  }

  async close(): Promise<void> {
    this.#closed = true
    await Promise.allSettled(
      [...this.#lanes, ...this.#stalled].map(async ({ client }) => (await client).end()),
    )
  }
}

/** Sends what is asked for in one turn of the event loop together: one call of the system, for which PostgreSQL wakes once. */
function gather(stream: Duplex): void {
  if (stream.writableCorked > 0) return
  stream.cork()
  setImmediate(() => stream.uncork())
}

/** At once, because a good-bye to a vanished server would take the system minutes to give up on. */
function discard({ client }: Lane): void {
  client.then(
    ({ connection }) => connection.stream.destroy(),
    () => undefined,
  )
}
