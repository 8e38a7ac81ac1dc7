// Every error a client can get: its code and status, which constraint means which error, and the one handler.
import { DatabaseError } from 'pg'
import { STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'
import { v7 as uuid } from 'uuid'
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify'

/** The stable codes clients switch on, each with its HTTP status and title. */
export const CODES = {
  invalid: [400, 'The request is not valid'],
  malformed_json: [400, 'The body is not valid JSON'],
  position_taken: [400, 'Another task has this position'],
  invalid_cursor: [400, 'The cursor is not valid here'],
  unauthenticated: [401, 'Authentication is needed'],
  invalid_credentials: [401, 'The e-mail address or the password is wrong'],
  forbidden: [403, 'You may not do this'],
  not_found: [404, 'Not found'],
  method_not_allowed: [405, 'This address does not take that method'],
  not_acceptable: [406, 'The answer is JSON, which the Accept header refuses'],
  request_timeout: [408, 'The request took too long to arrive'],
  email_taken: [409, 'The e-mail address is in use'],
  key_taken: [409, 'The project key is in use'],
  too_many_keys: [409, 'The project has had as many keys as it may'],
  name_taken: [409, 'The name is in use'],
  already_member: [409, 'The user is a member already'],
  too_many_labels: [409, 'There are as many labels as there can be'],
  project_archived: [409, 'The project is archived'],
  last_owner: [409, 'A project keeps at least one owner'],
  last_admin: [409, 'The instance keeps at least one administrator'],
  sole_owner: [409, 'Others share projects that only this user owns'],
  limit_reached: [409, 'There are as many as there may be'],
  request_in_progress: [409, 'A request with this key is still running'],
  undo_conflict: [409, 'Later changes are in the way'],
  not_undoable: [409, 'This cannot be undone'],
  version_conflict: [409, 'The same fields were changed meanwhile'],
  cursor_expired: [410, 'The trail no longer reaches back to the cursor'],
  precondition_failed: [412, 'The resource has changed'],
  body_too_large: [413, 'The body is too large'],
  uri_too_long: [414, 'The address is too long'],
  unsupported_media_type: [415, 'The body must be application/json'],
  idempotency_mismatch: [422, 'The key belongs to another request'],
  no_such_user: [422, 'There is no such user'],
  no_such_task: [422, 'There is no such task'],
  no_such_project: [422, 'There is no such project'],
  not_a_member: [422, 'Not a member of the project'],
  two_places: [422, 'A task goes to one place'],
  starts_after_due: [422, 'A task does not start after it is due'],
  due_twice: [422, 'A task is due on a date or at an instant, not both'],
  rate_limited: [429, 'Too many requests'],
  headers_too_large: [431, 'The headers are too large'],
  internal: [500, 'Something went wrong on our side'],
  unavailable: [503, 'The service is not available right now'],
} as const satisfies Record<string, readonly [status: number, title: string]>

export type Code = keyof typeof CODES

export interface FieldError {
  /** JSON pointer into the body, or the parameter's name after `query` or `path`. */
  readonly pointer: string
  readonly message: string
}

const RETRY_AFTER = { 'Retry-After': '2' }

/** Thrown anywhere below a handler to answer with a problem document (RFC 9457). */
export class ApiError extends Error {
  readonly code: Code
  readonly errors: readonly FieldError[] | undefined
  readonly headers: Readonly<Record<string, string>>
  /** Members of the problem document besides the standard ones, such as the three sides of a conflict. */
  readonly extra: Readonly<Record<string, unknown>>

  constructor(
    code: Code,
    detail: string,
    more: {
      errors?: readonly FieldError[]
      headers?: Record<string, string>
      extra?: Record<string, unknown>
      cause?: unknown
    } = {},
  ) {
    super(detail, { cause: more.cause })
    this.code = code
    this.errors = more.errors
    this.headers = more.headers ?? (code === 'unavailable' ? RETRY_AFTER : {})
    this.extra = more.extra ?? {}
  }

  get status(): number {
    return CODES[this.code][0]
  }
}

/** The row, or 404: it does not exist or the viewer may not know that it does. */
export function found<T>(row: T | undefined): T {
  if (row === undefined) throw new ApiError('not_found', 'There is nothing here that you can see.')
  return row
}

/** 403 unless allowed: the viewer sees the resource but may not do this. */
export function allow(allowed: boolean): void {
  if (!allowed) throw new ApiError('forbidden', 'Your role does not allow this.')
}

/**
 * What a violated constraint means to a client, and the field it points to. Every check, unique and foreign key of
 * the database is listed; `null` means that no request can violate it, so a violation is a fault of ours.
 */
export const CONSTRAINTS: Readonly<
  Record<string, readonly [code: Code, pointer: string, message: string] | null>
> = {
  users_email_key: ['email_taken', '/email', 'is in use'],
  projects_key_key: ['key_taken', '/key', 'is in use'],
  project_keys_number_check: ['too_many_keys', '/key', 'can only be one of the 20 that the project has had'],
  project_keys_pkey: null,
  project_keys_project_fkey: null,
  project_members_pkey: ['already_member', '/user_id', 'is a member already'],
  tasks_due_check: ['due_twice', '/due_at', 'set the other of due_on and due_at to null in the same request'],
  labels_name_key: ['name_taken', '/name', 'is in use'],
  labels_limit: ['too_many_labels', '', 'A project can have 500 labels'],
  labels_created_by_fkey: null,
  labels_pkey: null,
  labels_project_fkey: null,
  audit_entries_attempts_key: null,
  audit_entries_pkey: null,
  events_pkey: null,
  idempotency_keys_pkey: null,
  pending_events_pkey: null,
  project_members_project_fkey: null,
  project_members_role_check: null,
  project_members_user_fkey: null,
  projects_created_by_fkey: null,
  projects_key_check: null,
  projects_pkey: null,
  sessions_pkey: null,
  sessions_user_fkey: null,
  task_counts_pkey: null,
  task_counts_project_fkey: null,
  task_numbers_pkey: null,
  task_numbers_project_fkey: null,
  task_updates_pkey: null,
  tasks_created_by_fkey: null,
  tasks_number_key: null,
  tasks_pkey: null,
  tasks_priority_check: null,
  tasks_project_fkey: null,
  tasks_status_check: null,
  account_invitations_pkey: null,
  account_invitations_user_fkey: null,
  throttles_pkey: null,
  trail_one_row: null,
  trail_pkey: null,
  users_email_check: null,
  users_pkey: null,
  users_role_check: null,
  webhook_attempts_pkey: null,
  webhook_attempts_delivery_fkey: null,
  webhook_deliveries_status_check: null,
  webhook_deliveries_webhook_fkey: null,
  webhook_deliveries_pkey: null,
  webhooks_created_by_fkey: null,
  webhooks_project_fkey: null,
  webhooks_pkey: null,
}

/** What the triggers that limit how many there are of something mean to a client (0016_limits.sql; docs/operate.md). */
export const LIMITS: Readonly<Record<string, string>> = {
  projects_limit: 'One person can make 10,000 projects. Purge some that are no longer needed.',
  project_members_limit: 'A project has at most 1,000 members.',
  webhooks_limit: 'A project has at most 20 webhooks. Delete one that is no longer needed.',
}

/** The database cannot be reached, or not in time. */
export const databaseUnavailable = (cause: unknown) =>
  new ApiError('unavailable', 'The database is not available right now. Try again shortly.', { cause })

/** Throws PostgreSQL's own refusals and mistakes of ours as they are; whatever else makes a statement fail is the connection. */
export function rethrow(error: unknown): never {
  if (error instanceof DatabaseError || error instanceof TypeError) throw error
  throw databaseUnavailable(error)
}

// https://www.postgresql.org/docs/current/errcodes-appendix.html: connection refused or lost, read-only server, idle
// in a transaction, forgotten prepared statement, log-in refused, no such database, collisions, resources, lock and
// statement time-outs, shut-down, failures of its disk.
const UNAVAILABLE_STATES = /^(08|25006|25P03|26|28|3D|40|53|55P03|57|58)/

/** What any thrown value means to a client. An unknown one is `internal`, whose body says nothing about the cause. */
export function toApiError(error: unknown): ApiError {
  if (error instanceof ApiError) return error
  if (error instanceof DatabaseError) return fromDatabase(error)
  if (!(error instanceof Error)) return internal()
  const { code = '', statusCode, validation, validationContext } = error as Partial<FastifyError>
  if (validation) return fromValidation(validation, validationContext ?? 'body')
  const fastify = FASTIFY_CODES[code]
  if (fastify) return new ApiError(fastify, CODES[fastify][1] + '.')
  if (statusCode !== undefined && statusCode >= 400 && statusCode < 500)
    return new ApiError('invalid', 'The request could not be read.')
  return internal()
}

const internal = () =>
  new ApiError('internal', 'The fault has been logged under the request_id of this answer.')

const FASTIFY_CODES: Readonly<Record<string, Code>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: 'body_too_large',
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'unsupported_media_type',
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: 'invalid',
  FST_ERR_CTP_EMPTY_JSON_BODY: 'malformed_json',
  FST_ERR_MAX_PARAM_LENGTH: 'uri_too_long',
}

