import { Type } from 'typebox'
import { v7 as uuid } from 'uuid'
import type { App } from '../../http/server.ts'
import { found } from '../../errors.ts'
import { ById, Ref } from '../../http/schemas.ts'
import { Page } from '../../http/pages.ts'
import type { Services } from '../../services.ts'
import { confirmPassword } from '../auth/confirm.ts'
import { hiddenProject, tokenToMake } from './mint.ts'
import * as queries from './queries.ts'
import { ApiToken, ApiTokenFilter, CreatedApiToken, NewApiToken } from './schema.ts'
import { makeToken } from './secret.ts'

const tags = ['tokens']

export const tokenRoutes =
  ({ config, page, throttle, gate }: Services) =>
  async (app: App) => {
    app.get(
      '/tokens',
      {
        config: { scope: 'any' },
        schema: {
          tags,
          operationId: 'listTokens',
          summary: 'List my tokens for programs, oldest first',
          description: 'Asked by a token: itself, and those that descend from it.',
          querystring: ApiTokenFilter,
          response: { 200: Page(Ref(ApiToken)) },
        },
      },
      async (request, reply) => {
        const { db, viewer } = request
        return page(
          request,
          reply,
          (after, count) => queries.listTokens(db, viewer, after, count),
          () => queries.countTokens(db, viewer),
        )
      },
    )

    app.post(
      '/tokens',
      {
        // The answer is a secret that is kept nowhere.
        config: { scope: 'any', idempotency: false },
        schema: {
          tags,
          operationId: 'createToken',
          summary: 'Make a token for a program, which is shown once',
          description: 'Asked by a token: one that is no broader than that, ends no later, and ends with it.',
          body: NewApiToken,
          response: { 201: CreatedApiToken },
        },
        preHandler: async (request) => {
          const { body, viewer } = request
          if (body.scopes.includes('admin') && !viewer.token)
            await confirmPassword(request, throttle, body.current_password)
        },
      },
      async ({ db, viewer, tokenExpires, body }, reply) => {
        const wanted = tokenToMake(viewer, tokenExpires, body, config)
        const { token, ...named } = makeToken(uuid())
        const made = await queries.insertToken(db, viewer, named, wanted)
        if (!made) throw hiddenProject()
        void reply.code(201).header('Location', `/api/v1/tokens/${made.id}`)
        return { ...made, token }
      },
    )

    app.get(
      '/tokens/:id',
      {
        config: { scope: 'any' },
        schema: {
          tags,
          operationId: 'findToken',
          summary: 'Read what a token of mine is for, and when it was used last',
          params: ById,
          response: { 200: Ref(ApiToken) },
        },
      },
      async ({ db, viewer, params }) => found(await queries.findToken(db, viewer, params.id)),
    )

    app.delete(
      '/tokens/:id',
      {
        config: { scope: 'any' },
        schema: {
          tags,
          operationId: 'endToken',
          summary: 'End a token of mine, and those that it made',
          params: ById,
          response: { 204: Type.Null() },
        },
      },
      async ({ db, viewer, params }, reply) => {
        found(await queries.endToken(db, viewer, params.id))
        gate.forget()
        void reply.code(204)
        return null
      },
    )

    app.delete(
      '/tokens',
      {
        config: { scope: 'any' },
        schema: {
          tags,
          operationId: 'endTokens',
          summary: 'End all my tokens but the one that asks',
          response: { 204: Type.Null() },
        },
      },
      async ({ db, viewer }, reply) => {
        await queries.endOwnTokens(db, viewer)
        gate.forget()
        void reply.code(204)
        return null
      },
    )
  }
