import { Type, type Static } from 'typebox'
import { ByIdOrKey, Closed, Id, Instant, OneOf, Version } from '../http.ts'
import { PROJECT_ROLES } from '../policy.ts'

const role = OneOf(PROJECT_ROLES)

export const Member = Type.Object(
  {
    user_id: Id,
    name: Type.String(),
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
    email: Type.Optional(Type.String({ format: 'email', maxLength: 254 })),
    role: Type.Optional(role),
  },
  { description: 'Either user_id or email.', examples: [{ email: 'grace@example.com', role: 'editor' }] },
)
export type NewMember = Static<typeof NewMember>

export const MemberRole = Closed({ role }, { examples: [{ role: 'viewer' }] })
export const ByMember = Closed({ ...ByIdOrKey.properties, user_id: Id })
