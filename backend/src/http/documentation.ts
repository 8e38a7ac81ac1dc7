// Serves the OpenAPI document, and the page that shows it without needing the internet.
import swaggerUi from '@fastify/swagger-ui'
import type { RouteOptions } from 'fastify'
import fp from 'fastify-plugin'
import type { App } from './server.ts'
import { describeApi } from './openapi.ts'

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

/** Collects the routes that are added after it. `shared` are the schemas that routes refer to by name. */
export function documentation(shared: readonly object[]) {
  const document = fp(
    async (app: App) => {
      const routes: RouteOptions[] = []
      app.addHook('onRoute', (route) => {
        if (route.schema?.operationId !== undefined && route.method !== 'HEAD') routes.push(route)
      })
      let made: object | undefined
      app.decorate('swagger', () => (made ??= describeApi(routes, shared)))
      app.get('/openapi.json', { config: { access: 'public' }, schema: { hide: true } }, () => app.swagger())
    },
    // The page asks for a plugin of this name and calls swagger().
    { name: '@fastify/swagger' },
  )
  return fp(async (app: App) => {
    await app.register(document)
    await app.register(async (page: App) => {
      page.addHook('onRoute', (route) => {
        route.config = { ...route.config, access: 'public' }
      })
      await page.register(swaggerUi, {
        routePrefix: '/docs',
        staticCSP: true,
        uiConfig: { deepLinking: true, persistAuthorization: false },
      })
    })
  })
}
