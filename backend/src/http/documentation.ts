// Collects the routes and serves their documentation.
import type { RouteOptions } from 'fastify'
import type { App } from './server.ts'
import { documentRoutes } from './docs/routes.ts'
import { describeApi } from './openapi.ts'
import { prefixOf } from './prefix.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /** The OpenAPI document. */
    swagger(): object
  }
  interface FastifySchema {
    hide?: boolean
    operationId?: string
    summary?: string
    description?: string
    tags?: readonly string[]
  }
}

/**
 * Documents the routes that are added after it. `shared` are the schemas that routes refer to by name; `publicUrl` is
 * where the service is to be found from outside, or empty.
 */
export function documentation(app: App, shared: readonly object[], publicUrl: string): void {
  const routes: RouteOptions[] = []
  app.addHook('onRoute', (route) => {
    if (route.schema?.operationId !== undefined && route.method !== 'HEAD') routes.push(route)
  })
  let made: object | undefined
  app.decorate('swagger', () => (made ??= describeApi(routes, shared, publicUrl)))
  documentRoutes(app, () => app.swagger(), prefixOf(publicUrl))
}
