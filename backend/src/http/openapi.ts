// The OpenAPI 3.1 document, generated from the schemas that the routes run with.
import { STATUS_CODES } from 'node:http'
import type { RouteOptions } from 'fastify'
import {
  ALWAYS,
  EXPECTED,
  nameOf,
  sharedComponents,
  withHeaders,
  type Condition,
} from './openapi-components.ts'
import { Schemas, type Json, type Schema } from './openapi-schemas.ts'
import { version } from '../version.ts'

const DESCRIPTION = `Projects, tasks and users, with one ordered trail of every change.

- **Errors** are problem documents (RFC 9457). Switch on \`code\`.
- **Lists** come in pages: follow \`next_cursor\`, or the \`Link\` header, until it is null. What is in the list from the first page to the last, and keeps its place in the order, is in exactly one page, also while others write.
- **Changes**: \`PATCH\` is a JSON Merge Patch (RFC 7396): a field that is not sent stays, and null clears. \`If-Match\` with the \`ETag\` of your copy refuses the change (412) if anything changed since; \`base_version\` refuses it (409) only if a field you send did.
- **Dates** are \`YYYY-MM-DD\` and instants RFC 3339, of the years 1900 to 2999; answers are in UTC.
- **Tokens** of programs (\`POST /api/v1/tokens\`) are sent like access tokens. \`x-token-scope\` says which scope an operation takes; with \`any\` every token will do, with \`person\` none.
- **Unknown** fields and parameters are refused, never ignored.`

const TAGS = [
  { name: 'auth', description: 'Registering, logging in, sessions and tokens.' },
  { name: 'tokens', description: 'What programs send in place of an access token.' },
  { name: 'bots', description: 'Users that are no persons, and their tokens.' },
  { name: 'users', description: 'Oneself, and for administrators everybody.' },
  { name: 'projects', description: 'Projects and who belongs to them.' },
  { name: 'tasks', description: 'The tasks of a project, and all that one can see.' },
  {
    name: 'fields',
    description: 'What a project lets its tasks have besides: numbers, dates, choices, people.',
  },
  { name: 'statuses', description: 'The columns of a project’s board, each of one of four categories.' },
  { name: 'comments', description: 'What people say about a task.' },
  { name: 'views', description: 'Ways to look at the tasks of a project.' },
  { name: 'links', description: 'What a task blocks, relates to or duplicates.' },
  { name: 'files', description: 'What is attached to a task.' },
  { name: 'labels', description: 'What a project sorts its tasks by.' },
  { name: 'time', description: 'Time spent on tasks, and timers.' },
  { name: 'trash', description: 'What was deleted and can be restored.' },
  { name: 'operations', description: 'What requests did, and undoing it.' },
  { name: 'webhooks', description: 'Telling other systems what happens in a project.' },
  { name: 'changes', description: 'Following everything that happens.' },
  { name: 'status', description: 'Is the service alive, ready, and which one is it?' },
]

/** Generates the document of these routes. `shared` are the schemas that they refer to by name; `publicUrl` may be empty. */
export function describeApi(
  routes: readonly RouteOptions[],
  shared: readonly object[],
  publicUrl: string,
): Json {
  const schemas = new Schemas()
  for (const schema of shared as readonly Schema[]) schemas.refer(schema)
  const versioned = new Set(
    routes.filter((route) => route.method === 'GET' && isVersioned(route, schemas)).map(({ url }) => url),
  )
  const paths: Record<string, Json> = {}
  for (const route of routes) {
    const path = route.url.replaceAll(/:(\w+)/g, '{$1}')
    const headers = conditionsOf(route, versioned.has(route.url))
    paths[path] = { ...paths[path], [String(route.method).toLowerCase()]: operation(route, headers, schemas) }
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Tasktrail',
      version,
      description: DESCRIPTION,
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [
      {
        url: publicUrl || '/',
        description: 'The server, local or production, that serves this document',
        'x-internal': false,
      },
    ],
    security: [{ accessToken: [] }],
    tags: TAGS,
    paths,
    components: { ...sharedComponents(schemas), schemas: schemas.components() },
  }
}

const answersOf = ({ schema }: RouteOptions) =>
  Object.entries((schema?.response ?? {}) as Readonly<Record<string, Schema>>)

const isVersioned = (route: RouteOptions, schemas: Schemas) =>
  answersOf(route).some(([, answer]) => schemas.resolve(answer).properties?.['version']?.type === 'integer')

