import type { Noun } from '../trail/noun.ts'
import { putStatus, STATUS } from './queries.ts'
import { Status } from './schema.ts'

export const status: Noun = {
  kind: 'status',
  schema: Status,
  table: 'statuses',
  columns: STATUS,
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
    restore: async (tx, viewer, reversal) => void (await putStatus(tx, viewer, reversal)),
  },
}
