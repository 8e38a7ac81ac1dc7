// How often a secret may be guessed. Counted in PostgreSQL, so that all replicas count together, and before the
// guess is checked, so that parallel guesses cannot slip through together. Only what is then checked is counted:
// whoever is refused makes nobody wait longer, not even themselves. docs/decisions/0007-guessing.md has the sums.
import { createHmac } from 'node:crypto'
import { isIPv6 } from 'node:net'
import { many, type Db } from '../../database/db.ts'
import { ApiError } from '../../errors.ts'
import { networkOf, siteOf } from '../../http/client-address.ts'
import { sql } from '../../database/sql.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** What this request was charged before its handler, which says when it was right. */
    attempt: Attempt
  }
}

/** `most` at once, and from then on one every `per / most` seconds. */
interface Bucket {
  readonly name: string
  readonly most: number
  /** Seconds in which a used-up bucket is full again. */
  readonly per: number
}

/** `most` at once, and after each further one a wait twice as long: 1, 2, 4 … 60 minutes. Forgotten after a day. */
interface Growing {
  readonly name: string
  readonly most: number
}

type Limit = Bucket | Growing

export const LIMITS = {
  // Charged to account and source together, so that guessing at somebody's account locks only the guesser out.
  accountFromSource: { name: 'account+source', most: 10 },
  // One machine may have the 65,536 networks of an IPv6 site.
  accountFromSite: { name: 'account+site', most: 40 },
  source: { name: 'source', most: 100, per: 900 },
  // What two hundred sources can use and no more, so that as many cannot keep the owner out who comes from a new one.
  account: { name: 'account', most: 5000, per: 86_400 },
  registration: { name: 'registration', most: 30, per: 3600 },
  // Asking which e-mail addresses have an account here.
  strangers: { name: 'strangers', most: 30, per: 3600 },
  // Mails that anybody can have sent: to one address, and from one place. Whoever has asked so often has the link.
  mailTo: { name: 'mail to', most: 5, per: 3600 },
  mailFrom: { name: 'mails', most: 30, per: 3600 },
  // Asking which keys belong to projects that one cannot see.
  projectKeys: { name: 'keys', most: 30, per: 3600 },
} as const satisfies Record<string, Limit>

export type Charge = readonly [limit: Limit, ...who: string[]]
export type Throttle = ReturnType<typeof createThrottle>

/** An attempt that was charged. */
export interface Attempt {
  /**
   * It was right: takes back what it was charged. Of a guess it forgets the wrong ones before it too, and remembers
   * the source. What else a source did wrong stays counted, or an account of one's own would reset it.
   */
  right(on: Db): Promise<void>
  /** It was none after all. */
  takeBack(): Promise<void>
}

/** Of a request that is charged nothing. */
export const NOTHING: Attempt = { right: async () => undefined, takeBack: async () => undefined }

/** Whose secret it is: a user, or an e-mail address that nobody has. With a new password the guessing starts anew. */
export interface Account {
  readonly id: string
  readonly generation: number
}

/** What a guess at the password of an account is charged to. */
export function guessAt({ id, generation }: Account, address: string): readonly Charge[] {
  const account = `${id} ${generation}`
  const source = networkOf(address)
  return [
    [LIMITS.accountFromSource, account, source],
    ...(isIPv6(address) ? [[LIMITS.accountFromSite, account, siteOf(address)] as const] : []),
    [LIMITS.source, source],
    [LIMITS.account, account],
  ]
}

/** Counts attempts under keyed digests, so that the table tells nobody who tried. */
export function createThrottle(db: Db, secret: string, enabled: boolean) {
  const digest = (...who: readonly string[]) =>
    createHmac('sha256', secret)
      .update(JSON.stringify(['throttle', ...who]))
      .digest()
  const counterOf = ([limit, ...who]: Charge): Counter => ({
    key: digest(limit.name, ...who),
    limit,
    step: 'per' in limit ? limit.per / limit.most : 0,
  })

  return {
    /**
     * Counts one attempt under each of the limits, or throws `rate_limited` when one of them is used up. Where the
     * account has been logged in to before, only the guesses of that source count. Not in the transaction of the
     * request: one that fails would undo the count. So call it before a handler that may be in one, or everybody
     * holds a connection and waits for another.
     */
    async charge(charges: readonly Charge[]): Promise<Attempt> {
      if (!enabled || charges.length === 0) return NOTHING
      const guess = charges.find(([limit]) => limit === LIMITS.accountFromSource)
      // Of the user, whatever the password was.
      const proof = guess ? [digest('proven', guess[1]?.split(' ')[0] ?? '', guess[2] ?? '')] : []
      const all = charges.map(counterOf)
      const known = await listWaits(db, [...keysOf(all), ...proof])
      const proven = known.some(({ key }) => proof.some((each) => each.equals(key)))
      const counters = proven ? all.filter(({ limit }) => limit === LIMITS.accountFromSource) : all
      if (counters.some(({ key }) => waitFor(key, known) > 0)) refuse(counters, known)
      await db.transaction(async (tx) => {
        const growing = counters.filter(grows)
        const buckets = counters.filter((counter) => !grows(counter))
        const counted = [...(await countGrowing(tx, growing)), ...(await countInBuckets(tx, buckets))]
        // Others were faster. What was counted of this one is undone with the transaction.
        if (counted.length < counters.length) refuse(counters, await listWaits(tx, keysOf(counters)))
      })
      return {
        right: (on) => settle(on, counters, proof),
        takeBack: () => uncount(db, counters),
      }
    },
  }
}

