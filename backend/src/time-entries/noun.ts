import { task } from '../tasks/noun.ts'
import type { Noun } from '../trail/noun.ts'
import { TIME_ENTRY } from './queries.ts'
import { TimeEntry } from './schema.ts'

export const timeEntry: Noun = {
  kind: 'time_entry',
  schema: TimeEntry,
  table: 'time_entries',
  columns: TIME_ENTRY,
  id: 'id',
  project: 'project_id',
  parent: { noun: task, column: 'task_id' },
  trash: true,
  title: null,
  refers: { created_by: 'user', task_id: 'task' },
  seenBy: 'members',
  changedBy: 'author',
  scope: 'tasks:write',
  internal: ['project_id'],
}
