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
  title: 'title',
  refers: { assignee_ids: 'user', created_by: 'user', project_id: 'project' },
  seenBy: 'members',
  changedBy: 'editors',
  number: 'number',
  pagedBy: 'created_at',
  shows: { project: { by: 'project_id', fields: ['key'] } },
}
