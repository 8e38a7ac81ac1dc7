import { Type, type Static } from 'typebox'
import { ByIdOrKey, Closed, Id, Instant, OneOf, Version } from '../http/schemas.ts'
import { PROJECT_ROLES } from '../policy.ts'
import { Email, UserKind } from '../accounts/users/schema.ts'

const role = OneOf(PROJECT_ROLES, { title: 'ProjectRole' })

export const Member = Type.Object(
  {
    user_id: Id,
    name: Type.String({ maxLength: 200, examples: ['Grace Hopper'] }),
    kind: UserKind,
    role,
    created_at: Instant,
    updated_at: Instant,
    version: Version,
  },
  { $id: 'Member' },
)
export type Member = Static<typeof Member>

export const NewMember = Closed(
  {
    user_id: Type.Optional(Id),
    email: Type.Optional(Email),
    role: Type.Optional(role),
  },
  {
    $id: 'NewMember',
    description: 'Either user_id or email.',
    examples: [{ email: 'grace@example.com', role: 'editor' }],
  },
)
export type NewMember = Static<typeof NewMember>

export const MemberChanges = Closed({ role }, { $id: 'MemberChanges', examples: [{ role: 'viewer' }] })
export const ByMember = Closed({
  ...ByIdOrKey.properties,
  user_id: Type.Unsafe<string>({ ...Id, description: 'The id of a member.' }),
})
