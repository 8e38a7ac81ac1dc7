import { Type } from 'typebox'
import type { FastifyRequest } from 'fastify'
import { v7 as uuid } from 'uuid'
import type { App } from '../http/server.ts'
import { allow, ApiError, found } from '../errors.ts'
import { precondition, Ref, versioned } from '../http/schemas.ts'
import { Page } from '../http/pages.ts'
import { canEditTasks } from '../policy.ts'
import { refuseChange } from '../rights.ts'
import type { Services } from '../services.ts'
import { ByIdOrRef } from '../tasks/schema.ts'
import { explain } from '../trail/versions.ts'
import * as queries from './queries.ts'
import { ByLink, Link, LinkFilter, NewLink } from './schema.ts'

const tags = ['links']

export const linkRoutes =
  ({ page }: Services) =>
  async (app: App) => {
    app.get(
      '/tasks/:id/links',
      {
        config: { scope: 'tasks:read' },
        schema: {
          tags,
          operationId: 'listLinks',
          summary: 'List the links of a task to others',
          params: ByIdOrRef,
          querystring: LinkFilter,
          response: { 200: Page(Ref(Link)) },
        },
      },
      async (request, reply) => {
        const { db, viewer, params } = request
        found(await queries.findLinkedTask(db, viewer, params.id))
        return page(
          request,
          reply,
          (after, count) => queries.listLinks(db, viewer, params.id, after, count),
          () => queries.countLinks(db, viewer, params.id),
        )
      },
    )

    app.post(
      '/tasks/:id/links',
      {
        config: { scope: 'tasks:write' },
        schema: {
          tags,
          operationId: 'createLink',
          summary: 'Link a task to another one, also of another project; it can have 100 links',
          params: ByIdOrRef,
          body: NewLink,
          response: { 201: Ref(Link) },
        },
      },
      async (request, reply) => {
        const { db, viewer, params, body } = request
        const link =
          (await queries.insertLink(db, viewer, params.id, [uuid(), uuid()], body)) ??
          (await refuse(request, params.id, body))
        const location = `/api/v1/tasks/${link.task_id}/links/${link.id}`
        return versioned(request, reply.code(201).header('Location', location), link, varying(link))
      },
    )

    app.get(
      '/tasks/:id/links/:link_id',
      {
        config: { scope: 'tasks:read' },
        schema: {
          tags,
          operationId: 'findLink',
          summary: 'Read a link',
          params: ByLink,
          response: { 200: Ref(Link) },
        },
      },
      async (request, reply) => {
        const { db, viewer, params } = request
        const link = found(await queries.findLink(db, viewer, params.id, params.link_id))
        return versioned(request, reply, link, varying(link))
      },
    )

    app.delete(
      '/tasks/:id/links/:link_id',
      {
        config: { scope: 'tasks:write' },
        schema: {
          tags,
          operationId: 'deleteLink',
          summary: 'Take a link away, from both of its tasks',
          params: ByLink,
          response: { 204: Type.Null() },
        },
      },
      async (request, reply) => {
        const { db, viewer, params } = request
        if (!(await queries.deleteLink(db, viewer, params.id, params.link_id, precondition(request)))) {
          const link = found(await queries.findLink(db, viewer, params.id, params.link_id))
          await refuse(request, params.id, undefined, link)
        }
        void reply.code(204)
        return null
      },
    )
  }

/** Whether the other end shows depends on who asks, and its project goes where its task goes. */
const varying = ({ project_id, hidden }: Link) => `${project_id}${hidden ? '-hidden' : ''}`

/** Why nothing was changed. All is read after the attempt, so when it would succeed by now, the client may try again. */
async function refuse(
  request: FastifyRequest,
  task: string,
  sent: NewLink | undefined,
  link?: Link,
): Promise<never> {
  const { db, viewer } = request
  const here = found(await queries.findLinkedTask(db, viewer, task))
  allow(canEditTasks(viewer, here))
  if (link) await explain(db, viewer, 'links', { ...link }, precondition(request))
  if (sent && !here.archived) await refuseOther(request, here.id, sent)
  refuseChange('task', true, here)
}

async function refuseOther({ db, viewer }: FastifyRequest, here: string, sent: NewLink): Promise<void> {
  const there = await queries.findLinkedTask(db, viewer, sent.linked_task_id)
  if (!there)
    throw new ApiError('no_such_task', 'There is no task with this name that you can see.', {
      errors: [{ pointer: '/linked_task_id', message: 'names no task that you can see' }],
    })
  const [from, to] = sent.kind === 'blocks' ? [there.id, here] : [here, there.id]
  const circle = await queries.listCircle(db, viewer, from, to)
  if (circle.length === 0) return
  const path = [...circle, circle[0]].map((step) => step?.ref ?? 'a task that you cannot see').join(' → ')
  throw new ApiError('dependency_cycle', `These would block each other in a circle: ${path}.`, {
    errors: [{ pointer: '/linked_task_id', message: 'would make a circle' }],
  })
}
