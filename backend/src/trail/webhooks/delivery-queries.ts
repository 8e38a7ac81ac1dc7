// What turns events into deliveries and notes how they went. Every process runs these; none relies on being the only one.
import { EVENT, type Event } from '../changes/event.ts'
import { many, maybe, one, type Db } from '../../database/db.ts'
import { raw, sql, type Sql } from '../../database/sql.ts'
import { recordAs, type Author } from '../trail.ts'
import { chosen, happened } from './queries.ts'

/** A webhook with so many deliveries that wait gets no more until some are done. Its events wait in the trail instead. */
const MOST_PENDING = 10_000

/**
 * Turns events into deliveries, once each: the webhook's row is held while its position moves on. Several processes
 * share the work. Kinds that were not asked for move the position too, or they would be looked at again for ever.
 */
export const insertDeliveries = (db: Db) =>
  one<{ count: number }>(
    db.write,
    sql`
  with webhook as (
    select id, project_id, kinds, last_seq from webhooks
    where disabled_at is null and exists (
      select from events event where event.seq > webhooks.last_seq
        and (event.project_id = webhooks.project_id or event.from_project_id = webhooks.project_id))
      and not exists (
        select from webhook_deliveries where webhook_id = webhooks.id and status = 'pending' offset ${MOST_PENDING - 1})
    limit 100
    for update skip locked
  ), event as (
    select webhook.id as webhook_id, event.seq, ${chosen} as chosen
    from webhook cross join lateral (
      select seq, kind from events event where ${happened} and event.seq > webhook.last_seq order by seq limit 500
    ) as event
  ), delivery as (
    insert into webhook_deliveries (id, webhook_id, seq)
    select gen_random_uuid(), webhook_id, seq from event where chosen order by seq
    returning id
  ), moved as (
    update webhooks set last_seq = reached.seq
    from (select webhook_id, max(seq) as seq from event group by webhook_id) as reached
    where webhooks.id = reached.webhook_id
  )
  select count(*) from delivery`,
  )

export interface Due {
  readonly id: string
  readonly webhook_id: string
  readonly project_id: string
  readonly url: string
  readonly secret: Buffer
  readonly previous_secret: Buffer | null
  /** Which attempt this is; of two processes that hold the same delivery, only the later one's outcome counts. */
  readonly attempts: number
  readonly event: Omit<Event, 'inside' | 'from_inside'> | null
}

/**
 * Takes deliveries that are due, some of each webhook so that one cannot crowd out the others, and of one that fails
 * only one at a time. They are due again a minute later, so those of a process that dies are taken by another.
 */
export const takeDue = (
  db: Db,
  count: number,
  perWebhook: number,
  tried: readonly string[],
  busy: readonly string[],
) =>
  many<Due>(
    db.write,
    sql`
  with due as (
    select delivery.id
    from webhooks webhook cross join lateral (
      select id, due_at from webhook_deliveries
      where webhook_id = webhook.id and status = 'pending' and due_at <= now()
      order by due_at limit case when webhook.failing_since is null then ${perWebhook}::integer else 1 end
      for update skip locked
    ) as delivery
    where webhook.disabled_at is null
      and webhook.id <> all (case when webhook.failing_since is null then ${busy}::uuid[] else ${tried}::uuid[] end)
    order by delivery.due_at
    limit ${count}
  ), taken as (
    update webhook_deliveries set attempts = attempts + 1, due_at = now() + interval '1 minute'
    from due
    where webhook_deliveries.id = due.id
    returning webhook_deliveries.*
  )
  select taken.id, taken.webhook_id, webhooks.project_id, webhooks.url, webhooks.secret, taken.attempts,
    case when webhooks.previous_secret_until > now() then webhooks.previous_secret end as previous_secret,
    to_jsonb(event) as event
  from taken join webhooks on webhooks.id = taken.webhook_id
  left join lateral (select ${EVENT} from events event where event.seq = taken.seq) as event on true`,
  )

export interface Outcome {
  readonly status: number | null
  readonly error: string | null
  readonly ms: number
}

/**
 * Condition: the delivery is still as this process took it. A process that was stopped for longer than its turn lasts
 * must not undo what another has done since.
 */
const stillOurs = ({ id, attempts }: Due): Sql =>
  sql`id = ${id} and status = 'pending' and attempts = ${attempts}`

/** Notes an attempt of the delivery that the statement has updated: none, if the webhook was deleted meanwhile. */
const insertAttempt = (deliveryId: string, { status, error, ms }: Outcome): Sql => sql`
  insert into webhook_attempts (delivery_id, number, status, error, ms)
  select id, (select coalesce(max(number), 0) + 1 from webhook_attempts where delivery_id = ${deliveryId}), ${status}, ${error}, ${ms}
  from delivery`

export const recordSuccess = (db: Db, author: Author, due: Due, outcome: Outcome) =>
  many(
    db.write,
    sql`
  with delivery as (
    update webhook_deliveries set status = 'delivered' where ${stillOurs(due)} returning id
  ), recovered as (
    update webhooks set failing_since = null
    where id = ${due.webhook_id} and failing_since is not null and ${recordAs(author)}
  )
  ${insertAttempt(due.id, outcome)}`,
  )

/** Notes a failed attempt; the next one is after `delay` seconds, or never when that is null. */
export const recordFailure = (db: Db, author: Author, due: Due, outcome: Outcome, delay: number | null) =>
  many(
    db.write,
    sql`
  with delivery as (
    update webhook_deliveries
    set status = case when ${delay}::float8 is null then 'failed' else 'pending' end,
        due_at = now() + make_interval(secs => coalesce(${delay}::float8, 0))
    where ${stillOurs(due)}
    returning id
  ), failing as (
    update webhooks set failing_since = now()
    where id = ${due.webhook_id} and failing_since is null and ${recordAs(author)}
  )
  ${insertAttempt(due.id, outcome)}`,
  )

/** Gives a delivery up whose event is no longer kept; no fault of the endpoint. */
export const recordMissingEvent = (db: Db, due: Due) =>
  many(
    db.write,
    sql`
  with delivery as (
    update webhook_deliveries set status = 'failed' where ${stillOurs(due)} returning id
  )
  ${insertAttempt(due.id, { status: null, error: 'the event is older than the trail is kept', ms: 0 })}`,
  )

/**
 * Switches a webhook off, if it has failed for so long (null: at once), and leaves an event that tells those who
 * manage the project. Answers it if it was this call that did so.
 */
export const disableWebhook = (
  db: Db,
  id: string,
  author: Author,
  failingHours: number | null,
  reason: string,
) =>
  maybe<{ id: string; project_id: string }>(
    db.write,
    sql`
  update webhooks set disabled_at = now(), disabled_reason = ${reason}
  where id = ${id} and disabled_at is null
    and ${failingHours === null ? raw('true') : sql`failing_since <= now() - make_interval(hours => ${failingHours})`}
    and ${recordAs(author)}
  returning id, project_id`,
  )

/** Forgets deliveries, and with them their attempts, that are older than the trail they are made from. */
export const deleteOldDeliveries = (db: Db, days: number) =>
  many(
    db.write,
    sql`delete from webhook_deliveries where created_at < now() - make_interval(days => ${days})`,
  )
