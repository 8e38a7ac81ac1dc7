// The rules for every request, checked before any feature sees it.
import type { FastifyRequest } from 'fastify'
import { createSharing } from './cors.ts'
import { prefixOf } from './prefix.ts'
import type { App } from './server.ts'
import type { Config } from '../config.ts'
import { ApiError, found } from '../errors.ts'
import { Closed } from './schemas.ts'
import { HEADERS, HSTS } from './headers.ts'
import { bodyLimit } from './body-limit.ts'
import { parseJson } from './json.ts'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The body is of any type, and stays a stream. */
    upload?: true
    /** So is the answer. */
    download?: true
  }
}

/** Half of Node.js' limit for the request line and all headers together, beyond which it answers 431. */
const LONGEST_URL = 8_192

/** Adds the rules to all routes. Unknown query parameters are refused even on routes that take none. */
export function protocolRules(app: App, config: Config): void {
  const { production, publicUrl } = config
  const always = production ? { ...HEADERS, ...HSTS } : HEADERS
  const share = createSharing(config)

  addPrefix(app, prefixOf(publicUrl))
  app.removeAllContentTypeParsers()
  app.addContentTypeParser(
    [JSON_TYPE, 'application/merge-patch+json'],
    { parseAs: 'buffer' },
    (_request, body: Buffer, done) => {
      try {
        done(null, body.length === 0 ? undefined : parseJson(body))
      } catch (error) {
        done(error as Error)
      }
    },
  )
  app.addHook('onRoute', (route) => {
    if (route.schema?.response) route.schema.querystring ??= Closed({})
    route.bodyLimit ??= bodyLimit(route)
  })
  app.addHook('preValidation', (request, _reply, done) => {
    if (request.body !== undefined && takesNoBody(request)) emptyBody(request)
    done()
  })
  app.addHook('onRequest', (request, reply, done) => {
    reply.headers(always).header('x-request-id', request.id)
    share(request, reply)
    refuse(request)
    done()
  })
}

/** Adds the prefix to the URLs in headers. Handlers, and answers kept for retries, do not know it. */
function addPrefix(app: App, prefix: string): void {
  if (prefix === '') return
  app.addHook('onSend', (_request, reply, _payload, done) => {
    const location = reply.getHeader('location')
    const link = reply.getHeader('link')
    if (typeof location === 'string' && location.startsWith('/')) reply.header('location', prefix + location)
    if (typeof link === 'string') reply.header('link', link.replace(/^<\//, `<${prefix}/`))
    done()
  })
}

/** Throws for a request that no route accepts, before its body is read. */
function refuse(request: FastifyRequest): void {
  const { headers, url, is404 } = request
  if (url.length > LONGEST_URL) throw new ApiError('uri_too_long', 'Send a shorter address.')
  if (is404) found(undefined)
  const { schema, config } = request.routeOptions
  const { response, body } = (schema ?? {}) as { response?: object; body?: unknown }
  if (response === undefined) return // not of the API itself: a page, or a refusal
  // An answer without content cannot be unacceptable.
  const answersContent = !config.stream && !config.download && !('204' in response)
  if (headers.accept && answersContent && !acceptsJson(headers.accept))
    throw new ApiError('not_acceptable', 'This API answers application/json.')
  if (url.includes('%') && !isDecodable(url))
    throw new ApiError(
      'invalid',
      'The address holds a percent sign that does not begin an encoded UTF-8 character.',
    )
  // Whatever it is called; there is nothing in it to be read in another way.
  if (takesNoBody(request) && headers['content-type'] !== undefined) headers['content-type'] = JSON_TYPE
  if (!hasBody(headers)) return
  if (takesNoBody(request)) headers['content-type'] ??= JSON_TYPE
  else if (body === undefined && !config.upload) throw noBodyHere(request)
  const encoding = headers['content-encoding'] ?? 'identity'
  if (encoding !== 'identity')
    throw new ApiError('unsupported_media_type', 'Send the body without a content coding.', {
      headers: { 'Accept-Encoding': 'identity' },
    })
}

const JSON_TYPE = 'application/json'
const noBodyHere = ({ method }: FastifyRequest) =>
  new ApiError('invalid', `A ${method} request has no body here.`)

/** The body of a POST that needs none. Many clients send `{}` then. */
const takesNoBody = ({ method, routeOptions }: FastifyRequest): boolean =>
  method === 'POST' &&
  routeOptions.schema?.response !== undefined &&
  routeOptions.schema.body === undefined &&
  !routeOptions.config.upload

/** Treats an empty object as no body, so that a retry may send either. */
function emptyBody(request: FastifyRequest): void {
  const { body } = request
  if (typeof body !== 'object' || body === null || Array.isArray(body) || Object.keys(body).length > 0)
    throw noBodyHere(request)
  request.body = undefined
}

/**
 * Whether the answer may be JSON according to Accept: the most specific range that fits decides (RFC 9110 12.5.1). Who
 * asks for problems only, as some generated clients do for what they expect no content of, gets JSON like everybody.
 */
function acceptsJson(accept: string): boolean {
  if (accept === '*/*' || accept === JSON_TYPE) return true
  let decided = -1
  let quality = 0
  for (const range of accept.toLowerCase().split(',')) {
    const [type = '', ...parameters] = range.split(';').map((part) => part.trim())
    const specificity = ['*/*', 'application/*', 'application/problem+json', JSON_TYPE].indexOf(type)
    if (specificity < decided || specificity === -1) continue
    decided = specificity
    quality = Number(parameters.find((parameter) => parameter.startsWith('q='))?.slice(2) ?? 1)
  }
  return quality > 0
}

const hasBody = (headers: FastifyRequest['headers']) =>
  headers['transfer-encoding'] !== undefined || (headers['content-length'] ?? '0') !== '0'

function isDecodable(url: string): boolean {
  try {
    decodeURIComponent(url)
    return true
  } catch {
    return false
  }
}
