// The errors a client can get: the stable codes, and the exception that a handler throws.

/** The stable codes clients switch on, each with its HTTP status and title. */
export const CODES = {
  invalid: [400, 'The request is not valid'],
  malformed_json: [400, 'The body is not valid JSON'],
  position_taken: [400, 'Another task has this position'],
  invalid_cursor: [400, 'The cursor is not valid here'],
  invalid_filter: [400, 'The filter cannot be read'],
  filter_too_slow: [400, 'The filter takes too long'],
  digest_mismatch: [400, 'Something else arrived than was sent'],
  unauthenticated: [401, 'Authentication is needed'],
  invalid_credentials: [401, 'The e-mail address or the password is wrong'],
  forbidden: [403, 'You may not do this'],
  insufficient_scope: [403, 'The token is not for this'],
  person_needed: [403, 'Only a person who is logged in may do this'],
  not_found: [404, 'Not found'],
  method_not_allowed: [405, 'This address does not take that method'],
  not_acceptable: [406, 'The answer is JSON, which the Accept header refuses'],
  request_timeout: [408, 'The request took too long to arrive'],
  email_taken: [409, 'The e-mail address is in use'],
  key_taken: [409, 'The key is in use'],
  too_many_keys: [409, 'The project has had as many keys as it may'],
  name_taken: [409, 'The name is in use'],
  already_member: [409, 'The user is a member already'],
  timer_running: [409, 'Another timer of yours is running'],
  status_in_use: [409, 'Tasks have the status'],
  option_in_use: [409, 'Tasks have the option'],
  last_status: [409, 'A project keeps a status of each of the categories todo and done'],
  dependency_cycle: [409, 'Tasks do not block each other in a circle'],
  already_linked: [409, 'The tasks are linked like this already'],
  parent_cycle: [409, 'A task cannot be a subtask of itself'],
  too_deep: [409, 'Subtasks go no deeper'],
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
  length_required: [411, 'The size of the body is needed'],
  precondition_failed: [412, 'The resource has changed'],
  body_too_large: [413, 'The body is too large'],
  file_too_large: [413, 'The file is too large'],
  uri_too_long: [414, 'The address is too long'],
  unsupported_media_type: [415, 'The body is of a type that is not taken here'],
  range_not_satisfiable: [416, 'The file has no such part'],
  idempotency_mismatch: [422, 'The key belongs to another request'],
  no_such_user: [422, 'There is no such user'],
  no_such_field: [422, 'The project has no such field'],
  no_such_option: [422, 'The field has no such option'],
  no_such_label: [422, 'There is no such label'],
  no_such_task: [422, 'There is no such task'],
  no_such_status: [422, 'The project has no such status'],
  no_such_project: [422, 'There is no such project'],
  not_a_member: [422, 'Not a member of the project'],
  too_many_mentions: [422, 'There are more mentions than there can be'],
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

/** A change found nothing, and by now nothing is in its way: it met another one. */
export const changedByOthers = (what: string) =>
  new ApiError('unavailable', `The ${what} is being changed by others. Try again.`)

/** 403 unless allowed: the viewer sees the resource but may not do this. */
export function allow(allowed: boolean): void {
  if (!allowed) throw new ApiError('forbidden', 'Your role does not allow this.')
}
