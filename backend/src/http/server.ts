// The HTTP server: its limits and timeouts, and its type.
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import fastify, {
  LogController,
  type FastifyBaseLogger,
  type FastifyInstance,
  type RawServerDefault,
} from 'fastify'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Config } from '../config.ts'
import type { Db } from '../database/db.ts'
import { clientErrorHandler } from './error-handler.ts'
import { LARGEST_BODY } from './body-limit.ts'
import { clientAddress, trustedProxies } from './client-address.ts'
import { frameworkErrors, requestId } from './headers.ts'
import { prefixOf, withoutPrefix } from './prefix.ts'

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

/** A server without routes. */
export function createServer(config: Config, logger: FastifyBaseLogger | undefined): App {
  const trusted = trustedProxies(config.trustProxy)
  const app: App = fastify({
    ...(logger ? { loggerInstance: logger } : { logger: false }),
    bodyLimit: LARGEST_BODY,
    trustProxy: trusted,
    requestIdHeader: false,
    genReqId: requestId,
    rewriteUrl: withoutPrefix(prefixOf(config.publicUrl)),
    // Above the load balancer's 60 s, or it would reuse a connection that we are closing.
    keepAliveTimeout: 65_000,
    // A client has this long to send a request; checked every two seconds.
    requestTimeout: 30_000,
    http: { headersTimeout: 15_000, connectionsCheckingInterval: 2_000 },
    return503OnClosing: false,
    logController: new LogController({ disableRequestLogging: true }),
    forceCloseConnections: 'idle',
    routerOptions: { maxParamLength: 100 },
    // Each line names its request itself: a child logger would cost every request what only few lines need.
    childLoggerFactory: (parent) => parent,
    frameworkErrors,
    clientErrorHandler,
  })
  app.decorateRequest('db', null as never)
  app.decorateRequest('clientAddress', '')
  // Before every other hook, while the connection still has an address.
  app.addHook('onRequest', async (request) => {
    request.clientAddress = clientAddress(request.raw, trusted)
  })
  return app
}
