import { v7 as uuid } from 'uuid'
import { ApiError } from '../errors.ts'
import type { TaskCopy } from './duplicate-schema.ts'
import { refuse, type Attempt } from './refusals.ts'
import type { Task } from './schema.ts'
import * as trees from './tree-queries.ts'

/** Each that hangs on another is held against all that hang together, so the work grows with the square. */
const MOST_BELOW = 200

/** Copies a task, and what is below it if asked for, in one transaction and so in one operation. */
export async function duplicateTask(
  attempt: Attempt,
  idOrRef: string,
  { title, subtasks = true }: TaskCopy,
): Promise<Task> {
  const { db, viewer } = attempt
  const copy = await db.transaction(async (tx) => {
    // The project is held from here on, so what hangs together now is what is copied.
    const originals = await trees.holdTree(tx, viewer, idOrRef, subtasks)
    if (originals.length > 1 + MOST_BELOW)
      throw new ApiError(
        'limit_reached',
        `At most ${MOST_BELOW} subtasks are copied at once. Copy it without them.`,
        {
          errors: [{ pointer: '/subtasks', message: `are more than ${MOST_BELOW}` }],
        },
      )
    const ids = originals.map(({ id }) => id)
    return ids.length === 0
      ? undefined
      : trees.copyTree(
          tx,
          viewer,
          ids,
          ids.map(() => uuid()),
          title,
        )
  })
  return copy ?? refuse(attempt, idOrRef, {})
}
