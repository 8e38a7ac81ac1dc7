import { Type } from 'typebox'
import type { FastifyRequest } from 'fastify'
import { v7 as uuid } from 'uuid'
import type { App } from '../http/server.ts'
import { allow, ApiError, found } from '../errors.ts'
import { BaseVersion, ById, Closed, precondition, Ref, versionedInProject } from '../http/schemas.ts'
import { Page, PageQuery } from '../http/pages.ts'
import { canEditTasks } from '../policy.ts'
import { refuseChange } from '../rights.ts'
import type { Services } from '../services.ts'
import { ByIdOrRef } from '../tasks/schema.ts'
import { mayChange } from '../trail/noun.ts'
import { explain } from '../trail/versions.ts'
import { timeEntry as noun } from './noun.ts'
import * as queries from './queries.ts'
import { NewTimeEntry, TimeEntry, TimeEntryChanges } from './schema.ts'

const tags = ['time']

export const timeEntryRoutes =
  ({ page }: Services) =>
  async (app: App) => {
    app.get(
      '/tasks/:id/time',
      {
        config: { scope: 'tasks:read' },
        schema: {
          tags,
          operationId: 'listTimeEntries',
          summary: 'List the time spent on a task, by when it began',
          params: ByIdOrRef,
          querystring: Closed(PageQuery),
          response: { 200: Page(Ref(TimeEntry)) },
        },
      },
      async (request, reply) => {
        const { db, viewer, params } = request
        found(await queries.findTaskRights(db, viewer, params.id))
        return page(
          request,
          reply,
          (after, count) => queries.listTimeEntries(db, viewer, params.id, after, count),
          () => queries.countTimeEntries(db, viewer, params.id),
        )
      },
    )

    app.post(
      '/tasks/:id/time',
      {
        config: { scope: 'tasks:write' },
        schema: {
          tags,
          operationId: 'logTime',
          summary: 'Log time on a task, or start a timer; a task can have 5,000 entries',
          params: ByIdOrRef,
          body: NewTimeEntry,
          response: { 201: Ref(TimeEntry) },
        },
      },
      async (request, reply) => {
        const entry = await logTime(request, request.params.id, request.body)
        return versionedInProject(
          request,
          reply.code(201).header('Location', `/api/v1/time/${entry.id}`),
          entry,
        )
      },
    )

    app.get(
      '/time/:id',
      {
        config: { scope: 'tasks:read' },
        schema: {
          tags,
          operationId: 'findTimeEntry',
          summary: 'Read a time entry',
          params: ById,
          response: { 200: Ref(TimeEntry) },
        },
      },
      async (request, reply) =>
        versionedInProject(
          request,
          reply,
          found(await queries.findTimeEntry(request.db, request.viewer, request.params.id)),
        ),
    )

    app.patch(
      '/time/:id',
      {
        config: { scope: 'tasks:write' },
        schema: {
          tags,
          operationId: 'updateTimeEntry',
          summary: 'Change a time entry of mine',
          params: ById,
          querystring: BaseVersion,
          body: TimeEntryChanges,
          response: { 200: Ref(TimeEntry) },
        },
      },
      async (request, reply) => {
        const { db, viewer, params, body } = request
        const entry = await queries.updateTimeEntry(db, viewer, params.id, body, precondition(request))
        return versionedInProject(
          request,
          reply,
          entry ?? (await refuse(request, params.id, { field: 'note', changes: body })),
        )
      },
    )

    app.delete(
      '/time/:id',
      {
        config: { scope: 'tasks:write' },
        schema: {
          tags,
          operationId: 'deleteTimeEntry',
          summary: 'Move a time entry to the trash: mine, or as an owner any',
          params: ById,
          response: { 204: Type.Null() },
        },
      },
      async (request, reply) => {
        const { db, viewer, params } = request
        if (!(await queries.deleteTimeEntry(db, viewer, params.id, precondition(request))))
          await refuse(request, params.id, { field: 'deleted_at' })
        void reply.code(204)
        return null
      },
    )

    app.post(
      '/time/:id/restore',
      {
        config: { scope: 'tasks:write' },
        schema: {
          tags,
          operationId: 'restoreTimeEntry',
          summary: 'Take a time entry out of the trash',
          params: ById,
          response: { 200: Ref(TimeEntry) },
        },
      },
      async (request, reply) => {
        const { db, viewer, params } = request
        const entry = await queries.restoreTimeEntry(db, viewer, params.id, precondition(request))
        return versionedInProject(
          request,
          reply,
          entry ?? (await refuse(request, params.id, { field: 'deleted_at', inTrash: true })),
        )
      },
    )
  }

async function logTime(request: FastifyRequest, task: string, body: NewTimeEntry): Promise<TimeEntry> {
  const { db, viewer } = request
  if (body.minutes !== undefined && body.ended_at !== undefined)
    throw new ApiError('invalid', 'Send either minutes or ended_at.', {
      errors: [{ pointer: '/minutes', message: 'says when it ended, which ended_at does too' }],
    })
  const id = uuid()
  const entry = await (body.stop_running === true
    ? db.transaction(async (tx) => {
        await queries.stopTimer(tx, viewer)
        // Refused inside the transaction: a timer is not stopped for one that does not start.
        return (await queries.insertTimeEntry(tx, viewer, task, id, body)) ?? refuseNew(request, task)
      })
    : queries.insertTimeEntry(db, viewer, task, id, body))
  return entry ?? refuseNew(request, task)
}

/** Why no time was logged. Read after the attempt, so when it would succeed by now, the client may try again. */
async function refuseNew({ db, viewer }: FastifyRequest, task: string): Promise<never> {
  const rights = found(await queries.findTaskRights(db, viewer, task))
  const timer = canEditTasks(viewer, rights) && !rights.archived && (await queries.findRunning(db, viewer))
  if (timer) {
    const where = timer.ref === null ? 'on a task that you cannot see now' : `on ${timer.ref}`
    throw new ApiError(
      'timer_running',
      `Your timer ${timer.id} runs ${where} since ${timer.started_at}. Stop it, or send stop_running.`,
      { errors: [{ pointer: '/stop_running', message: 'would stop the timer that is running' }] },
    )
  }
  return refuseChange('task', canEditTasks(viewer, rights), rights)
}

/** Why nothing was changed. Read after the attempt too. */
async function refuse(
  request: FastifyRequest,
  id: string,
  { field, changes = {}, inTrash = false }: { field: string; changes?: TimeEntryChanges; inTrash?: boolean },
): Promise<never> {
  const { db, viewer } = request
  const { my_role, archived, ...entry } = found(await queries.findTimeEntryRights(db, viewer, id, inTrash))
  allow(mayChange(noun, viewer, { my_role }, entry.created_by, [field]))
  await explain(db, viewer, 'time_entries', entry, precondition(request), changes)
  return refuseChange('time entry', true, { archived })
}
