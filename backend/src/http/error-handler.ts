// Turns whatever a request threw into its answer: a problem document (RFC 9457).
import { STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'
import { DatabaseError } from 'pg'
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify'
import { v7 as uuid } from 'uuid'
import { fromDatabase } from '../database/errors.ts'
import { ApiError, CODES, type Code } from '../errors.ts'
import { problem } from './problem.ts'

/** The error that a client gets for a thrown value. An unknown one is `internal`, whose body does not tell the cause. */
export function toApiError(error: unknown): ApiError {
  if (error instanceof ApiError) return error
  if (error instanceof DatabaseError) return fromDatabase(error) ?? internal()
  if (!(error instanceof Error)) return internal()
  const { code = '', statusCode, validation, validationContext } = error as Partial<FastifyError>
  if (validation) return fromValidation(validation, validationContext ?? 'body')
  const fastify = FASTIFY_CODES[code]
  if (fastify) return new ApiError(fastify, CODES[fastify][1] + '.')
  if (statusCode !== undefined && statusCode >= 400 && statusCode < 500)
    return new ApiError('invalid', 'The request could not be read.')
  return internal()
}

const internal = () =>
  new ApiError('internal', 'The fault has been logged under the request_id of this answer.')

const FASTIFY_CODES: Readonly<Record<string, Code>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: 'body_too_large',
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'unsupported_media_type',
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: 'invalid',
  FST_ERR_CTP_EMPTY_JSON_BODY: 'malformed_json',
  FST_ERR_MAX_PARAM_LENGTH: 'uri_too_long',
}

/** The start of a pointer, by the framework's name for that part of the request. */
const PLACES: Readonly<Record<string, string>> = {
  querystring: '/query',
  params: '/path',
  headers: '/headers',
}

/** What the validator adds to some of its errors. */
type Details = Partial<{
  additionalProperty: string
  missingProperty: string
  allowedValues: readonly string[]
}>

/** The validator's first error, in terms of the field. */
function fromValidation([first]: NonNullable<FastifyError['validation']>, where: string): ApiError {
  if (first === undefined) return new ApiError('invalid', 'The request is not valid.')
  const { additionalProperty, missingProperty, allowedValues } = first.params as Details
  const name = additionalProperty ?? missingProperty
  const place = PLACES[where]
  // For a list in the query the pointer names the parameter: its items have no place of their own.
  const path = place === undefined ? first.instancePath : first.instancePath.split('/', 2).join('/')
  const pointer = (place ?? '') + path + (name === undefined ? '' : `/${name}`)
  let message = first.message ?? 'is not valid'
  if (additionalProperty !== undefined) message = 'is not known here'
  else if (missingProperty !== undefined) message = 'is required'
  else if (allowedValues !== undefined) message = `must be one of ${allowedValues.join(', ')}`
  return new ApiError('invalid', `${pointer || 'The body'} ${message}.`, { errors: [{ pointer, message }] })
}

/** Turns whatever a request threw into its answer, and logs what is our fault. */
export function errorHandler(thrown: unknown, request: FastifyRequest, reply: FastifyReply): void {
  const error = toApiError(thrown)
  // An error changes nothing, so there is no operation to name.
  reply.removeHeader('Operation-Id')
  if (error.status >= 500) request.log.error({ request_id: request.id, err: thrown }, error.code)
  void reply
    .code(error.status)
    .headers(error.headers)
    .header('Cache-Control', 'no-store')
    .type('application/problem+json')
    .serializer(JSON.stringify)
    .send(problem(error, request.id))
}

const CLIENT_ERRORS: Readonly<Record<string, Code>> = {
  HPE_HEADER_OVERFLOW: 'headers_too_large',
  ERR_HTTP_REQUEST_TIMEOUT: 'request_timeout',
}

/** Connections whose request may take longer than any other: upload.ts sees to it that it ends. */
export const uploading = new WeakSet<Socket>()

/** Answers bytes that are no HTTP request (llhttp could not parse them) and closes: what follows cannot be trusted. */
export function clientErrorHandler(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ERR_HTTP_REQUEST_TIMEOUT' && uploading.has(socket)) return
  if (error.code === 'ECONNRESET' || !socket.writable) return void socket.destroy()
  const code = CLIENT_ERRORS[error.code ?? ''] ?? 'invalid'
  const body = JSON.stringify(problem(new ApiError(code, `${CODES[code][1]}.`), uuid()))
  const [status] = CODES[code]
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    'Content-Type: application/problem+json',
    `Content-Length: ${Buffer.byteLength(body)}`,
    'Cache-Control: no-store',
    'Connection: close',
  ]
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`)
}
