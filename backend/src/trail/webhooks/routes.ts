import { randomBytes } from 'node:crypto'
import { Type } from 'typebox'
import type { FastifyRequest } from 'fastify'
import { v7 as uuid } from 'uuid'
import type { App } from '../../http/server.ts'
import type { Db } from '../../database/db.ts'
import { allow, ApiError, changedByOthers, found } from '../../errors.ts'
import { ByIdOrKey, Closed, precondition, Ref, versioned } from '../../http/schemas.ts'
import { Page, PageQuery } from '../../http/pages.ts'
import { canManageProject, type Viewer } from '../../policy.ts'
import { createSeal } from '../../database/sealing.ts'
import type { Services } from '../../services.ts'
import { explain } from '../versions.ts'
import { checkLiteralAddress } from './address.ts'
import * as queries from './queries.ts'
import { NewWebhook, WebhookChanges } from './requests.ts'
import {
  ByWebhook,
  CreatedWebhook,
  Delivery,
  DeliveryFilter,
  Redelivered,
  Redelivery,
  RotatedSecret,
  Webhook,
} from './schema.ts'
import { formatSecret } from './send.ts'

const tags = ['webhooks']

export const webhookRoutes =
  ({ config, page, trail }: Services) =>
  async (app: App) => {
    const { seal } = createSeal(config, 'webhooks')

    /** A webhook's settings are for those who manage the project; whoever only sees it is told so. */
    async function refuse(db: Db, viewer: Viewer, project: string): Promise<never> {
      allow(canManageProject(viewer, found(await queries.findMembership(db, viewer, project))))
      throw new ApiError('not_found', 'There is no such webhook.')
    }

    const load = async (
      { db, viewer }: Pick<FastifyRequest, 'db' | 'viewer'>,
      { id, webhook_id }: { id: string; webhook_id: string },
    ) => (await queries.findWebhook(db, viewer, id, webhook_id)) ?? refuse(db, viewer, id)

    /** Why nothing was changed. */
    async function refuseChange(
      request: FastifyRequest,
      params: { id: string; webhook_id: string },
    ): Promise<never> {
      await explain(
        request.db,
        request.viewer,
        'webhooks',
        await load(request, params),
        precondition(request),
      )
      throw changedByOthers('webhook')
    }

    function checkUrl(url: string | undefined): void {
      try {
        if (url !== undefined && !config.webhookAllowPrivate) checkLiteralAddress(new URL(url))
      } catch {
        throw new ApiError('invalid', 'The address of a webhook must be a public one.', {
          errors: [{ pointer: '/url', message: 'must not be a private address' }],
        })
      }
    }

    app.get(
      '/projects/:id/webhooks',
      {
        config: { scope: 'webhooks:manage' },
        schema: {
          tags,
          operationId: 'listWebhooks',
          summary: "List a project's webhooks",
          params: ByIdOrKey,
          querystring: Closed(PageQuery),
          response: { 200: Page(Ref(Webhook)) },
        },
      },
      async (request, reply) => {
        const { db, viewer, params } = request
        allow(canManageProject(viewer, found(await queries.findMembership(db, viewer, params.id))))
        return page(
          request,
          reply,
          (after, count) => queries.listWebhooks(db, viewer, params.id, after, count),
          () => queries.countWebhooks(db, viewer, params.id),
        )
      },
    )

    app.post(
      '/projects/:id/webhooks',
      {
        config: { scope: 'webhooks:manage' },
        schema: {
          tags,
          operationId: 'createWebhook',
          summary: 'Tell an endpoint what happens in a project',
          params: ByIdOrKey,
          body: NewWebhook,
          response: { 201: CreatedWebhook },
        },
      },
      async (request, reply) => {
        const { db, viewer, params, body } = request
        checkUrl(body.url)
        // The statement numbers one batch more, and the webhook hears of what comes after that.
        await trail.number()
        const secret = formatSecret(randomBytes(32))
        const webhook =
          (await queries.insertWebhook(db, viewer, params.id, uuid(), body, seal(secret))) ??
          (await refuse(db, viewer, params.id))
        return versioned(
          request,
          reply.code(201).header('Location', `/api/v1/projects/${params.id}/webhooks/${webhook.id}`),
          { ...webhook, secret },
        )
      },
    )

    app.get(
      '/projects/:id/webhooks/:webhook_id',
      {
        config: { scope: 'webhooks:manage' },
        schema: {
          tags,
          operationId: 'findWebhook',
          summary: 'Read a webhook',
          params: ByWebhook,
          response: { 200: Ref(Webhook) },
        },
      },
      async (request, reply) => versioned(request, reply, await load(request, request.params)),
    )

    app.patch(
      '/projects/:id/webhooks/:webhook_id',
      {
        config: { scope: 'webhooks:manage' },
        schema: {
          tags,
          operationId: 'updateWebhook',
          summary: 'Change, disable or enable a webhook',
          params: ByWebhook,
          body: WebhookChanges,
          response: { 200: Ref(Webhook) },
        },
      },
      async (request, reply) => {
        const { db, viewer, params, body } = request
        checkUrl(body.url)
        const webhook = await queries.updateWebhook(
          db,
          viewer,
          params.id,
          params.webhook_id,
          body,
          precondition(request),
        )
        return versioned(request, reply, webhook ?? (await refuseChange(request, params)))
      },
    )

    app.delete(
      '/projects/:id/webhooks/:webhook_id',
      {
        config: { scope: 'webhooks:manage' },
        schema: {
          tags,
          operationId: 'deleteWebhook',
          summary: 'Delete a webhook',
          params: ByWebhook,
          response: { 204: Type.Null() },
        },
      },
      async (request, reply) => {
        const { db, viewer, params } = request
        if (!(await queries.deleteWebhook(db, viewer, params.id, params.webhook_id, precondition(request))))
          await refuseChange(request, params)
        void reply.code(204)
        return null
      },
    )

    app.post(
      '/projects/:id/webhooks/:webhook_id/rotate-secret',
      {
        config: { scope: 'webhooks:manage' },
        schema: {
          tags,
          operationId: 'rotateWebhookSecret',
          summary: 'Get a new secret; the one before also signs for a day',
          params: ByWebhook,
          response: { 200: RotatedSecret },
        },
      },
      async (request) => {
        const { db, viewer, params } = request
        const secret = formatSecret(randomBytes(32))
        const rotated =
          (await queries.rotateSecret(
            db,
            viewer,
            params.id,
            params.webhook_id,
            seal(secret),
            precondition(request),
          )) ?? (await refuseChange(request, params))
        return { secret, ...rotated }
      },
    )

    app.get(
      '/projects/:id/webhooks/:webhook_id/deliveries',
      {
        config: { scope: 'webhooks:manage' },
        schema: {
          tags,
          operationId: 'listDeliveries',
          summary: 'List what was sent and how it went, latest first',
          params: ByWebhook,
          querystring: DeliveryFilter,
          response: { 200: Page(Ref(Delivery)) },
        },
      },
      async (request, reply) => {
        const { db, params, query } = request
        const { id } = await load(request, params)
        return page(
          request,
          reply,
          (after, count) => queries.listDeliveries(db, id, query, after, count),
          () => queries.countDeliveries(db, id, query),
        )
      },
    )

    app.post(
      '/projects/:id/webhooks/:webhook_id/redeliver',
      {
        config: { scope: 'webhooks:manage' },
        schema: {
          tags,
          operationId: 'redeliver',
          summary: 'Send one delivery, or a range of events, again',
          params: ByWebhook,
          body: Redelivery,
          response: {
            202: Redelivered,
          },
        },
      },
      async (request, reply) => {
        const { db, viewer, params, body } = request
        const { delivery_id, from_seq, to_seq } = body
        if (
          (delivery_id === undefined) === (from_seq === undefined) ||
          (from_seq === undefined) !== (to_seq === undefined)
        ) {
          throw new ApiError('invalid', 'Send either delivery_id, or from_seq and to_seq.', {
            errors: [{ pointer: '', message: 'needs either delivery_id, or from_seq and to_seq' }],
          })
        }
        const webhook = await load(request, params)
        await explain(db, viewer, 'webhooks', webhook, precondition(request))
        const { id } = webhook
        const sent =
          delivery_id === undefined
            ? await queries.redeliverRange(db, id, from_seq ?? 0, to_seq ?? 0)
            : await queries.redeliver(db, id, delivery_id)
        if (delivery_id !== undefined) found(sent[0])
        void reply.code(202)
        return { deliveries: sent.length }
      },
    )
  }
