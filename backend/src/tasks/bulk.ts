// Many tasks at once: the same statements as for one, in one transaction and so in one operation.
import { raw } from '../database/sql.ts'
import { ApiError } from '../errors.ts'
import { toApiError } from '../http/error-handler.ts'
import { problem } from '../http/problem.ts'
import { changeTask, createTask, deleteTask } from './acts.ts'
import type { BulkOperation, BulkResult, BulkTasks } from './bulk-schema.ts'
import type { Attempt } from './refusals.ts'

type Place = Omit<Attempt, 'precondition'>

/** Does all of it or, where one is refused, nothing, and throws why; unless each is to stand for itself. */
export function changeTasks(
  { db, viewer }: Place,
  { operations, atomic = true }: BulkTasks,
  requestId: string,
): Promise<BulkResult[]> {
  operations.forEach(refuseTwoInOne)
  return db.transaction(async (tx) => {
    const results: BulkResult[] = []
    for (const [i, operation] of operations.entries()) {
      if (!atomic) await tx.write.query(raw('savepoint one'))
      try {
        results.push(await perform({ db: tx, viewer }, operation))
        if (!atomic) await tx.write.query(raw('release savepoint one'))
      } catch (thrown) {
        const error = toApiError(thrown)
        // Not the operation's fault, and after a deadlock the transaction begins anew.
        if (error.status >= 500) throw thrown
        const placed = inPlace(error, i, operation)
        if (atomic) throw placed
        await tx.write.query(raw('rollback to savepoint one'))
        results.push({ status: error.status, problem: problem(placed, requestId) })
      }
    }
    return results
  })
}

async function perform(
  place: Place,
  { create, update, delete: removed }: BulkOperation,
): Promise<BulkResult> {
  const demanding = (base?: number, version?: number): Attempt => ({
    ...place,
    precondition: {
      ...(base !== undefined && { base }),
      ...(version !== undefined && { versions: [version] }),
    },
  })
  if (create) {
    const { project, ...task } = create
    return { status: 201, task: await createTask(demanding(), project, task) }
  }
  if (update) {
    const { id, base_version, if_match, ...changes } = update
    return { status: 200, task: await changeTask(demanding(base_version, if_match), id, changes) }
  }
  if (removed) await deleteTask(demanding(undefined, removed.if_match), removed.id)
  return { status: 204 }
}

function refuseTwoInOne(operation: BulkOperation, i: number): void {
  if (Object.keys(operation).length === 1) return
  throw new ApiError('invalid', 'Each operation is one of create, update and delete.', {
    errors: [{ pointer: `/operations/${i}`, message: 'must be one of create, update and delete' }],
  })
}

/** The error with pointers into the whole body. */
function inPlace(error: ApiError, i: number, operation: BulkOperation): ApiError {
  const place = `/operations/${i}/${Object.keys(operation)[0]}`
  const errors = error.errors ?? [{ pointer: '', message: 'was refused' }]
  return new ApiError(error.code, error.message, {
    errors: errors.map(({ pointer, message }) => ({
      pointer: place + pointer.replace(/^\/query/, ''),
      message,
    })),
    extra: error.extra,
  })
}
