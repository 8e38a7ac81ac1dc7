// How many requests one caller may send a minute. Counted per process: it protects this process, and what must hold
// across replicas (guesses at secrets) is counted in the database by auth/throttle.ts.
import type { FastifyReply, FastifyRequest } from 'fastify'
import { ApiError } from './errors.ts'

const WINDOW_MS = 60_000

/** Charges a request to its verified user, or to the peer's address. Headers: draft-ietf-httpapi-ratelimit-headers. */
export function createRateLimit(perMinute: number) {
  let counts = new Map<string, number>()
  let ends = 0

  return function charge(request: FastifyRequest, reply: FastifyReply): void {
    const now = Date.now()
    if (now >= ends) {
      counts = new Map()
      ends = now + WINDOW_MS
    }
    const caller = request.viewer?.id ?? request.ip
    const count = (counts.get(caller) ?? 0) + 1
    counts.set(caller, count)
    const seconds = Math.ceil((ends - now) / 1000)
    void reply
      .header('RateLimit-Policy', `"default";q=${perMinute};w=${WINDOW_MS / 1000}`)
      .header('RateLimit', `"default";r=${Math.max(0, perMinute - count)};t=${seconds}`)
    if (count > perMinute) {
      throw new ApiError('rate_limited', 'Too many requests.', {
        headers: { 'Retry-After': String(seconds) },
      })
    }
  }
}