/** What our own functions in the database refuse (0017_task_order.sql). */
const REFUSALS: Readonly<Record<string, ConstructorParameters<typeof ApiError>>> = {
  TT001: ['no_such_task', 'after or before names no other task of the project.'],
  TT002: [
    'position_taken',
    'Another task of the project has this position. Ask for a place by after or before.',
    { errors: [{ pointer: '/position', message: 'is the position of another task' }] },
  ],
}

function fromDatabase(error: DatabaseError): ApiError {
  const limit = LIMITS[error.constraint ?? '']
  if (limit !== undefined) return new ApiError('limit_reached', limit)
  const meaning = CONSTRAINTS[error.constraint ?? '']
  if (meaning) {
    const [code, pointer, message] = meaning
    return new ApiError(code, `${pointer.slice(1)} ${message}.`.trim(), { errors: [{ pointer, message }] })
  }
  const refusal = REFUSALS[error.code ?? '']
  if (refusal) return new ApiError(...refusal)
  // Node.js and PostgreSQL bring their own lists of time zones.
  if (error.code === '22023' && error.message.startsWith('time zone'))
    return new ApiError('invalid', 'The database does not know this time zone.', {
      errors: [{ pointer: '/query/time_zone', message: 'is not known to the database' }],
    })
  return UNAVAILABLE_STATES.test(error.code ?? '') ? databaseUnavailable(error) : internal()
}

