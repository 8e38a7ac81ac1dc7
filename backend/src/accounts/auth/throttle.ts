// How often a secret may be guessed. Counted in PostgreSQL, so that all replicas count together, and before the
// guess is checked, so that parallel guesses cannot slip through together.
import { createHmac } from 'node:crypto'
import { many, maybe, type Db } from '../../database/db.ts'
import { ApiError } from '../../errors.ts'
import { networkOf } from '../../http/client-address.ts'
import { sql } from '../../database/sql.ts'

interface Limit {
  readonly name: string
  readonly most: number
  /** Seconds. */
  readonly per: number
}

const YEAR = 366 * 86_400

export const LIMITS = {
  // Charged to account and source together, so that guessing at somebody's account locks only the guesser out.
  accountFromSource: { name: 'account+source', most: 10, per: 900 },
  source: { name: 'source', most: 100, per: 900 },
  // Wrong guesses in a row from everywhere (NIST 800-63B 3.2.2). Past it the account is open only to the sources from
  // which somebody has logged in to it before, so that the owner stays in while a thousand machines guess.
  account: { name: 'account', most: 100, per: YEAR },
  registration: { name: 'registration', most: 30, per: 3600 },
  // Asking which e-mail addresses have an account here.
  strangers: { name: 'strangers', most: 30, per: 3600 },
} as const satisfies Record<string, Limit>

export type Charge = readonly [limit: Limit, ...who: string[]]
export type Throttle = ReturnType<typeof createThrottle>

/** What a guess at the secret of an account is charged to. */
export function guessAt(email: string, address: string): readonly Charge[] {
  const account = email.toLowerCase()
  const source = networkOf(address)
  return [
    [LIMITS.accountFromSource, account, source],
    [LIMITS.source, source],
    [LIMITS.account, account],
  ]
}

/** Counts attempts under keyed digests, so that the table tells nobody who tried. */
export function createThrottle(db: Db, secret: string, enabled: boolean) {
  const digest = (...who: readonly string[]) =>
    createHmac('sha256', secret).update(JSON.stringify(who)).digest()
  const keyOf = ([limit, ...who]: Charge) => digest(limit.name, ...who)
  /** Where the account has been logged in to before, if the charges are those of a guess. */
  const provenKeys = (charges: readonly Charge[]) =>
    charges.flatMap(([limit, ...who]) =>
      limit === LIMITS.accountFromSource ? [digest('proven', ...who)] : [],
    )

  return {
    /**
     * Counts one attempt under each of the limits. Throws `rate_limited` when one of them is used up. Not in the
     * transaction of the request: one that fails would undo the count. So call it before a handler that may be in one,
     * or everybody holds a connection and waits for another.
     */
    async charge(charges: readonly Charge[]): Promise<void> {
      if (!enabled) return
      const keys = charges.map(keyOf)
      const windows = charges.map(([limit]) => limit.per)
      for (const { key, count, retry_after } of await countAttempt(db, keys, windows)) {
        const [limit] = charges[keys.findIndex((k) => k.equals(key))] ?? []
        if (!limit || count <= limit.most) continue
        if (limit === LIMITS.account && (await isProven(db, provenKeys(charges)))) continue
        throw new ApiError('rate_limited', 'Too many attempts. Wait before the next one.', {
          headers: {
            'Retry-After': String(retry_after),
            RateLimit: `"${limit.name}";r=0;t=${retry_after}`,
          },
        })
      }
    },

    /**
     * The attempt was right: takes back what it was charged. Of a guess it forgets the wrong ones before it too, and
     * remembers the source. What else a source did wrong stays counted, or an account of one's own would reset it.
     */
    async settle(on: Db, charges: readonly Charge[]): Promise<void> {
      if (!enabled) return
      const all = charges.map(keyOf)
      const forgotten = charges
        .filter(([limit]) => limit === LIMITS.account || limit === LIMITS.accountFromSource)
        .map(keyOf)
      await takeBack(on, all, forgotten, provenKeys(charges))
    },
  }
}

// Everybody locks the rows in the order of their keys, so that no two attempts wait for each other.
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

const takeBack = (db: Db, keys: readonly Buffer[], forgotten: readonly Buffer[], proven: readonly Buffer[]) =>
  many(
    db.write,
    sql`
  with charged as (
    select key from throttles where key = any (${keys}::bytea[]) order by key for update
  ), taken_back as (
    update throttles
    set count = case when throttles.key = any (${forgotten}::bytea[]) then 0 else greatest(count - 1, 0) end
    from charged
    where throttles.key = charged.key
  )
  insert into throttles (key, count, resets_at)
  select key, 0, now() + make_interval(secs => ${YEAR}) from unnest(${proven}::bytea[]) as proven (key)
  on conflict (key) do update set resets_at = excluded.resets_at`,
  )

const isProven = async (db: Db, keys: readonly Buffer[]) =>
  (await maybe(
    db.read,
    sql`select from throttles where key = any (${keys}::bytea[]) and resets_at > now()`,
  )) !== undefined

/** Forgets counts whose time is over. */
export const deleteOldCounts = (db: Db) => many(db.write, sql`delete from throttles where resets_at < now()`)
