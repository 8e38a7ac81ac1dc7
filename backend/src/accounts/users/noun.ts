import { raw } from '../../database/sql.ts'
import type { Noun } from '../../trail/noun.ts'
import { Person } from './schema.ts'

/** As those who share a project with them know them; the account itself is nobody else's. */
export const user: Noun = {
  kind: 'user',
  schema: Person,
  table: 'users',
  columns: raw('users.id, users.name, users.kind'),
  id: 'id',
  project: null,
  trash: true,
  title: 'name',
  refers: {},
  undo: { refused: 'Changes of accounts cannot be undone.' },
  internal: ['bot_project_id'],
  hidden: ['email', 'email_verified_at', 'name', 'password_hash', 'time_zone'],
  seenBy: 'members',
  changedBy: 'managers',
  scope: 'account',
}
