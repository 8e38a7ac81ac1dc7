import { Type } from 'typebox'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { App } from '../http/server.ts'
import { found } from '../errors.ts'
import { BaseVersion, ByIdOrKey, precondition, Ref, versioned } from '../http/schemas.ts'
import { Page } from '../http/pages.ts'
import type { Services } from '../services.ts'
import { countTasks, listTasks } from './list-queries.ts'
import { changeTask, createTask, deleteTask } from './acts.ts'
import * as queries from './queries.ts'
import { attemptOf, refuseRestore } from './refusals.ts'
import { restoreTask } from './tree-queries.ts'
import { ByIdOrRef, NewTask, ProjectTaskFilter, Task, TaskChanges, TaskFilter, TaskQuery } from './schema.ts'

const tags = ['tasks']

export const taskRoutes =
  ({ writtenPage }: Services) =>
  async (app: App) => {
    app.get(
      '/tasks',
      {
        config: { scope: 'tasks:read' },
        schema: {
          tags,
          operationId: 'listTasks',
          summary: 'List the tasks of all projects I can see, without archived ones',
          querystring: TaskFilter,
          response: { 200: Page(Ref(Task)) },
        },
      },
      (request, reply) => {
        const { db, viewer, query } = request
        return writtenPage(
          request,
          reply,
          (after, limit) => listTasks(db, viewer, undefined, query, after, limit),
          () => countTasks(db, viewer, undefined, query),
        )
      },
    )

    app.get(
      '/projects/:id/tasks',
      {
        config: { scope: 'tasks:read' },
        schema: {
          tags,
          operationId: 'listProjectTasks',
          summary: 'List the tasks of a project',
          params: ByIdOrKey,
          querystring: ProjectTaskFilter,
          response: { 200: Page(Ref(Task)) },
        },
      },
      (request, reply) => {
        const { db, viewer, params, query } = request
        return writtenPage(
          request,
          reply,
          async (after, limit) => {
            const written = await listTasks(db, viewer, params.id, query, after, limit)
            if (written.items === '[]') found(await queries.findTaskProject(db, viewer, params.id))
            return written
          },
          () => countTasks(db, viewer, params.id, query),
        )
      },
    )

    app.post(
      '/projects/:id/tasks',
      {
        config: { scope: 'tasks:write' },
        schema: {
          tags,
          operationId: 'createTask',
          summary: 'Add a task to a project',
          params: ByIdOrKey,
          body: NewTask,
          response: { 201: Ref(Task) },
        },
      },
      async (request, reply) => {
        const task = await createTask(attemptOf(request), request.params.id, request.body)
        return show(request, reply.code(201).header('Location', `/api/v1/tasks/${task.id}`), task)
      },
    )

    app.get(
      '/tasks/:id',
      {
        config: { scope: 'tasks:read' },
        schema: {
          tags,
          operationId: 'findTask',
          summary: 'Read a task by id or reference',
          params: ByIdOrRef,
          querystring: TaskQuery,
          response: { 200: Ref(Task) },
        },
      },
      async (request, reply) => {
        const { db, viewer, params, query } = request
        return show(request, reply, found(await queries.findTask(db, viewer, params.id, query)))
      },
    )

    app.patch(
      '/tasks/:id',
      {
        config: { scope: 'tasks:write' },
        schema: {
          tags,
          operationId: 'updateTask',
          summary: 'Change or move a task',
          params: ByIdOrRef,
          querystring: BaseVersion,
          body: TaskChanges,
          response: { 200: Ref(Task) },
        },
      },
      async (request, reply) =>
        show(request, reply, await changeTask(attemptOf(request), request.params.id, request.body)),
    )

    app.delete(
      '/tasks/:id',
      {
        config: { scope: 'tasks:write' },
        schema: {
          tags,
          operationId: 'deleteTask',
          summary: 'Move a task to the trash, with its subtasks',
          params: ByIdOrRef,
          response: { 204: Type.Null() },
        },
      },
      async (request, reply) => {
        await deleteTask(attemptOf(request), request.params.id)
        void reply.code(204)
        return null
      },
    )

    app.post(
      '/tasks/:id/restore',
      {
        config: { scope: 'tasks:write' },
        schema: {
          tags,
          operationId: 'restoreTask',
          summary: 'Take a task out of the trash, with the subtasks that were deleted with it',
          params: ByIdOrRef,
          response: { 200: Ref(Task) },
        },
      },
      async (request, reply) => {
        const { db, viewer, params } = request
        const task = await restoreTask(db, viewer, params.id, precondition(request))
        return show(request, reply, task ?? (await refuseRestore(attemptOf(request), params.id)))
      },
    )
  }

/** A task shows its project's key, and how many comments it has if that was asked for, so the ETag depends on both. */
export const show = (request: FastifyRequest, reply: FastifyReply, task: Task) =>
  versioned(request, reply, task, [task.ref, ...Object.values(task.counts ?? {})].join('-'))
