// Tells endpoints what happened. Every process runs this; the tables share the work between them.
import type { Config } from '../config.ts'
import { one, type Db } from '../db.ts'
import { createSeal, type Seal } from '../sealing.ts'
import { sql } from '../sql.ts'
import * as queries from './queries.ts'
import type { DeliveredEvent, Due } from './queries.ts'
import { send, type Attempted } from './send.ts'

const HOUR = 3600
/** Seconds before the second attempt, the third, …: eleven attempts over some 33 hours, each a little jittered. */
export const RETRY_DELAYS = [5, 30, 120, 600, 1800, HOUR, 2 * HOUR, 4 * HOUR, 10 * HOUR, 15 * HOUR]
/** An endpoint that has answered nothing well for so long is switched off when a delivery to it is given up. */
const HOPELESS_AFTER_MS = 24 * HOUR * 1000
const AT_ONCE = 50
const AT_ONCE_PER_WEBHOOK = 5
const POLL_MS = 1_000

export type Deliverer = ReturnType<typeof startDeliveries>

/** Starts delivering. `stop` waits for the attempts under way; what is left is delivered by other processes, or later. */
export function startDeliveries(db: Db, config: Config, onError: (error: unknown) => void, pollMs = POLL_MS) {
  const seal = createSeal(config, 'webhooks')
  const underWay = new Map<Promise<void>, string>()
  let stopped = false
  let timer: NodeJS.Timeout | undefined
  let round: Promise<void> = Promise.resolve()

  async function poll(): Promise<void> {
    await one(db.write, sql`select number_events()`)
    await queries.insertDeliveries(db)
    const due = await queries.takeDue(db, AT_ONCE - underWay.size, AT_ONCE_PER_WEBHOOK, busyWebhooks())
    for (const delivery of due) {
      const attempt = deliver(db, config, seal, delivery)
        .catch(onError)
        .finally(() => underWay.delete(attempt))
      underWay.set(attempt, delivery.webhook_id)
    }
  }

  /** One slow endpoint may keep five attempts waiting and no more, so that the others get theirs. */
  function busyWebhooks(): string[] {
    const counts = new Map<string, number>()
    for (const id of underWay.values()) counts.set(id, (counts.get(id) ?? 0) + 1)
    return [...counts].filter(([, count]) => count >= AT_ONCE_PER_WEBHOOK).map(([id]) => id)
  }

  function schedule(): void {
    if (stopped) return
    timer = setTimeout(() => {
      round = poll().catch(onError).finally(schedule)
    }, pollMs)
    timer.unref()
  }
  schedule()

  return {
    async stop(): Promise<void> {
      stopped = true
      clearTimeout(timer)
      await round
      await Promise.all(underWay.keys())
    },
  }
}

async function deliver(db: Db, config: Config, seal: Seal, due: Due): Promise<void> {
  if (!due.event) {
    await queries.recordFailure(
      db,
      due,
      { status: null, error: 'the event is older than the trail is kept', ms: 0 },
      null,
      null,
    )
    return
  }
  const secret = seal.open(due.secret)
  if (secret === undefined) {
    await fail(db, due, {
      status: null,
      error: 'its secret cannot be read: rotate it',
      ms: 0,
      retryAfter: null,
    })
    return
  }
  const previous = due.previous_secret ? seal.open(due.previous_secret) : undefined
  const secrets = previous === undefined ? [secret] : [secret, previous]
  const message = { id: due.id, url: due.url, payload: JSON.stringify(payloadOf(due.event)), secrets }
  const outcome = await send(message, config.webhookAllowPrivate)
  if (outcome.status !== null && outcome.status >= 200 && outcome.status < 300)
    await queries.recordSuccess(db, due, outcome)
  else await fail(db, due, outcome)
}

async function fail(db: Db, due: Due, outcome: Attempted): Promise<void> {
  const delay = nextDelay(due.attempts, outcome.retryAfter)
  let disable: string | null = outcome.status === 410 ? 'The endpoint answered 410 Gone.' : null
  if (delay === null && disable === null) {
    const since = await queries.findFailingSince(db, due.webhook_id)
    if (since && Date.now() - Date.parse(since) > HOPELESS_AFTER_MS)
      disable = 'Every attempt failed for more than a day.'
  }
  await queries.recordFailure(db, due, outcome, disable === null ? delay : null, disable)
}

/** Seconds until the next attempt, never sooner than the endpoint asks; null when there is none. */
export function nextDelay(attempts: number, retryAfter: number | null): number | null {
  const base = RETRY_DELAYS[attempts - 1]
  if (base === undefined) return null
  return Math.max(base * (0.8 + 0.4 * Math.random()), Math.min(retryAfter ?? 0, 24 * HOUR))
}

/** What an endpoint is sent. */
function payloadOf({ seq, at, kind, before, after, ...event }: DeliveredEvent) {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])]
  return {
    type: kind,
    timestamp: new Date(at).toISOString(),
    data: {
      seq,
      ...event,
      changed_fields: names,
      changes: Object.fromEntries(
        names.map((name) => [name, { from: before[name] ?? null, to: after[name] ?? null }]),
      ),
    },
  }
}
