// What every request leaves behind: one log line, its metrics, its span.
import type { App } from '../http/server.ts'
import type { Metrics } from './status/metrics.ts'
import type { Tracing } from './tracing/trace.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** Counted as in flight; a request that could not even be routed is not. */
    counted: boolean
  }
}

/** Observes all requests. Register it before every other hook, or it misses the requests that those refuse. */
export function observe(app: App, metrics: Metrics, tracing: Tracing | undefined): void {
  app.decorateRequest('counted', false)

  app.addHook('onRequest', async (request) => {
    request.counted = true
    metrics.requestStarted()
    tracing?.begin(request)
  })

  app.addHook('onResponse', async (request, reply) => {
    const { elapsedTime, statusCode } = reply
    const route = request.is404 ? undefined : request.routeOptions.url
    if (request.counted) metrics.requestEnded(request.method, route ?? 'none', statusCode, elapsedTime)
    tracing?.end(request, reply)
    request.log.info(
      {
        request_id: request.id,
        method: request.method,
        route,
        status: statusCode,
        ms: Math.round(elapsedTime * 10) / 10,
        user: request.viewer?.id,
        ip: request.clientAddress,
        ...(tracing && { trace_id: tracing.traceId(request) }),
      },
      'request',
    )
  })

  if (tracing) app.addHook('onClose', () => tracing.close())
}
