// One attempt: signs a payload (https://www.standardwebhooks.com, 1.0.0) and posts it.
import { createHmac } from 'node:crypto'
import http from 'node:http'
import https from 'node:https'
import { slowWork } from '../../concurrency.ts'
import { checkLiteralAddress, publicLookup } from './address.ts'
import type { Outcome } from './delivery-queries.ts'

const TIMEOUT_MS = 15_000
const SECRET_PREFIX = 'whsec_'

export interface Message {
  /** The webhook-id, the same at every attempt. */
  readonly id: string
  readonly url: string
  readonly payload: string
  readonly secrets: readonly string[]
}

/** Signatures of a message, one for each secret, as the webhook-signature header has them. */
export function sign(id: string, timestamp: number, payload: string, secrets: readonly string[]): string {
  return secrets
    .map((secret) => createHmac('sha256', Buffer.from(secret.slice(SECRET_PREFIX.length), 'base64')))
    .map((hmac) => `v1,${hmac.update(`${id}.${timestamp}.${payload}`).digest('base64')}`)
    .join(' ')
}

export const formatSecret = (bytes: Buffer): string => SECRET_PREFIX + bytes.toString('base64')

export interface Attempted extends Outcome {
  /** What Retry-After asks for, in seconds. */
  readonly retryAfter: number | null
}

/** Posts a message. Never throws: what went wrong is in the outcome. Redirects are not followed. */
export async function send(
  message: Message,
  allowPrivate: boolean,
  timeoutMs = TIMEOUT_MS,
): Promise<Attempted> {
  const started = performance.now()
  const outcome = (
    status: number | null,
    error: string | null,
    retryAfter: number | null = null,
  ): Attempted => ({
    status,
    error,
    retryAfter,
    ms: Math.round(performance.now() - started),
  })
  try {
    const { status, retryAfter } = await post(message, allowPrivate, timeoutMs)
    return outcome(
      status,
      status >= 200 && status < 300
        ? null
        : status >= 300 && status < 400
          ? 'redirects are not followed'
          : null,
      retryAfter,
    )
  } catch (error) {
    return outcome(null, error instanceof Error ? reason(error) : 'failed')
  }
}

const reason = (error: NodeJS.ErrnoException): string => (error.code ?? error.message).slice(0, 200)

function post(
  { id, url, payload, secrets }: Message,
  allowPrivate: boolean,
  timeoutMs: number,
): Promise<{ status: number; retryAfter: number | null }> {
  slowWork.publish('webhook')
  const target = new URL(url)
  if (!allowPrivate) checkLiteralAddress(target)
  const timestamp = Math.floor(Date.now() / 1000)
  return new Promise((resolve, reject) => {
    const request = (target.protocol === 'https:' ? https : http).request(target, {
      method: 'POST',
      // A connection of its own, so that a kept one cannot outlive the check of its address.
      agent: false,
      ...(!allowPrivate && { lookup: publicLookup }),
      signal: AbortSignal.timeout(timeoutMs),
      headers: {
        'content-type': 'application/json',
        'content-length': Buffer.byteLength(payload),
        'user-agent': 'Tasktrail-Webhooks',
        'webhook-id': id,
        'webhook-timestamp': timestamp,
        'webhook-signature': sign(id, timestamp, payload, secrets),
      },
    })
    request.on('response', (response) => {
      // The status is all that counts; what else the endpoint says is neither read nor kept.
      response.destroy()
      resolve({ status: response.statusCode ?? 0, retryAfter: seconds(response.headers['retry-after']) })
    })
    request.on('error', reject)
    request.end(payload)
  })
}

function seconds(retryAfter: string | undefined): number | null {
  if (retryAfter === undefined) return null
  const value = /^\d+$/.test(retryAfter) ? Number(retryAfter) : (Date.parse(retryAfter) - Date.now()) / 1000
  return Number.isFinite(value) ? Math.max(0, value) : null
}
