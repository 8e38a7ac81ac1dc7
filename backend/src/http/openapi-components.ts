// The named parts of the OpenAPI document besides the schemas. Whatever follows from a rule (errors, headers, examples) is written here
// once; whatever is said about one field is said at that field's schema.
import { STATUS_CODES } from 'node:http'
import { ApiError, CODES, type Code } from '../errors.ts'
import { problem } from './problem.ts'
import { mapValues, type Json, type Schema, type Schemas } from './openapi-schemas.ts'

const text = (maxLength: number, example: string): Schema => ({
  type: 'string',
  maxLength,
  examples: [example],
})

const HEADERS: Readonly<Record<string, readonly [description: string, schema: Schema]>> = {
  ETag: ['The version of this representation, for If-Match and If-None-Match.', text(200, '"3-OPS-42"')],
  'Idempotency-Replayed': [
    'Present when this is the answer to an earlier request with the same Idempotency-Key.',
    { type: 'string', enum: ['true'] },
  ],
  Link: ['The next page (RFC 8288), if there is one.', text(8192, '</api/v1/tasks?cursor=x>; rel="next"')],
  Location: [
    'The address of what was made.',
    text(200, '/api/v1/tasks/019aab5e-6c00-7000-8000-000000000001'),
  ],
  'Operation-Id': [
    'Names everything that this request changed.',
    text(36, '019aab5e-6c00-7000-8000-00000000000a'),
  ],
  RateLimit: ['How many requests are left, and for how many seconds.', text(100, '"default";r=1199;t=42')],
  'RateLimit-Policy': [
    'How many requests a caller may send in how many seconds.',
    text(100, '"default";q=1200;w=60'),
  ],
  'Retry-After': [
    'Seconds to wait before trying again.',
    { type: 'integer', minimum: 0, maximum: 86400, examples: [42] },
  ],
  'WWW-Authenticate': ['How to authenticate.', text(100, 'Bearer error="invalid_token"')],
  'X-Request-Id': [
    'Your id of the request, or ours; also in the log.',
    text(128, '019aab5e-6c00-7000-8000-00000000000b'),
  ],
}

const CONDITIONS = {
  'Idempotency-Key': [
    'A name of yours for this request, such as a UUID. Sent again with the same key, it has no second effect and gets the first answer.',
    '019aab5e-6c00-7000-8000-00000000000c',
  ],
  'If-Match': [
    'The ETag of the copy that was edited. The change is refused (412) if it is no longer the current one.',
    '"3-OPS-42"',
  ],
  'If-None-Match': [
    'The ETag of the copy at hand. The answer is 304, without a body, if it is still the current one.',
    '"3-OPS-42"',
  ],
} as const satisfies Record<string, readonly [description: string, example: string]>

export type Condition = keyof typeof CONDITIONS

/** References to headers by name. */
export const withHeaders = (...names: readonly (string | false)[]): Json =>
  Object.fromEntries(
    names.filter((name) => name !== false).map((name) => [name, { $ref: `#/components/headers/${name}` }]),
  )

/** Headers that every answer carries. */
export const ALWAYS = ['RateLimit', 'RateLimit-Policy', 'X-Request-Id'] as const

/** The name of a status, as its answer is called in the document. */
export const nameOf = (status: number): string => (STATUS_CODES[status] ?? '').replaceAll(/\W/g, '')

/** The statuses of problems that operations name one by one. */
export const EXPECTED = [400, 401, 403, 404, 409, 412, 413, 415, 422, 429, 500, 503] as const

/** All components except the schemas that operations name. */
export function sharedComponents(schemas: Schemas): Json {
  return {
    securitySchemes: {
      accessToken: {
        type: 'http',
        scheme: 'bearer',
        bearerFormat: 'JWT',
        description:
          'The access_token of POST /api/v1/auth/login, a JWT as in RFC9068 and RFC8725; or the token of a program, of POST /api/v1/tokens.',
      },
    },
    headers: mapValues(HEADERS, ([description, schema]) => ({
      description,
      schema: schemas.describe(schema),
    })),
    parameters: mapValues(CONDITIONS, ([description, example], name) => ({
      name,
      in: 'header',
      required: false,
      description,
      schema: { type: 'string', maxLength: 1000 },
      example,
    })),
    responses: {
      NotModified: {
        description: 'The copy at hand is the current one.',
        headers: withHeaders('ETag', ...ALWAYS),
      },
      ...problemResponses(schemas),
    },
  }
}

/** One answer for each expected status and one for all others; each lists the codes it may have. */
function problemResponses(schemas: Schemas): Json {
  const codes = Object.keys(CODES) as Code[]
  const statuses: readonly number[] = EXPECTED
  const of = (status: number) => codes.filter((code) => CODES[code][0] === status)
  const respond = (name: string, among: readonly Code[], ...headers: (string | false)[]) => ({
    description: among.map((code) => `\`${code}\`: ${CODES[code][1]}.`).join(' '),
    headers: withHeaders(...headers, ...ALWAYS),
    content: {
      'application/problem+json': {
        schema: schemas.refer({ $ref: name }),
        example: exampleOf(among[0]),
      },
    },
  })
  return {
    Unexpected: respond(
      'Problem',
      codes.filter((code) => !statuses.includes(CODES[code][0])),
    ),
    UpdateRefused: respond('UpdateProblem', of(409)),
    UndoRefused: respond('UndoProblem', of(409)),
    ...Object.fromEntries(
      EXPECTED.map((status) => [
        nameOf(status),
        respond(
          'Problem',
          of(status),
          status === 401 && 'WWW-Authenticate',
          (status === 429 || status === 503) && 'Retry-After',
        ),
      ]),
    ),
  }
}

const exampleOf = (code: Code = 'invalid') =>
  problem(new ApiError(code, `${CODES[code][1]}.`), '019aab5e-6c00-7000-8000-00000000000b')
