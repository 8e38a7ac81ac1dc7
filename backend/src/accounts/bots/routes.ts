import { Type } from 'typebox'
import type { FastifyRequest } from 'fastify'
import { v7 as uuid } from 'uuid'
import type { App } from '../../http/server.ts'
import type { Db } from '../../database/db.ts'
import { allow, ApiError, changedByOthers, found } from '../../errors.ts'
import { BaseVersion, ById, precondition, Ref, versioned } from '../../http/schemas.ts'
import { Page } from '../../http/pages.ts'
import { insertMember, lockProject } from '../../members/queries.ts'
import { canManageProject, type Viewer } from '../../policy.ts'
import type { Services } from '../../services.ts'
import { explain } from '../../trail/versions.ts'
import { endTokens } from '../tokens/queries.ts'
import { eraseUser } from '../users/erase-user.ts'
import { columnsOf } from '../users/schema.ts'
import { botTokenRoutes } from './token-routes.ts'
import * as queries from './queries.ts'
import { Bot, BotChanges, BotFilter, NewBot } from './schema.ts'

const tags = ['bots']

export const botRoutes = (services: Services) => async (app: App) => {
  const { page, gate } = services
  await app.register(botTokenRoutes(services))

  app.get(
    '/bots',
    {
      config: { scope: 'projects:manage' },
      schema: {
        tags,
        operationId: 'listBots',
        summary: 'List the bots that I manage, oldest first',
        querystring: BotFilter,
        response: { 200: Page(Ref(Bot)) },
      },
    },
    async (request, reply) => {
      const { db, viewer, query } = request
      return page(
        request,
        reply,
        (after, count) => queries.listBots(db, viewer, query, after, count),
        () => queries.countBots(db, viewer, query),
      )
    },
  )

  app.post(
    '/bots',
    {
      config: { scope: 'projects:manage' },
      schema: {
        tags,
        operationId: 'createBot',
        summary: 'Create a bot that belongs to a project, or to the administrators',
        body: NewBot,
        response: { 201: Ref(Bot) },
      },
    },
    async (request, reply) => {
      const { db, viewer, body } = request
      const { name, project_id, role = 'editor' } = body
      allow(project_id !== null || viewer.role === 'admin')
      const bot = await db.transaction(async (tx) => {
        if (project_id !== null) await lockOwned(tx, viewer, project_id)
        const made = await queries.insertBot(tx, viewer, { id: uuid(), name, project_id })
        if (project_id !== null) await insertMember(tx, viewer, project_id, made.id, role)
        return made
      })
      return versioned(request, reply.code(201).header('Location', `/api/v1/bots/${bot.id}`), bot)
    },
  )

  app.get(
    '/bots/:id',
    {
      config: { scope: 'projects:manage' },
      schema: {
        tags,
        operationId: 'findBot',
        summary: 'Read a bot that I manage',
        params: ById,
        response: { 200: Ref(Bot) },
      },
    },
    async (request, reply) => {
      const { db, viewer, params } = request
      return versioned(request, reply, found(await queries.findBot(db, viewer, params.id)))
    },
  )

  app.patch(
    '/bots/:id',
    {
      config: { scope: 'projects:manage' },
      schema: {
        tags,
        operationId: 'updateBot',
        summary: 'Rename or disable a bot',
        params: ById,
        querystring: BaseVersion,
        body: BotChanges,
        response: { 200: Ref(Bot) },
      },
    },
    async (request, reply) => {
      const { db, viewer, params, body } = request
      const changes = columnsOf(body)
      const bot = await db.transaction(async (tx) => {
        found(await queries.holdBot(tx, viewer, params.id))
        const changed = await queries.updateBot(tx, viewer, params.id, changes, precondition(request))
        if (changed?.disabled_at) await endTokens(tx, viewer, params.id, 'account_disabled')
        return changed
      })
      gate.forget()
      return versioned(request, reply, bot ?? (await refuse(request, params.id, changes)))
    },
  )

  app.delete(
    '/bots/:id',
    {
      config: { scope: 'projects:manage' },
      schema: {
        tags,
        operationId: 'deleteBot',
        summary: 'Delete a bot; its work stays',
        params: ById,
        response: { 204: Type.Null() },
      },
    },
    async (request, reply) => {
      const { db, viewer, params } = request
      found(await queries.findBot(db, viewer, params.id))
      if (!(await eraseUser(db, viewer, params.id, precondition(request)))) await refuse(request, params.id)
      gate.forget()
      void reply.code(204)
      return null
    },
  )
}

/** Holds a project, which the viewer has to manage. */
async function lockOwned(tx: Db, viewer: Viewer, id: string): Promise<void> {
  const project = await lockProject(tx, viewer, id)
  if (!project)
    throw new ApiError('no_such_project', 'project_id names a project that you cannot see.', {
      errors: [{ pointer: '/project_id', message: 'names a project that you cannot see' }],
    })
  allow(canManageProject(viewer, project))
}

/** Why nothing was changed. */
async function refuse(request: FastifyRequest, id: string, changes: object = {}): Promise<never> {
  const bot = found(await queries.findBot(request.db, request.viewer, id))
  await explain(request.db, request.viewer, 'users', bot, precondition(request), { ...changes })
  throw changedByOthers('bot')
}
