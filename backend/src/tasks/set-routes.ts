import { Type } from 'typebox'
import type { FastifyRequest } from 'fastify'
import type { App } from '../http/server.ts'
import { Closed, Id, Ref } from '../http/schemas.ts'
import { changeTaskSet } from './queries.ts'
import { attemptOf, refuse } from './refusals.ts'
import { show } from './routes.ts'
import { ByIdOrRef, Task, type TaskSet } from './schema.ts'

const tags = ['tasks']
const Labelled = Closed({
  ...ByIdOrRef.properties,
  label_id: Type.Unsafe<string>({ ...Id, description: 'The id of the label.' }),
})
const Assigned = Closed({
  ...ByIdOrRef.properties,
  user_id: Type.Unsafe<string>({ ...Id, description: 'The id of the user.' }),
})

/** One element of a set of a task at a time: two people who each add one do not collide. */
export const taskSetRoutes = () => async (app: App) => {
  app.put(
    '/tasks/:id/labels/:label_id',
    {
      config: { scope: 'tasks:write' },
      schema: {
        tags,
        operationId: 'addTaskLabel',
        summary: 'Put a label on a task, which can have 50',
        params: Labelled,
        response: { 200: Ref(Task) },
      },
    },
    async (request, reply) =>
      show(request, reply, await change(request, 'label_ids', 'add', request.params.label_id)),
  )

  app.delete(
    '/tasks/:id/labels/:label_id',
    {
      config: { scope: 'tasks:write' },
      schema: {
        tags,
        operationId: 'removeTaskLabel',
        summary: 'Take a label off a task',
        params: Labelled,
        response: { 204: Type.Null() },
      },
    },
    async (request, reply) => {
      await change(request, 'label_ids', 'remove', request.params.label_id)
      void reply.code(204)
      return null
    },
  )

  app.put(
    '/tasks/:id/assignees/:user_id',
    {
      config: { scope: 'tasks:write' },
      schema: {
        tags,
        operationId: 'addTaskAssignee',
        summary: 'Assign a member of the project to a task, which can have 50',
        params: Assigned,
        response: { 200: Ref(Task) },
      },
    },
    async (request, reply) =>
      show(request, reply, await change(request, 'assignee_ids', 'add', request.params.user_id)),
  )

  app.delete(
    '/tasks/:id/assignees/:user_id',
    {
      config: { scope: 'tasks:write' },
      schema: {
        tags,
        operationId: 'removeTaskAssignee',
        summary: 'Take somebody off a task',
        params: Assigned,
        response: { 204: Type.Null() },
      },
    },
    async (request, reply) => {
      await change(request, 'assignee_ids', 'remove', request.params.user_id)
      void reply.code(204)
      return null
    },
  )
}

async function change(
  request: FastifyRequest<{ Params: { id: string } }>,
  set: TaskSet,
  act: 'add' | 'remove',
  element: string,
): Promise<Task> {
  const { params } = request
  const attempt = attemptOf(request)
  const { db, viewer, precondition } = attempt
  return (
    (await changeTaskSet(db, viewer, params.id, set, act, element, precondition)) ??
    refuse(attempt, params.id, act === 'add' ? { [set]: [element] } : {}, {
      assignee_ids: '/path/user_id',
      label_ids: '/path/label_id',
    })
  )
}
