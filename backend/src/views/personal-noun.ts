import type { Noun } from '../trail/noun.ts'
import { PERSONAL_VIEW, restorePersonalView } from './personal-queries.ts'
import { View } from './schema.ts'

export const personalView: Noun = {
  kind: 'personal_view',
  schema: View,
  table: 'personal_views',
  columns: PERSONAL_VIEW,
  id: 'id',
  project: null,
  trash: false,
  title: 'name',
  refers: { created_by: 'user' },
  seenBy: 'owner',
  changedBy: 'author',
  scope: 'tasks:write',
  undo: { restore: restorePersonalView },
}
