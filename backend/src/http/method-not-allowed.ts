import { METHODS as KNOWN_TO_NODE } from 'node:http'
import type { HTTPMethods } from 'fastify'
import type { App } from './server.ts'
import { ApiError } from '../errors.ts'

/** All methods that can arrive here: Node.js itself refuses unknown ones and CONNECT. OPTIONS is answered. */
const METHODS = KNOWN_TO_NODE.filter((method) => !['CONNECT', 'OPTIONS'].includes(method)) as HTTPMethods[]

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Answers a method that the path does not accept. */
    refusal?: true
  }
}

/**
 * Watches which methods each address takes, and returns the plugin that answers OPTIONS with them and all other
 * methods with 405 and Allow (RFC 9110 15.5.6). Call it before the routes are added and register what it returns
 * after them. Without it the router answers 404, as if the address were unknown.
 */
export function collectMethods(app: App) {
  // Otherwise the router would answer PROPFIND, QUERY and the like with 404.
  for (const method of METHODS) if (!app.supportedMethods.includes(method)) app.addHttpMethod(method)
  const taken = new Map<string, Set<HTTPMethods>>()
  app.addHook('onRoute', ({ url, method, config }) => {
    if (config?.refusal) return
    const methods = taken.get(url) ?? new Set<HTTPMethods>()
    for (const each of Array.isArray(method) ? method : [method]) methods.add(each)
    taken.set(url, methods)
  })

  return async function refuseOtherMethods(refusals: App): Promise<void> {
    for (const [url, methods] of taken) {
      const Allow = [...methods, 'OPTIONS'].join(', ')
      const hidden = {
        url,
        config: { access: 'public', refusal: true },
        exposeHeadRoute: false,
        schema: { hide: true },
      } as const
      refusals.route({
        ...hidden,
        method: 'OPTIONS',
        handler: (_request, reply) =>
          reply.code(204).headers({ Allow, 'Access-Control-Allow-Methods': Allow }).send(),
      })
      refusals.route({
        ...hidden,
        method: METHODS.filter((method) => !methods.has(method)),
        // Before the body is read, which may have any type.
        onRequest: () => {
          throw new ApiError('method_not_allowed', `This address takes ${Allow}.`, { headers: { Allow } })
        },
        handler: () => undefined,
      })
    }
  }
}
