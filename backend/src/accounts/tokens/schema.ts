import { Type, type Static } from 'typebox'
import { Closed, Id, Instant, Nullable, OneOf, Title } from '../../http/schemas.ts'
import { PageQuery } from '../../http/pages.ts'
import { ALL_SCOPES, SCOPES } from '../../scopes.ts'
import { Password, User } from '../users/schema.ts'

const name = Title(100, {
  description: 'What it is for; shown beside what it does.',
  examples: ['Nightly import'],
})

const scopes = Type.Array(OneOf(ALL_SCOPES, { title: 'Scope' }), {
  minItems: 1,
  maxItems: ALL_SCOPES.length,
  uniqueItems: true,
  description: Object.entries(SCOPES)
    .map(([scope, meaning]) => `\`${scope}\`: ${meaning}`)
    .join(' '),
  examples: [['tasks:read', 'tasks:write']],
})

const BOUNDS = {
  maxItems: 100,
  description: 'The only projects that there are for it; null for all that its user sees.',
  examples: [null],
}
const project_ids = Nullable(Type.Array(Id), BOUNDS)

export const ApiToken = Type.Object(
  {
    id: Id,
    name,
    scopes,
    project_ids,
    parent_id: Nullable(Id, { description: 'The token that made it, and ends with which it ends.' }),
    current: Type.Boolean({ description: 'The token that asks.' }),
    created_at: Instant,
    expires_at: Instant,
    last_used_at: Nullable(Instant, { description: 'To the minute.' }),
  },
  { $id: 'ApiToken', description: 'What a program sends in place of an access token.' },
)
export type ApiToken = Static<typeof ApiToken>

/** What of a token never changes. */
const { id, expires_at } = ApiToken.properties
const MyToken = Type.Object({ id, name, scopes, project_ids, expires_at })

export const Me = Type.Object(
  {
    ...User.properties,
    email: Nullable(User.properties.email, { description: 'Null for a bot.', examples: ['ada@example.com'] }),
    token: Type.Unsafe<Static<typeof MyToken> | null>({
      ...MyToken,
      title: 'MyToken',
      type: ['object', 'null'],
      description: 'The token of the program that asks; null if I am logged in.',
      examples: [null],
    }),
  },
  { $id: 'Me' },
)

export const NewApiToken = Closed(
  {
    name,
    scopes,
    project_ids: Type.Optional(project_ids),
    expires_at: Type.Optional(
      Type.Unsafe<string>({ ...Instant, description: 'In 90 days, if not sent and the setting allows it.' }),
    ),
    current_password: Type.Optional(
      Type.Unsafe<string>({ ...Password, description: 'My password; needed for the scope `admin`.' }),
    ),
  },
  {
    $id: 'NewApiToken',
    examples: [{ name: 'Nightly import', scopes: ['tasks:read', 'tasks:write'], project_ids: null }],
  },
)
export type NewApiToken = Static<typeof NewApiToken>

export const CreatedApiToken = Type.Object(
  {
    ...ApiToken.properties,
    token: Type.String({
      maxLength: 100,
      description: 'The token itself, this once.',
      examples: ['tt_0C6E…'],
    }),
  },
  { $id: 'CreatedApiToken' },
)

export const ApiTokenFilter = Closed(PageQuery)
