import { ApiError } from '../errors.ts'
import type { Noun } from '../trail/noun.ts'
import { FIELD, isUsed, putField, removeField } from './queries.ts'
import { Field } from './schema.ts'

export const field: Noun = {
  kind: 'field',
  schema: Field,
  table: 'fields',
  columns: FIELD,
  id: 'id',
  project: 'project_id',
  trash: false,
  title: 'name',
  refers: { created_by: 'user', project_id: 'project' },
  seenBy: 'members',
  changedBy: 'managers',
  scope: 'projects:manage',
  stillInArchive: true,
  undo: {
    restore: async (tx, viewer, reversal) => void (await putField(tx, viewer, reversal)),
    async remove(tx, viewer, reversal) {
      if (await isUsed(tx, reversal))
        throw new ApiError('undo_conflict', 'Tasks have values of the field.', { extra: { conflicts: [] } })
      await removeField(tx, viewer, reversal)
    },
  },
}
