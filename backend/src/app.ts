// The whole application in reading order: what every request passes, then the features.
import cors from '@fastify/cors'
import helmet from '@fastify/helmet'
import fastify, {
  LogController,
  type FastifyBaseLogger,
  type FastifyInstance,
  type FastifyRequest,
  type RawServerDefault,
} from 'fastify'
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { v7 as uuid } from 'uuid'
import { authRoutes } from './auth/routes.ts'
import type { Config } from './config.ts'
import type { Db } from './db.ts'
import { documentation } from './documentation.ts'
import { ApiError, clientErrorHandler, errorHandler, found } from './errors.ts'
import { acceptsJson, compileValidator, Problem } from './http.ts'
import { parseJson } from './json.ts'
import { collectMethods } from './method-not-allowed.ts'
import { memberRoutes } from './members/routes.ts'
import { honourIdempotencyKeys } from './idempotency.ts'
import { projectRoutes } from './projects/routes.ts'
import { createRateLimit } from './rate-limit.ts'
import { Session, TokenPair } from './auth/schema.ts'
import { Member } from './members/schema.ts'
import { ListedProject, Project } from './projects/schema.ts'
import { createServices } from './services.ts'
import { statusRoutes } from './status/routes.ts'
import { taskRoutes } from './tasks/routes.ts'
import { Task } from './tasks/schema.ts'
import { operationRoutes } from './operations/routes.ts'
import { Undone } from './operations/schema.ts'
import { changeRoutes } from './changes/routes.ts'
import { Change, Person } from './changes/schema.ts'
import { trashRoutes } from './trash/routes.ts'
import { TrashItem } from './trash/schema.ts'
import { userRoutes } from './users/routes.ts'
import { User } from './users/schema.ts'

export type App = FastifyInstance<
  RawServerDefault,
  IncomingMessage,
  ServerResponse,
  FastifyBaseLogger,
  TypeBoxTypeProvider
>

declare module 'fastify' {
  interface FastifyRequest {
    /** Where this request's statements run. */
    db: Db
  }
}

/** Known by name in documents and generated clients. */
const SHARED_SCHEMAS = [
  Problem,
  User,
  TokenPair,
  Session,
  Project,
  ListedProject,
  Member,
  Task,
  TrashItem,
  Undone,
  Person,
  Change,
]

const BODY_LIMIT = 1_048_576
const WITH_BODY = new Set(['POST', 'PUT', 'PATCH'])

const hasBody = ({ headers }: FastifyRequest) =>
  headers['transfer-encoding'] !== undefined ||
  (headers['content-length'] !== undefined && headers['content-length'] !== '0')

export async function buildApp({
  config,
  db,
  logger,
}: {
  config: Config
  db: Db
  logger?: FastifyBaseLogger
}) {
  const app: App = fastify({
    ...(logger ? { loggerInstance: logger } : { logger: false }),
    bodyLimit: BODY_LIMIT,
    trustProxy: config.trustProxy.length > 0 ? [...config.trustProxy] : false,
    // A client's id is kept for tracing, if it is harmless in a log line.
    requestIdHeader: false,
    genReqId: (request) => {
      const sent = request.headers['x-request-id']
      return typeof sent === 'string' && /^[\w.:/+=-]{1,128}$/.test(sent) ? sent : uuid()
    },
    // Above the load balancer's 60 s, or it would reuse a connection that we are closing.
    keepAliveTimeout: 65_000,
    requestTimeout: 30_000,
    return503OnClosing: false,
    logController: new LogController({ disableRequestLogging: true, requestIdLogLabel: 'request_id' }),
    forceCloseConnections: 'idle',
    routerOptions: { maxParamLength: 100 },
    frameworkErrors: errorHandler,
    clientErrorHandler,
  })
  const services = createServices(config, db)

  // A plugin that adds schemas of its own would fall back to a lenient validator, so all are added here.
  for (const schema of SHARED_SCHEMAS) app.addSchema(schema)
  app.setValidatorCompiler(compileValidator)
  app.setErrorHandler(errorHandler)
  app.setNotFoundHandler(() => found(undefined))
  app.removeAllContentTypeParsers()
  app.addContentTypeParser(
    ['application/json', 'application/merge-patch+json'],
    { parseAs: 'buffer' },
    (_request, body, done) => {
      try {
        done(null, body.length === 0 ? undefined : parseJson(body as Buffer))
      } catch (error) {
        done(error as Error)
      }
    },
  )

  app.decorateRequest('viewer', null as never)
  app.decorateRequest('tokenExpires', 0)
  app.decorateRequest('db', null as never)

  app.addHook('onRequest', async (request, reply) => {
    request.db = db
    void reply.header('X-Request-Id', request.id)
    const { accept } = request.headers
    if (accept !== undefined && request.routeOptions.schema?.response !== undefined && !acceptsJson(accept)) {
      throw new ApiError('not_acceptable', 'This API answers application/json.')
    }
    if (!WITH_BODY.has(request.method) && hasBody(request)) {
      throw new ApiError('invalid', `A ${request.method} request has no body here.`)
    }
  })
  const charge = config.rateLimit ? createRateLimit(config.rateLimitPerMinute) : () => undefined
  app.addHook('onRequest', async (request, reply) => {
    try {
      await services.gate.authenticate(request)
    } finally {
      charge(request, reply)
    }
  })
  app.addHook('preValidation', async (request) => {
    if (
      WITH_BODY.has(request.method) &&
      request.routeOptions.schema?.body === undefined &&
      request.body != null
    ) {
      throw new ApiError('invalid', 'This request has no body here.')
    }
  })
  app.addHook('onSend', async (request, reply) => {
    if (!reply.hasHeader('Cache-Control')) void reply.header('Cache-Control', 'no-store')
    if (
      request.method !== 'GET' &&
      request.viewer &&
      reply.statusCode < 300 &&
      !reply.hasHeader('Operation-Id')
    )
      void reply.header('Operation-Id', request.viewer.operation)
  })

  app.addHook('onResponse', async (request, reply) => {
    if (request.method !== 'GET') services.trail.touch()
    request.log.info(
      {
        method: request.method,
        route: request.routeOptions.url,
        status: reply.statusCode,
        ms: Math.round(reply.elapsedTime * 10) / 10,
        user: request.viewer?.id,
      },
      'request',
    )
  })

  app.addHook('onClose', async () => services.trail.close())

  await app.register(helmet, {
    contentSecurityPolicy: {
      useDefaults: false,
      directives: { 'default-src': ["'none'"], 'frame-ancestors': ["'none'"] },
    },
    strictTransportSecurity: config.production,
  })
  await app.register(cors, {
    origin: [...config.corsOrigins],
    exposedHeaders: [
      'ETag',
      'Link',
      'Idempotency-Replayed',
      'Location',
      'Operation-Id',
      'Retry-After',
      'RateLimit',
      'RateLimit-Policy',
      'X-Request-Id',
    ],
    maxAge: 600,
    strictPreflight: false,
  })
  const refuseOtherMethods = collectMethods(app)
  honourIdempotencyKeys(app, config.jwtSecret)
  await app.register(documentation)

  await app.register(statusRoutes(services))
  await app.register(
    async (api: App) => {
      await api.register(authRoutes(services))
      await api.register(userRoutes(services))
      await api.register(projectRoutes(services))
      await api.register(memberRoutes(services))
      await api.register(taskRoutes(services))
      await api.register(trashRoutes(services))
      await api.register(operationRoutes())
      await api.register(changeRoutes(services))
    },
    { prefix: '/api/v1' },
  )
  await app.register(refuseOtherMethods)
  return { app, lifecycle: services.lifecycle }
}
