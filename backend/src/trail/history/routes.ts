import type { FastifyRequest } from 'fastify'
import type { App } from '../../http/server.ts'
import { changesOf, namesOf, type FieldChanges } from '../changes/event.ts'
import { found } from '../../errors.ts'
import { ByIdOrKey, Closed, Ref } from '../../http/schemas.ts'
import { Page, PageQuery } from '../../http/pages.ts'
import { nounOf, NOUNS } from '../../nouns.ts'
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
        config: { scope: 'tasks:read' },
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
            addNames(request, await queries.listTaskHistory(db, viewer, id, after, count)),
          () => queries.countTaskHistory(db, viewer, id),
        )
      },
    )

    app.get(
      '/projects/:id/history',
      {
        config: { scope: 'tasks:read' },
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
            addNames(request, await queries.listProjectHistory(db, viewer, project, after, count)),
          () => queries.countProjectHistory(db, viewer, project),
        )
      },
    )
  }

/** Each field that refers to other nouns, with the ids that it held and holds. */
const references = (events: Listed, changes: readonly FieldChanges[]) =>
  events.flatMap(({ kind }, i) =>
    Object.entries(nounOf(kind)?.refers ?? {}).flatMap(([field, refersTo]) =>
      [changes[i]?.[field]?.from, changes[i]?.[field]?.to]
        .flat()
        .filter((id) => typeof id === 'string')
        .map((id) => ({ kind: refersTo, id })),
    ),
  )

/** Names instead of bare ids; null for what the viewer cannot see. */
async function addNames({ db, viewer }: FastifyRequest, events: Listed) {
  const changes = events.map(changesOf)
  const referred = references(events, changes)
  const named = await Promise.all(
    NOUNS.map(async (noun) => {
      const ids = new Set(referred.filter(({ kind }) => kind === noun.kind).map(({ id }) => id))
      return ids.size === 0 ? [] : queries.listNames(db, viewer, noun, [...ids])
    }),
  )
  const names = new Map(named.flat().map(({ id, name }) => [id, { id, name }]))
  const toName = (value: unknown): unknown =>
    Array.isArray(value) ? value.map(toName) : typeof value === 'string' ? (names.get(value) ?? null) : value
  return events.map((event, i) => ({
    ...event,
    ...namesOf(event),
    id: event.resource_id,
    sort_key: event.seq,
    actor:
      event.actor_id === null
        ? null
        : { id: event.actor_id, name: event.actor_name ?? '', kind: event.actor_kind ?? 'person' },
    token: event.token_id === null ? null : { id: event.token_id, name: event.token_name },
    subject: {
      type: event.kind.split('.')[0] as HistoryEntry['subject']['type'],
      id: event.resource_id,
      name: event.subject_name,
    },
    changes: Object.fromEntries(
      Object.entries(changes[i] ?? {}).map(([field, { from, to }]) => [
        field,
        field in (nounOf(event.kind)?.refers ?? {}) ? { from: toName(from), to: toName(to) } : { from, to },
      ]),
    ),
  }))
}
