import { ApiError } from '../errors.ts'
import type { Noun } from '../trail/noun.ts'
import { findTaskOfStranger, findTaskStartingTooLate, findTaskWithoutItsLabel, TASK } from './queries.ts'
import { throughRenumberings } from './renumbered.ts'
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
  refers: {
    assignee_ids: 'user',
    label_ids: 'label',
    created_by: 'user',
    parent_id: 'task',
    project_id: 'project',
  },
  hangsOn: 'parent_id',
  seenBy: 'members',
  changedBy: 'editors',
  scope: 'tasks:write',
  number: 'number',
  maps: ['fields'],
  sets: ['assignee_ids', 'label_ids'],
  searched: { title: 'title', text: 'description' },
  undo: {
    translate: throughRenumberings,
    async check(tx, reversals, viewer) {
      const ids = reversals.map(({ id }) => id)
      if (await findTaskOfStranger(tx, ids))
        throw new ApiError('not_a_member', 'Somebody who was assigned is no longer a member of the project.')
      if (await findTaskWithoutItsLabel(tx, ids))
        throw new ApiError('no_such_label', 'A label that was on a task is no longer there.')
      const dated = reversals.filter(
        ({ before }) => 'start_on' in before || 'due_on' in before || 'due_at' in before,
      )
      if (
        await findTaskStartingTooLate(
          tx,
          viewer,
          dated.map(({ id }) => id),
        )
      )
        throw new ApiError('starts_after_due', 'The task would start after the day on which it is due.')
    },
  },
  pagedBy: 'created_at',
  shows: { project: { by: 'project_id', fields: ['key'] } },
}
