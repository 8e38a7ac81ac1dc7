import { comment } from '../comments/noun.ts'
import { task } from '../tasks/noun.ts'
import type { Noun } from '../trail/noun.ts'
import { FILE } from './queries.ts'
import { FileInfo } from './schema.ts'

export const file: Noun = {
  kind: 'file',
  schema: FileInfo,
  table: 'files',
  columns: FILE,
  id: 'id',
  project: 'project_id',
  parent: { noun: task, column: 'task_id' },
  within: { noun: comment, column: 'comment_id' },
  trash: true,
  title: 'name',
  refers: { created_by: 'user', task_id: 'task', comment_id: 'comment' },
  seenBy: 'members',
  changedBy: 'editors',
  scope: 'tasks:write',
  pagedBy: 'created_at',
  internal: ['project_id'],
}
