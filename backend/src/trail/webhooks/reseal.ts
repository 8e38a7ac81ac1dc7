// The secrets of webhooks after the instance's own secret was exchanged.
import type { Config } from '../../config.ts'
import { many, type Db } from '../../database/db.ts'
import { createSeal } from '../../database/sealing.ts'
import { sql } from '../../database/sql.ts'

interface Sealed {
  readonly id: string
  readonly secret: Buffer
  readonly previous_secret: Buffer | null
}

/**
 * Seals with JWT_SECRET_KEY what is sealed with JWT_SECRET_KEY_ACCEPTED, so that the latter can be dropped without
 * losing a webhook. What neither opens stays as it is.
 */
export async function resealSecrets(db: Db, config: Config): Promise<void> {
  if (config.acceptedJwtSecret === '') return
  const { renew } = createSeal(config, 'webhooks')
  for (const { id, secret, previous_secret } of await many<Sealed>(
    db.read,
    sql`select id, secret, previous_secret from webhooks`,
  )) {
    const renewed = renew(secret)
    const renewedPrevious = previous_secret && renew(previous_secret)
    if (!renewed && !renewedPrevious) continue
    // Only what was read is replaced: an owner may rotate the secret meanwhile.
    await many(
      db.write,
      sql`
  update webhooks
  set secret = ${renewed ?? secret}, previous_secret = ${renewedPrevious ?? previous_secret}
  where id = ${id} and secret = ${secret} and previous_secret is not distinct from ${previous_secret}`,
    )
  }
}
