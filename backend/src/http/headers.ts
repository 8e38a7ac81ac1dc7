// What every answer carries.
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { IncomingMessage } from 'node:http'
import { errorHandler } from './error-handler.ts'
import { uuid } from '../ids.ts'

// In lower case, as the framework keeps them: it would convert any other name for every answer.
export const HEADERS = {
  // Answers that may be kept say so themselves, by offering an ETag.
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
}
export const HSTS = { 'strict-transport-security': 'max-age=31536000; includeSubDomains' }

/** Keeps a client's own request id, for tracing, if it is harmless in a log line. */
export function requestId({ headers }: Pick<IncomingMessage, 'headers'>): string {
  const sent = headers['x-request-id']
  return typeof sent === 'string' && /^[\w.:/+=-]{1,128}$/.test(sent) ? sent : uuid()
}

/** Answers requests that the framework refuses before any hook runs. */
export function frameworkErrors(error: Error, request: FastifyRequest, reply: FastifyReply): void {
  reply.headers(HEADERS).header('x-request-id', request.id)
  errorHandler(error, request, reply)
}