/** The headers with which a client says when its request is to count: what is read with an ETag is changed with it. */
function conditionsOf({ method, config }: RouteOptions, versioned: boolean): readonly Condition[] {
  if (method === 'POST') return config?.idempotency === false ? [] : ['Idempotency-Key']
  if (!versioned) return []
  return [method === 'GET' ? 'If-None-Match' : 'If-Match']
}

function operation(route: RouteOptions, conditions: readonly Condition[], schemas: Schemas): Json {
  const { schema = {}, config, method } = route
  const { body, params, querystring, headers } = schema as Record<string, Schema | undefined>
  const isPublic = config?.access === 'public'
  const headersOf = (status: string) =>
    withHeaders(
      isVersioned(route, schemas) && 'ETag',
      querystring?.properties?.['cursor'] !== undefined && 'Link',
      status === '201' && 'Location',
      method !== 'GET' && !isPublic && 'Operation-Id',
      conditions.includes('Idempotency-Key') && 'Idempotency-Replayed',
      ...ALWAYS,
    )
  return {
    tags: schema.tags,
    operationId: schema.operationId,
    summary: schema.summary,
    ...(schema.description !== undefined && { description: schema.description }),
    ...(isPublic ? { security: [] } : { 'x-token-scope': config?.scope }),
    parameters: [
      ...parameters('path', params, schemas),
      ...parameters('query', querystring, schemas),
      ...parameters('header', headers, schemas),
      ...conditions.map((name) => ({ $ref: `#/components/parameters/${name}` })),
    ],
    ...(config?.upload && {
      requestBody: {
        required: true,
        content: {
          'application/octet-stream': {
            schema: { type: 'string', format: 'binary' },
            example: 'All the bytes of it',
          },
        },
      },
    }),
    ...(body && { requestBody: { required: true, content: schemas.content(body) } }),
    responses: {
      ...Object.fromEntries(
        answersOf(route).map(([status, answer]) => [
          status,
          {
            description: schemas.resolve(answer).description ?? STATUS_CODES[status],
            headers: headersOf(status),
            ...(answer.type !== 'null' && { content: schemas.content(answer) }),
          },
        ]),
      ),
      ...(conditions.includes('If-None-Match') && { 304: { $ref: '#/components/responses/NotModified' } }),
      ...Object.fromEntries(
        problemsOf(route, conditions).map((status) => [
          status,
          { $ref: `#/components/responses/${(status === 409 && conflictOf(route)) || nameOf(status)}` },
        ]),
      ),
      default: { $ref: '#/components/responses/Unexpected' },
    },
  }
}

/** The statuses of the problems that are to be expected of a route; the others are summed up as the default. */
function problemsOf({ method, schema, config }: RouteOptions, conditions: readonly Condition[]) {
  const isPublic = config?.access === 'public'
  const changes = method !== 'GET'
  return EXPECTED.filter((status) => {
    if (status === 401) return !isPublic || changes
    if (status === 403) return !isPublic || changes
    if (status === 404) return schema?.params !== undefined
    if (status === 409) return changes
    if (status === 412) return conditions.includes('If-Match')
    if (status === 413 || status === 415) return schema?.body !== undefined || config?.upload === true
    if (status === 422) return schema?.body !== undefined || conditions.includes('Idempotency-Key')
    return true
  })
}

/** The answer of a route whose conflicts have a shape of their own. */
function conflictOf({ schema }: RouteOptions): string | undefined {
  const { properties = {} } = (schema?.querystring ?? {}) as Schema
  if ('base_version' in properties) return 'UpdateRefused'
  return schema?.operationId === 'undoOperation' ? 'UndoRefused' : undefined
}

/** In the words of OpenAPI: `?status=todo,done`, and not `?status=todo&status=done`. */
const SEPARATED_BY_COMMAS = { style: 'form', explode: false }

const parameters = (where: 'path' | 'query' | 'header', schema: Schema | undefined, schemas: Schemas) =>
  Object.entries(schema?.properties ?? {}).map(([name, property]) => {
    const { description, examples: _, ...rest } = schemas.refer(property)
    return {
      name,
      in: where,
      required: where === 'path' || schema?.required?.includes(name) === true,
      description,
      ...(property.type === 'array' && SEPARATED_BY_COMMAS),
      schema: rest,
      example: schemas.exampleOf(property),
    }
  })
