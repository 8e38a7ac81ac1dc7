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
  refers: { created_by: 'user' },
  seenBy: 'members',
  changedBy: 'managers',
}
