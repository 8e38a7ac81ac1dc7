// Tells endpoints what happened. Every process runs this; the tables share the work between them.
import { v7 as uuid } from 'uuid'
import { changesOf, namesOf, seenIn, type Event } from '../changes/event.ts'
import type { Config } from '../../config.ts'
import type { Db } from '../../database/db.ts'
import { createSeal, type Seal } from '../../database/sealing.ts'
import { numberEvents } from '../trail.ts'
import * as queries from './delivery-queries.ts'
import type { Due } from './delivery-queries.ts'
import { send, type Attempted } from './send.ts'

const HOUR = 3600
/** Seconds before the second attempt, the third, …: eleven attempts over some 33 hours, each a little jittered. */
export const RETRY_DELAYS = [5, 30, 120, 600, 1800, HOUR, 2 * HOUR, 4 * HOUR, 10 * HOUR, 15 * HOUR]
/** An endpoint that has answered nothing well for so long is switched off when a delivery to it is given up. */
const HOPELESS_AFTER_HOURS = 24
const AT_ONCE = 50
const AT_ONCE_PER_WEBHOOK = 5
const POLL_MS = 1_000

export type Deliverer = ReturnType<typeof startDeliveries>

/** What the operator is told. */
interface Log {
  error(fields: object, message: string): void
  warn(fields: object, message: string): void
}

/** Starts delivering. `stop` waits for the attempts under way; what is left is delivered by other processes, or later. */
export function startDeliveries(db: Db, config: Config, log: Log, pollMs = POLL_MS) {
  const seal = createSeal(config, 'webhooks')
  const underWay = new Map<Promise<void>, string>()
  let stopped = false
  let wake = () => {}
  const onError = (err: unknown) => log.error({ err }, 'webhooks failed')

  async function poll(): Promise<void> {
    await numberEvents(db)
    await queries.insertDeliveries(db)
    const due = await queries.takeDue(
      db,
      AT_ONCE - underWay.size,
      AT_ONCE_PER_WEBHOOK,
      [...underWay.values()],
      busyWebhooks(),
    )
    for (const delivery of due) {
      const attempt = deliver(db, config, seal, log, delivery)
        .catch(onError)
        .finally(() => {
          underWay.delete(attempt)
          // There is room for another, and may be another: a backlog is worked off as fast as its endpoint answers.
          wake()
        })
      underWay.set(attempt, delivery.webhook_id)
    }
  }

  /** One slow endpoint may keep five attempts waiting and no more, so that the others get theirs. */
  function busyWebhooks(): string[] {
    const counts = new Map<string, number>()
    for (const id of underWay.values()) counts.set(id, (counts.get(id) ?? 0) + 1)
    return [...counts].filter(([, count]) => count >= AT_ONCE_PER_WEBHOOK).map(([id]) => id)
  }

  async function run(): Promise<void> {
    while (!stopped) {
      const pause = new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, pollMs).unref()
        wake = () => {
          clearTimeout(timer)
          resolve()
        }
      })
      await poll().catch(onError)
      await pause
    }
  }
  const running = run()

  return {
    async stop(): Promise<void> {
      stopped = true
      wake()
      await running
      await Promise.all(underWay.keys())
    },
  }
}

async function deliver(db: Db, config: Config, seal: Seal, log: Log, due: Due): Promise<void> {
  if (!due.event) {
    await queries.recordMissingEvent(db, due)
    return
  }
  const secret = seal.open(due.secret)
  if (secret === undefined) {
    await fail(db, log, due, {
      status: null,
      error: 'its secret cannot be read: rotate it',
      ms: 0,
      retryAfter: null,
    })
    return
  }
  const previous = due.previous_secret ? seal.open(due.previous_secret) : undefined
  const secrets = previous === undefined ? [secret] : [secret, previous]
  const message = {
    id: due.id,
    url: due.url,
    payload: JSON.stringify(payloadOf(due.event, due.project_id)),
    secrets,
  }
  const outcome = await send(message, config.webhookAllowPrivate)
  if (outcome.status !== null && outcome.status >= 200 && outcome.status < 300)
    await queries.recordSuccess(db, theSystem(), due, outcome)
  else await fail(db, log, due, outcome)
}

const theSystem = () => ({ id: null, operation: uuid() })

async function fail(db: Db, log: Log, due: Due, outcome: Attempted): Promise<void> {
  const gone = outcome.status === 410
  const delay = gone ? null : nextDelay(due.attempts, outcome.retryAfter)
  await queries.recordFailure(db, theSystem(), due, outcome, delay)
  if (delay !== null) return
  const reason = gone ? 'The endpoint answered 410 Gone.' : 'Every attempt failed for more than a day.'
  const disabled = await queries.disableWebhook(
    db,
    due.webhook_id,
    theSystem(),
    gone ? null : HOPELESS_AFTER_HOURS,
    reason,
  )
  if (disabled)
    log.warn({ webhook: disabled.id, project: disabled.project_id, reason }, 'a webhook was switched off')
}

/** Seconds until the next attempt, never sooner than the endpoint asks; null when there is none. */
export function nextDelay(attempts: number, retryAfter: number | null): number | null {
  const base = RETRY_DELAYS[attempts - 1]
  if (base === undefined) return null
  return Math.max(base * (0.8 + 0.4 * Math.random()), Math.min(retryAfter ?? 0, 24 * HOUR))
}

/** What an endpoint is sent: what a member of its project sees who is a member of no other. */
function payloadOf(happened: NonNullable<Due['event']>, projectId: string) {
  const event: Event = {
    ...happened,
    inside: happened.project_id === projectId,
    from_inside: happened.from_project_id === projectId,
  }
  const { seq, at, kind, operation_id, actor_id, token_id, resource_id, version } = event
  const changes = changesOf(event)
  return {
    type: kind,
    timestamp: new Date(at).toISOString(),
    data: {
      seq,
      operation_id,
      actor_id,
      token_id,
      project_id: seenIn(event),
      resource_id,
      version,
      ...namesOf(event),
      changed_fields: Object.keys(changes),
      changes,
    },
  }
}
