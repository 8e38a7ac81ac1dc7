import { many, maybe, one, type Db } from '../../database/db.ts'
import type { Precondition } from '../../http/schemas.ts'
import type { After } from '../../http/pages.ts'
import {
  heldProjects,
  joinMine,
  namedProject,
  ownable,
  visible,
  type Membership,
  type Viewer,
} from '../../policy.ts'
import { recordAs } from '../trail.ts'
import { assign, raw, sql, type Sql } from '../../database/sql.ts'
import { ofMembers } from '../../nouns.ts'
import { WEBHOOK } from './noun.ts'
import type { NewWebhook, WebhookChanges } from './requests.ts'
import { Webhook, type Delivery, type DeliveryFilter } from './schema.ts'

/** Condition: the event happened in the webhook's project. A task that moved concerns both projects. */
export const happened = raw(
  '(event.project_id = webhook.project_id or event.from_project_id = webhook.project_id)',
)
/**
 * Condition: the webhook is told of events of this kind. Of what only those who manage the project see, no more than
 * was asked for: the address of one endpoint is none of another's business.
 */
export const chosen = sql`(
  webhook.kinds = '{}' and (${ofMembers('event')} or event.kind = 'webhook.disabled') or event.kind = any (webhook.kinds))`

/** Belongs after `from`: the project's webhooks, for those who may manage the project. */
const managed = (viewer: Viewer, project: string): Sql =>
  sql`webhooks join projects on projects.id = webhooks.project_id ${joinMine(viewer)}
  where ${namedProject(project)} and ${ownable(viewer)}`

/** The project, held while one of its webhooks is changed. */
const held = (viewer: Viewer, project: string): Sql =>
  heldProjects(viewer, sql`${namedProject(project)} and ${ownable(viewer)}`)

const allows = (versions: Precondition['versions']): Sql =>
  versions ? sql`webhooks.version = any (${versions}::integer[])` : raw('true')

export const findMembership = (db: Db, viewer: Viewer, project: string) =>
  maybe<Membership>(
    db.read,
    sql`select mine.role as my_role from projects ${joinMine(viewer)} where ${namedProject(project)} and ${visible(viewer)}`,
  )

export const listWebhooks = (db: Db, viewer: Viewer, project: string, after: After, count: number) =>
  many<Webhook & { sort_key: string }>(
    db.read,
    sql`
  select ${WEBHOOK}, webhooks.created_at as sort_key
  from ${managed(viewer, project)}
    ${after ? sql`and (webhooks.created_at, webhooks.id) > (${after.key}::timestamptz, ${after.id}::uuid)` : raw('')}
  order by webhooks.created_at, webhooks.id
  limit ${count}`,
  )

export const countWebhooks = async (db: Db, viewer: Viewer, project: string) =>
  (await one<{ count: number }>(db.read, sql`select count(*) from ${managed(viewer, project)}`)).count

export const findWebhook = (db: Db, viewer: Viewer, project: string, id: string) =>
  maybe<Webhook>(db.read, sql`select ${WEBHOOK} from ${managed(viewer, project)} and webhooks.id = ${id}`)

/** Creates a webhook that is told of what happens from now on. */
export const insertWebhook = (
  db: Db,
  viewer: Viewer,
  project: string,
  id: string,
  webhook: NewWebhook,
  secret: Buffer,
) =>
  maybe<Webhook>(
    db.write,
    sql`
  insert into webhooks (id, project_id, url, kinds, description, secret, last_seq, created_by)
  select ${id}, projects.id, ${webhook.url}, ${webhook.kinds ?? []}, ${webhook.description ?? ''}, ${secret}, number_events(), ${viewer.id}
  from ${held(viewer, project)}
  where ${recordAs(viewer)}
  returning ${WEBHOOK}`,
  )

const DISABLED = {
  disabled_at: sql`coalesce(webhooks.disabled_at, now())`,
  disabled_reason: 'Disabled by an owner.',
}
const ENABLED = { disabled_at: null, disabled_reason: null, failing_since: null }

