// Why a task was not changed. All is read after the attempt, so when it would succeed by now, the client may try again.
import type { FastifyRequest } from 'fastify'
import { allow, ApiError, found } from '../errors.ts'
import type { Db } from '../database/db.ts'
import { precondition, type Precondition } from '../http/schemas.ts'
import { canEditTasks, type Viewer } from '../policy.ts'
import { refuseChange } from '../rights.ts'
import { explain } from '../trail/versions.ts'
import * as queries from './queries.ts'
import { findSubtaskOfStranger, findTrashedTaskProject } from './tree-queries.ts'
import type { Task, TaskChanges, TaskSet } from './schema.ts'

/** Who tries to change a task, and what they ask of it. */
export interface Attempt {
  readonly db: Db
  readonly viewer: Viewer
  readonly precondition: Precondition
}

export const attemptOf = (request: FastifyRequest): Attempt => ({
  db: request.db,
  viewer: request.viewer,
  precondition: precondition(request),
})

/** Where the request names the elements of a set. */
type Pointers = Readonly<Record<TaskSet, string>>
const IN_BODY: Pointers = { assignee_ids: '/assignee_ids', label_ids: '/label_ids' }

export async function refuse(
  attempt: Attempt,
  idOrRef: string,
  changes: TaskChanges,
  pointers = IN_BODY,
): Promise<never> {
  const { db, viewer } = attempt
  const task = found(await queries.findTask(db, viewer, idOrRef))
  const moves = changes.project_id !== undefined && changes.project_id !== task.project_id
  const here = found(await queries.findTaskProject(db, viewer, task.project_id, moves ? {} : changes))
  allow(canEditTasks(viewer, here))
  const { after, before, place, ...fields } = changes
  const placed = after ?? before ?? place
  const current = { ...queries.namesInTrail(task), id: task.id, version: task.version }
  await explain(db, viewer, 'tasks', current, attempt.precondition, {
    ...queries.namesInTrail(fields),
    ...(placed !== undefined && { position: placed }),
  })
  if (moves && changes.project_id !== undefined) {
    const there = await queries.findTaskProject(db, viewer, changes.project_id)
    if (!there)
      throw new ApiError('no_such_project', 'There is no project with this id that you can see.', {
        errors: [{ pointer: '/project_id', message: 'names no project that you can see' }],
      })
    if (!here.archived)
      await refuseProject(attempt, changes.project_id, { assignee_ids: task.assignee_ids, ...changes }, task)
  }
  if (!here.archived) await refuseDates(attempt, changes, task)
  refuseState(here, pointers)
}

export async function refuseRestore(attempt: Attempt, idOrRef: string): Promise<never> {
  const project = found(await findTrashedTaskProject(attempt.db, attempt.viewer, idOrRef))
  allow(canEditTasks(attempt.viewer, project))
  await explain(attempt.db, attempt.viewer, 'tasks', { ...project }, attempt.precondition)
  refuseState({ ...project, assignable: true, labelled: true })
}

export async function refuseProject(
  attempt: Attempt,
  idOrKey: string,
  sent: TaskChanges,
  task?: Task,
): Promise<never> {
  const project = found(await queries.findTaskProject(attempt.db, attempt.viewer, idOrKey, sent))
  allow(canEditTasks(attempt.viewer, project))
  if (!project.archived && project.assignable && project.labelled) {
    await refuseDates(attempt, sent, task)
    if (task) await refuseSubtasks(attempt, task, project.id)
  }
  refuseState(project)
}

async function refuseSubtasks({ db }: Attempt, task: Task, project: string): Promise<void> {
  const subtask = await findSubtaskOfStranger(db, task, project)
  if (!subtask) return
  throw new ApiError('not_a_member', `Somebody who is assigned to ${subtask.ref} is not a member there.`, {
    errors: [{ pointer: '/project_id', message: `lacks a member who is assigned to ${subtask.ref}` }],
  })
}

async function refuseDates({ db, viewer }: Attempt, sent: TaskChanges, task?: Task): Promise<void> {
  if (!(await queries.startsTooLate(db, viewer, sent, task?.id))) return
  const field = (['start_on', 'due_on', 'due_at'] as const).find((name) => sent[name])
  throw new ApiError('starts_after_due', 'The task would start after the day on which it is due.', {
    errors: [{ pointer: `/${field}`, message: 'would make the task start after it is due' }],
  })
}

function refuseState(
  project: { archived: boolean; assignable: boolean; labelled: boolean },
  pointers = IN_BODY,
): never {
  if (!project.archived && !project.assignable) {
    throw new ApiError('not_a_member', 'Only members of the project can be assigned.', {
      errors: [{ pointer: pointers.assignee_ids, message: 'names somebody who is not a member' }],
    })
  }
  if (!project.archived && !project.labelled) {
    throw new ApiError('no_such_label', 'Only labels of the project can be on its tasks.', {
      errors: [{ pointer: pointers.label_ids, message: 'names what is no label of the project' }],
    })
  }
  refuseChange('task', true, project)
}
