// A retried POST takes effect once. The key, the effect, its events and the answer commit together, so a crash leaves
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

/** Makes every POST route that is added from now on honour an Idempotency-Key. */
export function honourIdempotencyKeys(app: App, config: Config): void {
  const { seal, open } = createSeal(config, 'idempotency')

  app.addHook('onRoute', (route) => {
    const { refusal, idempotency, upload } = route.config ?? {}
    if (route.method !== 'POST' || refusal || idempotency === false) return
    route.handler = once(route.handler)
    // Slow or throttled work that runs before the handler is skipped for a retry.
    // What was sent is known once it has arrived, so an upload is taken in anyway.
    if (route.preHandler && !upload) route.preHandler = [recall, ...[route.preHandler].flat()]
  })

  async function recall(request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
    const key = readKey(request)
    const stored = key === undefined ? undefined : await findStored(request.db, scopeOf(request, key))
    return stored && reply.send(await replay(request, reply, stored))
  }

  const once = (handler: RouteHandlerMethod): RouteHandlerMethod =>
    async function (request, reply) {
      const key = readKey(request)
      if (key === undefined) return handler.call(this, request, reply)
      const scope = scopeOf(request, key)
      const { db } = request
      let repeated: Stored | undefined
      try {
        const answered = await db.transaction(async (tx) => {
          if (!(await claim(tx, scope))) return undefined
          repeated = await findStored(tx, scope)
          if (repeated) return undefined
          request.db = tx
          const payload: unknown = await handler.call(this, request, reply)
          const body = payload === null || payload === undefined ? '' : (reply.serialize(payload) as string)
          await insertKey(tx, scope, {
            fingerprint: fingerprintOf(request, config.jwtSecret),
            status: reply.statusCode,
            headers: keptHeaders(request, reply),
            body: seal(body),
          })
          return body
        })
        if (answered !== undefined) return answer(reply, answered)
      } finally {
        request.db = db
      }
      // The first request was still running when this one was charged.
      await request.attempt.takeBack()
      if (repeated) return replay(request, reply, repeated)
      throw new ApiError('request_in_progress', 'The request with this Idempotency-Key is still running.', {
        headers: { 'Retry-After': '1' },
      })
    }

  const fingerprintOf = (request: FastifyRequest, secret: string) =>
    createHmac('sha256', secret)
      .update('request')
      .update(JSON.stringify([request.url, request.body]))
      .digest()

  async function replay(request: FastifyRequest, reply: FastifyReply, stored: Stored) {
    const same =
      stored.fingerprint.equals(fingerprintOf(request, config.jwtSecret)) ||
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

  /** The resource of a request without a Location: `/tasks/7` for `/tasks/7/restore`, if it can be read. */
  function parentOf({ routeOptions, url }: FastifyRequest): string | undefined {
    const above = (path = '') => path.slice(0, path.lastIndexOf('/'))
    const route = above(routeOptions.url)
    // Not where a list is above: whoever may read that need not see what was made.
    return route.includes(':') && app.hasRoute({ method: 'GET', url: route })
      ? above(url.split('?')[0])
      : undefined
  }

  /** Whoever may no longer see what they created does not see it by retrying the request. */
  async function stillVisible(request: FastifyRequest, headers: Stored['headers']): Promise<boolean> {
    const { db, viewer } = request
    // Nobody was logged in, as when registering.
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

/** The text is JSON already and is sent unchanged. */
const answer = (reply: FastifyReply, body: string) =>
  body === '' ? null : (void reply.type('application/json; charset=utf-8'), body)

const scopeOf = ({ viewer, routeOptions }: FastifyRequest, key: string): Scope => ({
  // A token's keys are its own: what somebody else was answered, or another token, is none of its business.
  user: viewer?.token?.id ?? viewer?.id ?? NOBODY,
  route: routeOptions.url ?? '',
  key,
})

/** Claims the key until the transaction ends, unless it is taken. */
const claim = async (tx: Db, { user, route, key }: Scope): Promise<boolean> =>
  (
    await one<{ free: boolean }>(
      tx.write,
      sql`select pg_try_advisory_xact_lock(hashtextextended(${`${user} ${route} ${key}`}, 0)) as free`,
    )
  ).free

/** What the key was answered before. */
const findStored = (db: Db, { user, route, key }: Scope) =>
  maybe<Stored>(
    db.read,
    sql`select fingerprint, status, headers, body from idempotency_keys where user_id = ${user} and route = ${route} and key = ${key}`,
  )

const insertKey = (tx: Db, { user, route, key }: Scope, { fingerprint, status, headers, body }: Stored) =>
  many(
    tx.write,
    sql`
  insert into idempotency_keys (user_id, route, key, fingerprint, status, headers, body)
  values (${user}, ${route}, ${key}, ${fingerprint}, ${status}, ${JSON.stringify(headers)}, ${body})`,
  )

/** The most keys that are kept of one user; those who are not logged in count as one. */
export const MOST_KEYS = 100_000

/** Deletes keys older than a day, and the oldest of every user who has too many. */
export async function deleteOldKeys(db: Db): Promise<void> {
  await many(db.write, sql`delete from idempotency_keys where created_at < now() - interval '24 hours'`)
  await many(
    db.write,
    sql`
  delete from idempotency_keys using (
    select busy.user_id, newest.created_at
    from (select user_id from idempotency_keys group by user_id having count(*) > ${MOST_KEYS}) as busy
      cross join lateral (
        select created_at from idempotency_keys where user_id = busy.user_id
        order by created_at desc offset ${MOST_KEYS} limit 1) as newest
  ) as surplus
  where idempotency_keys.user_id = surplus.user_id and idempotency_keys.created_at <= surplus.created_at`,
  )
}