export const updateWebhook = (
  db: Db,
  viewer: Viewer,
  project: string,
  id: string,
  { disabled, ...changes }: WebhookChanges,
  { versions }: Precondition,
) =>
  maybe<Webhook>(
    db.write,
    sql`
  update webhooks
  set ${assign('webhooks', { ...changes, ...(disabled === undefined ? {} : disabled ? DISABLED : ENABLED) })}
  from ${held(viewer, project)}
  where webhooks.id = ${id} and projects.id = webhooks.project_id
    and ${allows(versions)} and ${recordAs(viewer)}
  returning ${WEBHOOK}`,
  )

export const deleteWebhook = (
  db: Db,
  viewer: Viewer,
  project: string,
  id: string,
  { versions }: Precondition,
) =>
  maybe<{ id: string }>(
    db.write,
    sql`
  delete from webhooks using ${held(viewer, project)}
  where webhooks.id = ${id} and projects.id = webhooks.project_id and ${allows(versions)} and ${recordAs(viewer)}
  returning webhooks.id`,
  )

/** Signs with a new secret from now on, and for a day with the one before too. */
export const rotateSecret = (
  db: Db,
  viewer: Viewer,
  project: string,
  id: string,
  secret: Buffer,
  { versions }: Precondition,
) =>
  maybe<{ previous_secret_until: string }>(
    db.write,
    sql`
  update webhooks
  set previous_secret = webhooks.secret, previous_secret_until = now() + interval '24 hours', secret = ${secret}
  from ${held(viewer, project)}
  where webhooks.id = ${id} and projects.id = webhooks.project_id and ${allows(versions)} and ${recordAs(viewer)}
  returning previous_secret_until`,
  )

export const listDeliveries = (
  db: Db,
  webhookId: string,
  { status }: DeliveryFilter,
  after: After,
  count: number,
) =>
  many<Delivery & { sort_key: number }>(
    db.read,
    sql`
  select delivery.id, delivery.seq, events.kind, delivery.status, delivery.created_at, delivery.seq as sort_key,
    case when delivery.status = 'pending' then delivery.due_at end as due_at,
    coalesce((select jsonb_agg(jsonb_build_object('number', number, 'at', at, 'status', attempt.status, 'error', error, 'ms', ms) order by number)
              from webhook_attempts attempt where delivery_id = delivery.id), '[]') as attempts
  from webhook_deliveries delivery left join events on events.seq = delivery.seq
  where delivery.webhook_id = ${webhookId} ${status === undefined ? raw('') : sql`and delivery.status = ${status}`}
    ${after ? sql`and (delivery.seq, delivery.id) < (${after.key}::bigint, ${after.id}::uuid)` : raw('')}
  order by delivery.seq desc, delivery.id desc
  limit ${count}`,
  )

export const countDeliveries = async (db: Db, webhookId: string, { status }: DeliveryFilter) =>
  (
    await one<{ count: number }>(
      db.read,
      sql`
  select count(*) from webhook_deliveries
  where webhook_id = ${webhookId} ${status === undefined ? raw('') : sql`and status = ${status}`}`,
    )
  ).count

/** Sends one delivery again, now, under the same webhook-id, so that a receiver can tell it from a new event. */
export const redeliver = (db: Db, webhookId: string, deliveryId: string) =>
  many<{ id: string }>(
    db.write,
    sql`
  update webhook_deliveries set status = 'pending', due_at = now(), attempts = 0
  where id = ${deliveryId} and webhook_id = ${webhookId}
  returning id`,
  )

/** Sends a range of events again: those delivered before under their webhook-id, those never delivered as new ones. */
export const redeliverRange = (db: Db, webhookId: string, from: number, to: number) =>
  many<{ id: string }>(
    db.write,
    sql`
  with webhook as (
    select id, project_id, kinds from webhooks where id = ${webhookId}
  ), again as (
    update webhook_deliveries set status = 'pending', due_at = now(), attempts = 0
    from webhook
    where webhook_id = webhook.id and seq between ${from} and ${to}
    returning webhook_deliveries.id, seq
  ), missing as (
    insert into webhook_deliveries (id, webhook_id, seq)
    select gen_random_uuid(), webhook.id, event.seq
    from webhook join events event on ${happened} and ${chosen}
    where event.seq between ${from} and ${to} and not exists (select from webhook_deliveries where webhook_id = webhook.id and seq = event.seq)
    order by event.seq
    limit 10000
    returning id
  )
  select id from again union all select id from missing`,
  )
