// The whole application in reading order: what every request passes, then the features.
import type { FastifyBaseLogger } from 'fastify'
import { auditRoutes } from './accounts/audit/routes.ts'
import { botRoutes } from './accounts/bots/routes.ts'
import { Bot } from './accounts/bots/schema.ts'
import { tokenRoutes } from './accounts/tokens/routes.ts'
import { ApiToken } from './accounts/tokens/schema.ts'
import { AuditEntry } from './accounts/audit/schema.ts'
import { authRoutes } from './accounts/auth/routes.ts'
import { linkPages } from './accounts/auth/link-pages.ts'
import { NOTHING } from './accounts/auth/throttle.ts'
import { closeUnusedConnections } from './http/idle-connections.ts'
import type { Config } from './config.ts'
import type { Database } from './database/db.ts'
import { documentation } from './http/documentation.ts'
import { found } from './errors.ts'
import { errorHandler } from './http/error-handler.ts'
import { Problem, UndoProblem, UpdateProblem } from './http/problem.ts'
import { createServer, type App } from './http/server.ts'
import { compileValidator } from './http/validation.ts'
import { collectMethods } from './http/method-not-allowed.ts'
import { memberRoutes } from './members/routes.ts'
import { honourIdempotencyKeys } from './http/idempotency.ts'
import { observe } from './telemetry/observe.ts'
import { labelRoutes } from './labels/routes.ts'
import { personalViewRoutes } from './views/personal-routes.ts'
import { viewRoutes } from './views/routes.ts'
import { statusRoutes as projectStatusRoutes } from './statuses/routes.ts'
import { projectRoutes } from './projects/routes.ts'
import { createRateLimit } from './http/rate-limit.ts'
import { Session, TokenPair } from './accounts/auth/schema.ts'
import { NOUNS } from './nouns.ts'
import { Project } from './projects/schema.ts'
import { searchRoutes } from './search/routes.ts'
import { Piece, SearchHit, SearchResults } from './search/schema.ts'
import { serializerCompiler } from './http/serialization.ts'
import { createServices } from './services.ts'
import { capabilitiesRoute } from './telemetry/status/capabilities-route.ts'
import { metricsRoute } from './telemetry/status/metrics-route.ts'
import { createMetrics } from './telemetry/status/metrics.ts'
import { statusRoutes } from './telemetry/status/routes.ts'
import { commentRoutes } from './comments/routes.ts'
import { bulkRoutes } from './tasks/bulk-routes.ts'
import { duplicateRoutes } from './tasks/duplicate-routes.ts'
import { linkRoutes } from './links/routes.ts'
import { fieldRoutes } from './fields/routes.ts'
import { filePlaceRoutes } from './files/place-routes.ts'
import { fileRoutes } from './files/routes.ts'
import { taskRoutes } from './tasks/routes.ts'
import { taskSetRoutes } from './tasks/set-routes.ts'
import { TimeReport, TimeSum } from './time-entries/report-schema.ts'
import { timeEntryRoutes } from './time-entries/routes.ts'
import { timerRoutes } from './time-entries/timer-routes.ts'
import { operationRoutes } from './trail/undo/routes.ts'
import { UndoConflict, Undone } from './trail/undo/schema.ts'
import { changeRoutes } from './trail/changes/routes.ts'
import { Change } from './trail/changes/schema.ts'
import { historyRoutes } from './trail/history/routes.ts'
import { HistoryEntry } from './trail/history/schema.ts'
import { trashRoutes } from './trail/trash/routes.ts'
import { TrashItem } from './trail/trash/schema.ts'
import { userRoutes } from './accounts/users/routes.ts'
import { User } from './accounts/users/schema.ts'
import { webhookRoutes } from './trail/webhooks/routes.ts'
import { Delivery } from './trail/webhooks/schema.ts'
import { protocolRules } from './http/protocol.ts'

