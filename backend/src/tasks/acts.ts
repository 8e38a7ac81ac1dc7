// Single acts on tasks, for the routes and for many at once: each is one attempt, and throws why it did nothing.
import { v7 as uuid } from 'uuid'
import { ApiError, found } from '../errors.ts'
import * as queries from './queries.ts'
import { refuse, refuseProject, type Attempt } from './refusals.ts'
import type { NewTask, Task, TaskChanges } from './schema.ts'
import * as trees from './tree-queries.ts'

export const createTask = async (attempt: Attempt, project: string, task: NewTask): Promise<Task> =>
  (await queries.insertTask(attempt.db, attempt.viewer, project, uuid(), task)) ??
  refuseProject(attempt, project, task)

/** Changes a task, or moves it to another project. */
export const changeTask = async (attempt: Attempt, idOrRef: string, sent: TaskChanges): Promise<Task> =>
  (await change(attempt, idOrRef, sent)) ?? refuse(attempt, idOrRef, sent)

export async function deleteTask(attempt: Attempt, idOrRef: string): Promise<void> {
  const { db, viewer, precondition } = attempt
  if (!(await trees.deleteTask(db, viewer, idOrRef, precondition))) await refuse(attempt, idOrRef, {})
}

async function change(
  { db, viewer, precondition }: Attempt,
  idOrRef: string,
  { project_id, ...changes }: TaskChanges,
): Promise<Task | undefined> {
  const places = (['after', 'before', 'place', 'position'] as const).filter(
    (name) => changes[name] !== undefined,
  )
  if (places.length > 1)
    throw new ApiError('two_places', `Only one of ${places.join(', ')} can say where the task goes.`, {
      errors: places.map((name) => ({ pointer: `/${name}`, message: 'is one place too many' })),
    })
  if (project_id === undefined) return queries.updateTask(db, viewer, idOrRef, changes, precondition)
  const task = found(await queries.findTask(db, viewer, idOrRef))
  return task.project_id === project_id
    ? queries.updateTask(db, viewer, task.id, changes, precondition)
    : trees.moveTask(db, viewer, task, { ...changes, project_id }, precondition)
}