interface Counter {
  readonly key: Buffer
  readonly limit: Limit
  /** Seconds that an attempt takes of a bucket; 0 where the wait grows. */
  readonly step: number
}

interface Wait {
  readonly key: Buffer
  /** Seconds until the next attempt is looked at; 0 if it is looked at now. */
  readonly wait: number
}

const grows = ({ step }: Counter) => step === 0
const keysOf = (counters: readonly Counter[]) => counters.map(({ key }) => key)
const waitFor = (key: Buffer, waits: readonly Wait[]) => waits.find((each) => each.key.equals(key))?.wait ?? 0

function refuse(counters: readonly Counter[], waits: readonly Wait[]): never {
  const [longest] = counters
    .map(({ key, limit }) => ({ name: limit.name, seconds: Math.max(1, waitFor(key, waits)) }))
    .toSorted((a, b) => b.seconds - a.seconds)
  throw new ApiError('rate_limited', 'Too many attempts. Wait before the next one.', {
    headers: {
      'Retry-After': String(longest?.seconds),
      RateLimit: `"${longest?.name}";r=0;t=${longest?.seconds}`,
    },
  })
}

/** Which of the counters hold the next attempt up, and which of the sources are proven. */
const listWaits = (on: Db, keys: readonly Buffer[]) =>
  many<Wait>(
    on.read,
    sql`
  select key, greatest(0, ceil(extract(epoch from free_at - now())))::integer as wait
  from throttles
  where key = any (${keys}::bytea[]) and resets_at > now()`,
  )

// Everybody locks the rows in the order of their keys, so that no two attempts wait for each other. A counter that is
// not free is left as it is, and its key is not answered. `free_at` lies far back where nobody has to wait: two
// transactions begin in another order than they get to the row.
const countGrowing = (tx: Db, counters: readonly Counter[]) =>
  many<{ key: Buffer }>(
    tx.write,
    sql`
  insert into throttles as old (key, count, free_at, resets_at)
  select key, 1 - most, 'epoch', now() + interval '1 day'
  from unnest(${keysOf(counters)}::bytea[], ${counters.map(({ limit }) => limit.most)}::integer[])
    as counter (key, most)
  order by key
  on conflict (key) do update set
    count = case when old.resets_at <= now() then excluded.count else old.count + 1 end,
    free_at = case when old.resets_at > now() and old.count >= -1
      then now() + least(interval '1 hour', interval '1 minute' * 2 ^ least(old.count + 1, 10)) else 'epoch' end,
    resets_at = excluded.resets_at
  where old.free_at <= now()
  returning key`,
  )

// A bucket is one instant, at which it is full again (the generic cell rate algorithm): each attempt moves it on.
const countInBuckets = (tx: Db, counters: readonly Counter[]) =>
  many<{ key: Buffer }>(
    tx.write,
    sql`
  insert into throttles as old (key, count, free_at, resets_at)
  select key, 0, now() + make_interval(secs => 2 * step - step * most), now() + make_interval(secs => step)
  from unnest(${keysOf(counters)}::bytea[], ${counters.map(({ limit }) => limit.most)}::integer[],
              ${counters.map(({ step }) => step)}::double precision[]) as counter (key, most, step)
  order by key
  on conflict (key) do update set
    free_at = greatest(old.resets_at, now()) + (excluded.free_at - now()),
    resets_at = greatest(old.resets_at, now()) + (excluded.resets_at - now())
  where old.free_at <= now()
  returning key`,
  )

const charged = (counters: readonly Counter[]) => sql`
  select throttles.key, counter.step
  from unnest(${keysOf(counters)}::bytea[], ${counters.map(({ step }) => step)}::double precision[])
    as counter (key, step)
    join throttles on throttles.key = counter.key
  order by throttles.key
  for update of throttles`

/** How long a source is remembered from which somebody has logged in to an account. */
const PROVEN_DAYS = 90

const settle = async (on: Db, counters: readonly Counter[], proof: readonly Buffer[]) => {
  await many(
    on.write,
    sql`
  with charged as (${charged(counters)}), forgotten as (
    delete from throttles using charged where throttles.key = charged.key and step = 0
  ), taken_back as (
    update throttles set free_at = free_at - make_interval(secs => step), resets_at = resets_at - make_interval(secs => step)
    from charged
    where throttles.key = charged.key and step > 0
  )
  insert into throttles (key, count, free_at, resets_at)
  select key, 0, 'epoch', now() + make_interval(days => ${PROVEN_DAYS}) from unnest(${proof}::bytea[]) as proven (key)
  on conflict (key) do update set resets_at = excluded.resets_at`,
  )
}

const uncount = async (on: Db, counters: readonly Counter[]) => {
  await many(
    on.write,
    sql`
  with charged as (${charged(counters)})
  update throttles set
    count = case when step = 0 then count - 1 else count end,
    free_at = case when step = 0 then 'epoch' else free_at - make_interval(secs => step) end,
    resets_at = resets_at - make_interval(secs => step)
  from charged
  where throttles.key = charged.key`,
  )
}

/** Forgets counts whose time is over. */
export const deleteOldCounts = (db: Db) => many(db.write, sql`delete from throttles where resets_at < now()`)
