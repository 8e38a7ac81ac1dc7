import { Type, type Static } from 'typebox'
import { Closed, Id, Instant, Nullable, OneOf, OrNull, Ref } from '../../http/schemas.ts'
import { ApiToken } from '../tokens/schema.ts'
import { Email, NewUser, Password, User } from '../users/schema.ts'

export const Registration = Closed(
  {
    email: Type.Optional(Email),
    password: Password,
    name: NewUser.properties.name,
    time_zone: NewUser.properties.time_zone,
    invite_token: Type.Optional(
      Type.String({
        maxLength: 2000,
        description: 'Sent in place of the e-mail address by someone who was invited.',
      }),
    ),
  },
  {
    $id: 'Registration',
    examples: [{ email: 'ada@example.com', password: 'correct horse battery staple', name: 'Ada Lovelace' }],
  },
)
export type Registration = Static<typeof Registration>

export const Login = Closed(
  { email: Type.String({ maxLength: 254, format: 'text' }), password: Password },
  { $id: 'Login', examples: [{ email: 'ada@example.com', password: 'correct horse battery staple' }] },
)

export const Refresh = Closed(
  { refresh_token: Type.String({ maxLength: 2000 }) },
  {
    $id: 'Refresh',
    examples: [{ refresh_token: 'eyJhbGciOiJIUzI1NiIsInR5cCI6InJlZnJlc2grand0In0.e30.c2ln' }],
  },
)

export const PasswordChange = Closed(
  { current_password: Password, new_password: Password },
  {
    $id: 'PasswordChange',
    examples: [
      { current_password: 'correct horse battery staple', new_password: 'a quieter horse, a newer staple' },
    ],
  },
)

export const ForgottenPassword = Closed(
  { email: Type.String({ maxLength: 254, format: 'text' }) },
  { $id: 'ForgottenPassword', examples: [{ email: 'ada@example.com' }] },
)

const LinkToken = Type.String({
  maxLength: 2000,
  description: 'From the link: what comes after the #.',
  examples: ['eyJhbGciOiJIUzI1NiIsInR5cCI6Imxpbmsrand0In0.e30.c2ln'],
})

export const AddressProof = Closed(
  { token: LinkToken },
  { $id: 'AddressProof', examples: [{ token: 'eyJhbGciOiJIUzI1NiIsInR5cCI6Imxpbmsrand0In0.e30.c2ln' }] },
)

export const PasswordReset = Closed(
  { token: LinkToken, new_password: Password },
  {
    $id: 'PasswordReset',
    examples: [
      {
        token: 'eyJhbGciOiJIUzI1NiIsInR5cCI6Imxpbmsrand0In0.e30.c2ln',
        new_password: 'a quieter horse, a newer staple',
      },
    ],
  },
)

export const TokenPair = Type.Object(
  {
    access_token: Type.String({
      maxLength: 2000,
      examples: ['eyJhbGciOiJIUzI1NiIsInR5cCI6ImF0K2p3dCJ9.e30.c2ln'],
    }),
    token_type: OneOf(['Bearer']),
    expires_in: Type.Integer({ minimum: 0, maximum: 900, description: 'Seconds.', examples: [900] }),
    refresh_token: Type.String({
      maxLength: 2000,
      examples: ['eyJhbGciOiJIUzI1NiIsInR5cCI6InJlZnJlc2grand0In0.e30.c2ln'],
    }),
    refresh_expires_in: Type.Integer({
      minimum: 0,
      maximum: 31_622_400,
      examples: [2_592_000],
      description: 'Seconds until this session ends for good; refreshing does not extend it.',
    }),
    user: Ref(User),
  },
  { $id: 'TokenPair' },
)

const Account = Type.Object(
  {
    ...User.properties,
    email: Nullable(User.properties.email, { description: 'Null for a bot.', examples: ['ada@example.com'] }),
  },
  { $id: 'Account' },
)

export const Validation = Type.Object(
  {
    user: Account,
    session_id: Nullable(Id, { description: 'Null for a program, which has a token.' }),
    token: Type.Unsafe<ApiToken | null>({ ...OrNull(Ref(ApiToken)), description: 'The token of a program.' }),
    expires_at: Instant,
  },
  { $id: 'Validation' },
)

export const Session = Type.Object(
  {
    id: Id,
    user_agent: Nullable(Type.String({ maxLength: 300 }), { examples: ['Mozilla/5.0'] }),
    ip: Nullable(Type.String({ maxLength: 45 }), { examples: ['203.0.113.7'] }),
    current: Type.Boolean({ description: 'The session that asks.' }),
    created_at: Instant,
    refreshed_at: Instant,
    expires_at: Instant,
  },
  { $id: 'Session' },
)
export type Session = Static<typeof Session>
