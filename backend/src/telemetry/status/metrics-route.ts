import { createHash, timingSafeEqual } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { App } from '../../http/server.ts'
import { one, type Db } from '../../database/db.ts'
import { ApiError } from '../../errors.ts'
import { sql } from '../../database/sql.ts'
import { gatherMetrics } from './gather.ts'
import { OPEN_METRICS, PROMETHEUS_TEXT, render, type Family, type Metrics } from './metrics.ts'

/** A scrape must succeed even while the database is down; its figures are then left out. */
const DATABASE_MS = 1_000

/** `GET /metrics` for whoever has the token. Without a configured token the route does not exist. */
export const metricsRoute = (token: string, metrics: Metrics, db: Db) => async (app: App) => {
  const digest = (text: string) => createHash('sha256').update(text).digest()
  const expected = digest(`Bearer ${token}`)
  const gather = gatherMetrics(() => metrics.snapshot())

  app.get('/metrics', { config: { access: 'public' }, schema: { hide: true } }, async (request, reply) => {
    if (!timingSafeEqual(digest(request.headers.authorization ?? ''), expected))
      throw new ApiError('unauthenticated', 'Send METRICS_TOKEN: Authorization: Bearer …', {
        headers: { 'WWW-Authenticate': 'Bearer' },
      })
    const families = (await Promise.all([gather(), databaseFamilies(db)])).flat()
    const openMetrics = request.headers.accept?.includes('application/openmetrics-text') === true
    return reply.type(openMetrics ? OPEN_METRICS : PROMETHEUS_TEXT).send(render(families, openMetrics))
  })
}

/**
 * How far the numbering of events is behind, which grows while a transaction that wrote stays open, and how the
 * webhooks are.
 */
async function databaseFamilies(db: Db): Promise<Family[]> {
  const reading = one<{
    pending: number
    age: number
    last_seq: number
    failing: number
    disabled: number
    mails: number
    given_up: number
  }>(
    db.read,
    sql`
    select count(*) as pending, coalesce(extract(epoch from clock_timestamp() - min(at)), 0)::float as age,
      (select last_seq from trail),
      (select count(*) from webhooks where failing_since is not null and disabled_at is null) as failing,
      (select count(*) from webhooks where failing_since is not null and disabled_at is not null) as disabled,
      (select count(*) from mails where sent_at is null and given_up_at is null) as mails,
      (select count(*) from mails where given_up_at is not null) as given_up
    from pending_events`,
  ).catch(() => undefined)
  const row = await Promise.race([reading, sleep(DATABASE_MS, undefined, { ref: false })])
  if (row === undefined) return []
  const gauge = (name: string, help: string, value: number): Family => ({
    name,
    type: 'gauge',
    help,
    samples: [['', {}, value]],
  })
  return [
    gauge('tasktrail_events_pending', 'Changes that have no number in the trail yet.', row.pending),
    gauge('tasktrail_events_pending_age_seconds', 'Age of the oldest of them.', Math.max(0, row.age)),
    gauge('tasktrail_webhooks_failing', 'Webhooks that are on and whose last attempt failed.', row.failing),
    gauge('tasktrail_webhooks_given_up', 'Webhooks that were switched off while they failed.', row.disabled),
    gauge('tasktrail_mails_waiting', 'Mails that are still to be sent.', row.mails),
    gauge('tasktrail_mails_given_up', 'Mails that could not be sent, of the last 30 days.', row.given_up),
    {
      name: 'tasktrail_events',
      type: 'counter',
      help: 'Changes recorded in the trail.',
      samples: [['_total', {}, row.last_seq]],
    },
  ]
}