/** Where a pointer begins, by what the framework calls that part of the request. */
const PLACES: Readonly<Record<string, string>> = {
  querystring: '/query',
  params: '/path',
  headers: '/headers',
}

/** What the validator says about some of its problems. */
type Details = Partial<{
  additionalProperty: string
  missingProperty: string
  allowedValues: readonly string[]
}>

/** The first problem that the validator found, told in terms of the field. */
function fromValidation([first]: NonNullable<FastifyError['validation']>, where: string): ApiError {
  if (first === undefined) return new ApiError('invalid', 'The request is not valid.')
  const { additionalProperty, missingProperty, allowedValues } = first.params as Details
  const name = additionalProperty ?? missingProperty
  const place = PLACES[where]
  // Of a list in an address the parameter is named, for its items have no place in it.
  const path = place === undefined ? first.instancePath : first.instancePath.split('/', 2).join('/')
  const pointer = (place ?? '') + path + (name === undefined ? '' : `/${name}`)
  let message = first.message ?? 'is not valid'
  if (additionalProperty !== undefined) message = 'is not known here'
  else if (missingProperty !== undefined) message = 'is required'
  else if (allowedValues !== undefined) message = `must be one of ${allowedValues.join(', ')}`
  return new ApiError('invalid', `${pointer || 'The body'} ${message}.`, { errors: [{ pointer, message }] })
}

/** The most characters of each text of a problem document, some of which quote what was sent. */
export const LONGEST = { detail: 10_000, pointer: 1_000, message: 1_000 }

/** The text, or its beginning if it is longer. */
const cut = (text: string, most: number): string =>
  text.length <= most ? text : `${text.slice(0, most - 1).toWellFormed()}…`

/** The body of an error answer. */
export function problem(error: ApiError, requestId: string) {
  const [status, title] = CODES[error.code]
  const errors = error.errors?.map(({ pointer, message }) => ({
    pointer: cut(pointer, LONGEST.pointer),
    message: cut(message, LONGEST.message),
  }))
  return {
    type: `urn:tasktrail:problem:${error.code}`,
    title,
    status,
    code: error.code,
    detail: cut(error.message, LONGEST.detail),
    ...(errors && { errors }),
    ...error.extra,
    request_id: requestId,
  }
}

/** Turns whatever a request threw into its answer, and logs what is our fault. */
export function errorHandler(thrown: unknown, request: FastifyRequest, reply: FastifyReply): void {
  const error = toApiError(thrown)
  // A refusal changes nothing, so there is no operation to name.
  reply.removeHeader('Operation-Id')
  if (error.status >= 500) request.log.error({ request_id: request.id, err: thrown }, error.code)
  void reply
    .code(error.status)
    .headers(error.headers)
    .header('Cache-Control', 'no-store')
    .type('application/problem+json')
    .serializer(JSON.stringify)
    .send(problem(error, request.id))
}

const CLIENT_ERRORS: Readonly<Record<string, Code>> = {
  HPE_HEADER_OVERFLOW: 'headers_too_large',
  ERR_HTTP_REQUEST_TIMEOUT: 'request_timeout',
}

/** Answers what is not even a request (llhttp could not read it) and closes, since what follows cannot be trusted. */
export function clientErrorHandler(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) return void socket.destroy()
  const code = CLIENT_ERRORS[error.code ?? ''] ?? 'invalid'
  const body = JSON.stringify(problem(new ApiError(code, `${CODES[code][1]}.`), uuid()))
  const [status] = CODES[code]
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    'Content-Type: application/problem+json',
    `Content-Length: ${Buffer.byteLength(body)}`,
    'Cache-Control: no-store',
    'Connection: close',
  ]
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`)
}
