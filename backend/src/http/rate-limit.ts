// How many requests one caller may send per minute. Counted per process, because it protects the process. Guesses at
// secrets are counted across replicas, in the database (auth/throttle.ts).
import type { FastifyReply, FastifyRequest } from 'fastify'
import { ApiError } from '../errors.ts'
import { networkOf } from './client-address.ts'

const WINDOW_MS = 60_000
/** Addresses are cheap to get, so the number of callers that are remembered is bounded. */
const MOST_CALLERS = 100_000

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Not rate limited: a load balancer takes out a server whose probe is refused. */
    unlimited?: true
  }
}

/** Charges a request to its verified user, or to the client's network. Headers: draft-ietf-httpapi-ratelimit-headers. */
export function createRateLimit(perMinute: number) {
  const policy = `"default";q=${perMinute};w=${WINDOW_MS / 1000}`
  let counts = new Map<string, number>()
  let ends = 0

  return function charge(request: FastifyRequest, reply: FastifyReply): void {
    const now = Date.now()
    if (now >= ends || counts.size >= MOST_CALLERS) {
      counts = new Map()
      ends = now + WINDOW_MS
    }
    const caller = request.viewer?.id ?? networkOf(request.clientAddress)
    const count = (counts.get(caller) ?? 0) + 1
    counts.set(caller, count)
    const seconds = Math.ceil((ends - now) / 1000)
    reply.header('ratelimit-policy', policy)
    reply.header('ratelimit', `"default";r=${Math.max(0, perMinute - count)};t=${seconds}`)
    if (count > perMinute) {
      throw new ApiError('rate_limited', 'Too many requests.', {
        headers: { 'Retry-After': String(seconds) },
      })
    }
  }
}
