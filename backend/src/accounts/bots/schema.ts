import { Type, type Static } from 'typebox'
import { PageQuery } from '../../http/pages.ts'
import { ById, Changes, Closed, Id, Instant, Nullable, OneOf, Title, Version } from '../../http/schemas.ts'
import { PROJECT_ROLES } from '../../policy.ts'

const name = Title(200, { examples: ['Release robot'] })
const project_id = Nullable(Id, {
  description: 'The project whose owners manage it; null if administrators do.',
})

export const Bot = Type.Object(
  {
    id: Id,
    name,
    project_id,
    disabled_at: Nullable(Instant),
    created_at: Instant,
    updated_at: Instant,
    version: Version,
  },
  { $id: 'Bot', description: 'A user that is no person: it has tokens and nothing else to get in with.' },
)
export type Bot = Static<typeof Bot>

export const NewBot = Closed(
  {
    name,
    project_id,
    role: Type.Optional(OneOf(PROJECT_ROLES, { title: 'ProjectRole' })),
  },
  {
    $id: 'NewBot',
    examples: [{ name: 'Release robot', project_id: '019aab5e-6c00-7000-8000-000000000002' }],
  },
)
export type NewBot = Static<typeof NewBot>

export const BotChanges = Changes(
  {
    name,
    disabled: Type.Boolean({ description: 'Whether it may do nothing. Disabling it ends its tokens.' }),
  },
  { $id: 'BotChanges', examples: [{ name: 'Deployment robot' }] },
)
export type BotChanges = Static<typeof BotChanges>

export const BotFilter = Closed({
  ...PageQuery,
  project_id: Type.Optional(Type.Unsafe<string>({ ...Id, description: 'Only those of this project.' })),
})
export type BotFilter = Static<typeof BotFilter>

export const ByBotToken = Closed({
  ...ById.properties,
  token_id: Type.Unsafe<string>({ ...Id, description: 'The id of a token of the bot.' }),
})
