import { Type, type Static } from 'typebox'
import { Changes, Closed, Id, Instant, Lines, Query, Title, Version } from '../http/schemas.ts'
import { PageQuery } from '../http/pages.ts'

/** What a client may set. */
const fields = {
  name: Title(100, {
    description: 'Unique in the project, whatever the case of its letters.',
    examples: ['needs review'],
  }),
  color: Type.String({
    pattern: '^#[0-9A-Fa-f]{6}$',
    maxLength: 7,
    canonical: 'color',
    description: 'Answered in small letters; #6b7280 if you choose none.',
    examples: ['#d4351c'],
  }),
  description: Lines(2_000, { examples: ['Somebody else has to look at it.'] }),
}

export const Label = Type.Object(
  {
    id: Id,
    project_id: Id,
    ...fields,
    created_by: Id,
    created_at: Instant,
    updated_at: Instant,
    version: Version,
  },
  { $id: 'Label' },
)
export type Label = Static<typeof Label>

const { name, ...optional } = fields
export const NewLabel = Closed(
  { name, ...Type.Partial(Type.Object(optional)).properties },
  { $id: 'NewLabel', examples: [{ name: 'needs review', color: '#d4351c' }] },
)
export type NewLabel = Static<typeof NewLabel>

export const LabelChanges = Changes(fields, { $id: 'LabelChanges', examples: [{ color: '#00703c' }] })
export type LabelChanges = Static<typeof LabelChanges>

export const LabelFilter = Closed({
  ...PageQuery,
  q: Type.Optional(Query({ description: 'Text in the name.', examples: ['review'] })),
})
export type LabelFilter = Static<typeof LabelFilter>
