import { columns } from '../../database/sql.ts'
import type { Noun } from '../noun.ts'
import { Webhook } from './schema.ts'

// Not in queries.ts, which needs to know the kinds of every noun.
export const WEBHOOK = columns('webhooks', Webhook)

export const webhook: Noun = {
  kind: 'webhook',
  schema: Webhook,
  table: 'webhooks',
  columns: WEBHOOK,
  id: 'id',
  project: 'project_id',
  trash: false,
  title: 'description',
  refers: { created_by: 'user', project_id: 'project' },
  seenBy: 'managers',
  changedBy: 'managers',
  scope: 'webhooks:manage',
  undo: { refused: 'Change the webhook instead.' },
  // Addresses of endpoints often are secrets themselves.
  hidden: ['url', 'secret', 'previous_secret'],
  internal: ['last_seq'],
  verbs: { disabled_at: 'disabled' },
  unlessAnonymous: true,
}
