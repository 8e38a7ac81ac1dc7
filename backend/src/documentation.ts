// The OpenAPI 3.1 document, made from the schemas the routes run with, and the page that shows it.
import swagger from '@fastify/swagger'
import swaggerUi from '@fastify/swagger-ui'
import type { FastifySchema } from 'fastify'
import fp from 'fastify-plugin'
import { version } from './version.ts'

const TAGS = [
  { name: 'auth', description: 'Registering, logging in, sessions and tokens.' },
  { name: 'users', description: 'Oneself, and for administrators everybody.' },
  { name: 'projects', description: 'Projects and who belongs to them.' },
  { name: 'tasks', description: 'The tasks of a project, and all that one can see.' },
  { name: 'trash', description: 'What was deleted and can be restored.' },
  { name: 'operations', description: 'What requests did, and undoing it.' },
  { name: 'changes', description: 'Following what happens, and what happened to one thing.' },
  { name: 'status', description: 'Is the service alive, ready, and which one is it?' },
]

const problems = {
  description: 'A problem document; `code` says which.',
  content: { 'application/problem+json': { schema: { $ref: 'Problem#' } } },
}

export const documentation = fp(async (app) => {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Tasktrail',
        version,
        description: 'Projects, tasks and users, with one ordered trail of every change.',
        license: { name: 'MIT', identifier: 'MIT' },
      },
      servers: [{ url: '/', description: 'This server' }],
      tags: TAGS,
      components: {
        securitySchemes: { accessToken: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' } },
      },
      security: [{ accessToken: [] }],
    },
    // Generated clients name their types after these.
    refResolver: {
      buildLocalReference: (json, _base, _fragment, i) =>
        typeof json['$id'] === 'string' ? json['$id'] : `schema-${i}`,
    },
    transform: ({ schema, url, route }) => {
      const described: FastifySchema & Record<string, unknown> = { ...schema }
      if (route.config?.access === 'public') described['security'] = []
      if (described.response) described.response = { ...described.response, '4XX': problems, '5XX': problems }
      return { schema: described, url }
    },
  })
  await app.register(swaggerUi, {
    routePrefix: '/docs',
    staticCSP: true,
    uiConfig: { deepLinking: true, persistAuthorization: false },
  })
  app.get('/openapi.json', { config: { access: 'public' }, schema: { hide: true } }, () => app.swagger())
})
