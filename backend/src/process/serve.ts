// One serving process: its database connections, its server, and their graceful shutdown.
import { setTimeout as sleep } from 'node:timers/promises'
import { buildApp } from '../app.ts'
import type { Config } from '../config.ts'
import { openDatabase } from '../database/db.ts'
import { startHousekeeping } from './housekeeping.ts'
import type { Logger } from '../telemetry/log.ts'
import { serveMail } from './serve-mail.ts'
import { startDeliveries } from '../trail/webhooks/deliver.ts'

/** A running service and how to shut it down gracefully. `stop` rejects if that fails. */
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
  const mail = await serveMail(db, config, logger)
  const address = app.server.address()
  return {
    port: typeof address === 'object' && address ? address.port : config.port,
    async stop() {
      // Readiness fails from here on. Load balancers need a moment to notice, and keep sending requests until then.
      lifecycle.draining = true
      await sleep(config.drainDelay * 1_000)
      stopHousekeeping()
      await Promise.all([app.close(), deliveries.stop(), mail?.stop()])
      await db.close()
    },
  }
}
