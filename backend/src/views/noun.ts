import type { Noun } from '../trail/noun.ts'
import { VIEW } from './queries.ts'
import { View } from './schema.ts'

export const view: Noun = {
  kind: 'view',
  schema: View,
  table: 'views',
  columns: VIEW,
  id: 'id',
  project: 'project_id',
  trash: true,
  title: 'name',
  refers: { created_by: 'user', project_id: 'project' },
  seenBy: 'members',
  changedBy: 'editors',
  scope: 'tasks:write',
}
