import { Type, type Static } from 'typebox'
import { ByIdOrKey, Changes, Closed, Id, Instant, OneOf, Title, Version, WORD } from '../http/schemas.ts'

/** What a status means to everybody who does not know the project's own. */
export const CATEGORIES = ['todo', 'in_progress', 'done', 'cancelled'] as const
export const Category = OneOf(CATEGORIES, { title: 'TaskCategory' })

export const StatusKey = Type.String({
  pattern: WORD,
  maxLength: 30,
  description: 'The key of a status of the project. A new project has todo, in_progress, done and cancelled.',
  examples: ['in_progress'],
})

/** What a client may change later. */
const fields = {
  name: Title(60, {
    description: 'Unique in the project, whatever the case of its letters.',
    examples: ['In review'],
  }),
  color: Type.String({
    pattern: '^#[0-9A-Fa-f]{6}$',
    maxLength: 7,
    canonical: 'color',
    description: 'Answered in small letters; that of the category if you choose none.',
    examples: ['#d4351c'],
  }),
  position: Type.Number({
    minimum: -1e15,
    maximum: 1e15,
    description: 'The order of the columns on a board. 2.5 stands between 2 and 3; a new status comes last.',
    examples: [2.5],
  }),
}

const key = Type.Unsafe<string>({
  ...StatusKey,
  description:
    'What tasks have as their status, for good; derived from the name when absent. The name of a category is the key of a status of that category alone.',
  examples: ['review'],
})
const category = Type.Unsafe<(typeof CATEGORIES)[number]>({
  ...Category,
  description:
    'For good. To change it, add another status, and delete this one with `move_to`. Tasks with a status of the category `done` are completed.',
  examples: ['in_progress'],
})

export const Status = Type.Object(
  {
    id: Id,
    project_id: Id,
    key,
    category,
    ...fields,
    created_by: Id,
    created_at: Instant,
    updated_at: Instant,
    version: Version,
  },
  { $id: 'Status' },
)
export type Status = Static<typeof Status>

export const NewStatus = Closed(
  {
    name: fields.name,
    category,
    key: Type.Optional(key),
    color: Type.Optional(fields.color),
    position: Type.Optional(fields.position),
  },
  { $id: 'NewStatus', examples: [{ name: 'In review', category: 'in_progress', position: 2.5 }] },
)
export type NewStatus = Static<typeof NewStatus>

export const StatusChanges = Changes(fields, {
  $id: 'StatusChanges',
  examples: [{ name: 'Review by two', position: 2.5 }],
})
export type StatusChanges = Static<typeof StatusChanges>

export const ByStatus = Closed({
  ...ByIdOrKey.properties,
  key: Type.Unsafe<string>({ ...StatusKey, description: 'The key of the status.' }),
})

export const MoveTo = Closed({
  move_to: Type.Optional(
    Type.Unsafe<string>({
      ...StatusKey,
      description:
        'The key of the status that the tasks get which have this one, in the trash too: 2,000 of them at most, in the same operation.',
      examples: ['done'],
    }),
  ),
})
