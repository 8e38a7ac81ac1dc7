import { Type, type Static } from 'typebox'
import { NOUNS } from '../../nouns.ts'
import { Id, Instant, Nullable, OneOf } from '../../http/schemas.ts'

export const TrashItem = Type.Object(
  {
    id: Id,
    type: OneOf(
      NOUNS.filter(({ trash, project }) => trash && project !== null).map(({ kind }) => kind),
      { title: 'TrashItemType' },
    ),
    ref: Type.String({
      maxLength: 21,
      description: 'The reference of a task; of everything else the key of its project.',
      examples: ['OPS-42'],
    }),
    title: Type.String({ maxLength: 500, examples: ['Renew the certificate'] }),
    project_id: Id,
    deleted_by: Nullable(Id),
    deleted_at: Instant,
    purge_at: Type.Unsafe<string>({ ...Instant, description: 'Gone for good after this.' }),
  },
  { $id: 'TrashItem' },
)
export type TrashItem = Static<typeof TrashItem>
