// What an error of the database means to a client: which constraint means which code, and when it is not available.
import { DatabaseError } from 'pg'
import { ApiError, type Code } from '../errors.ts'

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
  fields_key_key: ['key_taken', '/key', 'is in use'],
  fields_name_key: ['name_taken', '/name', 'is in use'],
  fields_options_check: ['invalid', '/options', 'are only for a select or multi_select'],
  fields_created_by_fkey: null,
  fields_pkey: null,
  fields_project_fkey: null,
  fields_type_check: null,
  field_values_task_fkey: null,
  statuses_key_key: ['key_taken', '/key', 'is in use'],
  statuses_key_check: ['invalid', '/key', 'is the name of another category'],
  statuses_name_key: ['name_taken', '/name', 'is in use'],
  statuses_category_check: null,
  statuses_created_by_fkey: null,
  statuses_pkey: null,
  statuses_project_fkey: null,
  tasks_assignees_check: ['limit_reached', '/assignee_ids', 'can be 50 at most'],
  tasks_labels_check: ['limit_reached', '/label_ids', 'can be 50 at most'],
  time_entries_running_key: ['timer_running', '/ended_at', 'is null in another entry of whose time it is'],
  time_entries_end_check: ['invalid', '/ended_at', 'must be after started_at, by 31 days at most'],
  time_entries_pkey: null,
  time_entries_project_fkey: null,
  time_entries_task_fkey: null,
  time_entries_created_by_fkey: null,
  labels_name_key: ['name_taken', '/name', 'is in use'],
  labels_created_by_fkey: null,
  labels_pkey: null,
  labels_project_fkey: null,
  personal_views_created_by_fkey: null,
  personal_views_layout_check: null,
  personal_views_pkey: null,
  views_created_by_fkey: null,
  views_layout_check: null,
  views_pkey: null,
  views_project_fkey: null,
  tasks_parent_fkey: ['no_such_task', '/parent_id', 'names no task of the project'],
  links_created_by_fkey: null,
  links_kind_check: null,
  links_open: null,
  links_other_fkey: ['no_such_task', '/linked_task_id', 'names no task that is there'],
  links_pair_key: ['already_linked', '/linked_task_id', 'is linked like this already'],
  links_pkey: null,
  links_project_fkey: null,
  links_self_check: ['no_such_task', '/linked_task_id', 'names the task itself'],
  links_task_fkey: ['no_such_task', '/linked_task_id', 'names no task that is there'],
  files_comment_fkey: null,
  files_created_by_fkey: null,
  files_pkey: null,
  files_project_fkey: null,
  files_task_fkey: null,
  unclaimed_contents_pkey: null,
  comments_created_by_fkey: null,
  comments_pkey: null,
  comments_project_fkey: null,
  comments_task_fkey: null,
  tokens_depth_check: ['limit_reached', '', 'A token descends from five others at most'],
  tokens_pkey: null,
  tokens_user_fkey: null,
  account_links_pkey: null,
  account_links_user_fkey: null,
  mails_pkey: null,
  mails_waiting_key: null,
  mails_user_fkey: null,
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
  search_documents_pkey: null,
  sessions_pkey: null,
  sessions_user_fkey: null,
  task_counts_pkey: null,
  task_counts_project_fkey: null,
  task_numbers_pkey: null,
  task_numbers_project_fkey: null,
  task_updates_pkey: null,
  tasks_created_by_fkey: null,
  tasks_hung: null,
  tasks_number_key: null,
  tasks_pkey: null,
  tasks_priority_check: null,
  tasks_project_fkey: null,
  tasks_rehung: null,
  tasks_category_check: null,
  account_invitations_pkey: null,
  account_invitations_user_fkey: null,
  throttles_pkey: null,
  trail_one_row: null,
  trail_pkey: null,
  users_bot_check: null,
  users_bot_project_fkey: null,
  users_email_check: null,
  users_kind_check: null,
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

/** The limits that triggers enforce, and what a client is told beyond them (0016_limits.sql; docs/operate.md). */
export const LIMITS: Readonly<Record<string, string>> = {
  field_values_limit: 'A field with more than 2,000 values cannot be deleted. Take it off some tasks first.',
  fields_limit: 'A project has at most 50 custom fields. Delete one that is no longer needed.',
  label_tasks_limit: 'A label on more than 2,000 tasks cannot be deleted. Take it off some first.',
  bots_limit: 'A project has at most 100 bots.',
  tokens_limit: 'One person can have 1,000 tokens, with those that ended in the last 30 days.',
  personal_views_limit: 'You can have at most 100 views of your own.',
  views_limit: 'A project has at most 100 views, with those in the trash.',
  labels_limit: 'A project has at most 500 labels, with those in the trash.',
  projects_limit: 'One person can make 10,000 projects. Purge some that are no longer needed.',
  links_limit: 'A task has at most 100 links.',
  files_limit: 'A project has at most 10,000 files, with those in the trash.',
  comments_limit: 'A task has at most 5,000 comments, with those in the trash.',
  project_members_limit: 'A project has at most 1,000 members.',
  statuses_limit: 'A project has at most 50 statuses. Delete one that is no longer needed.',
  time_entries_limit: 'A task has at most 5,000 time entries, with those in the trash.',
  webhooks_limit: 'A project has at most 20 webhooks. Delete one that is no longer needed.',
}

