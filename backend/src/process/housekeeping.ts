// Periodic cleanup. Every replica runs it; all jobs may run at the same time on several.
import { v7 as uuid } from 'uuid'
import { deleteOldEntries } from '../accounts/audit/queries.ts'
import { deleteOldLinks } from '../accounts/auth/link-queries.ts'
import { deleteExpiredSessions } from '../accounts/auth/queries.ts'
import { deleteOldTokens } from '../accounts/tokens/queries.ts'
import { deleteOldCounts } from '../accounts/auth/throttle.ts'
import { pruneEvents } from '../trail/changes/queries.ts'
import type { Config } from '../config.ts'
import type { Db } from '../database/db.ts'
import { openStore } from '../store/open.ts'
import { removeUnclaimed } from '../files/unclaimed.ts'
import { deleteOldKeys } from '../http/idempotency.ts'
import { deleteOldMails } from '../mail/outbox.ts'
import type { Author } from '../trail/trail.ts'
import { purgeOld } from '../trail/trash/queries.ts'
import { deleteOldDeliveries } from '../trail/webhooks/delivery-queries.ts'
import { resealSecrets } from '../trail/webhooks/reseal.ts'

const EVERY_MS = 10 * 60_000

const author = (): Author => ({ id: null, operation: uuid() })

/** Deletes what has expired. Nothing depends on when it runs: expired rows are already refused when they are read. */
export async function keepHouse(db: Db, config: Config): Promise<void> {
  const chores = [
    () => deleteOldKeys(db),
    () => deleteOldCounts(db),
    () => deleteOldLinks(db),
    () => deleteOldMails(db),
    () => deleteExpiredSessions(db, author(), config.sessionIdleTtl),
    () => deleteOldTokens(db),
    () => purgeOld(db, author, config.trashDays),
    () => pruneEvents(db, config.eventDays),
    () => deleteOldEntries(db, config.auditDays),
    () => resealSecrets(db, config),
    // After purging, so that what is purged goes now.
    () => removeUnclaimed(db, openStore(config)),
    () => deleteOldDeliveries(db, config.eventDays),
  ]
  const errors: unknown[] = []
  // A job that always fails must not block the jobs after it.
  for (const chore of chores) await chore().catch((error: unknown) => errors.push(error))
  if (errors.length > 0) throw new AggregateError(errors, 'some housekeeping jobs failed')
}

/** Runs the cleanup about every ten minutes until the returned function is called. */
export function startHousekeeping(db: Db, config: Config, onError: (error: unknown) => void): () => void {
  const timer = setInterval(
    () => void keepHouse(db, config).catch(onError),
    EVERY_MS * (0.8 + 0.4 * Math.random()),
  )
  timer.unref()
  return () => clearInterval(timer)
}
