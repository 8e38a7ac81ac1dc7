// One process that serves: its database connections, its server, and their orderly end.
import { setTimeout as sleep } from 'node:timers/promises'
import { buildApp } from '../app.ts'
import type { Config } from '../config.ts'
import { openDatabase } from '../database/db.ts'
import { startHousekeeping } from './housekeeping.ts'
import type { Logger } from '../telemetry/log.ts'
import { startDeliveries } from '../trail/webhooks/deliver.ts'

/** Something that answers requests, and how to end it in good order. Rejects if it could not be. */
export interface Serving {
  readonly port: number
  stop(): Promise<void>
}

/** Listens and serves until stopped. */
export async function serve(config: Config, url: string, logger: Logger): Promise<Serving> {
  const db = openDatabase({ url, size: config.databasePool, prepared: config.preparedStatements })
  const { app, lifecycle } = await buildApp({ config, db, logger })
  await app.listen({ host: config.host, port: config.port })
  const stopHousekeeping = startHousekeeping(db, config, (err) =>
    logger.error({ err }, 'housekeeping failed'),
  )
  const deliveries = startDeliveries(db, config, logger)
  const address = app.server.address()
  return {
    port: typeof address === 'object' && address ? address.port : config.port,
    async stop() {
      // Readiness says no from here on. Whoever asks it needs a moment to notice, and until then sends requests.
      lifecycle.draining = true
      await sleep(config.drainDelay * 1_000)
      stopHousekeeping()
      await Promise.all([app.close(), deliveries.stop()])
      await db.close()
    },
  }
}
