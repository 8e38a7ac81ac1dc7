// How every operation reaches the service: the token, a new one when it has ended, and again when nothing was answered.
import type { Connection } from './connection.ts'
import type { TokenPair } from './generated/types.ts'
import type { Bytes, CallOptions, EditOptions, KeyedOptions } from './options.ts'
import { ConnectionError, errorOf, isProblem, mayPass, retryAfterOf } from './problem.ts'
import { backoff, pause } from './waiting.ts'

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'

interface How {
  /** Goes out without a token. */
  anonymous?: boolean
  /** Takes an Idempotency-Key. */
  keyed?: boolean
  /** Sends the body as it is. */
  bytes?: boolean
  /** Answers the response itself. */
  raw?: boolean
}

interface Outgoing {
  url: URL
  headers: Headers
  init: RequestInit
}

/** Longer than this a call does not wait by itself, in seconds: whoever made it should know. */
const LONGEST_WAIT = 30
const NOT_IN_QUERY = new Set(['signal', 'onResponse', 'idempotency_key', 'if_match'])
const LOG_IN = /\/auth\/(login|refresh)$/
const LOG_OUT = /\/auth\/logout$/

/** An address with each value as one segment. */
export const path = (texts: TemplateStringsArray, ...values: string[]): string =>
  String.raw({ raw: texts }, ...values.map(encodeURIComponent))

/** Sends a request and answers its body. Throws a ProblemError, a ConnectionError or the reason of the signal. */
export async function send<T>(
  api: Connection,
  method: Method,
  address: string,
  options: CallOptions = {},
  body?: unknown,
  how: How = {},
): Promise<T> {
  const key = how.keyed ? ((options as KeyedOptions).idempotency_key ?? newKey()) : undefined
  const request = prepare(api, method, address, options, body, key, how.bytes)
  // With If-Match the second attempt would be refused because of the first.
  const repeatable =
    (method !== 'POST' || key !== undefined) && (options as EditOptions).if_match === undefined
  /** An earlier attempt may have been carried out. */
  let lost = false
  for (let attempt = 1; ; attempt++) {
    let wait: number | undefined
    try {
      const response = await authorized(api, request, how, options.signal)
      options.onResponse?.(response)
      if (response.ok) {
        const answer = (how.raw ? response : await read(response)) as T
        if (LOG_IN.test(address)) api.keep(answer as TokenPair)
        if (LOG_OUT.test(address)) api.keep(undefined)
        return answer
      }
      const error = await errorOf(response)
      // What went away with an answer that was lost is gone, as was asked.
      if (lost && method === 'DELETE' && isProblem(error, 'not_found')) return undefined as T
      // Nor does it collide with itself.
      if (lost && isOwnChange(error)) return await send(api, 'GET', address, { signal: options.signal })
      wait = retryAfterOf(response)
      if (!mayPass(error) || !repeatable || attempt >= api.attempts || (wait ?? 0) > LONGEST_WAIT) throw error
    } catch (error) {
      options.signal?.throwIfAborted()
      // By this a fetch says that no answer came.
      if (!(error instanceof TypeError)) throw error
      if (attempt >= api.attempts || !repeatable)
        throw new ConnectionError('The service did not answer.', { cause: error })
    }
    lost = true
    await pause(wait === undefined ? backoff(attempt) : wait * 1000, options.signal)
  }
}

function prepare(
  api: Connection,
  method: Method,
  address: string,
  options: CallOptions,
  body: unknown,
  key: string | undefined,
  bytes = false,
): Outgoing {
  const { signal, if_match } = options as EditOptions
  const url = new URL(`${api.url}${address}`)
  for (const [name, value] of Object.entries(options))
    if (value !== undefined && !NOT_IN_QUERY.has(name)) url.searchParams.set(name, String(value))
  const headers = new Headers()
  if (body !== undefined) headers.set('content-type', bytes ? typeOf(body as Bytes) : 'application/json')
  if (key !== undefined) headers.set('idempotency-key', key)
  if (if_match !== undefined) headers.set('if-match', if_match)
  return {
    url,
    headers,
    init: {
      method,
      ...(body !== undefined && { body: bytes ? (body as Bytes) : JSON.stringify(body) }),
      ...(signal && { signal }),
    },
  }
}

const typeOf = (bytes: Bytes): string => ('type' in bytes && bytes.type) || 'application/octet-stream'

/** Sends it with the token at hand, and once more with a new one if that has ended. */
async function authorized(api: Connection, { url, headers, init }: Outgoing, how: How, signal?: AbortSignal) {
  const token = how.anonymous ? undefined : await api.token(signal)
  if (token === undefined) return api.fetch(url, { ...init, headers })
  headers.set('authorization', `Bearer ${token}`)
  const response = await api.fetch(url, { ...init, headers })
  if (response.status !== 401) return response
  const next = await api.renew(token, signal)
  if (next === undefined) return response
  await response.body?.cancel()
  headers.set('authorization', `Bearer ${next}`)
  return api.fetch(url, { ...init, headers })
}

async function read(response: Response): Promise<unknown> {
  return response.status === 204 ? undefined : response.json()
}

/** Whether a merge was refused only because its own first attempt had arrived. */
function isOwnChange(error: Error): boolean {
  if (!isProblem(error, 'version_conflict')) return false
  const sides = Object.values(error.problem.conflicts ?? {})
  return (
    sides.length > 0 && sides.every(({ current, yours }) => JSON.stringify(current) === JSON.stringify(yours))
  )
}

/** Not crypto.randomUUID, which pages without TLS do not have. */
export const newKey = (): string =>
  Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join(
    '',
  )
