// Which scripts of other origins may read answers (CORS: Fetch, 3.3). Never with cookies: this API has none.
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Config } from '../config.ts'

/** What a script of another origin may read and send, beyond what browsers always allow. */
const EXPOSED =
  'ETag, Idempotency-Replayed, Link, Location, Operation-Id, RateLimit, RateLimit-Policy, Retry-After, WWW-Authenticate, X-Request-Id'
const SENDABLE =
  'Authorization, Content-Type, Idempotency-Key, If-Match, If-None-Match, Last-Event-ID, X-Request-Id'

/** Where developers serve their client from, on any port. */
const LOCAL = ['http://localhost:*', 'https://localhost:*', 'http://127.0.0.1:*', 'http://[::1]:*']
/** Anybody may send any origin, so the number of refused ones that are remembered and logged is bounded. */
const MOST_REFUSED = 50
const LONGEST_ORIGIN = 200

/** Returns the hook that lets scripts of the configured origins, and in development local ones, read an answer. */
export function createSharing({ corsOrigins, production }: Pick<Config, 'corsOrigins' | 'production'>) {
  const allowed = new Set(production ? corsOrigins : [...corsOrigins, ...LOCAL])
  const refused = new Set<string>()

  const isAllowed = (origin: string) => allowed.has(origin) || allowed.has(`${origin.replace(/:\d+$/, '')}:*`)

  function noteRefused({ log, headers: { host } }: FastifyRequest, sent: string): void {
    const origin = sent.slice(0, LONGEST_ORIGIN)
    // A browser says the origin with every POST, also to where the page came from.
    if (refused.has(origin) || refused.size >= MOST_REFUSED || origin.endsWith(`://${host}`)) return
    refused.add(origin)
    log.warn({ origin }, 'an origin that CORS_ORIGINS does not have was refused; said once')
  }

  return function share(request: FastifyRequest, reply: FastifyReply): void {
    if (allowed.size > 0) reply.header('Vary', 'Origin')
    const { origin } = request.headers
    if (origin === undefined) return
    if (!isAllowed(origin)) return noteRefused(request, origin)
    reply.headers({ 'Access-Control-Allow-Origin': origin, 'Access-Control-Expose-Headers': EXPOSED })
    if (request.method === 'OPTIONS')
      reply.headers({ 'Access-Control-Allow-Headers': SENDABLE, 'Access-Control-Max-Age': '600' })
  }
}
