import type { FastifyRequest } from 'fastify'
import type { App } from '../../http/server.ts'
import { changesOf, type FieldChanges } from '../changes/event.ts'
import { found } from '../../errors.ts'
import { ByIdOrKey, Closed, Ref } from '../../http/schemas.ts'
import { Page, PageQuery } from '../../http/pages.ts'
import { findMembership } from '../../members/queries.ts'
import type { Services } from '../../services.ts'
import { findTask } from '../../tasks/queries.ts'
import { ByIdOrRef } from '../../tasks/schema.ts'
import * as queries from './queries.ts'
import { HistoryEntry } from './schema.ts'

const tags = ['changes']

type Listed = Awaited<ReturnType<typeof queries.listTaskHistory>>

export const historyRoutes =
  ({ page, trail }: Services) =>
  async (app: App) => {
    app.get(
      '/tasks/:id/history',
      {
        schema: {
          tags,
          operationId: 'listTaskHistory',
          summary: 'What happened to a task, latest first',
          params: ByIdOrRef,
          querystring: Closed(PageQuery),
          response: { 200: Page(Ref(HistoryEntry)) },
        },
      },
      async (request, reply) => {
        const { db, viewer, params } = request
        const { id } = found(await findTask(db, viewer, params.id))
        await trail.number()
        return page(
          request,
          reply,
          async (after, count) =>
            tellNames(request, await queries.listTaskHistory(db, viewer, id, after, count)),
          () => queries.countTaskHistory(db, viewer, id),
        )
      },
    )

    app.get(
      '/projects/:id/history',
      {
        schema: {
          tags,
          operationId: 'listProjectHistory',
          summary: 'What happened in a project, latest first',
          params: ByIdOrKey,
          querystring: Closed(PageQuery),
          response: { 200: Page(Ref(HistoryEntry)) },
        },
      },
      async (request, reply) => {
        const { db, viewer, params } = request
        const project = found(await findMembership(db, viewer, params.id))
        await trail.number()
        return page(
          request,
          reply,
          async (after, count) =>
            tellNames(request, await queries.listProjectHistory(db, viewer, project, after, count)),
          () => queries.countProjectHistory(db, viewer, project),
        )
      },
    )
  }

const PEOPLE = ['assignee_ids', 'created_by', 'user_id']
const PROJECTS = ['project_id']

async function tellNames({ db, viewer }: FastifyRequest, events: Listed) {
  const changes = events.map(changesOf)
  const people = idsIn(changes, PEOPLE)
  const projects = idsIn(changes, PROJECTS)
  const names = new Map(
    people.length + projects.length === 0
      ? []
      : (await queries.listNames(db, viewer, people, projects)).map(({ id, name }) => [id, { id, name }]),
  )
  const toName = (value: unknown): unknown =>
    Array.isArray(value) ? value.map(toName) : typeof value === 'string' ? (names.get(value) ?? null) : value
  return events.map((event, i) => ({
    ...event,
    id: event.resource_id,
    sort_key: event.seq,
    actor: event.actor_id === null ? null : { id: event.actor_id, name: event.actor_name ?? '' },
    subject: {
      type: event.kind.split('.')[0] as HistoryEntry['subject']['type'],
      id: event.resource_id,
      name: event.subject_name,
    },
    changes: Object.fromEntries(
      Object.entries(changes[i] ?? {}).map(([field, { from, to }]) => [
        field,
        PEOPLE.includes(field) || PROJECTS.includes(field)
          ? { from: toName(from), to: toName(to) }
          : { from, to },
      ]),
    ),
  }))
}

const idsIn = (changes: readonly FieldChanges[], fields: readonly string[]): string[] => [
  ...new Set(
    changes
      .flatMap((change) => fields.flatMap((field) => [change[field]?.from, change[field]?.to].flat()))
      .filter((id) => typeof id === 'string'),
  ),
]
