import { setTimeout as sleep } from 'node:timers/promises'
import { Type } from 'typebox'
import type { App } from '../../http/server.ts'
import type { Db } from '../../database/db.ts'
import { ApiError } from '../../errors.ts'
import { OneOf } from '../../http/schemas.ts'
import { pendingMigrations } from '../../database/migrate.ts'
import type { Services } from '../../services.ts'
import { version } from '../../version.ts'

const tags = ['status']
const Alive = Type.Object({ status: OneOf(['ok']) }, { $id: 'Alive' })
const Health = Type.Object(
  { status: OneOf(['ok']), version: Type.String({ maxLength: 50, examples: ['0.1.0'] }) },
  { $id: 'Health' },
)

/** How long one check of the database serves all probes, or probes could be used to put load on it. */
const PROBE_MS = 1_000
/** Shorter than a load balancer's timeout: it needs an answer even when the database gives none. */
const PROBE_LIMIT_MS = 2_000

export const statusRoutes =
  ({ lifecycle }: Services) =>
  async (app: App) => {
    let probe: Promise<void> | undefined
    const ready = (db: Db) => {
      if (!probe) {
        probe = checkDatabase(db)
        setTimeout(() => (probe = undefined), PROBE_MS).unref()
      }
      return probe
    }

    app.get(
      '/livez',
      {
        config: { access: 'public', unlimited: true },
        schema: {
          tags,
          operationId: 'checkAlive',
          summary: 'Is the process alive?',
          response: { 200: Alive },
        },
      },
      () => ({ status: 'ok' as const }),
    )

    app.get(
      '/readyz',
      {
        config: { access: 'public', unlimited: true },
        schema: {
          tags,
          operationId: 'checkReady',
          summary: 'Can it serve: database reachable and migrated, not shutting down?',
          response: { 200: Alive },
        },
      },
      async ({ db }) => {
        if (lifecycle.draining) throw notReady()
        await ready(db)
        return { status: 'ok' as const }
      },
    )

    app.get(
      '/health',
      {
        config: { access: 'public' },
        schema: {
          tags,
          operationId: 'checkHealth',
          summary: 'Status and version, for people',
          response: { 200: Health },
        },
      },
      async ({ db }) => {
        await ready(db)
        return { status: 'ok' as const, version }
      },
    )
  }

const notReady = (cause?: unknown) => new ApiError('unavailable', 'Not ready.', { cause })

async function checkDatabase(db: Db): Promise<void> {
  const late = sleep(PROBE_LIMIT_MS, undefined, { ref: false }).then(() => {
    throw new Error(`the database did not answer within ${PROBE_LIMIT_MS} ms`)
  })
  try {
    const lacking = await Promise.race([pendingMigrations(db), late])
    if (lacking.length > 0) throw new Error(`the database lacks ${lacking.join(', ')}`)
  } catch (error) {
    throw notReady(error)
  }
}
