// What has to be cleared away from time to time. Every replica does it; each chore takes no harm from that.
import { v7 as uuid } from 'uuid'
import { deleteExpiredSessions } from './auth/queries.ts'
import { deleteOldCounts } from './auth/throttle.ts'
import { pruneEvents } from './changes/queries.ts'
import type { Config } from './config.ts'
import type { Db } from './db.ts'
import { deleteOldKeys } from './idempotency.ts'
import { purgeOld } from './trash/queries.ts'
import { deleteOldDeliveries } from './webhooks/delivery-queries.ts'
import { resealSecrets } from './webhooks/reseal.ts'

const EVERY_MS = 10 * 60_000

/** Clears away what is past its time. Nothing relies on it having run: what has expired is refused when it is read. */
export async function keepHouse(db: Db, config: Config): Promise<void> {
  await deleteOldKeys(db)
  await deleteOldCounts(db)
  await deleteExpiredSessions(db, config.sessionIdleTtl)
  await purgeOld(db, () => ({ id: null, operation: uuid() }), config.trashDays)
  await pruneEvents(db, config.eventDays)
  await resealSecrets(db, config)
  await deleteOldDeliveries(db, config.eventDays)
}

/** Keeps house every ten minutes, give or take, until the returned function is called. */
export function startHousekeeping(db: Db, config: Config, onError: (error: unknown) => void): () => void {
  const timer = setInterval(
    () => void keepHouse(db, config).catch(onError),
    EVERY_MS * (0.8 + 0.4 * Math.random()),
  )
  timer.unref()
  return () => clearInterval(timer)
}
