import type { Noun } from '../trail/noun.ts'
import { LABEL } from './queries.ts'
import { Label } from './schema.ts'

export const label: Noun = {
  kind: 'label',
  schema: Label,
  table: 'labels',
  columns: LABEL,
  id: 'id',
  project: 'project_id',
  trash: true,
  title: 'name',
  refers: { created_by: 'user', project_id: 'project' },
  seenBy: 'members',
  changedBy: 'editors',
  scope: 'tasks:write',
}
