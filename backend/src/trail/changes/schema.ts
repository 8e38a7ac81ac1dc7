import { Type, type Static, type TProperties } from 'typebox'
import {
  ByKind,
  Closed,
  Id,
  Instant,
  nameOfKind,
  Nullable,
  OneOf,
  OrNull,
  Ref,
  Version,
} from '../../http/schemas.ts'
import { PageQuery } from '../../http/pages.ts'
import { kindsInSnapshots, NOUNS } from '../../nouns.ts'
import { verbsOf, type Noun } from '../noun.ts'
import { FieldChanges, namesSchema } from './event.ts'

const common = Type.Object(
  {
    kind: Type.String({
      maxLength: 50,
      description:
        'What happened, to what: `task.updated`, `member.removed`, … `project.state`, `member.state`, `task.state` and so on ' +
        'tell the present state of something that came into view or looks different now. `reset`: forget everything, ' +
        'all that you can see follows.',
      examples: ['task.updated'],
    }),
    seq: Nullable(
      Type.Integer({
        minimum: 1,
        maximum: Number.MAX_SAFE_INTEGER,
        description: 'Place in the order of all changes; null when nothing happened.',
      }),
    ),
    at: Nullable(Instant),
    operation_id: Nullable(Type.Unsafe<string>({ ...Id, description: 'The request that did it.' })),
    actor_id: Nullable(
      Type.Unsafe<string>({ ...Id, description: 'Who did it; null for the system itself.' }),
    ),
    token_id: Nullable(
      Type.Unsafe<string>({ ...Id, description: 'The token by which a program did it for them.' }),
    ),
    project_id: Nullable(Id),
    resource_id: Nullable(
      Type.Unsafe<string>({
        ...Id,
        description: 'Of a member the id of the user; project_id says in which project.',
      }),
    ),
    version: Nullable(Version),
    ...Type.Partial(Type.Object({ ...namesSchema('project'), ...namesSchema('task') })).properties,
    changes: FieldChanges,
    resource: Type.Unsafe<Readonly<Record<string, unknown>> | null>({
      anyOf: [
        ...[...new Set(NOUNS.filter(({ seenBy }) => seenBy !== 'managers').map(({ schema }) => schema))].map(
          Ref,
        ),
        { type: 'null' },
      ],
      description: 'How it is now, as a read would answer; null: you cannot see it, or no longer.',
    }),
  },
  {
    $id: 'Change',
    examples: [
      {
        kind: 'task.updated',
        seq: 4711,
        at: '2026-11-22T09:30:00Z',
        operation_id: '019aab5e-6c00-7000-8000-000000000004',
        actor_id: '019aab5e-6c00-7000-8000-000000000001',
        token_id: null,
        project_id: '019aab5e-6c00-7000-8000-000000000002',
        resource_id: '019aab5e-6c00-7000-8000-000000000003',
        version: 2,
        ref: 'OPS-42',
        title: 'Renew the certificate',
        changes: { assignee_ids: { from: [], to: ['019aab5e-6c00-7000-8000-000000000001'] } },
        resource: null,
      },
    ],
  },
)

/** Without a type: generators of clients in Python and Go make nothing of one that is null and nothing else. */
const NOTHING = Type.Unsafe<null>({ description: 'Always null.' })

/** What is always there when something happened. */
const happened = {
  seq: Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER, examples: [4711] }),
  at: Instant,
  operation_id: Id,
  resource_id: common.properties.resource_id,
  version: Version,
}

type Variant = [name: string, differing: TProperties]

const variant = (kind: string, differing: TProperties): Variant => [
  `${nameOfKind(kind)}Change`,
  { kind: OneOf([kind]), ...differing },
]

const variantsOfNoun = (noun: Noun): Variant[] => {
  const shown = noun.project === null || kindsInSnapshots().includes(noun.kind)
  const resource = shown ? OrNull(Ref(noun.schema)) : NOTHING
  return [
    ...verbsOf(noun).map((verb) =>
      variant(`${noun.kind}.${verb}`, { ...happened, ...namesSchema(noun.kind), resource }),
    ),
    ...(!kindsInSnapshots().includes(noun.kind) ? [] : [variant(`${noun.kind}.state`, { resource })]),
  ]
}

export const Change = ByKind(
  common,
  Object.fromEntries([...NOUNS.flatMap(variantsOfNoun), variant('reset', { resource: NOTHING })]),
)
export type Change = Static<typeof Change>

const after = Type.Optional(
  Type.String({
    maxLength: 1000,
    description:
      '`next` of the answer before, or `now` for what happens from here on. Without it all that I can see comes first.',
    examples: ['now'],
  }),
)

export const ChangesQuery = Closed({
  after,
  limit: PageQuery.limit,
  wait: Type.Optional(
    Type.Integer({
      minimum: 0,
      maximum: 30,
      default: 0,
      examples: [30],
      description: 'Seconds to wait for a change when there is none.',
    }),
  ),
})

export const Changes = Type.Object(
  {
    items: Type.Array(Ref(Change), { maxItems: 200 }),
    next: Type.String({
      maxLength: 1000,
      examples: ['eyJzZXEiOjEyMDB9'],
      description: 'Where to go on: `after` of the next request. Keep it with what you keep.',
    }),
    more: Type.Boolean({ description: 'There is more already. False: you hold what is there now.' }),
  },
  { $id: 'ChangePage' },
)
export type Changes = Static<typeof Changes>

export const EventsQuery = Closed({
  after,
  ticket: Type.Optional(
    Type.String({ maxLength: 2000, description: 'From POST /events/ticket, instead of an access token.' }),
  ),
})

export const Ticket = Type.Object(
  {
    ticket: Type.String({ maxLength: 2000 }),
    expires_in: Type.Integer({
      minimum: 1,
      maximum: 60,
      description: 'Seconds within which it opens a stream.',
    }),
  },
  { $id: 'Ticket', examples: [{ ticket: 'eyJhbGciOi…', expires_in: 30 }] },
)
