// What a webhook can be asked for. Apart from schema.ts, because it names the kinds of every noun, this one's too.
import { Type, type Static } from 'typebox'
import { Changes, Closed, OneOf } from '../../http/schemas.ts'
import { NOUNS } from '../../nouns.ts'
import { verbsOf } from '../noun.ts'
import { fields } from './schema.ts'

/** All that members can see happen in the project once it is there; and that a webhook was switched off. */
const KINDS = [
  ...NOUNS.filter(({ project, seenBy }) => project !== null && seenBy === 'members')
    .flatMap((noun) => verbsOf(noun).map((verb) => `${noun.kind}.${verb}`))
    .filter((kind) => kind !== 'project.created'),
  'webhook.disabled',
]

const kinds = Type.Array(OneOf(KINDS, { title: 'WebhookKind' }), {
  maxItems: KINDS.length,
  uniqueItems: true,
  description: 'Empty: every kind.',
  examples: [['task.created', 'task.updated']],
})

export const NewWebhook = Closed(
  { url: fields.url, kinds: Type.Optional(kinds), description: Type.Optional(fields.description) },
  { $id: 'NewWebhook', examples: [{ url: 'https://example.com/hooks/tasktrail', kinds: ['task.created'] }] },
)
export type NewWebhook = Static<typeof NewWebhook>

export const WebhookChanges = Changes(
  { ...fields, kinds, disabled: Type.Boolean() },
  { $id: 'WebhookChanges', examples: [{ disabled: false }] },
)
export type WebhookChanges = Static<typeof WebhookChanges>
