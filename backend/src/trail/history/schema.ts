import { Type, type Static } from 'typebox'
import { FieldChanges, namesSchema } from '../changes/event.ts'
import { kindsInProjects, NOUNS } from '../../nouns.ts'
import { ByKind, Id, Instant, nameOfKind, Nullable, OneOf, Version } from '../../http/schemas.ts'
import { UserKind } from '../../accounts/users/schema.ts'
import { verbsOf } from '../noun.ts'

const common = Type.Object(
  {
    seq: Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER, examples: [1200] }),
    at: Instant,
    operation_id: Id,
    actor: Type.Unsafe<{ id: string; name: string; kind: Static<typeof UserKind> } | null>({
      title: 'Actor',
      type: ['object', 'null'],
      properties: {
        id: Id,
        name: Type.String({ maxLength: 200, examples: ['Ada Lovelace'] }),
        kind: UserKind,
      },
      required: ['id', 'name', 'kind'],
      description: 'Who did it, by the name of today; null for the system itself.',
      examples: [{ id: '019aab5e-6c00-7000-8000-000000000001', name: 'Ada Lovelace', kind: 'person' }],
    }),
    token: Type.Unsafe<{ id: string; name: string | null } | null>({
      title: 'ActingToken',
      type: ['object', 'null'],
      properties: {
        id: Id,
        name: Nullable(Type.String({ maxLength: 200 }), { examples: ['Nightly import'] }),
      },
      required: ['id', 'name'],
      description:
        'The token by which a program did it for them; without a name once the token has been gone for 30 days.',
      examples: [{ id: '019aab5e-6c00-7000-8000-000000000005', name: 'Nightly import' }],
    }),
    kind: Type.String({ maxLength: 50, examples: ['task.updated'] }),
    subject: Type.Object(
      {
        type: OneOf(kindsInProjects(), { title: 'HistorySubjectType' }),
        id: Id,
        name: Nullable(Type.String({ maxLength: 500 }), { examples: ['Renew the certificate'] }),
      },
      {
        title: 'HistorySubject',
        description: 'What it happened to, by the name of today; null if that is gone or elsewhere.',
      },
    ),
    version: Version,
    ...Type.Partial(Type.Object({ ...namesSchema('project'), ...namesSchema('task') })).properties,
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

const KINDS = NOUNS.filter(({ project }) => project !== null).flatMap((noun) =>
  verbsOf(noun).map((verb) => `${noun.kind}.${verb}`),
)

export const HistoryEntry = ByKind(
  common,
  Object.fromEntries(
    KINDS.map((kind) => [
      `${nameOfKind(kind)}Entry`,
      { kind: OneOf([kind]), ...namesSchema(kind.split('.')[0] ?? '') },
    ]),
  ),
)
export type HistoryEntry = Static<typeof HistoryEntry>
