// How often a secret may be guessed. Counted in PostgreSQL, so that all replicas count together, and before the
// guess is checked, so that parallel guesses cannot slip through together.
import { createHmac } from 'node:crypto'
import { many, type Db } from '../db.ts'
import { ApiError } from '../errors.ts'
import { sql } from '../sql.ts'

interface Limit {
  readonly name: string
  readonly most: number
  /** Seconds. */
  readonly per: number
}

// Charged to account and source together, so that guessing at somebody's account locks only the guesser out.
export const LIMITS = {
  accountFromSource: { name: 'account+source', most: 10, per: 900 },
  source: { name: 'source', most: 100, per: 900 },
  registration: { name: 'registration', most: 30, per: 3600 },
  strangers: { name: 'strangers', most: 30, per: 3600 },
} as const satisfies Record<string, Limit>

export type Charge = readonly [limit: Limit, ...who: string[]]
export type Throttle = ReturnType<typeof createThrottle>

/**
 * Counts attempts under keyed digests, so that the table tells nobody who tried. Always on connections of its own:
 * inside the transaction of a request that fails the count would be undone.
 */
export function createThrottle(db: Db, secret: string, enabled: boolean) {
  const digest = ([limit, ...who]: Charge) =>
    createHmac('sha256', secret)
      .update(JSON.stringify([limit.name, ...who]))
      .digest()

  return {
    /** Counts one attempt under each of the limits. Throws `rate_limited` when one of them is used up. */
    async charge(charges: readonly Charge[]): Promise<void> {
      if (!enabled) return
      const keys = charges.map(digest)
      const counts = await countAttempt(
        db,
        keys,
        charges.map(([limit]) => limit.per),
      )
      for (const { key, count, retry_after } of counts) {
        const [limit] = charges[keys.findIndex((k) => k.equals(key))] ?? []
        if (limit && count > limit.most) {
          throw new ApiError('rate_limited', 'Too many attempts. Wait before the next one.', {
            headers: {
              'Retry-After': String(retry_after),
              RateLimit: `"${limit.name}";r=0;t=${retry_after}`,
            },
          })
        }
      }
    },

    /** Forgets the attempts: the secret was right. */
    async forgive(charges: readonly Charge[]): Promise<void> {
      if (enabled) await forgetAttempts(db, charges.map(digest))
    },
  }
}

const countAttempt = (db: Db, keys: readonly Buffer[], windows: readonly number[]) =>
  many<{ key: Buffer; count: number; retry_after: number }>(
    db.write,
    sql`
  insert into throttles as old (key, count, resets_at)
  select key, 1, now() + make_interval(secs => seconds)
  from unnest(${keys}::bytea[], ${windows}::integer[]) as charge (key, seconds)
  order by key
  on conflict (key) do update set
    count = case when old.resets_at <= now() then 1 else old.count + 1 end,
    resets_at = case when old.resets_at <= now() then excluded.resets_at else old.resets_at end
  returning key, count, ceil(extract(epoch from resets_at - now()))::integer as retry_after`,
  )

const forgetAttempts = (db: Db, keys: readonly Buffer[]) =>
  many(db.write, sql`delete from throttles where key = any (${keys}::bytea[])`)

/** Forgets counts whose time is over. */
export const deleteOldCounts = (db: Db) => many(db.write, sql`delete from throttles where resets_at < now()`)
