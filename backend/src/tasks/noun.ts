import type { Noun } from '../trail/noun.ts'
import { TASK } from './queries.ts'
import { Task } from './schema.ts'

export const task: Noun = {
  kind: 'task',
  schema: Task,
  table: 'tasks',
  columns: TASK,
  id: 'id',
  project: 'project_id',
  trash: true,
  seenBy: 'members',
  pagedBy: 'created_at',
  shows: { project: { by: 'project_id', fields: ['key'] } },
}