/** The database cannot be reached, or not in time. */
export const databaseUnavailable = (cause: unknown) =>
  new ApiError('unavailable', 'The database is not available right now. Try again shortly.', { cause })

/** Rethrows PostgreSQL's own errors and our programming errors; anything else that makes a statement fail is the connection. */
export function rethrow(error: unknown): never {
  if (error instanceof DatabaseError || error instanceof TypeError) throw error
  throw databaseUnavailable(error)
}

// https://www.postgresql.org/docs/current/errcodes-appendix.html: connection refused or lost, read-only server, idle
// in a transaction, forgotten prepared statement, log-in refused, no such database, collisions, resources, lock and
// statement time-outs, shut-down, failures of its disk.
const UNAVAILABLE_STATES = /^(08|25006|25P03|26|28|3D|40|53|55P03|57|58)/

/** PostgreSQL gave a statement up that took too long. */
export const tookTooLong = (error: unknown): boolean =>
  error instanceof DatabaseError && error.code === '57014'

const parent = (message: string) => ({ errors: [{ pointer: '/parent_id', message }] })

/** What our own functions in the database refuse (0017_task_order.sql, 0020_statuses.sql, 0023_subtasks.sql). */
const REFUSALS: Readonly<Record<string, ConstructorParameters<typeof ApiError>>> = {
  TT001: ['no_such_task', 'after or before names no other task of the project.'],
  TT002: [
    'position_taken',
    'Another task of the project has this position. Ask for a place by after or before.',
    { errors: [{ pointer: '/position', message: 'is the position of another task' }] },
  ],
  TT003: [
    'no_such_status',
    'The project has no status with this key, or, for a task that comes from another project, none of its category.',
    { errors: [{ pointer: '/status', message: 'has to name a status of the project' }] },
  ],
  TT004: [
    'status_in_use',
    'Tasks have the status, perhaps in the trash. Name another one for them in move_to.',
  ],
  TT035: [
    'option_in_use',
    'Tasks have an option that is left out, perhaps in the trash. Give them another one first.',
    { errors: [{ pointer: '/options', message: 'leave out one that tasks have' }] },
  ],
  TT005: ['last_status', 'A project keeps at least one status of the category todo and one of done.'],
  TT011: [
    'parent_cycle',
    'A task cannot be a subtask of itself or of what is below it.',
    parent('is the task itself or below it'),
  ],
  TT021: [
    'dependency_cycle',
    'The tasks would block each other in a circle.',
    { errors: [{ pointer: '/linked_task_id', message: 'would make a circle' }] },
  ],
  TT022: ['limit_reached', 'At most 5,000 tasks can wait for one, directly or through others.'],
  TT012: ['too_deep', 'Subtasks can be 8 deep.', parent('is too deep for this task and what is below it')],
  TT013: [
    'limit_reached',
    'A task has at most 1,000 subtasks at all depths, with those in the trash.',
    parent('has no room below its topmost task'),
  ],
}

/** What is wrong with the value of a custom field, whose key is the detail (0031_fields.sql). */
const VALUE_FAULTS: Readonly<Record<string, Code>> = {
  TT031: 'no_such_field',
  TT032: 'invalid',
  TT033: 'no_such_option',
  TT034: 'not_a_member',
}

/** What an error of the database means to a client; undefined if it is a fault of ours. */
export function fromDatabase(error: DatabaseError): ApiError | undefined {
  const limit = LIMITS[error.constraint ?? '']
  if (limit !== undefined) return new ApiError('limit_reached', limit)
  const meaning = CONSTRAINTS[error.constraint ?? '']
  if (meaning) {
    const [code, pointer, message] = meaning
    return new ApiError(code, `${pointer.slice(1)} ${message}.`.trim(), { errors: [{ pointer, message }] })
  }
  const refusal = REFUSALS[error.code ?? '']
  if (refusal) return new ApiError(...refusal)
  const fault = VALUE_FAULTS[error.code ?? '']
  if (fault !== undefined)
    return new ApiError(fault, `fields.${error.detail} ${error.message}.`, {
      errors: [{ pointer: `/fields/${error.detail}`, message: error.message }],
    })
  // Node.js and PostgreSQL bring their own lists of time zones.
  if (error.code === '22023' && error.message.startsWith('time zone'))
    return new ApiError('invalid', 'The database does not know this time zone.', {
      errors: [{ pointer: '/query/time_zone', message: 'is not known to the database' }],
    })
  return UNAVAILABLE_STATES.test(error.code ?? '') ? databaseUnavailable(error) : undefined
}
