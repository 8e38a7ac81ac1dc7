// A repeated POST has one effect. The key, the effect, its events and the answer commit together, so a crash leaves
// all or none (draft-ietf-httpapi-idempotency-key-header).
import { createHmac } from 'node:crypto'
import type { FastifyReply, FastifyRequest, RouteHandlerMethod } from 'fastify'
import type { App } from './server.ts'
import type { Config } from '../config.ts'
import { many, maybe, one, type Db } from '../database/db.ts'
import { ApiError } from '../errors.ts'
import { createSeal } from '../database/sealing.ts'
import { sql } from '../database/sql.ts'
import { seesOperation } from '../trail/trail.ts'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** `false` for the few POST routes that may be repeated without harm and whose answers are credentials. */
    idempotency?: false
  }
}

interface Scope {
  readonly user: string
  readonly route: string
  readonly key: string
}

interface Stored {
  readonly fingerprint: Buffer
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: Buffer
}

const NOBODY = '00000000-0000-0000-0000-000000000000'
const KEPT_HEADERS = ['location', 'etag', 'operation-id']

/** Lets every POST route that is added from now on honour an Idempotency-Key. */
export function honourIdempotencyKeys(app: App, config: Config): void {
  const { seal, open } = createSeal(config, 'idempotency')

  app.addHook('onRoute', (route) => {
    const { refusal, idempotency } = route.config ?? {}
    if (route.method === 'POST' && !refusal && idempotency !== false) route.handler = once(route.handler)
  })

  const once = (handler: RouteHandlerMethod): RouteHandlerMethod =>
    async function (request, reply) {
      const key = readKey(request)
      if (key === undefined) return handler.call(this, request, reply)
      const scope = { user: request.viewer?.id ?? NOBODY, route: request.routeOptions.url ?? '', key }
      const fingerprint = fingerprintOf(request, config.jwtSecret)
      const { db } = request
      try {
        return await db.transaction(async (tx) => {
          const stored = await claim(tx, scope)
          if (stored) return replay(request, reply, stored, fingerprint)
          request.db = tx
          const payload: unknown = await handler.call(this, request, reply)
          const body = payload === null || payload === undefined ? '' : (reply.serialize(payload) as string)
          await insertKey(tx, scope, {
            fingerprint,
            status: reply.statusCode,
            headers: keptHeaders(request, reply),
            body: seal(body),
          })
          return answer(reply, body)
        })
      } finally {
        request.db = db
      }
    }

  const fingerprintOf = (request: FastifyRequest, secret: string) =>
    createHmac('sha256', secret)
      .update('request')
      .update(JSON.stringify([request.url, request.body]))
      .digest()

  async function replay(request: FastifyRequest, reply: FastifyReply, stored: Stored, fingerprint: Buffer) {
    const same =
      stored.fingerprint.equals(fingerprint) ||
      stored.fingerprint.equals(fingerprintOf(request, config.acceptedJwtSecret))
    const body = same ? open(stored.body) : undefined
    if (body === undefined) {
      throw new ApiError('idempotency_mismatch', 'This Idempotency-Key came with another request before.')
    }
    if (!(await stillVisible(request, stored.headers)))
      throw new ApiError('not_found', 'What this request made is no longer there for you to see.')
    void reply.code(stored.status).headers(stored.headers).header('Idempotency-Replayed', 'true')
    return answer(reply, body)
  }

  /** What a request without a Location was about: `/tasks/7` for `/tasks/7/restore`, where that can be read. */
  function parentOf({ routeOptions, url }: FastifyRequest): string | undefined {
    const above = (path = '') => path.slice(0, path.lastIndexOf('/'))
    return app.hasRoute({ method: 'GET', url: above(routeOptions.url) })
      ? above(url.split('?')[0])
      : undefined
  }

  /** Whoever may no longer see what they made does not get to see it by repeating the request. */
  async function stillVisible(request: FastifyRequest, headers: Stored['headers']): Promise<boolean> {
    const { db, viewer } = request
    // Nobody was logged in, as when an account is made.
    if (!viewer) return true
    const url = headers['location'] ?? parentOf(request)
    const operation = headers['operation-id']
    if (url === undefined) return operation !== undefined && seesOperation(db, viewer, operation)
    const { statusCode } = await app.inject({
      url,
      headers: { authorization: request.headers.authorization },
    })
    return statusCode < 400
  }
}

/** The key, bare or as a quoted string (RFC 8941), 1 to 255 visible ASCII characters. */
function readKey(request: FastifyRequest): string | undefined {
  const header = request.headers['idempotency-key']
  if (header === undefined) return undefined
  const key = /^"?([\x21\x23-\x7e]{1,255})"?$/.exec(String(header))?.[1]
  if (key === undefined) {
    throw new ApiError('invalid', 'An Idempotency-Key has 1 to 255 visible ASCII characters.', {
      errors: [
        { pointer: '/headers/idempotency-key', message: 'must have 1 to 255 visible ASCII characters' },
      ],
    })
  }
  return key
}

const keptHeaders = (request: FastifyRequest, reply: FastifyReply): Record<string, string> => ({
  ...(request.viewer && { 'operation-id': request.viewer.operation }),
  ...Object.fromEntries(
    KEPT_HEADERS.flatMap((name) => (reply.hasHeader(name) ? [[name, String(reply.getHeader(name))]] : [])),
  ),
})

/** The text is JSON already, so it is sent as it is. */
const answer = (reply: FastifyReply, body: string) =>
  body === '' ? null : (void reply.type('application/json; charset=utf-8'), body)

/** Makes the key ours until the transaction ends, and answers what it was answered before. */
async function claim(tx: Db, { user, route, key }: Scope): Promise<Stored | undefined> {
  const { free } = await one<{ free: boolean }>(
    tx.write,
    sql`select pg_try_advisory_xact_lock(hashtextextended(${`${user} ${route} ${key}`}, 0)) as free`,
  )
  if (!free) {
    throw new ApiError('request_in_progress', 'The request with this Idempotency-Key is still running.', {
      headers: { 'Retry-After': '1' },
    })
  }
  return maybe<Stored>(
    tx.write,
    sql`select fingerprint, status, headers, body from idempotency_keys where user_id = ${user} and route = ${route} and key = ${key}`,
  )
}

const insertKey = (tx: Db, { user, route, key }: Scope, { fingerprint, status, headers, body }: Stored) =>
  many(
    tx.write,
    sql`
  insert into idempotency_keys (user_id, route, key, fingerprint, status, headers, body)
  values (${user}, ${route}, ${key}, ${fingerprint}, ${status}, ${JSON.stringify(headers)}, ${body})`,
  )

/** Forgets keys older than a day. */
export const deleteOldKeys = (db: Db) =>
  many(db.write, sql`delete from idempotency_keys where created_at < now() - interval '24 hours'`)
