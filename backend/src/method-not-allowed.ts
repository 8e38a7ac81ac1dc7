import type { HTTPMethods } from 'fastify'
import type { App } from './app.ts'
import { ApiError } from './errors.ts'

const METHODS: readonly HTTPMethods[] = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'TRACE']

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Answers a method that the address does not take. */
    refusal?: true
  }
}

/**
 * Watches which methods each address takes, and returns the plugin that answers 405 with Allow for all others
 * (RFC 9110 15.5.6). Call it before the routes are added and register what it returns after them. Without it the
 * router answers 404, as if the address were unknown.
 */
export function collectMethods(app: App) {
  const taken = new Map<string, Set<HTTPMethods>>()
  app.addHook('onRoute', ({ url, method, config }) => {
    if (config?.refusal || url.startsWith('/docs') || url.includes('*')) return
    const methods = taken.get(url) ?? new Set()
    for (const each of [method].flat()) methods.add(each as HTTPMethods)
    taken.set(url, methods)
  })

  return async function refuseOtherMethods(refusals: App): Promise<void> {
    for (const [url, methods] of taken) {
      const Allow = [...methods].join(', ')
      refusals.route({
        url,
        method: METHODS.filter((method) => !methods.has(method)),
        config: { access: 'public', refusal: true },
        exposeHeadRoute: false,
        schema: { hide: true },
        handler: () => {
          throw new ApiError('method_not_allowed', `This address takes ${Allow}.`, { headers: { Allow } })
        },
      })
    }
  }
}
