import { task } from '../tasks/noun.ts'
import type { Noun } from '../trail/noun.ts'
import { LINK, restoreLink } from './queries.ts'
import { Link } from './schema.ts'

export const link: Noun = {
  kind: 'link',
  schema: Link,
  table: 'links',
  columns: LINK,
  id: 'id',
  project: 'project_id',
  parent: { noun: task, column: 'task_id' },
  trash: false,
  title: null,
  refers: { created_by: 'user', task_id: 'task' },
  seenBy: 'members',
  changedBy: 'editors',
  scope: 'tasks:write',
  internal: ['project_id'],
  undo: { restore: restoreLink },
}
