import { Type, type Static } from 'typebox'
import { Changes, Closed, Id, Instant, Nullable, OneOf, Query, Title, Version } from '../../http/schemas.ts'
import { PageQuery } from '../../http/pages.ts'

export const Password = Type.String({
  minLength: 1,
  maxLength: 256,
  examples: ['correct horse battery staple'],
})
export const Email = Type.String({
  format: 'email',
  text: 'email',
  maxLength: 254,
  description: 'Answered in its one spelling: small letters, and the domain as DNS has it (xn--…).',
  examples: ['ada@example.com'],
})

const profile = {
  email: Email,
  name: Title(200, { examples: ['Ada Lovelace'] }),
  time_zone: Type.String({
    format: 'time-zone',
    maxLength: 64,
    description: 'IANA name',
    examples: ['Europe/Berlin'],
  }),
}
const role = OneOf(['user', 'admin'], {
  title: 'UserRole',
  description: 'What they may do in the whole instance.',
})

export const UserKind = OneOf(['person', 'bot'], {
  title: 'UserKind',
  description: 'A bot is no person: a program has an account of its own.',
})

export const User = Type.Object(
  {
    id: Id,
    kind: UserKind,
    ...profile,
    email_verified_at: Nullable(Instant, {
      description: 'When it was known that they read the mail of this address.',
    }),
    role,
    disabled_at: Nullable(Instant),
    created_at: Instant,
    updated_at: Instant,
    version: Version,
  },
  { $id: 'User' },
)
export type User = Static<typeof User>

const current_password = Type.Unsafe<string>({
  ...Password,
  description: 'My password, asked for again so that nobody does this who only found me logged in.',
})

export const ProfileChanges = Changes(
  {
    ...profile,
    current_password: Type.Unsafe<string>({
      ...Password,
      description:
        'My password; needed to change the e-mail address. Where mail is sent, the address changes when the link is followed that goes there.',
    }),
  },
  {
    $id: 'ProfileChanges',
    examples: [{ name: 'Ada King', time_zone: 'Europe/London' }],
  },
)
export type ProfileChanges = Static<typeof ProfileChanges>

export const AccountDeletion = Closed(
  { current_password },
  { $id: 'AccountDeletion', examples: [{ current_password: 'correct horse battery staple' }] },
)

export const UserChanges = Changes(
  { ...profile, role, disabled: Type.Boolean({ description: 'Whether they may not log in.' }) },
  { $id: 'UserChanges', examples: [{ role: 'admin' }] },
)
export type UserChanges = Static<typeof UserChanges>

export const NewUser = Closed(
  {
    email: profile.email,
    name: profile.name,
    time_zone: Type.Optional(profile.time_zone),
    role: Type.Optional(role),
    password: Type.Optional(Password),
  },
  { $id: 'NewUser', examples: [{ email: 'grace@example.com', name: 'Grace Hopper', role: 'user' }] },
)

export const CreatedUser = Type.Object(
  {
    ...User.properties,
    invite_token: Type.Optional(
      Type.String({
        maxLength: 2000,
        examples: ['eyJhbGciOiJIUzI1NiIsInR5cCI6Imludml0ZStqd3QifQ.e30.c2ln'],
        description:
          'Present when no password was given: the person sets one with it at POST /auth/register, once, within seven days.',
      }),
    ),
  },
  { $id: 'CreatedUser' },
)

export const UserFilter = Closed({
  ...PageQuery,
  q: Type.Optional(Query({ description: 'Text in the name or the e-mail address.', examples: ['ada'] })),
  role: Type.Optional(role),
  disabled: Type.Optional(Type.Boolean({ description: 'Only those who may not log in, or only others.' })),
})
export type UserFilter = Static<typeof UserFilter>

export const Person = Type.Object(
  { id: Id, name: Type.String({ maxLength: 200, examples: ['Grace Hopper'] }), kind: UserKind },
  { $id: 'Person', description: 'Somebody, as those who share a project with them may know.' },
)
export type Person = Static<typeof Person>

/** A change as the columns have it. */
export const columnsOf = <T extends { disabled?: boolean }>({ disabled, ...rest }: T) => ({
  ...rest,
  ...(disabled !== undefined && { disabled_at: disabled ? new Date().toISOString() : null }),
})
