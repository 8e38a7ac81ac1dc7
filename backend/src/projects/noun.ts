import type { Noun } from '../trail/noun.ts'
import { LISTED_PROJECT } from './queries.ts'
import { ListedProject } from './schema.ts'

export const project: Noun = {
  kind: 'project',
  schema: ListedProject,
  table: 'projects',
  columns: LISTED_PROJECT,
  id: 'id',
  project: 'id',
  trash: true,
  title: 'name',
  // Not a column. It records that all tasks got new positions, without one event for each (0017_task_order.sql).
  verbs: { positions: 'reordered' },
  refers: { created_by: 'user' },
  seenBy: 'members',
  changedBy: 'managers',
  scope: 'projects:manage',
}
