import { Type } from 'typebox'
import { v7 as uuid } from 'uuid'
import type { App } from '../../http/server.ts'
import { found } from '../../errors.ts'
import { ById, Ref } from '../../http/schemas.ts'
import { Page } from '../../http/pages.ts'
import { asBot } from '../../policy.ts'
import type { Services } from '../../services.ts'
import { hiddenProject, tokenToMake } from '../tokens/mint.ts'
import * as tokens from '../tokens/queries.ts'
import { ApiToken, ApiTokenFilter, CreatedApiToken, NewApiToken } from '../tokens/schema.ts'
import { makeToken } from '../tokens/secret.ts'
import { findBot, holdBot } from './queries.ts'
import { ByBotToken } from './schema.ts'

const tags = ['bots']

/** The tokens of bots, which those who manage a bot make for it. */
export const botTokenRoutes =
  ({ config, page, gate }: Services) =>
  async (app: App) => {
    app.get(
      '/bots/:id/tokens',
      {
        config: { scope: 'projects:manage' },
        schema: {
          tags,
          operationId: 'listBotTokens',
          summary: 'List the tokens of a bot, oldest first',
          params: ById,
          querystring: ApiTokenFilter,
          response: { 200: Page(Ref(ApiToken)) },
        },
      },
      async (request, reply) => {
        const { db, viewer, params } = request
        const bot = asBot(viewer, found(await findBot(db, viewer, params.id)).id)
        return page(
          request,
          reply,
          (after, count) => tokens.listTokens(db, bot, after, count),
          () => tokens.countTokens(db, bot),
        )
      },
    )

    app.post(
      '/bots/:id/tokens',
      {
        // A token that makes one for a bot would make one that is broader, and that outlives it.
        config: { scope: 'person', idempotency: false },
        schema: {
          tags,
          operationId: 'createBotToken',
          summary: 'Make a token for a bot, which is shown once',
          params: ById,
          body: NewApiToken,
          response: { 201: CreatedApiToken },
        },
      },
      async ({ db, viewer, params, body }, reply) => {
        const bot = asBot(viewer, params.id)
        const { token, ...named } = makeToken(uuid())
        const made = await db.transaction(async (tx) => {
          found(await holdBot(tx, viewer, params.id))
          const wanted = tokenToMake({ ...bot, bot: true }, Infinity, body, config)
          return tokens.insertToken(tx, bot, named, wanted, viewer)
        })
        if (!made) throw hiddenProject()
        void reply.code(201).header('Location', `/api/v1/bots/${params.id}/tokens/${made.id}`)
        return { ...made, token }
      },
    )

    app.get(
      '/bots/:id/tokens/:token_id',
      {
        config: { scope: 'projects:manage' },
        schema: {
          tags,
          operationId: 'findBotToken',
          summary: 'Read what a token of a bot is for, and when it was used last',
          params: ByBotToken,
          response: { 200: Ref(ApiToken) },
        },
      },
      async ({ db, viewer, params }) => {
        const bot = asBot(viewer, found(await findBot(db, viewer, params.id)).id)
        return found(await tokens.findToken(db, bot, params.token_id))
      },
    )

    app.delete(
      '/bots/:id/tokens/:token_id',
      {
        config: { scope: 'projects:manage' },
        schema: {
          tags,
          operationId: 'endBotToken',
          summary: 'End a token of a bot, and those that it made',
          params: ByBotToken,
          response: { 204: Type.Null() },
        },
      },
      async ({ db, viewer, params }, reply) => {
        const bot = asBot(viewer, found(await findBot(db, viewer, params.id)).id)
        found(await tokens.endToken(db, bot, params.token_id, viewer))
        gate.forget()
        void reply.code(204)
        return null
      },
    )
  }
