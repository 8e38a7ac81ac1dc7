import { Type, type Static } from 'typebox'
import { Closed, Id, Instant, Nullable, OneOf, OrNull, Ref } from '../../http/schemas.ts'
import { PageQuery } from '../../http/pages.ts'
import { ApiToken } from '../tokens/schema.ts'
import { Person, User } from '../users/schema.ts'

/** Refused attempts to log in, or to prove who one is while logged in. */
export const ATTEMPTS = ['login.failed', 'password.refused'] as const

export const AUDIT_KINDS = [
  'login.succeeded',
  ...ATTEMPTS,
  'session.ended',
  'password.changed',
  'password.removed',
  'email.changed',
  'token.created',
  'token.ended',
  'bot.created',
  'user.registered',
  'user.invited',
  'invitation.accepted',
  'user.created',
  'user.updated',
  'user.role_changed',
  'user.disabled',
  'user.enabled',
  'user.deleted',
] as const

export const ENDINGS = [
  'logged_out',
  'ended_by_user',
  'ended_by_admin',
  'refresh_token_reused',
  'password_changed',
  'password_reset',
  'invited',
  'account_disabled',
  'account_deleted',
] as const

const { role } = User.properties

const Details = Type.Object(
  {
    reason: Type.Optional(
      OneOf(ENDINGS, {
        title: 'SessionEnding',
        description: 'Why the session or the token ended.',
        examples: ['logged_out'],
      }),
    ),
    user_agent: Type.Optional(
      Type.String({ maxLength: 300, description: 'What logged in.', examples: ['Mozilla/5.0'] }),
    ),
    token_id: Type.Optional(Type.Unsafe<string>({ ...Id, description: 'The token that was made or ended.' })),
    scopes: Type.Optional(ApiToken.properties.scopes),
    expires_at: Type.Optional(Instant),
    role: Type.Optional(role),
    previous_role: Type.Optional(role),
    fields: Type.Optional(
      Type.Array(Type.String({ maxLength: 40 }), {
        maxItems: 10,
        description: 'Which fields somebody else changed.',
        examples: [['name']],
      }),
    ),
  },
  { $id: 'AuditDetails', description: 'What there is to say besides, by the kind of the entry.' },
)

const kind = OneOf(AUDIT_KINDS, {
  title: 'AuditKind',
  description: 'What happened.',
  examples: ['login.failed'],
})

export const AuditEntry = Type.Object(
  {
    id: Id,
    at: Instant,
    kind,
    source: OneOf(['api', 'command_line', 'server'], {
      title: 'AuditSource',
      description: 'A request, a command at the machine itself, or the server when it started.',
    }),
    actor: Type.Unsafe<Person | null>({
      ...OrNull(Ref(Person)),
      description: 'Who did it, under the present name; null if nobody was logged in.',
    }),
    user: Type.Unsafe<Person | null>({
      ...OrNull(Ref(Person)),
      description: 'Whose account it concerns; null for a log-in with an e-mail address that nobody has.',
    }),
    address: Nullable(Type.String({ maxLength: 45 }), {
      description: 'The network address it came from.',
      examples: ['203.0.113.7'],
    }),
    session_id: Nullable(Id),
    token_id: Nullable(Id, { description: 'The token by which a program did it for the actor.' }),
    operation_id: Nullable(Id, { description: 'Of the change, as in the trail and in Operation-Id.' }),
    details: Details,
    count: Type.Integer({
      minimum: 1,
      maximum: 2_147_483_647,
      description: 'How many refused attempts this stands for: those of one hour from one network.',
      examples: [1],
    }),
    last_at: Type.Unsafe<string>({ ...Instant, description: 'The last of them; the first was `at`.' }),
  },
  { $id: 'AuditEntry' },
)
export type AuditEntry = Static<typeof AuditEntry>

const id = (description: string) => Type.Optional(Type.Unsafe<string>({ ...Id, description }))
const instant = (description: string) => Type.Optional(Type.Unsafe<string>({ ...Instant, description }))

export const AuditFilter = Closed({
  ...PageQuery,
  actor: id('Only what this user did.'),
  user: id('Only what concerns the account of this user.'),
  kind: Type.Optional(kind),
  since: instant('Only what happened at this instant or later.'),
  until: instant('Only what happened before this instant.'),
})
export type AuditFilter = Static<typeof AuditFilter>
