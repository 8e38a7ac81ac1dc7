import { raw } from '../database/sql.ts'
import type { Noun } from '../trail/noun.ts'
import { MEMBER } from './queries.ts'
import { Member } from './schema.ts'

export const member: Noun = {
  kind: 'member',
  schema: Member,
  table: 'project_members',
  columns: MEMBER,
  join: raw('join users on users.id = project_members.user_id'),
  id: 'user_id',
  project: 'project_id',
  trash: false,
  title: 'name',
  titleFrom: 'users',
  refers: { user_id: 'user', project_id: 'project' },
  seenBy: 'members',
  changedBy: 'managers',
  shows: { user: { by: 'user_id', fields: ['name'] } },
}
