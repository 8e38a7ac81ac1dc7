import { Type, type Static } from 'typebox'
import { ByIdOrKey, Closed, Id, Instant, Nullable, OneOf, Version } from '../../http/schemas.ts'
import { PageQuery } from '../../http/pages.ts'

export const fields = {
  url: Type.String({
    maxLength: 2000,
    format: 'http-url',
    examples: ['https://example.com/hooks/tasktrail'],
  }),
  kinds: Type.Array(Type.String({ maxLength: 50 }), {
    maxItems: 200,
    description: 'Empty: every kind.',
    examples: [['task.created', 'task.updated']],
  }),
  description: Type.String({ maxLength: 500, text: 'line', examples: ['The chat room'] }),
}

export const Webhook = Type.Object(
  {
    id: Id,
    project_id: Id,
    ...fields,
    disabled_at: Nullable(Instant),
    disabled_reason: Nullable(
      Type.String({
        maxLength: 500,
        description:
          'Why no more is sent: an owner said so, the endpoint did (410), or every attempt failed for more than a day. ' +
          'The latter two are told to those who manage the project: `webhook.disabled` in its history and in the feed.',
      }),
    ),
    failing_since: Nullable(Instant),
    previous_secret_until: Nullable(Instant),
    created_by: Id,
    created_at: Instant,
    updated_at: Instant,
    version: Version,
  },
  { $id: 'Webhook' },
)
export type Webhook = Static<typeof Webhook>

const secret = Type.String({
  maxLength: 200,
  description: 'Shown this once. Verifies the webhook-signature header (Standard Webhooks).',
  examples: ['whsec_bm90IGEgcmVhbCBzZWNyZXQsIG9ubHkgYW4gZXhhbXBsZQ=='],
})
export const CreatedWebhook = Type.Object({ ...Webhook.properties, secret }, { $id: 'CreatedWebhook' })
export const RotatedSecret = Type.Object({ secret, previous_secret_until: Instant }, { $id: 'RotatedSecret' })

const SEQ = { minimum: 1, maximum: Number.MAX_SAFE_INTEGER, examples: [1200] }

export const Attempt = Type.Object(
  {
    number: Type.Integer({ minimum: 1, maximum: 1000 }),
    at: Instant,
    status: Nullable(
      Type.Integer({ minimum: 100, maximum: 599, description: 'The HTTP status, if there was an answer.' }),
    ),
    error: Nullable(Type.String({ maxLength: 1000 })),
    ms: Type.Integer({ minimum: 0, maximum: 2147483647 }),
  },
  { title: 'DeliveryAttempt' },
)

const DELIVERY_STATUSES = ['pending', 'delivered', 'failed'] as const

export const Delivery = Type.Object(
  {
    id: Type.Unsafe<string>({ ...Id, description: 'The webhook-id header, the same at every attempt.' }),
    seq: Type.Integer({ ...SEQ, description: 'The number of the event.' }),
    kind: Nullable(
      Type.String({ maxLength: 50, description: 'null when the event is older than the trail is kept.' }),
    ),
    status: OneOf(DELIVERY_STATUSES, { title: 'DeliveryStatus' }),
    attempts: Type.Array(Attempt, { maxItems: 50 }),
    due_at: Nullable(Instant),
    created_at: Instant,
  },
  { $id: 'Delivery' },
)
export type Delivery = Static<typeof Delivery>

export const DeliveryFilter = Closed({
  ...PageQuery,
  status: Type.Optional(
    OneOf(DELIVERY_STATUSES, { title: 'DeliveryStatus', description: 'Only those in this state.' }),
  ),
})
export type DeliveryFilter = Static<typeof DeliveryFilter>

const seq = Type.Integer(SEQ)
export const Redelivery = Closed(
  { delivery_id: Type.Optional(Id), from_seq: Type.Optional(seq), to_seq: Type.Optional(seq) },
  {
    $id: 'Redelivery',
    description: 'Either delivery_id, or from_seq and to_seq, both included.',
    examples: [{ from_seq: 1200, to_seq: 1260 }],
  },
)
export type Redelivery = Static<typeof Redelivery>

export const Redelivered = Type.Object(
  {
    deliveries: Type.Integer({
      minimum: 0,
      maximum: 2147483647,
      description: 'How many will be sent.',
      examples: [61],
    }),
  },
  { $id: 'Redelivered' },
)

export const ByWebhook = Closed({
  ...ByIdOrKey.properties,
  webhook_id: Type.Unsafe<string>({ ...Id, description: 'The id of a webhook of the project.' }),
})
