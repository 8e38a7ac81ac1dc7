import { raw } from '../database/sql.ts'
import { ApiError } from '../errors.ts'
import type { Noun } from '../trail/noun.ts'
import { deleteMember, findProjectWithoutOwner, MEMBER, putMember, unassignTasks } from './queries.ts'
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
  scope: 'projects:manage',
  undo: {
    async restore(tx, viewer, reversal) {
      if (!(await putMember(tx, viewer, reversal)))
        throw new ApiError('not_undoable', 'The account of the member was deleted.')
    },
    async remove(tx, viewer, { projectId, id }) {
      await deleteMember(tx, viewer, projectId, id, {})
      await unassignTasks(tx, viewer, projectId, id)
    },
    async check(tx, reversals) {
      const lonely = await findProjectWithoutOwner(
        tx,
        reversals.map(({ projectId }) => projectId),
      )
      if (lonely) throw new ApiError('last_owner', `${lonely.key} would be left without an owner.`)
    },
  },
  shows: { user: { by: 'user_id', fields: ['name'] } },
}
