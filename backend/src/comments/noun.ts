import { task } from '../tasks/noun.ts'
import type { Noun } from '../trail/noun.ts'
import { COMMENT } from './queries.ts'
import { Comment } from './schema.ts'

export const comment: Noun = {
  kind: 'comment',
  schema: Comment,
  table: 'comments',
  columns: COMMENT,
  id: 'id',
  project: 'project_id',
  parent: { noun: task, column: 'task_id' },
  trash: true,
  searched: { text: 'body' },
  title: null,
  refers: { created_by: 'user', mention_ids: 'user', task_id: 'task' },
  seenBy: 'members',
  changedBy: 'author',
  scope: 'comments:write',
  pagedBy: 'created_at',
  internal: ['project_id'],
}
