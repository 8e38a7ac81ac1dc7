import { Type, type Static } from 'typebox'
import { Archived, ByIdOrKey, Closed, Id, OneOf, Query, Ref } from '../http/schemas.ts'
import { NOUNS } from '../nouns.ts'

const KINDS = NOUNS.filter(({ searched }) => searched).map(({ kind }) => kind)

export const Piece = Type.Object(
  {
    text: Type.String({ maxLength: 20_000, examples: ['certificate'] }),
    match: Type.Boolean({ description: 'Whether it was looked for.' }),
  },
  { $id: 'SearchPiece', description: 'A part of a text as it is written: plain text, and never markup.' },
)
export type Piece = Static<typeof Piece>

const pieces = (description: string) => Type.Array(Ref(Piece), { maxItems: 1000, description })

export const SearchHit = Type.Object(
  {
    kind: OneOf(KINDS, { title: 'SearchKind', description: 'What was found.', examples: ['task'] }),
    id: Type.Unsafe<string>({ ...Id, description: 'Of what was found.' }),
    project_id: Id,
    task_id: Type.Unsafe<string>({ ...Id, description: 'Of the task: itself, or what it belongs to.' }),
    ref: Type.String({ maxLength: 21, description: 'Of the task.', examples: ['OPS-42'] }),
    title: pieces('The title of the task, cut where words begin that were looked for.'),
    excerpt: pieces('A line of the text that was found: around the first match, or its beginning.'),
  },
  { $id: 'SearchHit' },
)
export type SearchHit = Static<typeof SearchHit>

export const SearchResults = Type.Object(
  { items: Type.Array(Ref(SearchHit), { maxItems: 100, description: 'The best first.' }) },
  { $id: 'SearchResults' },
)

export const SearchQuery = Closed({
  q: Query({
    description:
      'Words, or a reference or number of a task. All words have to be there; one of three letters or more, and the last, may be the beginning of a word. Case, accents and punctuation do not matter.',
    examples: ['renew cert'],
  }),
  project: Type.Optional(
    Type.Unsafe<string>({ ...ByIdOrKey.properties.id, description: 'Only in this project, by id or key.' }),
  ),
  archived: Archived('false', 'In archived projects, in others, or in both.'),
  limit: Type.Optional(
    Type.Integer({ minimum: 1, maximum: 100, default: 20, description: 'The most items.', examples: [20] }),
  ),
})
export type SearchQuery = Static<typeof SearchQuery>
