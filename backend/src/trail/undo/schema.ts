import { Type, type Static } from 'typebox'
import { kindsInSnapshots } from '../../nouns.ts'
import { Id, Instant, Nullable, OneOf } from '../../http/schemas.ts'

const ResourceType = OneOf(kindsInSnapshots(), { title: 'ResourceType' })

export const Undone = Type.Object(
  {
    operation_id: Type.Unsafe<string>({
      ...Id,
      description: 'The new operation, which can be undone in turn.',
    }),
    undone_operation_id: Id,
    changes: Type.Array(
      Type.Object(
        {
          type: ResourceType,
          id: Type.Unsafe<string>({ ...Id, description: 'Of a member, the user.' }),
          project_id: Nullable(Id, { description: 'null for what belongs to no project.' }),
          fields: Type.Array(Type.String({ maxLength: 63 }), {
            maxItems: 100,
            description: 'What was put back.',
            examples: [['status', 'completed_at']],
          }),
        },
        { title: 'UndoneChange' },
      ),
      { maxItems: 100_000 },
    ),
  },
  { $id: 'Undone' },
)
export type Undone = Static<typeof Undone>

/** One later change that an undo would overwrite; `conflicts` of the problem `undo_conflict` lists them. */
export const UndoConflict = Type.Object(
  {
    type: ResourceType,
    id: Type.Unsafe<string>({ ...Id, description: 'Of a member, the user.' }),
    fields: Type.Array(Type.String({ maxLength: 63 }), {
      maxItems: 100,
      description: 'What was changed since and would be put back.',
      examples: [['status']],
    }),
    actor_id: Nullable(Id),
    at: Instant,
    operation_id: Id,
  },
  { $id: 'UndoConflict', description: 'A later change that an undo would overwrite.' },
)
export type UndoConflict = Static<typeof UndoConflict>
