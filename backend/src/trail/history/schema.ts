import { Type, type Static } from 'typebox'
import { FieldChanges } from '../changes/event.ts'
import { kindsInProjects } from '../../nouns.ts'
import { Id, Instant, Nullable, OneOf, Version } from '../../http/schemas.ts'

const Named = { id: Id, name: Type.String({ maxLength: 200, examples: ['Ada Lovelace'] }) }

export const HistoryEntry = Type.Object(
  {
    seq: Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER, examples: [1200] }),
    at: Instant,
    operation_id: Id,
    actor: Type.Unsafe<{ id: string; name: string } | null>({
      type: ['object', 'null'],
      examples: [{ id: '019aab5e-6c00-7000-8000-000000000001', name: 'Ada Lovelace' }],
      properties: Named,
      required: ['id', 'name'],
      description: 'Who did it, by the name of today; null for the system itself.',
    }),
    kind: Type.String({ maxLength: 50, examples: ['task.updated'] }),
    subject: Type.Object(
      {
        type: OneOf([...kindsInProjects(), 'webhook']),
        id: Id,
        name: Nullable(Type.String({ maxLength: 500 }), { examples: ['Renew the certificate'] }),
      },
      { description: 'What it happened to, by the name of today; null if that is gone or elsewhere.' },
    ),
    version: Version,
    changes: Type.Unsafe<Static<typeof FieldChanges>>({
      ...FieldChanges,
      description:
        'By field. People and projects are `{id, name}`; null for what is not set, not kept, or hidden from you.',
      examples: [
        {
          assignee_ids: {
            from: [],
            to: [{ id: '019aab5e-6c00-7000-8000-000000000001', name: 'Ada Lovelace' }],
          },
        },
      ],
    }),
  },
  { $id: 'HistoryEntry' },
)
export type HistoryEntry = Static<typeof HistoryEntry>
