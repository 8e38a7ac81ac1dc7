// A status goes, and its tasks get another one, or nothing happens at all.
import type { Db } from '../database/db.ts'
import { ApiError } from '../errors.ts'
import type { Precondition } from '../http/schemas.ts'
import type { Viewer } from '../policy.ts'
import * as queries from './queries.ts'
import type { Status } from './schema.ts'

/** Each is changed and recorded by itself, a third of a millisecond each, while everybody in the project waits. */
const MOST_MOVED = 2_000

/** Answers the status that is gone; undefined if the viewer may not, or the precondition does not hold. */
export const deleteStatus = (
  db: Db,
  viewer: Viewer,
  project: string,
  key: string,
  moveTo: string | undefined,
  precondition: Precondition,
): Promise<Status | undefined> =>
  db.transaction(async (tx) => {
    const status = await queries.holdStatus(tx, viewer, project, key, precondition)
    if (!status) return undefined
    if (moveTo !== undefined) {
      if ((await queries.countTasksUpTo(tx, status, MOST_MOVED + 1)) > MOST_MOVED)
        throw new ApiError(
          'limit_reached',
          'At most 2,000 tasks get another status at once. Give some of them another one first.',
        )
      if (!(await queries.moveTasks(tx, viewer, status, moveTo)))
        throw new ApiError('no_such_status', 'The project has no other status with this key.', {
          errors: [{ pointer: '/query/move_to', message: 'names no other status of the project' }],
        })
    }
    await queries.removeStatus(tx, viewer, status.id)
    return status
  })
