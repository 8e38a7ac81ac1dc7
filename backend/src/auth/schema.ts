import { Type, type Static } from 'typebox'
import { Closed, Id, Instant, Nullable, OneOf, Ref } from '../http.ts'
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
    examples: [{ email: 'ada@example.com', password: 'correct horse battery staple', name: 'Ada Lovelace' }],
  },
)
export type Registration = Static<typeof Registration>

export const Login = Closed(
  { email: Type.String({ maxLength: 254, format: 'text' }), password: Password },
  { examples: [{ email: 'ada@example.com', password: 'correct horse battery staple' }] },
)

export const Refresh = Closed(
  { refresh_token: Type.String({ maxLength: 2000 }) },
  { examples: [{ refresh_token: 'eyJhbGciOiJIUzI1NiIsInR5cCI6InJlZnJlc2grand0In0.e30.c2ln' }] },
)

export const PasswordChange = Closed(
  { current_password: Password, new_password: Password },
  {
    examples: [
      { current_password: 'correct horse battery staple', new_password: 'a quieter horse, a newer staple' },
    ],
  },
)

export const TokenPair = Type.Object(
  {
    access_token: Type.String(),
    token_type: OneOf(['Bearer']),
    expires_in: Type.Integer({ minimum: 0, description: 'Seconds.' }),
    refresh_token: Type.String(),
    refresh_expires_in: Type.Integer({
      minimum: 0,
      description: 'Seconds until this session ends for good; refreshing does not extend it.',
    }),
    user: Ref(User),
  },
  { $id: 'TokenPair' },
)

export const Validation = Type.Object({ user: Ref(User), session_id: Id, expires_at: Instant })

export const Session = Type.Object(
  {
    id: Id,
    user_agent: Nullable(Type.String()),
    ip: Nullable(Type.String()),
    current: Type.Boolean({ description: 'The session that asks.' }),
    created_at: Instant,
    refreshed_at: Instant,
    expires_at: Instant,
  },
  { $id: 'Session' },
)
export type Session = Static<typeof Session>