/** Known by name in documents and generated clients. */
const SHARED_SCHEMAS = [
  Problem,
  UpdateProblem,
  UndoProblem,
  User,
  TokenPair,
  Session,
  ApiToken,
  Bot,
  Project,
  ...new Set(NOUNS.map(({ schema }) => schema)),
  TrashItem,
  Undone,
  TimeSum,
  TimeReport,
  UndoConflict,
  Delivery,
  Change,
  HistoryEntry,
  AuditEntry,
  Piece,
  SearchHit,
  SearchResults,
]

export async function buildApp({
  config,
  db,
  logger,
}: {
  config: Config
  db: Database
  logger?: FastifyBaseLogger
}) {
  const app = createServer(config, logger)
  const services = createServices(config, db)
  const metrics = createMetrics(db)
  const tracing =
    config.tracing && (await import('./telemetry/tracing/trace.ts')).createTracing(config.tracing, app.log)

  // A plugin that adds schemas of its own would fall back to a lenient validator, so all are added here.
  for (const schema of SHARED_SCHEMAS) app.addSchema(schema)
  app.setValidatorCompiler(compileValidator)
  app.setSerializerCompiler(serializerCompiler(app.getSchemas()))
  app.setErrorHandler(errorHandler)
  app.setNotFoundHandler(() => found(undefined))
  app.decorateRequest('viewer', null as never)
  app.decorateRequest('tokenExpires', 0)
  app.decorateRequest('newPassword', undefined)
  app.decorateRequest('addressProof', undefined)
  app.decorateRequest('content', undefined)
  app.decorateRequest('attempt', null as never)

  observe(app, metrics, tracing)
  // Decided when the answer is sent: a request may be in flight when the process is told to stop.
  app.addHook('onSend', async (_request, reply) => {
    if (services.lifecycle.draining) reply.header('connection', 'close')
  })
  closeUnusedConnections(app)
  protocolRules(app, config)
  const charge = config.rateLimit ? createRateLimit(config.rateLimitPerMinute) : () => undefined
  app.addHook('onRequest', async (request, reply) => {
    request.attempt = NOTHING
    request.db = tracing?.database(request, db) ?? db
    try {
      await services.gate.authenticate(request)
    } finally {
      if (!request.routeOptions.config.unlimited) charge(request, reply)
    }
    if (request.viewer && request.method !== 'GET') reply.header('operation-id', request.viewer.operation)
  })
  app.addHook('onResponse', async (request) => {
    if (request.method !== 'GET') services.trail.touch()
  })
  app.addHook('onClose', async () => services.trail.close())
  const refuseOtherMethods = collectMethods(app)
  honourIdempotencyKeys(app, config)
  documentation(app, SHARED_SCHEMAS, config.publicUrl)

  await app.register(statusRoutes(services))
  await app.register(linkPages)
  if (config.metricsToken) await app.register(metricsRoute(config.metricsToken, metrics, db))
  await app.register(
    async (api: App) => {
      await api.register(capabilitiesRoute(services))
      await api.register(authRoutes(services))
      await api.register(tokenRoutes(services))
      await api.register(botRoutes(services))
      await api.register(userRoutes(services))
      await api.register(auditRoutes(services))
      await api.register(projectRoutes(services))
      await api.register(memberRoutes(services))
      await api.register(projectStatusRoutes(services))
      await api.register(fieldRoutes(services))
      await api.register(labelRoutes(services))
      await api.register(viewRoutes(services))
      await api.register(personalViewRoutes(services))
      await api.register(taskRoutes(services))
      await api.register(commentRoutes(services))
      await api.register(filePlaceRoutes(services))
      await api.register(fileRoutes(services))
      await api.register(taskSetRoutes())
      await api.register(searchRoutes())
      await api.register(bulkRoutes())
      await api.register(duplicateRoutes())
      await api.register(linkRoutes(services))
      await api.register(timeEntryRoutes(services))
      await api.register(timerRoutes())
      await api.register(trashRoutes(services))
      await api.register(operationRoutes())
      await api.register(webhookRoutes(services))
      await api.register(changeRoutes(services, db))
      await api.register(historyRoutes(services))
    },
    { prefix: '/api/v1' },
  )
  await app.register(refuseOtherMethods)
  return { app, lifecycle: services.lifecycle }
}
