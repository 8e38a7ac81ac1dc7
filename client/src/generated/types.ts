// Made from backend/openapi.json by `npm run tasktrail -- openapi`. Do not edit.

export interface Account {
  id: string
  /** A bot is no person: a program has an account of its own. */
  kind: UserKind
  /** Null for a bot. */
  email: string | null
  name: string
  /** IANA name */
  time_zone: string
  /** When it was known that they read the mail of this address. */
  email_verified_at: string | null
  /** What they may do in the whole instance. */
  role: UserRole
  disabled_at: string | null
  created_at: string
  updated_at: string
  /** Grows with every change; also in the ETag. */
  version: number
}

export interface AccountDeletion {
  /** My password, asked for again so that nobody does this who only found me logged in. */
  current_password: string
}

export interface ActingToken {
  id: string
  name: string | null
}

export interface Actor {
  id: string
  name: string
  /** A bot is no person: a program has an account of its own. */
  kind: UserKind
}

export interface AddressProof {
  /** From the link: what comes after the #. */
  token: string
}

export interface Alive {
  status: 'ok'
}

/** What a program sends in place of an access token. */
export interface ApiToken {
  id: string
  /** What it is for; shown beside what it does. */
  name: string
  /** `tasks:read`: Read projects and what their members see in them: tasks, comments, labels, views, members; search, histories and the feed. `tasks:write`: Change tasks and what is on them: order, links, labels, files, time; labels and views of projects. `comments:write`: Write comments, and change and delete them. `projects:manage`: Create, change and delete projects, and change their members, statuses and custom fields. `webhooks:manage`: Read and change webhooks, and read what happened to them. `account`: Change the name and the time zone of the account. `admin`: Administer accounts and read the audit; and, with the other scopes, the rights of an administrator in all projects. */
  scopes: Scope[]
  /** The only projects that there are for it; null for all that its user sees. */
  project_ids: string[] | null
  /** The token that made it, and ends with which it ends. */
  parent_id: string | null
  /** The token that asks. */
  current: boolean
  created_at: string
  expires_at: string
  /** To the minute. */
  last_used_at: string | null
}

export interface ApiTokenPage {
  items: ApiToken[]
  /** Of the next page; null on the last. */
  next_cursor: string | null
  /** Of all pages, if asked for. */
  total?: number
}

export type ArchivedFilter = 'true' | 'false' | 'any'

/** What there is to say besides, by the kind of the entry. */
export interface AuditDetails {
  /** Why the session or the token ended. */
  reason?: SessionEnding
  /** What logged in. */
  user_agent?: string
  /** The token that was made or ended. */
  token_id?: string
  /** `tasks:read`: Read projects and what their members see in them: tasks, comments, labels, views, members; search, histories and the feed. `tasks:write`: Change tasks and what is on them: order, links, labels, files, time; labels and views of projects. `comments:write`: Write comments, and change and delete them. `projects:manage`: Create, change and delete projects, and change their members, statuses and custom fields. `webhooks:manage`: Read and change webhooks, and read what happened to them. `account`: Change the name and the time zone of the account. `admin`: Administer accounts and read the audit; and, with the other scopes, the rights of an administrator in all projects. */
  scopes?: Scope[]
  expires_at?: string
  /** What they may do in the whole instance. */
  role?: UserRole
  /** What they may do in the whole instance. */
  previous_role?: UserRole
  /** Which fields somebody else changed. */
  fields?: string[]
}

export interface AuditEntry {
  id: string
  at: string
  /** What happened. */
  kind: AuditKind
  /** A request, a command at the machine itself, or the server when it started. */
  source: AuditSource
  /** Who did it, under the present name; null if nobody was logged in. */
  actor: Person | null
  /** Whose account it concerns; null for a log-in with an e-mail address that nobody has. */
  user: Person | null
  /** The network address it came from. */
  address: string | null
  session_id: string | null
  /** The token by which a program did it for the actor. */
  token_id: string | null
  /** Of the change, as in the trail and in Operation-Id. */
  operation_id: string | null
  details: AuditDetails
  /** How many refused attempts this stands for: those of one hour from one network. */
  count: number
  /** The last of them; the first was `at`. */
  last_at: string
}

export interface AuditEntryPage {
  items: AuditEntry[]
  /** Of the next page; null on the last. */
  next_cursor: string | null
  /** Of all pages, if asked for. */
  total?: number
}

export type AuditKind = 'login.succeeded' | 'login.failed' | 'password.refused' | 'session.ended' | 'password.changed' | 'password.removed' | 'email.changed' | 'token.created' | 'token.ended' | 'bot.created' | 'user.registered' | 'user.invited' | 'invitation.accepted' | 'user.created' | 'user.updated' | 'user.role_changed' | 'user.disabled' | 'user.enabled' | 'user.deleted'

export type AuditSource = 'api' | 'command_line' | 'server'

/** A user that is no person: it has tokens and nothing else to get in with. */
export interface Bot {
  id: string
  name: string
  /** The project whose owners manage it; null if administrators do. */
  project_id: string | null
  disabled_at: string | null
  created_at: string
  updated_at: string
  /** Grows with every change; also in the ETag. */
  version: number
}

export interface BotChanges {
  name?: string
  /** Whether it may do nothing. Disabling it ends its tokens. */
  disabled?: boolean
}

export interface BotPage {
  items: Bot[]
  /** Of the next page; null on the last. */
  next_cursor: string | null
  /** Of all pages, if asked for. */
  total?: number
}

export interface BulkCreate {
  /** The project, by id or key. */
  project: string
  title: string
  /** The task of the project that it is a subtask of, named by id or reference. At most 8 deep, and 1,000 below one. */
  parent_id?: string | null
  /** Markdown */
  description?: string
  /** The key of a status of the project. A new project has todo, in_progress, done and cancelled. */
  status?: string
  priority?: TaskPriority
  /** Members of the project. */
  assignee_ids?: string[]
  /** Labels of the project. A move to another project keeps those that it has under the same name, and drops the rest. */
  label_ids?: string[]
  start_on?: string | null
  due_on?: string | null
  /** Instead of due_on, for a task that is due at an instant. */
  due_at?: string | null
  /** Order within the project. It may change when room is made for others; ask for a place by `after`, `before` or `place`. */
  position?: number
  /** How long it is going to take. */
  estimate_minutes?: number | null
  /** Values of custom fields of the project, by key. One that is not sent stays as it is; null, an empty text and an empty list take the value away. A move to another project keeps those that a field of the same key and type can have there, and drops the rest. */
  fields?: FieldValues
}

export interface BulkDelete {
  /** The id, or the reference such as OPS-42. */
  id: string
  /** As If-Match: refused if the task has another version. */
  if_match?: number
}

export interface BulkOperation {
  create?: BulkCreate
  update?: BulkUpdate
  delete?: BulkDelete
}

export interface BulkResult {
  /** What the operation alone would have been answered with. */
  status: number
  task?: Task
  problem?: Problem
}

export interface BulkResults {
  /** Of each operation, in the order of the request. */
  results: BulkResult[]
}

export interface BulkTasks {
  /** Done in this order. */
  operations: BulkOperation[]
  /** All or none. With false each stands for itself, and has its own status in the answer. */
  atomic?: boolean
}

export interface BulkUpdate {
  /** The id, or the reference such as OPS-42. */
  id: string
  /** The task of the project that it is a subtask of, named by id or reference. At most 8 deep, and 1,000 below one. */
  parent_id?: string | null
  title?: string
  /** Markdown */
  description?: string
  /** The key of a status of the project. A new project has todo, in_progress, done and cancelled. */
  status?: string
  priority?: TaskPriority
  /** Members of the project. */
  assignee_ids?: string[]
  /** Labels of the project. A move to another project keeps those that it has under the same name, and drops the rest. */
  label_ids?: string[]
  start_on?: string | null
  due_on?: string | null
  /** Instead of due_on, for a task that is due at an instant. */
  due_at?: string | null
  /** Order within the project. It may change when room is made for others; ask for a place by `after`, `before` or `place`. */
  position?: number
  /** How long it is going to take. */
  estimate_minutes?: number | null
  /** Values of custom fields of the project, by key. One that is not sent stays as it is; null, an empty text and an empty list take the value away. A move to another project keeps those that a field of the same key and type can have there, and drops the rest. */
  fields?: FieldValues
  /** Moves the task with its subtasks, which get new numbers there; it hangs on no other one then. */
  project_id?: string
  /** Puts the task directly after this one of its project, named by id or reference. */
  after?: string
  /** Puts the task directly before this one of its project, named by id or reference. */
  before?: string
  /** Puts the task before or after all others of its project. At most one of after, before, place and position. */
  place?: TaskPlace
  /** As the parameter of a single change. */
  base_version?: number
  /** As If-Match: refused if the task has another version. */
  if_match?: number
}

export interface Capabilities {
  version: string
  /** Who can make an account: anybody, whoever was invited, or nobody. */
  registration: RegistrationMode
  /** Whether mail is sent. Without it nobody can have a new password sent to them. */
  mail: boolean
  /** Whether files can be put on tasks. */
  files: boolean
  /** Bytes that one file can have. */
  file_max_size: number
  password_min_length: number
}

export type Change = ProjectCreatedChange | ProjectUpdatedChange | ProjectReorderedChange | ProjectDeletedChange | ProjectRestoredChange | ProjectRemovedChange | ProjectStateChange | MemberCreatedChange | MemberUpdatedChange | MemberRemovedChange | MemberStateChange | StatusCreatedChange | StatusUpdatedChange | StatusRemovedChange | StatusStateChange | FieldCreatedChange | FieldUpdatedChange | FieldRemovedChange | FieldStateChange | LabelCreatedChange | LabelUpdatedChange | LabelDeletedChange | LabelRestoredChange | LabelRemovedChange | LabelStateChange | ViewCreatedChange | ViewUpdatedChange | ViewDeletedChange | ViewRestoredChange | ViewRemovedChange | ViewStateChange | TaskCreatedChange | TaskUpdatedChange | TaskDeletedChange | TaskRestoredChange | TaskRemovedChange | TaskStateChange | CommentCreatedChange | CommentUpdatedChange | CommentDeletedChange | CommentRestoredChange | CommentRemovedChange | CommentStateChange | FileCreatedChange | FileUpdatedChange | FileDeletedChange | FileRestoredChange | FileRemovedChange | FileStateChange | LinkCreatedChange | LinkUpdatedChange | LinkRemovedChange | LinkStateChange | TimeEntryCreatedChange | TimeEntryUpdatedChange | TimeEntryDeletedChange | TimeEntryRestoredChange | TimeEntryRemovedChange | TimeEntryStateChange | WebhookCreatedChange | WebhookUpdatedChange | WebhookDisabledChange | WebhookRemovedChange | UserCreatedChange | UserUpdatedChange | UserDeletedChange | UserRestoredChange | UserRemovedChange | PersonalViewCreatedChange | PersonalViewUpdatedChange | PersonalViewRemovedChange | PersonalViewStateChange | ResetChange

export interface ChangePage {
  items: Change[]
  /** Where to go on: `after` of the next request. Keep it with what you keep. */
  next: string
  /** There is more already. False: you hold what is there now. */
  more: boolean
}

export interface Comment {
  id: string
  project_id: string
  task_id: string
  /** Markdown. `@[Name](user id)` mentions a member of the project. */
  body: string
  /** Whom the text mentions, as far as they were members of the project when it was written. To mention somebody else is no error and means nothing. */
  mention_ids: string[]
  /** When the text last changed; null if it never has. */
  edited_at: string | null
  created_by: string
  created_at: string
  updated_at: string
  /** Grows with every change; also in the ETag. */
  version: number
}

export interface CommentChanges {
  /** Markdown. `@[Name](user id)` mentions a member of the project. */
  body?: string
}

export interface CommentCreatedChange {
  kind: 'comment.created'
  seq: number
  at: string
  operation_id: string
  /** Who did it; null for the system itself. */
  actor_id: string | null
  /** The token by which a program did it for them. */
  token_id: string | null
  project_id: string | null
  /** Of a member the id of the user; project_id says in which project. */
  resource_id: string | null
  /** Grows with every change; also in the ETag. */
  version: number
  /** By field; null for a value that is not set, or that the trail does not keep or you may not see. */
  changes: FieldChanges
  resource: Comment | null
  /** What its reference was then; the key of its project if it has none. */
  ref: string | null
  /** What it was called then. Of a member the name of today. */
  title: string | null
}

export interface CommentCreatedEntry {
  seq: number
  at: string
  operation_id: string
  /** Who did it, by the name of today; null for the system itself. */
  actor: Actor | null
  /** The token by which a program did it for them; without a name once the token has been gone for 30 days. */
  token: ActingToken | null
  kind: 'comment.created'
  /** What it happened to, by the name of today; null if that is gone or elsewhere. */
  subject: HistorySubject
  /** Grows with every change; also in the ETag. */
  version: number
  /** By field. People and projects are `{id, name}`; null for what is not set, not kept, or hidden from you. */
  changes: FieldChanges
  /** What its reference was then; the key of its project if it has none. */
  ref: string | null
  /** What it was called then. Of a member the name of today. */
  title: string | null
}

export interface CommentDeletedChange {
  kind: 'comment.deleted'
  seq: number
  at: string
  operation_id: string
  /** Who did it; null for the system itself. */
  actor_id: string | null
  /** The token by which a program did it for them. */
  token_id: string | null
  project_id: string | null
  /** Of a member the id of the user; project_id says in which project. */
  resource_id: string | null
  /** Grows with every change; also in the ETag. */
  version: number
  /** By field; null for a value that is not set, or that the trail does not keep or you may not see. */
  changes: FieldChanges
  resource: Comment | null
  /** What its reference was then; the key of its project if it has none. */
  ref: string | null
  /** What it was called then. Of a member the name of today. */
  title: string | null
}

export interface CommentDeletedEntry {
  seq: number
  at: string
  operation_id: string
  /** Who did it, by the name of today; null for the system itself. */
  actor: Actor | null
  /** The token by which a program did it for them; without a name once the token has been gone for 30 days. */
  token: ActingToken | null
  kind: 'comment.deleted'
  /** What it happened to, by the name of today; null if that is gone or elsewhere. */
  subject: HistorySubject
  /** Grows with every change; also in the ETag. */
  version: number
  /** By field. People and projects are `{id, name}`; null for what is not set, not kept, or hidden from you. */
  changes: FieldChanges
  /** What its reference was then; the key of its project if it has none. */
  ref: string | null
  /** What it was called then. Of a member the name of today. */
  title: string | null
}

export interface CommentPage {
  items: Comment[]
  /** Of the next page; null on the last. */
  next_cursor: string | null
  /** Of all pages, if asked for. */
  total?: number
}

export interface CommentRemovedChange {
  kind: 'comment.removed'
  seq: number
  at: string
  operation_id: string
  /** Who did it; null for the system itself. */
  actor_id: string | null
  /** The token by which a program did it for them. */
  token_id: string | null
  project_id: string | null
  /** Of a member the id of the user; project_id says in which project. */
  resource_id: string | null
  /** Grows with every change; also in the ETag. */
  version: number
  /** By field; null for a value that is not set, or that the trail does not keep or you may not see. */
  changes: FieldChanges
  resource: Comment | null
  /** What its reference was then; the key of its project if it has none. */
  ref: string | null
  /** What it was called then. Of a member the name of today. */
  title: string | null
}

export interface CommentRemovedEntry {
  seq: number
  at: string
  operation_id: string
  /** Who did it, by the name of today; null for the system itself. */
  actor: Actor | null
  /** The token by which a program did it for them; without a name once the token has been gone for 30 days. */
  token: ActingToken | null
  kind: 'comment.removed'
  /** What it happened to, by the name of today; null if that is gone or elsewhere. */
  subject: HistorySubject
  /** Grows with every change; also in the ETag. */
  version: number
  /** By field. People and projects are `{id, name}`; null for what is not set, not kept, or hidden from you. */
  changes: FieldChanges
  /** What its reference was then; the key of its project if it has none. */
  ref: string | null
  /** What it was called then. Of a member the name of today. */
  title: string | null
}

export interface CommentRestoredChange {
  kind: 'comment.restored'
  seq: number
  at: string
  operation_id: string
  /** Who did it; null for the system itself. */
  actor_id: string | null
  /** The token by which a program did it for them. */
  token_id: string | null
  project_id: string | null
  /** Of a member the id of the user; project_id says in which project. */
  resource_id: string | null
  /** Grows with every change; also in the ETag. */
  version: number
  /** By field; null for a value that is not set, or that the trail does not keep or you may not see. */
  changes: FieldChanges
  resource: Comment | null
  /** What its reference was then; the key of its project if it has none. */
  ref: string | null
  /** What it was called then. Of a member the name of today. */
  title: string | null
}

export interface CommentRestoredEntry {
  seq: number
  at: string
  operation_id: string
  /** Who did it, by the name of today; null for the system itself. */
  actor: Actor | null
  /** The token by which a program did it for them; without a name once the token has been gone for 30 days. */
  token: ActingToken | null
  kind: 'comment.restored'
  /** What it happened to, by the name of today; null if that is gone or elsewhere. */
  subject: HistorySubject
  /** Grows with every change; also in the ETag. */
  version: number
  /** By field. People and projects are `{id, name}`; null for what is not set, not kept, or hidden from you. */
  changes: FieldChanges
  /** What its reference was then; the key of its project if it has none. */
  ref: string | null
  /** What it was called then. Of a member the name of today. */
  title: string | null
}

export type CommentSort = 'created' | '-created'

export interface CommentStateChange {
  kind: 'comment.state'
  /** Place in the order of all changes; null when nothing happened. */
  seq: number | null
  at: string | null
  /** The request that did it. */
  operation_id: string | null
  /** Who did it; null for the system itself. */
  actor_id: string | null
  /** The token by which a program did it for them. */
  token_id: string | null
  project_id: string | null
  /** Of a member the id of the user; project_id says in which project. */
  resource_id: string | null
  /** Grows with every change; also in the ETag. */
  version: number | null
  /** By field; null for a value that is not set, or that the trail does not keep or you may not see. */
  changes: FieldChanges
  resource: Comment | null
}

export interface CommentUpdatedChange {
  kind: 'comment.updated'
  seq: number
  at: string
  operation_id: string
  /** Who did it; null for the system itself. */
  actor_id: string | null
  /** The token by which a program did it for them. */
  token_id: string | null
  project_id: string | null
  /** Of a member the id of the user; project_id says in which project. */
  resource_id: string | null
  /** Grows with every change; also in the ETag. */
  version: number
  /** By field; null for a value that is not set, or that the trail does not keep or you may not see. */
  changes: FieldChanges
  resource: Comment | null
  /** What its reference was then; the key of its project if it has none. */
  ref: string | null
  /** What it was called then. Of a member the name of today. */
  title: string | null
}

export interface CommentUpdatedEntry {
  seq: number
  at: string
  operation_id: string
  /** Who did it, by the name of today; null for the system itself. */
  actor: Actor | null
  /** The token by which a program did it for them; without a name once the token has been gone for 30 days. */
  token: ActingToken | null
  kind: 'comment.updated'
  /** What it happened to, by the name of today; null if that is gone or elsewhere. */
  subject: HistorySubject
  /** Grows with every change; also in the ETag. */
  version: number
  /** By field. People and projects are `{id, name}`; null for what is not set, not kept, or hidden from you. */
  changes: FieldChanges
  /** What its reference was then; the key of its project if it has none. */
  ref: string | null
  /** What it was called then. Of a member the name of today. */
  title: string | null
}

export interface CreatedApiToken {
  id: string
  /** What it is for; shown beside what it does. */
  name: string
  /** `tasks:read`: Read projects and what their members see in them: tasks, comments, labels, views, members; search, histories and the feed. `tasks:write`: Change tasks and what is on them: order, links, labels, files, time; labels and views of projects. `comments:write`: Write comments, and change and delete them. `projects:manage`: Create, change and delete projects, and change their members, statuses and custom fields. `webhooks:manage`: Read and change webhooks, and read what happened to them. `account`: Change the name and the time zone of the account. `admin`: Administer accounts and read the audit; and, with the other scopes, the rights of an administrator in all projects. */
  scopes: Scope[]
  /** The only projects that there are for it; null for all that its user sees. */
  project_ids: string[] | null
  /** The token that made it, and ends with which it ends. */
  parent_id: string | null
  /** The token that asks. */
  current: boolean
  created_at: string
  expires_at: string
  /** To the minute. */
  last_used_at: string | null
  /** The token itself, this once. */
  token: string
}

export interface CreatedUser {
  id: string
  /** A bot is no person: a program has an account of its own. */
  kind: UserKind
  /** Answered in its one spelling: small letters, and the domain as DNS has it (xn--…). */
  email: string
  name: string
  /** IANA name */
  time_zone: string
  /** When it was known that they read the mail of this address. */
  email_verified_at: string | null
  /** What they may do in the whole instance. */
  role: UserRole
  disabled_at: string | null
  created_at: string
  updated_at: string
  /** Grows with every change; also in the ETag. */
  version: number
  /** Present when no password was given: the person sets one with it at POST /auth/register, once, within seven days. */
  invite_token?: string
}

export interface CreatedWebhook {
  id: string
  project_id: string
  url: string
  /** Empty: every kind. */
  kinds: string[]
  description: string
  disabled_at: string | null
  /** Why no more is sent: an owner said so, the endpoint did (410), or every attempt failed for more than a day. The latter two are told to those who manage the project: `webhook.disabled` in its history and in the feed. */
  disabled_reason: string | null
  failing_since: string | null
  previous_secret_until: string | null
  created_by: string
  created_at: string
  updated_at: string
  /** Grows with every change; also in the ETag. */
  version: number
  /** Shown this once. Verifies the webhook-signature header (Standard Webhooks). */
  secret: string
}

export interface CustomField {
  id: string
  project_id: string
  /** The name of its values in `fields` of tasks, for good; derived from the name when absent. */
  key: string
  /** What its values are, for good. */
  type: FieldType
  /** Unique in the project, whatever the case of its letters. */
  name: string
  options: FieldOption[]
  /** The order in which fields are listed; a new one comes last. */
  position: number
  created_by: string
  created_at: string
  updated_at: string
  /** Grows with every change; also in the ETag. */
  version: number
}

export interface CustomFieldChanges {
  /** Unique in the project, whatever the case of its letters. */
  name?: string
  /** Of a `select` or `multi_select`, in their order: always all of them. One that tasks have cannot be left out. */
  options?: NewFieldOption[]
  /** The order in which fields are listed; a new one comes last. */
  position?: number
}

export interface CustomFieldPage {
  items: CustomField[]
  /** Of the next page; null on the last. */
  next_cursor: string | null
  /** Of all pages, if asked for. */
  total?: number
}

export interface Delivery {
  /** The webhook-id header, the same at every attempt. */
  id: string
  /** The number of the event. */
  seq: number
  /** null when the event is older than the trail is kept. */
  kind: string | null
  status: DeliveryStatus
  attempts: DeliveryAttempt[]
  due_at: string | null
  created_at: string
}

export interface DeliveryAttempt {
  number: number
  at: string
  /** The HTTP status, if there was an answer. */
  status: number | null
  error: string | null
  ms: number
}

export interface DeliveryPage {
  items: Delivery[]
  /** Of the next page; null on the last. */
  next_cursor: string | null
  /** Of all pages, if asked for. */
  total?: number
}

export type DeliveryStatus = 'pending' | 'delivered' | 'failed'

export interface FieldChange {
  from: unknown
  to: unknown
}

export type FieldChanges = Record<string, FieldChange>

export interface FieldConflict {
  /** What it was at base_version; null if the trail is not kept that long. */
  base: unknown
  /** What it is now. */
  current: unknown
  /** What you sent. */
  yours: unknown
}

export type FieldConflicts = Record<string, FieldConflict>

export interface FieldCreatedChange {
  kind: 'field.created'
  seq: number
  at: string
  operation_id: string
  /** Who did it; null for the system itself. */
  actor_id: string | null
  /** The token by which a program did it for them. */
  token_id: string | null
  project_id: string | null
  /** Of a member the id of the user; project_id says in which project. */
  resource_id: string | null
  /** Grows with every change; also in the ETag. */
  version: number
  /** By field; null for a value that is not set, or that the trail does not keep or you may not see. */
  changes: FieldChanges
  resource: CustomField | null
  /** What its reference was then; the key of its project if it has none. */
  ref: string | null
  /** What it was called then. Of a member the name of today. */
  title: string | null
}

export interface FieldCreatedEntry {
  seq: number
  at: string
  operation_id: string
  /** Who did it, by the name of today; null for the system itself. */
  actor: Actor | null
  /** The token by which a program did it for them; without a name once the token has been gone for 30 days. */
  token: ActingToken | null
  kind: 'field.created'
  /** What it happened to, by the name of today; null if that is gone or elsewhere. */
  subject: HistorySubject
  /** Grows with every change; also in the ETag. */
  version: number
  /** By field. People and projects are `{id, name}`; null for what is not set, not kept, or hidden from you. */
  changes: FieldChanges
  /** What its reference was then; the key of its project if it has none. */
  ref: string | null
  /** What it was called then. Of a member the name of today. */
  title: string | null
}

export interface FieldOption {
  /** What tasks have as their value, for good; derived from the name when absent. */
  key: string
  /** Unique in the field, whatever the case of its letters. */
  name: string
  /** Answered in small letters; #6b7280 if you choose none. */
  color: string
}

export interface FieldProblem {
  /** A JSON pointer into the body, or `/query/` or `/path/` and the name of a parameter. */
  pointer: string
  message: string
}

export interface FieldRemovedChange {
  kind: 'field.removed'
  seq: number
  at: string
  operation_id: string
  /** Who did it; null for the system itself. */
  actor_id: string | null
  /** The token by which a program did it for them. */
  token_id: string | null
  project_id: string | null
  /** Of a member the id of the user; project_id says in which project. */
  resource_id: string | null
  /** Grows with every change; also in the ETag. */
  version: number
  /** By field; null for a value that is not set, or that the trail does not keep or you may not see. */
  changes: FieldChanges
  resource: CustomField | null
  /** What its reference was then; the key of its project if it has none. */
  ref: string | null
  /** What it was called then. Of a member the name of today. */
  title: string | null
}

export interface FieldRemovedEntry {
  seq: number
  at: string
  operation_id: string
  /** Who did it, by the name of today; null for the system itself. */
  actor: Actor | null
  /** The token by which a program did it for them; without a name once the token has been gone for 30 days. */
  token: ActingToken | null
  kind: 'field.removed'
  /** What it happened to, by the name of today; null if that is gone or elsewhere. */
  subject: HistorySubject
  /** Grows with every change; also in the ETag. */
  version: number
  /** By field. People and projects are `{id, name}`; null for what is not set, not kept, or hidden from you. */
  changes: FieldChanges
  /** What its reference was then; the key of its project if it has none. */
  ref: string | null
  /** What it was called then. Of a member the name of today. */
  title: string | null
}

export interface FieldStateChange {
  kind: 'field.state'
  /** Place in the order of all changes; null when nothing happened. */
  seq: number | null
  at: string | null
  /** The request that did it. */
  operation_id: string | null
  /** Who did it; null for the system itself. */
  actor_id: string | null
  /** The token by which a program did it for them. */
  token_id: string | null
  project_id: string | null
  /** Of a member the id of the user; project_id says in which project. */
  resource_id: string | null
  /** Grows with every change; also in the ETag. */
  version: number | null
  /** By field; null for a value that is not set, or that the trail does not keep or you may not see. */
  changes: FieldChanges
  resource: CustomField | null
}

export type FieldType = 'text' | 'number' | 'date' | 'checkbox' | 'select' | 'multi_select' | 'user' | 'url'

export interface FieldUpdatedChange {
  kind: 'field.updated'
  seq: number
  at: string
  operation_id: string
  /** Who did it; null for the system itself. */
  actor_id: string | null
  /** The token by which a program did it for them. */
  token_id: string | null
  project_id: string | null
  /** Of a member the id of the user; project_id says in which project. */
  resource_id: string | null
  /** Grows with every change; also in the ETag. */
  version: number
  /** By field; null for a value that is not set, or that the trail does not keep or you may not see. */
  changes: FieldChanges
  resource: CustomField | null
  /** What its reference was then; the key of its project if it has none. */
  ref: string | null
  /** What it was called then. Of a member the name of today. */
  title: string | null
}

export interface FieldUpdatedEntry {
  seq: number
  at: string
  operation_id: string
  /** Who did it, by the name of today; null for the system itself. */
  actor: Actor | null
  /** The token by which a program did it for them; without a name once the token has been gone for 30 days. */
  token: ActingToken | null
  kind: 'field.updated'
  /** What it happened to, by the name of today; null if that is gone or elsewhere. */
  subject: HistorySubject
  /** Grows with every change; also in the ETag. */
  version: number
  /** By field. People and projects are `{id, name}`; null for what is not set, not kept, or hidden from you. */
  changes: FieldChanges
  /** What its reference was then; the key of its project if it has none. */
  ref: string | null
  /** What it was called then. Of a member the name of today. */
  title: string | null
}

export type FieldValues = Record<string, unknown>

export interface FileChanges {
  /** Without the folders it was in. */
  name?: string
}

export interface FileCreatedChange {
  kind: 'file.created'
  seq: number
  at: string
  operation_id: string
  /** Who did it; null for the system itself. */
  actor_id: string | null
  /** The token by which a program did it for them. */
  token_id: string | null
  project_id: string | null
  /** Of a member the id of the user; project_id says in which project. */
  resource_id: string | null
  /** Grows with every change; also in the ETag. */
  version: number
  /** By field; null for a value that is not set, or that the trail does not keep or you may not see. */
  changes: FieldChanges
  resource: FileInfo | null
  /** What its reference was then; the key of its project if it has none. */
  ref: string | null
  /** What it was called then. Of a member the name of today. */
  title: string | null
}

export interface FileCreatedEntry {
  seq: number
  at: string
  operation_id: string
  /** Who did it, by the name of today; null for the system itself. */
  actor: Actor | null
  /** The token by which a program did it for them; without a name once the token has been gone for 30 days. */
  token: ActingToken | null
  kind: 'file.created'
  /** What it happened to, by the name of today; null if that is gone or elsewhere. */
  subject: HistorySubject
  /** Grows with every change; also in the ETag. */
  version: number
  /** By field. People and projects are `{id, name}`; null for what is not set, not kept, or hidden from you. */
  changes: FieldChanges
  /** What its reference was then; the key of its project if it has none. */
  ref: string | null
  /** What it was called then. Of a member the name of today. */
  title: string | null
}

export interface FileDeletedChange {
  kind: 'file.deleted'
  seq: number
  at: string
  operation_id: string
  /** Who did it; null for the system itself. */
  actor_id: string | null
  /** The token by which a program did it for them. */
  token_id: string | null
  project_id: string | null
  /** Of a member the id of the user; project_id says in which project. */
  resource_id: string | null
  /** Grows with every change; also in the ETag. */
  version: number
  /** By field; null for a value that is not set, or that the trail does not keep or you may not see. */
  changes: FieldChanges
  resource: FileInfo | null
  /** What its reference was then; the key of its project if it has none. */
  ref: string | null
  /** What it was called then. Of a member the name of today. */
  title: string | null
}

export interface FileDeletedEntry {
  seq: number
  at: string
  operation_id: string
  /** Who did it, by the name of today; null for the system itself. */
  actor: Actor | null
  /** The token by which a program did it for them; without a name once the token has been gone for 30 days. */
  token: ActingToken | null
  kind: 'file.deleted'
  /** What it happened to, by the name of today; null if that is gone or elsewhere. */
  subject: HistorySubject
  /** Grows with every change; also in the ETag. */
  version: number
  /** By field. People and projects are `{id, name}`; null for what is not set, not kept, or hidden from you. */
  changes: FieldChanges
  /** What its reference was then; the key of its project if it has none. */
  ref: string | null
  /** What it was called then. Of a member the name of today. */
  title: string | null
}

export interface FileInfo {
  id: string
  project_id: string
  task_id: string
  /** Of the comment that it is on; null if it is on the task itself. */
  comment_id: string | null
  /** Without the folders it was in. */
  name: string
  /** As it was sent: the Content-Type without parameters. */
  media_type: string
  /** In bytes. */
  size: number
  /** Of the content, in hexadecimal digits. */
  sha256: string
  created_by: string
  created_at: string
  updated_at: string
  /** Grows with every change; also in the ETag. */
  version: number
}

export interface FileInfoPage {
  items: FileInfo[]
  /** Of the next page; null on the last. */
  next_cursor: string | null
  /** Of all pages, if asked for. */
  total?: number
}

export interface FileRemovedChange {
  kind: 'file.removed'
  seq: number
  at: string
  operation_id: string
  /** Who did it; null for the system itself. */
  actor_id: string | null
  /** The token by which a program did it for them. */
  token_id: string | null
  project_id: string | null
  /** Of a member the id of the user; project_id says in which project. */
  resource_id: string | null
  /** Grows with every change; also in the ETag. */
  version: number
  /** By field; null for a value that is not set, or that the trail does not keep or you may not see. */
  changes: FieldChanges
  resource: FileInfo | null
  /** What its reference was then; the key of its project if it has none. */
  ref: string | null
  /** What it was called then. Of a member the name of today. */
  title: string | null
}

export interface FileRemovedEntry {
  seq: number
  at: string
  operation_id: string
  /** Who did it, by the name of today; null for the system itself. */
  actor: Actor | null
  /** The token by which a program did it for them; without a name once the token has been gone for 30 days. */
  token: ActingToken | null
  kind: 'file.removed'
  /** What it happened to, by the name of today; null if that is gone or elsewhere. */
  subject: HistorySubject
  /** Grows with every change; also in the ETag. */
  version: number
  /** By field. People and projects are `{id, name}`; null for what is not set, not kept, or hidden from you. */
  changes: FieldChanges
  /** What its reference was then; the key of its project if it has none. */
  ref: string | null
  /** What it was called then. Of a member the name of today. */
  title: string | null
}

export interface FileRestoredChange {
  kind: 'file.restored'
  seq: number
  at: string
  operation_id: string
  /** Who did it; null for the system itself. */
  actor_id: string | null
  /** The token by which a program did it for them. */
  token_id: string | null
  project_id: string | null
  /** Of a member the id of the user; project_id says in which project. */
  resource_id: string | null
  /** Grows with every change; also in the ETag. */
  version: number
  /** By field; null for a value that is not set, or that the trail does not keep or you may not see. */
  changes: FieldChanges
  resource: FileInfo | null
  /** What its reference was then; the key of its project if it has none. */
  ref: string | null
  /** What it was called then. Of a member the name of today. */
  title: string | null
}

export interface FileRestoredEntry {
  seq: number
  at: string
  operation_id: string
  /** Who did it, by the name of today; null for the system itself. */
  actor: Actor | null
  /** The token by which a program did it for them; without a name once the token has been gone for 30 days. */
  token: ActingToken | null
  kind: 'file.restored'
  /** What it happened to, by the name of today; null if that is gone or elsewhere. */
  subject: HistorySubject
  /** Grows with every change; also in the ETag. */
  version: number
  /** By field. People and projects are `{id, name}`; null for what is not set, not kept, or hidden from you. */
  changes: FieldChanges
  /** What its reference was then; the key of its project if it has none. */
  ref: string | null
  /** What it was called then. Of a member the name of today. */
  title: string | null
}

export interface FileStateChange {
  kind: 'file.state'
  /** Place in the order of all changes; null when nothing happened. */
  seq: number | null
  at: string | null
  /** The request that did it. */
  operation_id: string | null
  /** Who did it; null for the system itself. */
  actor_id: string | null
  /** The token by which a program did it for them. */
  token_id: string | null
  project_id: string | null
  /** Of a member the id of the user; project_id says in which project. */
  resource_id: string | null
  /** Grows with every change; also in the ETag. */
  version: number | null
  /** By field; null for a value that is not set, or that the trail does not keep or you may not see. */
  changes: FieldChanges
  resource: FileInfo | null
}

export interface FileUpdatedChange {
  kind: 'file.updated'
  seq: number
  at: string
  operation_id: string
  /** Who did it; null for the system itself. */
  actor_id: string | null
  /** The token by which a program did it for them. */
  token_id: string | null
  project_id: string | null
  /** Of a member the id of the user; project_id says in which project. */
  resource_id: string | null
  /** Grows with every change; also in the ETag. */
  version: number
  /** By field; null for a value that is not set, or that the trail does not keep or you may not see. */
  changes: FieldChanges
  resource: FileInfo | null
  /** What its reference was then; the key of its project if it has none. */
  ref: string | null
  /** What it was called then. Of a member the name of today. */
  title: string | null
}

export interface FileUpdatedEntry {
  seq: number
  at: string
  operation_id: string
  /** Who did it, by the name of today; null for the system itself. */
  actor: Actor | null
  /** The token by which a program did it for them; without a name once the token has been gone for 30 days. */
  token: ActingToken | null
  kind: 'file.updated'
  /** What it happened to, by the name of today; null if that is gone or elsewhere. */
  subject: HistorySubject
  /** Grows with every change; also in the ETag. */
  version: number
  /** By field. People and projects are `{id, name}`; null for what is not set, not kept, or hidden from you. */
  changes: FieldChanges
  /** What its reference was then; the key of its project if it has none. */
  ref: string | null
  /** What it was called then. Of a member the name of today. */
  title: string | null
}

export interface ForgottenPassword {
  email: string
}

export interface Health {
  status: 'ok'
  version: string
}

export type HistoryEntry = ProjectCreatedEntry | ProjectUpdatedEntry | ProjectReorderedEntry | ProjectDeletedEntry | ProjectRestoredEntry | ProjectRemovedEntry | MemberCreatedEntry | MemberUpdatedEntry | MemberRemovedEntry | StatusCreatedEntry | StatusUpdatedEntry | StatusRemovedEntry | FieldCreatedEntry | FieldUpdatedEntry | FieldRemovedEntry | LabelCreatedEntry | LabelUpdatedEntry | LabelDeletedEntry | LabelRestoredEntry | LabelRemovedEntry | ViewCreatedEntry | ViewUpdatedEntry | ViewDeletedEntry | ViewRestoredEntry | ViewRemovedEntry | TaskCreatedEntry | TaskUpdatedEntry | TaskDeletedEntry | TaskRestoredEntry | TaskRemovedEntry | CommentCreatedEntry | CommentUpdatedEntry | CommentDeletedEntry | CommentRestoredEntry | CommentRemovedEntry | FileCreatedEntry | FileUpdatedEntry | FileDeletedEntry | FileRestoredEntry | FileRemovedEntry | LinkCreatedEntry | LinkUpdatedEntry | LinkRemovedEntry | TimeEntryCreatedEntry | TimeEntryUpdatedEntry | TimeEntryDeletedEntry | TimeEntryRestoredEntry | TimeEntryRemovedEntry | WebhookCreatedEntry | WebhookUpdatedEntry | WebhookDisabledEntry | WebhookRemovedEntry

export interface HistoryEntryPage {
  items: HistoryEntry[]
  /** Of the next page; null on the last. */
  next_cursor: string | null
  /** Of all pages, if asked for. */
  total?: number
}

export interface HistorySubject {
  type: HistorySubjectType
  id: string
  name: string | null
}

export type HistorySubjectType = 'project' | 'member' | 'status' | 'field' | 'label' | 'view' | 'task' | 'comment' | 'file' | 'link' | 'time_entry' | 'webhook'

export interface IncludedCounts {
  comments: number
  files: number
  /** Those directly below it, without cancelled ones. */
  subtasks: number
  /** Those of them whose category is done. */
  subtasks_done: number
  /** Tasks that block it and are not done or cancelled. */
  blocked_by: number
  /** Time spent on it, without a timer that runs. */
  spent_minutes: number
  /** The estimates of those subtasks together. */
  subtasks_estimate_minutes: number
  /** Time spent on those subtasks together. */
  subtasks_spent_minutes: number
}

export interface Label {
  id: string
  project_id: string
  /** Unique in the project, whatever the case of its letters. */
  name: string
  /** Answered in small letters; #6b7280 if you choose none. */
  color: string
  description: string
  created_by: string
  created_at: string
  updated_at: string
  /** Grows with every change; also in the ETag. */
  version: number
}

export interface LabelChanges {
  /** Unique in the project, whatever the case of its letters. */
  name?: string
  /** Answered in small letters; #6b7280 if you choose none. */
  color?: string
  description?: string
}

export interface LabelCreatedChange {
  kind: 'label.created'
  seq: number
  at: string
  operation_id: string
  /** Who did it; null for the system itself. */
  actor_id: string | null
  /** The token by which a program did it for them. */
  token_id: string | null
  project_id: string | null
  /** Of a member the id of the user; project_id says in which project. */
  resource_id: string | null
  /** Grows with every change; also in the ETag. */
  version: number
  /** By field; null for a value that is not set, or that the trail does not keep or you may not see. */
  changes: FieldChanges
  resource: Label | null
  /** What its reference was then; the key of its project if it has none. */
  ref: string | null
  /** What it was called then. Of a member the name of today. */
  title: string | null
}

export interface LabelCreatedEntry {
  seq: number
  at: string
  operation_id: string
  /** Who did it, by the name of today; null for the system itself. */
  actor: Actor | null
  /** The token by which a program did it for them; without a name once the token has been gone for 30 days. */
  token: ActingToken | null
  kind: 'label.created'
  /** What it happened to, by the name of today; null if that is gone or elsewhere. */
  subject: HistorySubject
  /** Grows with every change; also in the ETag. */
  version: number
  /** By field. People and projects are `{id, name}`; null for what is not set, not kept, or hidden from you. */
  changes: FieldChanges
  /** What its reference was then; the key of its project if it has none. */
  ref: string | null
  /** What it was called then. Of a member the name of today. */
  title: string | null
}

export interface LabelDeletedChange {
  kind: 'label.deleted'
  seq: number
  at: string
  operation_id: string
  /** Who did it; null for the system itself. */
  actor_id: string | null
  /** The token by which a program did it for them. */
  token_id: string | null
  project_id: string | null
  /** Of a member the id of the user; project_id says in which project. */
  resource_id: string | null
  /** Grows with every change; also in the ETag. */
  version: number
  /** By field; null for a value that is not set, or that the trail does not keep or you may not see. */
  changes: FieldChanges
  resource: Label | null
  /** What its reference was then; the key of its project if it has none. */
  ref: string | null
  /** What it was called then. Of a member the name of today. */
  title: string | null
}

export interface LabelDeletedEntry {
  seq: number
  at: string
  operation_id: string
  /** Who did it, by the name of today; null for the system itself. */
  actor: Actor | null
  /** The token by which a program did it for them; without a name once the token has been gone for 30 days. */
  token: ActingToken | null
  kind: 'label.deleted'
  /** What it happened to, by the name of today; null if that is gone or elsewhere. */
  subject: HistorySubject
  /** Grows with every change; also in the ETag. */
  version: number
  /** By field. People and projects are `{id, name}`; null for what is not set, not kept, or hidden from you. */
  changes: FieldChanges
  /** What its reference was then; the key of its project if it has none. */
  ref: string | null
  /** What it was called then. Of a member the name of today. */
  title: string | null
}

export interface LabelPage {
  items: Label[]
  /** Of the next page; null on the last. */
  next_cursor: string | null
  /** Of all pages, if asked for. */
  total?: number
}

export interface LabelRemovedChange {
  kind: 'label.removed'
  seq: number
  at: string
  operation_id: string
  /** Who did it; null for the system itself. */
  actor_id: string | null
  /** The token by which a program did it for them. */
  token_id: string | null
  project_id: string | null
  /** Of a member the id of the user; project_id says in which project. */
  resource_id: string | null
  /** Grows with every change; also in the ETag. */
  version: number
  /** By field; null for a value that is not set, or that the trail does not keep or you may not see. */
  changes: FieldChanges
  resource: Label | null
  /** What its reference was then; the key of its project if it has none. */
  ref: string | null
  /** What it was called then. Of a member the name of today. */
  title: string | null
}

export interface LabelRemovedEntry {
  seq: number
  at: string
  operation_id: string
  /** Who did it, by the name of today; null for the system itself. */
  actor: Actor | null
  /** The token by which a program did it for them; without a name once the token has been gone for 30 days. */
  token: ActingToken | null
  kind: 'label.removed'
  /** What it happened to, by the name of today; null if that is gone or elsewhere. */
  subject: HistorySubject
  /** Grows with every change; also in the ETag. */
  version: number
  /** By field. People and projects are `{id, name}`; null for what is not set, not kept, or hidden from you. */
  changes: FieldChanges
  /** What its reference was then; the key of its project if it has none. */
  ref: string | null
  /** What it was called then. Of a member the name of today. */
  title: string | null
}

export interface LabelRestoredChange {
  kind: 'label.restored'
  seq: number
  at: string
  operation_id: string
  /** Who did it; null for the system itself. */
  actor_id: string | null
  /** The token by which a program did it for them. */
  token_id: string | null
  project_id: string | null
  /** Of a member the id of the user; project_id says in which project. */
  resource_id: string | null
  /** Grows with every change; also in the ETag. */
  version: number
  /** By field; null for a value that is not set, or that the trail does not keep or you may not see. */
  changes: FieldChanges
  resource: Label | null
  /** What its reference was then; the key of its project if it has none. */
  ref: string | null
  /** What it was called then. Of a member the name of today. */
  title: string | null
}

export interface LabelRestoredEntry {
  seq: number
  at: string
  operation_id: string
  /** Who did it, by the name of today; null for the system itself. */
  actor: Actor | null
  /** The token by which a program did it for them; without a name once the token has been gone for 30 days. */
  token: ActingToken | null
  kind: 'label.restored'
  /** What it happened to, by the name of today; null if that is gone or elsewhere. */
  subject: HistorySubject
  /** Grows with every change; also in the ETag. */
  version: number
  /** By field. People and projects are `{id, name}`; null for what is not set, not kept, or hidden from you. */
  changes: FieldChanges
  /** What its reference was then; the key of its project if it has none. */
  ref: string | null
  /** What it was called then. Of a member the name of today. */
  title: string | null
}

export interface LabelStateChange {
  kind: 'label.state'
  /** Place in the order of all changes; null when nothing happened. */
  seq: number | null
  at: string | null
  /** The request that did it. */
  operation_id: string | null
  /** Who did it; null for the system itself. */
  actor_id: string | null
  /** The token by which a program did it for them. */
  token_id: string | null
  project_id: string | null
  /** Of a member the id of the user; project_id says in which project. */
  resource_id: string | null
  /** Grows with every change; also in the ETag. */
  version: number | null
  /** By field; null for a value that is not set, or that the trail does not keep or you may not see. */
  changes: FieldChanges
  resource: Label | null
}

export interface LabelUpdatedChange {
  kind: 'label.updated'
  seq: number
  at: string
  operation_id: string
  /** Who did it; null for the system itself. */
  actor_id: string | null
  /** The token by which a program did it for them. */
  token_id: string | null
  project_id: string | null
  /** Of a member the id of the user; project_id says in which project. */
  resource_id: string | null
  /** Grows with every change; also in the ETag. */
  version: number
  /** By field; null for a value that is not set, or that the trail does not keep or you may not see. */
  changes: FieldChanges
  resource: Label | null
  /** What its reference was then; the key of its project if it has none. */
  ref: string | null
  /** What it was called then. Of a member the name of today. */
  title: string | null
}

export interface LabelUpdatedEntry {
  seq: number
  at: string
  operation_id: string
  /** Who did it, by the name of today; null for the system itself. */
  actor: Actor | null
  /** The token by which a program did it for them; without a name once the token has been gone for 30 days. */
  token: ActingToken | null
  kind: 'label.updated'
  /** What it happened to, by the name of today; null if that is gone or elsewhere. */
  subject: HistorySubject
  /** Grows with every change; also in the ETag. */
  version: number
  /** By field. People and projects are `{id, name}`; null for what is not set, not kept, or hidden from you. */
  changes: FieldChanges
  /** What its reference was then; the key of its project if it has none. */
  ref: string | null
  /** What it was called then. Of a member the name of today. */
  title: string | null
}

export interface Link {
  id: string
  project_id: string
  task_id: string
  /** What the task of the path is to the other one. */
  kind: LinkKind
  /** The task at the other end; null while it is hidden from you. */
  linked_task_id: string | null
  /** Whether the other end is in a project that you cannot see. */
  hidden: boolean
  created_by: string
  created_at: string
  updated_at: string
  /** Grows with every change; also in the ETag. */
  version: number
}

export interface LinkCreatedChange {
  kind: 'link.created'
  seq: number
  at: string
  operation_id: string
  /** Who did it; null for the system itself. */
  actor_id: string | null
  /** The token by which a program did it for them. */
  token_id: string | null
  project_id: string | null
  /** Of a member the id of the user; project_id says in which project. */
  resource_id: string | null
  /** Grows with every change; also in the ETag. */
  version: number
  /** By field; null for a value that is not set, or that the trail does not keep or you may not see. */
  changes: FieldChanges
  resource: Link | null
  /** What its reference was then; the key of its project if it has none. */
  ref: string | null
  /** What it was called then. Of a member the name of today. */
  title: string | null
}

export interface LinkCreatedEntry {
  seq: number
  at: string
  operation_id: string
  /** Who did it, by the name of today; null for the system itself. */
  actor: Actor | null
  /** The token by which a program did it for them; without a name once the token has been gone for 30 days. */
  token: ActingToken | null
  kind: 'link.created'
  /** What it happened to, by the name of today; null if that is gone or elsewhere. */
  subject: HistorySubject
  /** Grows with every change; also in the ETag. */
  version: number
  /** By field. People and projects are `{id, name}`; null for what is not set, not kept, or hidden from you. */
  changes: FieldChanges
  /** What its reference was then; the key of its project if it has none. */
  ref: string | null
  /** What it was called then. Of a member the name of today. */
  title: string | null
}

export type LinkKind = 'blocks' | 'blocked_by' | 'relates_to' | 'duplicates' | 'duplicated_by'

export interface LinkPage {
  items: Link[]
  /** Of the next page; null on the last. */
  next_cursor: string | null
  /** Of all pages, if asked for. */
  total?: number
}

export interface LinkRemovedChange {
  kind: 'link.removed'
  seq: number
  at: string
  operation_id: string
  /** Who did it; null for the system itself. */
  actor_id: string | null
  /** The token by which a program did it for them. */
  token_id: string | null
  project_id: string | null
  /** Of a member the id of the user; project_id says in which project. */
  resource_id: string | null
  /** Grows with every change; also in the ETag. */
  version: number
  /** By field; null for a value that is not set, or that the trail does not keep or you may not see. */
  changes: FieldChanges
  resource: Link | null
  /** What its reference was then; the key of its project if it has none. */
  ref: string | null
  /** What it was called then. Of a member the name of today. */
  title: string | null
}

export interface LinkRemovedEntry {
  seq: number
  at: string
  operation_id: string
  /** Who did it, by the name of today; null for the system itself. */
  actor: Actor | null
  /** The token by which a program did it for them; without a name once the token has been gone for 30 days. */
  token: ActingToken | null
  kind: 'link.removed'
  /** What it happened to, by the name of today; null if that is gone or elsewhere. */
  subject: HistorySubject
  /** Grows with every change; also in the ETag. */
  version: number
  /** By field. People and projects are `{id, name}`; null for what is not set, not kept, or hidden from you. */
  changes: FieldChanges
  /** What its reference was then; the key of its project if it has none. */
  ref: string | null
  /** What it was called then. Of a member the name of today. */
  title: string | null
}

export interface LinkStateChange {
  kind: 'link.state'
  /** Place in the order of all changes; null when nothing happened. */
  seq: number | null
  at: string | null
  /** The request that did it. */
  operation_id: string | null
  /** Who did it; null for the system itself. */
  actor_id: string | null
  /** The token by which a program did it for them. */
  token_id: string | null
  project_id: string | null
  /** Of a member the id of the user; project_id says in which project. */
  resource_id: string | null
  /** Grows with every change; also in the ETag. */
  version: number | null
  /** By field; null for a value that is not set, or that the trail does not keep or you may not see. */
  changes: FieldChanges
  resource: Link | null
}

export interface LinkUpdatedChange {
  kind: 'link.updated'
  seq: number
  at: string
  operation_id: string
  /** Who did it; null for the system itself. */
  actor_id: string | null
  /** The token by which a program did it for them. */
  token_id: string | null
  project_id: string | null
  /** Of a member the id of the user; project_id says in which project. */
  resource_id: string | null
  /** Grows with every change; also in the ETag. */
  version: number
  /** By field; null for a value that is not set, or that the trail does not keep or you may not see. */
  changes: FieldChanges
  resource: Link | null
  /** What its reference was then; the key of its project if it has none. */
  ref: string | null
  /** What it was called then. Of a member the name of today. */
  title: string | null
}

export interface LinkUpdatedEntry {
  seq: number
  at: string
  operation_id: string
  /** Who did it, by the name of today; null for the system itself. */
  actor: Actor | null
  /** The token by which a program did it for them; without a name once the token has been gone for 30 days. */
  token: ActingToken | null
  kind: 'link.updated'
  /** What it happened to, by the name of today; null if that is gone or elsewhere. */
  subject: HistorySubject
  /** Grows with every change; also in the ETag. */
  version: number
  /** By field. People and projects are `{id, name}`; null for what is not set, not kept, or hidden from you. */
  changes: FieldChanges
  /** What its reference was then; the key of its project if it has none. */
  ref: string | null
  /** What it was called then. Of a member the name of today. */
  title: string | null
}

/** A project as lists show it. */
export interface ListedProject {
  id: string
  /** Begins the references of its tasks. */
  key: string
  name: string
  /** Markdown */
  description: string
  /** null for an administrator who is not a member. */
  my_role: ProjectRole | null
  archived_at: string | null
  created_by: string
  created_at: string
  updated_at: string
  /** Grows with every change; also in the ETag. */
  version: number
}

export interface ListedProjectPage {
  items: ListedProject[]
  /** Of the next page; null on the last. */
  next_cursor: string | null
  /** Of all pages, if asked for. */
  total?: number
}

export interface Login {
  email: string
  password: string
}

export interface Me {
  id: string
  /** A bot is no person: a program has an account of its own. */
  kind: UserKind
  /** Null for a bot. */
  email: string | null
  name: string
  /** IANA name */
  time_zone: string
  /** When it was known that they read the mail of this address. */
  email_verified_at: string | null
  /** What they may do in the whole instance. */
  role: UserRole
  disabled_at: string | null
  created_at: string
  updated_at: string
  /** Grows with every change; also in the ETag. */
  version: number
  /** The token of the program that asks; null if I am logged in. */
  token: MyToken | null
}

export interface Member {
  user_id: string
  name: string
  /** A bot is no person: a program has an account of its own. */
  kind: UserKind
  role: ProjectRole
  created_at: string
  updated_at: string
  /** Grows with every change; also in the ETag. */
  version: number
}

export interface MemberChanges {
  role: ProjectRole
}

export interface MemberCreatedChange {
  kind: 'member.created'
  seq: number
  at: string
  operation_id: string
  /** Who did it; null for the system itself. */
  actor_id: string | null
  /** The token by which a program did it for them. */
  token_id: string | null
  project_id: string | null
  /** Of a member the id of the user; project_id says in which project. */
  resource_id: string | null
  /** Grows with every change; also in the ETag. */
  version: number
  /** By field; null for a value that is not set, or that the trail does not keep or you may not see. */
  changes: FieldChanges
  resource: Member | null
  /** What its reference was then; the key of its project if it has none. */
  ref: string | null
  /** What it was called then. Of a member the name of today. */
  title: string | null
}

export interface MemberCreatedEntry {
  seq: number
  at: string
  operation_id: string
  /** Who did it, by the name of today; null for the system itself. */
  actor: Actor | null
  /** The token by which a program did it for them; without a name once the token has been gone for 30 days. */
  token: ActingToken | null
  kind: 'member.created'
  /** What it happened to, by the name of today; null if that is gone or elsewhere. */
  subject: HistorySubject
  /** Grows with every change; also in the ETag. */
  version: number
  /** By field. People and projects are `{id, name}`; null for what is not set, not kept, or hidden from you. */
  changes: FieldChanges
  /** What its reference was then; the key of its project if it has none. */
  ref: string | null
  /** What it was called then. Of a member the name of today. */
  title: string | null
}

export interface MemberPage {
  items: Member[]
  /** Of the next page; null on the last. */
  next_cursor: string | null
  /** Of all pages, if asked for. */
  total?: number
}

export interface MemberRemovedChange {
  kind: 'member.removed'
  seq: number
  at: string
  operation_id: string
  /** Who did it; null for the system itself. */
  actor_id: string | null
  /** The token by which a program did it for them. */
  token_id: string | null
  project_id: string | null
  /** Of a member the id of the user; project_id says in which project. */
  resource_id: string | null
  /** Grows with every change; also in the ETag. */
  version: number
  /** By field; null for a value that is not set, or that the trail does not keep or you may not see. */
  changes: FieldChanges
  resource: Member | null
  /** What its reference was then; the key of its project if it has none. */
  ref: string | null
  /** What it was called then. Of a member the name of today. */
  title: string | null
}

export interface MemberRemovedEntry {
  seq: number
  at: string
  operation_id: string
  /** Who did it, by the name of today; null for the system itself. */
  actor: Actor | null
  /** The token by which a program did it for them; without a name once the token has been gone for 30 days. */
  token: ActingToken | null
  kind: 'member.removed'
  /** What it happened to, by the name of today; null if that is gone or elsewhere. */
  subject: HistorySubject
  /** Grows with every change; also in the ETag. */
  version: number
  /** By field. People and projects are `{id, name}`; null for what is not set, not kept, or hidden from you. */
  changes: FieldChanges
  /** What its reference was then; the key of its project if it has none. */
  ref: string | null
  /** What it was called then. Of a member the name of today. */
  title: string | null
}

export interface MemberStateChange {
  kind: 'member.state'
  /** Place in the order of all changes; null when nothing happened. */
  seq: number | null
  at: string | null
  /** The request that did it. */
  operation_id: string | null
  /** Who did it; null for the system itself. */
  actor_id: string | null
  /** The token by which a program did it for them. */
  token_id: string | null
  project_id: string | null
  /** Of a member the id of the user; project_id says in which project. */
  resource_id: string | null
  /** Grows with every change; also in the ETag. */
  version: number | null
  /** By field; null for a value that is not set, or that the trail does not keep or you may not see. */
  changes: FieldChanges
  resource: Member | null
}

export interface MemberUpdatedChange {
  kind: 'member.updated'
  seq: number
  at: string
  operation_id: string
  /** Who did it; null for the system itself. */
  actor_id: string | null
  /** The token by which a program did it for them. */
  token_id: string | null
  project_id: string | null
  /** Of a member the id of the user; project_id says in which project. */
  resource_id: string | null
  /** Grows with every change; also in the ETag. */
  version: number
  /** By field; null for a value that is not set, or that the trail does not keep or you may not see. */
  changes: FieldChanges
  resource: Member | null
  /** What its reference was then; the key of its project if it has none. */
  ref: string | null
  /** What it was called then. Of a member the name of today. */
  title: string | null
}

export interface MemberUpdatedEntry {
  seq: number
  at: string
  operation_id: string
  /** Who did it, by the name of today; null for the system itself. */
  actor: Actor | null
  /** The token by which a program did it for them; without a name once the token has been gone for 30 days. */
  token: ActingToken | null
  kind: 'member.updated'
  /** What it happened to, by the name of today; null if that is gone or elsewhere. */
  subject: HistorySubject
  /** Grows with every change; also in the ETag. */
  version: number
  /** By field. People and projects are `{id, name}`; null for what is not set, not kept, or hidden from you. */
  changes: FieldChanges
  /** What its reference was then; the key of its project if it has none. */
  ref: string | null
  /** What it was called then. Of a member the name of today. */
  title: string | null
}

export interface MyToken {
  id: string
  /** What it is for; shown beside what it does. */
  name: string
  /** `tasks:read`: Read projects and what their members see in them: tasks, comments, labels, views, members; search, histories and the feed. `tasks:write`: Change tasks and what is on them: order, links, labels, files, time; labels and views of projects. `comments:write`: Write comments, and change and delete them. `projects:manage`: Create, change and delete projects, and change their members, statuses and custom fields. `webhooks:manage`: Read and change webhooks, and read what happened to them. `account`: Change the name and the time zone of the account. `admin`: Administer accounts and read the audit; and, with the other scopes, the rights of an administrator in all projects. */
  scopes: Scope[]
  /** The only projects that there are for it; null for all that its user sees. */
  project_ids: string[] | null
  expires_at: string
}

export interface NewApiToken {
  /** What it is for; shown beside what it does. */
  name: string
  /** `tasks:read`: Read projects and what their members see in them: tasks, comments, labels, views, members; search, histories and the feed. `tasks:write`: Change tasks and what is on them: order, links, labels, files, time; labels and views of projects. `comments:write`: Write comments, and change and delete them. `projects:manage`: Create, change and delete projects, and change their members, statuses and custom fields. `webhooks:manage`: Read and change webhooks, and read what happened to them. `account`: Change the name and the time zone of the account. `admin`: Administer accounts and read the audit; and, with the other scopes, the rights of an administrator in all projects. */
  scopes: Scope[]
  /** The only projects that there are for it; null for all that its user sees. */
  project_ids?: string[] | null
  /** In 90 days, if not sent and the setting allows it. */
  expires_at?: string
  /** My password; needed for the scope `admin`. */
  current_password?: string
}

export interface NewBot {
  name: string
  /** The project whose owners manage it; null if administrators do. */
  project_id: string | null
  role?: ProjectRole
}

export interface NewComment {
  /** Markdown. `@[Name](user id)` mentions a member of the project. */
  body: string
}

export interface NewCustomField {
  /** Unique in the project, whatever the case of its letters. */
  name: string
  /** What its values are, for good. */
  type: FieldType
  /** The name of its values in `fields` of tasks, for good; derived from the name when absent. */
  key?: string
  /** Of a `select` or `multi_select`, in their order: always all of them. One that tasks have cannot be left out. */
  options?: NewFieldOption[]
  /** The order in which fields are listed; a new one comes last. */
  position?: number
}

export interface NewFieldOption {
  /** Unique in the field, whatever the case of its letters. */
  name: string
  /** What tasks have as their value, for good; derived from the name when absent. */
  key?: string
  /** Answered in small letters; #6b7280 if you choose none. */
  color?: string
}

export interface NewLabel {
  /** Unique in the project, whatever the case of its letters. */
  name: string
  /** Answered in small letters; #6b7280 if you choose none. */
  color?: string
  description?: string
}

export interface NewLink {
  /** What the task of the path is to the other one. */
  kind: LinkKind
  /** A task that you can see, named by id or reference. */
  linked_task_id: string
}

/** Either user_id or email. */
export interface NewMember {
  user_id?: string
  /** Answered in its one spelling: small letters, and the domain as DNS has it (xn--…). */
  email?: string
  role?: ProjectRole
}

export interface NewProject {
  name: string
  /** Begins the references of its tasks. The keys it had before stay its own, and references with them go on leading to its tasks. */
  key?: string
  /** Markdown */
  description?: string
}

export interface NewStatus {
  /** Unique in the project, whatever the case of its letters. */
  name: string
  /** For good. To change it, add another status, and delete this one with `move_to`. Tasks with a status of the category `done` are completed. */
  category: TaskCategory
  /** What tasks have as their status, for good; derived from the name when absent. The name of a category is the key of a status of that category alone. */
  key?: string
  /** Answered in small letters; that of the category if you choose none. */
  color?: string
  /** The order of the columns on a board. 2.5 stands between 2 and 3; a new status comes last. */
  position?: number
}

export interface NewTask {
  title: string
  /** The task of the project that it is a subtask of, named by id or reference. At most 8 deep, and 1,000 below one. */
  parent_id?: string | null
  /** Markdown */
  description?: string
  /** The key of a status of the project. A new project has todo, in_progress, done and cancelled. */
  status?: string
  priority?: TaskPriority
  /** Members of the project. */
  assignee_ids?: string[]
  /** Labels of the project. A move to another project keeps those that it has under the same name, and drops the rest. */
  label_ids?: string[]
  start_on?: string | null
  due_on?: string | null
  /** Instead of due_on, for a task that is due at an instant. */
  due_at?: string | null
  /** Order within the project. It may change when room is made for others; ask for a place by `after`, `before` or `place`. */
  position?: number
  /** How long it is going to take. */
  estimate_minutes?: number | null
  /** Values of custom fields of the project, by key. One that is not sent stays as it is; null, an empty text and an empty list take the value away. A move to another project keeps those that a field of the same key and type can have there, and drops the rest. */
  fields?: FieldValues
}

export interface NewTimeEntry {
  /** Without it, so that it ends now, or as a timer begins now. */
  started_at?: string
  /** null while the timer runs; at most 31 days after it began. */
  ended_at?: string | null
  /** What was done. */
  note?: string
  /** How long it took, instead of ended_at. */
  minutes?: number
  /** Stops the timer of yours that is running, wherever that is, in the same operation. */
  stop_running?: boolean
}

export interface NewUser {
  /** Answered in its one spelling: small letters, and the domain as DNS has it (xn--…). */
  email: string
  name: string
  /** IANA name */
  time_zone?: string
  /** What they may do in the whole instance. */
  role?: UserRole
  password?: string
}

export interface NewView {
  name: string
  /** How it is shown. */
  layout?: ViewLayout
  /** Which tasks it shows, in the language of `filter` in lists of tasks; empty for all. `me` and dates mean who looks, and when. */
  filter?: string
  /** The order; with a minus the other way round. Tasks without a due date come after all that have one. */
  sort?: TaskSort
  /** What its tasks are grouped by. */
  group_by?: ViewGrouping | null
  /** What it shows of a task, in this order; empty for what the application finds best. */
  columns?: ViewColumn[]
}

export interface NewWebhook {
  url: string
  /** Empty: every kind. */
  kinds?: WebhookKind[]
  description?: string
}

export interface PasswordChange {
  current_password: string
  new_password: string
}

export interface PasswordReset {
  /** From the link: what comes after the #. */
  token: string
  new_password: string
}

/** Somebody, as those who share a project with them may know. */
export interface Person {
  id: string
  name: string
  /** A bot is no person: a program has an account of its own. */
  kind: UserKind
}

export interface PersonalViewCreatedChange {
  kind: 'personal_view.created'
  seq: number
  at: string
  operation_id: string
  /** Who did it; null for the system itself. */
  actor_id: string | null
  /** The token by which a program did it for them. */
  token_id: string | null
  project_id: string | null
  /** Of a member the id of the user; project_id says in which project. */
  resource_id: string | null
  /** Grows with every change; also in the ETag. */
  version: number
  /** By field; null for a value that is not set, or that the trail does not keep or you may not see. */
  changes: FieldChanges
  resource: View | null
  /** What its reference was then; the key of its project if it has none. */
  ref: string | null
  /** What it was called then. Of a member the name of today. */
  title: string | null
}

export interface PersonalViewRemovedChange {
  kind: 'personal_view.removed'
  seq: number
  at: string
  operation_id: string
  /** Who did it; null for the system itself. */
  actor_id: string | null
  /** The token by which a program did it for them. */
  token_id: string | null
  project_id: string | null
  /** Of a member the id of the user; project_id says in which project. */
  resource_id: string | null
  /** Grows with every change; also in the ETag. */
  version: number
  /** By field; null for a value that is not set, or that the trail does not keep or you may not see. */
  changes: FieldChanges
  resource: View | null
  /** What its reference was then; the key of its project if it has none. */
  ref: string | null
  /** What it was called then. Of a member the name of today. */
  title: string | null
}

export interface PersonalViewStateChange {
  kind: 'personal_view.state'
  /** Place in the order of all changes; null when nothing happened. */
  seq: number | null
  at: string | null
  /** The request that did it. */
  operation_id: string | null
  /** Who did it; null for the system itself. */
  actor_id: string | null
  /** The token by which a program did it for them. */
  token_id: string | null
  project_id: string | null
  /** Of a member the id of the user; project_id says in which project. */
  resource_id: string | null
  /** Grows with every change; also in the ETag. */
  version: number | null
  /** By field; null for a value that is not set, or that the trail does not keep or you may not see. */
  changes: FieldChanges
  resource: View | null
}

export interface PersonalViewUpdatedChange {
  kind: 'personal_view.updated'
  seq: number
  at: string
  operation_id: string
  /** Who did it; null for the system itself. */
  actor_id: string | null
  /** The token by which a program did it for them. */
  token_id: string | null
  project_id: string | null
  /** Of a member the id of the user; project_id says in which project. */
  resource_id: string | null
  /** Grows with every change; also in the ETag. */
  version: number
  /** By field; null for a value that is not set, or that the trail does not keep or you may not see. */
  changes: FieldChanges
  resource: View | null
  /** What its reference was then; the key of its project if it has none. */
  ref: string | null
  /** What it was called then. Of a member the name of today. */
  title: string | null
}

/** A problem document (RFC 9457). Members that are not always there say of which `code` they are. */
export interface Problem {
  /** Says the same as `code`. */
  type: string
  /** What `code` means. */
  title: string
  /** That of the answer. */
  status: number
  /** Stable; switch on this. */
  code: ProblemCode
  /** What is wrong, for people. */
  detail: string
  /** Which fields are wrong. */
  errors?: FieldProblem[]
  /** Finds the request in the log. */
  request_id: string
  /** The present version: of `version_conflict` and `precondition_failed`. */
  version?: number
  /** The version that the edit started from: of `version_conflict`. */
  base_version?: number
  /** Which need another owner first: of `sole_owner`. */
  projects?: ProjectName[]
  /** Where the filter cannot be read, in UTF-16 code units from its beginning: of `invalid_filter`. */
  offset?: number
  /** What stands there: of `invalid_filter`. */
  found?: string
  /** What could stand there: of `invalid_filter`. */
  expected?: string[]
  /** Where to start again, below the address of the server: of `cursor_expired`. */
  resynchronise?: string
  /** What is in the way. Of `version_conflict` an object: `base`, `current` and `yours` by field (UpdateProblem). Of `undo_conflict` a list of later changes (UndoProblem). */
  conflicts?: unknown
}

export type ProblemCode = 'invalid' | 'malformed_json' | 'position_taken' | 'invalid_cursor' | 'invalid_filter' | 'filter_too_slow' | 'digest_mismatch' | 'unauthenticated' | 'invalid_credentials' | 'forbidden' | 'insufficient_scope' | 'person_needed' | 'not_found' | 'method_not_allowed' | 'not_acceptable' | 'request_timeout' | 'email_taken' | 'key_taken' | 'too_many_keys' | 'name_taken' | 'already_member' | 'timer_running' | 'status_in_use' | 'option_in_use' | 'last_status' | 'dependency_cycle' | 'already_linked' | 'parent_cycle' | 'too_deep' | 'project_archived' | 'last_owner' | 'last_admin' | 'sole_owner' | 'limit_reached' | 'request_in_progress' | 'undo_conflict' | 'not_undoable' | 'version_conflict' | 'cursor_expired' | 'length_required' | 'precondition_failed' | 'body_too_large' | 'file_too_large' | 'uri_too_long' | 'unsupported_media_type' | 'range_not_satisfiable' | 'idempotency_mismatch' | 'no_such_user' | 'no_such_field' | 'no_such_option' | 'no_such_label' | 'no_such_task' | 'no_such_status' | 'no_such_project' | 'not_a_member' | 'too_many_mentions' | 'two_places' | 'starts_after_due' | 'due_twice' | 'rate_limited' | 'headers_too_large' | 'internal' | 'unavailable'

export interface ProfileChanges {
  /** Answered in its one spelling: small letters, and the domain as DNS has it (xn--…). */
  email?: string
  name?: string
  /** IANA name */
  time_zone?: string
  /** My password; needed to change the e-mail address. Where mail is sent, the address changes when the link is followed that goes there. */
  current_password?: string
}

export interface Project {
  id: string
  /** Begins the references of its tasks. */
  key: string
  name: string
  /** Markdown */
  description: string
  /** null for an administrator who is not a member. */
  my_role: ProjectRole | null
  archived_at: string | null
  created_by: string
  created_at: string
  updated_at: string
  /** Grows with every change; also in the ETag. */
  version: number
  task_counts: TaskCounts
}

export interface ProjectChanges {
  /** Begins the references of its tasks. The keys it had before stay its own, and references with them go on leading to its tasks. */
  key?: string
  name?: string
  /** Markdown */
  description?: string
  /** The tasks of an archived project can be read and not changed. */
  archived?: boolean
}

export interface ProjectCreatedChange {
  kind: 'project.created'
  seq: number
  at: string
  operation_id: string
  /** Who did it; null for the system itself. */
  actor_id: string | null
  /** The token by which a program did it for them. */
  token_id: string | null
  project_id: string | null
  /** Of a member the id of the user; project_id says in which project. */
  resource_id: string | null
  /** Grows with every change; also in the ETag. */
  version: number
  /** By field; null for a value that is not set, or that the trail does not keep or you may not see. */
  changes: FieldChanges
  resource: ListedProject | null
  /** What its key was then. */
  key: string | null
  /** What it was called then. */
  name: string | null
}

export interface ProjectCreatedEntry {
  seq: number
  at: string
  operation_id: string
  /** Who did it, by the name of today; null for the system itself. */
  actor: Actor | null
  /** The token by which a program did it for them; without a name once the token has been gone for 30 days. */
  token: ActingToken | null
  kind: 'project.created'
  /** What it happened to, by the name of today; null if that is gone or elsewhere. */
  subject: HistorySubject
  /** Grows with every change; also in the ETag. */
  version: number
  /** By field. People and projects are `{id, name}`; null for what is not set, not kept, or hidden from you. */
  changes: FieldChanges
  /** What its key was then. */
  key: string | null
  /** What it was called then. */
  name: string | null
}

export interface ProjectDeletedChange {
  kind: 'project.deleted'
  seq: number
  at: string
  operation_id: string
  /** Who did it; null for the system itself. */
  actor_id: string | null
  /** The token by which a program did it for them. */
  token_id: string | null
  project_id: string | null
  /** Of a member the id of the user; project_id says in which project. */
  resource_id: string | null
  /** Grows with every change; also in the ETag. */
  version: number
  /** By field; null for a value that is not set, or that the trail does not keep or you may not see. */
  changes: FieldChanges
  resource: ListedProject | null
  /** What its key was then. */
  key: string | null
  /** What it was called then. */
  name: string | null
}

export interface ProjectDeletedEntry {
  seq: number
  at: string
  operation_id: string
  /** Who did it, by the name of today; null for the system itself. */
  actor: Actor | null
  /** The token by which a program did it for them; without a name once the token has been gone for 30 days. */
  token: ActingToken | null
  kind: 'project.deleted'
  /** What it happened to, by the name of today; null if that is gone or elsewhere. */
  subject: HistorySubject
  /** Grows with every change; also in the ETag. */
  version: number
  /** By field. People and projects are `{id, name}`; null for what is not set, not kept, or hidden from you. */
  changes: FieldChanges
  /** What its key was then. */
  key: string | null
  /** What it was called then. */
  name: string | null
}

export interface ProjectName {
  id: string
  key: string
  name: string
}

export interface ProjectRemovedChange {
  kind: 'project.removed'
  seq: number
  at: string
  operation_id: string
  /** Who did it; null for the system itself. */
  actor_id: string | null
  /** The token by which a program did it for them. */
  token_id: string | null
  project_id: string | null
  /** Of a member the id of the user; project_id says in which project. */
  resource_id: string | null
  /** Grows with every change; also in the ETag. */
  version: number
  /** By field; null for a value that is not set, or that the trail does not keep or you may not see. */
  changes: FieldChanges
  resource: ListedProject | null
  /** What its key was then. */
  key: string | null
  /** What it was called then. */
  name: string | null
}

export interface ProjectRemovedEntry {
  seq: number
  at: string
  operation_id: string
  /** Who did it, by the name of today; null for the system itself. */
  actor: Actor | null
  /** The token by which a program did it for them; without a name once the token has been gone for 30 days. */
  token: ActingToken | null
  kind: 'project.removed'
  /** What it happened to, by the name of today; null if that is gone or elsewhere. */
  subject: HistorySubject
  /** Grows with every change; also in the ETag. */
  version: number
  /** By field. People and projects are `{id, name}`; null for what is not set, not kept, or hidden from you. */
  changes: FieldChanges
  /** What its key was then. */
  key: string | null
  /** What it was called then. */
  name: string | null
}

export interface ProjectReorderedChange {
  kind: 'project.reordered'
  seq: number
  at: string
  operation_id: string
  /** Who did it; null for the system itself. */
  actor_id: string | null
  /** The token by which a program did it for them. */
  token_id: string | null
  project_id: string | null
  /** Of a member the id of the user; project_id says in which project. */
  resource_id: string | null
  /** Grows with every change; also in the ETag. */
  version: number
  /** By field; null for a value that is not set, or that the trail does not keep or you may not see. */
  changes: FieldChanges
  resource: ListedProject | null
  /** What its key was then. */
  key: string | null
  /** What it was called then. */
  name: string | null
}

export interface ProjectReorderedEntry {
  seq: number
  at: string
  operation_id: string
  /** Who did it, by the name of today; null for the system itself. */
  actor: Actor | null
  /** The token by which a program did it for them; without a name once the token has been gone for 30 days. */
  token: ActingToken | null
  kind: 'project.reordered'
  /** What it happened to, by the name of today; null if that is gone or elsewhere. */
  subject: HistorySubject
  /** Grows with every change; also in the ETag. */
  version: number
  /** By field. People and projects are `{id, name}`; null for what is not set, not kept, or hidden from you. */
  changes: FieldChanges
  /** What its key was then. */
  key: string | null
  /** What it was called then. */
  name: string | null
}

export interface ProjectRestoredChange {
  kind: 'project.restored'
  seq: number
  at: string
  operation_id: string
  /** Who did it; null for the system itself. */
  actor_id: string | null
  /** The token by which a program did it for them. */
  token_id: string | null
  project_id: string | null
  /** Of a member the id of the user; project_id says in which project. */
  resource_id: string | null
  /** Grows with every change; also in the ETag. */
  version: number
  /** By field; null for a value that is not set, or that the trail does not keep or you may not see. */
  changes: FieldChanges
  resource: ListedProject | null
  /** What its key was then. */
  key: string | null
  /** What it was called then. */
  name: string | null
}

export interface ProjectRestoredEntry {
  seq: number
  at: string
  operation_id: string
  /** Who did it, by the name of today; null for the system itself. */
  actor: Actor | null
  /** The token by which a program did it for them; without a name once the token has been gone for 30 days. */
  token: ActingToken | null
  kind: 'project.restored'
  /** What it happened to, by the name of today; null if that is gone or elsewhere. */
  subject: HistorySubject
  /** Grows with every change; also in the ETag. */
  version: number
  /** By field. People and projects are `{id, name}`; null for what is not set, not kept, or hidden from you. */
  changes: FieldChanges
  /** What its key was then. */
  key: string | null
  /** What it was called then. */
  name: string | null
}

export type ProjectRole = 'owner' | 'editor' | 'viewer'

export interface ProjectStateChange {
  kind: 'project.state'
  /** Place in the order of all changes; null when nothing happened. */
  seq: number | null
  at: string | null
  /** The request that did it. */
  operation_id: string | null
  /** Who did it; null for the system itself. */
  actor_id: string | null
  /** The token by which a program did it for them. */
  token_id: string | null
  project_id: string | null
  /** Of a member the id of the user; project_id says in which project. */
  resource_id: string | null
  /** Grows with every change; also in the ETag. */
  version: number | null
  /** By field; null for a value that is not set, or that the trail does not keep or you may not see. */
  changes: FieldChanges
  resource: ListedProject | null
}

export interface ProjectUpdatedChange {
  kind: 'project.updated'
  seq: number
  at: string
  operation_id: string
  /** Who did it; null for the system itself. */
  actor_id: string | null
  /** The token by which a program did it for them. */
  token_id: string | null
  project_id: string | null
  /** Of a member the id of the user; project_id says in which project. */
  resource_id: string | null
  /** Grows with every change; also in the ETag. */
  version: number
  /** By field; null for a value that is not set, or that the trail does not keep or you may not see. */
  changes: FieldChanges
  resource: ListedProject | null
  /** What its key was then. */
  key: string | null
  /** What it was called then. */
  name: string | null
}

export interface ProjectUpdatedEntry {
  seq: number
  at: string
  operation_id: string
  /** Who did it, by the name of today; null for the system itself. */
  actor: Actor | null
  /** The token by which a program did it for them; without a name once the token has been gone for 30 days. */
  token: ActingToken | null
  kind: 'project.updated'
  /** What it happened to, by the name of today; null if that is gone or elsewhere. */
  subject: HistorySubject
  /** Grows with every change; also in the ETag. */
  version: number
  /** By field. People and projects are `{id, name}`; null for what is not set, not kept, or hidden from you. */
  changes: FieldChanges
  /** What its key was then. */
  key: string | null
  /** What it was called then. */
  name: string | null
}

export interface Redelivered {
  /** How many will be sent. */
  deliveries: number
}

/** Either delivery_id, or from_seq and to_seq, both included. */
export interface Redelivery {
  delivery_id?: string
  from_seq?: number
  to_seq?: number
}

export interface Refresh {
  refresh_token: string
}

export interface Registration {
  /** Answered in its one spelling: small letters, and the domain as DNS has it (xn--…). */
  email?: string
  password: string
  name: string
  /** IANA name */
  time_zone?: string
  /** Sent in place of the e-mail address by someone who was invited. */
  invite_token?: string
}

export type RegistrationMode = 'open' | 'invite' | 'closed'

export interface ResetChange {
  kind: 'reset'
  /** Place in the order of all changes; null when nothing happened. */
  seq: number | null
  at: string | null
  /** The request that did it. */
  operation_id: string | null
  /** Who did it; null for the system itself. */
  actor_id: string | null
  /** The token by which a program did it for them. */
  token_id: string | null
  project_id: string | null
  /** Of a member the id of the user; project_id says in which project. */
  resource_id: string | null
  /** Grows with every change; also in the ETag. */
  version: number | null
  /** By field; null for a value that is not set, or that the trail does not keep or you may not see. */
  changes: FieldChanges
  /** Always null. */
  resource: unknown
}

export type ResourceType = 'project' | 'member' | 'status' | 'field' | 'label' | 'view' | 'task' | 'comment' | 'file' | 'link' | 'time_entry' | 'personal_view'

export interface RotatedSecret {
  /** Shown this once. Verifies the webhook-signature header (Standard Webhooks). */
  secret: string
  previous_secret_until: string
}

export type Scope = 'tasks:read' | 'tasks:write' | 'comments:write' | 'projects:manage' | 'webhooks:manage' | 'account' | 'admin'

export interface SearchHit {
  /** What was found. */
  kind: SearchKind
  /** Of what was found. */
  id: string
  project_id: string
  /** Of the task: itself, or what it belongs to. */
  task_id: string
  /** Of the task. */
  ref: string
  /** The title of the task, cut where words begin that were looked for. */
  title: SearchPiece[]
  /** A line of the text that was found: around the first match, or its beginning. */
  excerpt: SearchPiece[]
}

export type SearchKind = 'task' | 'comment'

/** A part of a text as it is written: plain text, and never markup. */
export interface SearchPiece {
  text: string
  /** Whether it was looked for. */
  match: boolean
}

export interface SearchResults {
  /** The best first. */
  items: SearchHit[]
}

export interface Session {
  id: string
  user_agent: string | null
  ip: string | null
  /** The session that asks. */
  current: boolean
  created_at: string
  refreshed_at: string
  expires_at: string
}

export type SessionEnding = 'logged_out' | 'ended_by_user' | 'ended_by_admin' | 'refresh_token_reused' | 'password_changed' | 'password_reset' | 'invited' | 'account_disabled' | 'account_deleted'

export interface SessionPage {
  items: Session[]
  /** Of the next page; null on the last. */
  next_cursor: string | null
  /** Of all pages, if asked for. */
  total?: number
}

export interface Status {
  id: string
  project_id: string
  /** What tasks have as their status, for good; derived from the name when absent. The name of a category is the key of a status of that category alone. */
  key: string
  /** For good. To change it, add another status, and delete this one with `move_to`. Tasks with a status of the category `done` are completed. */
  category: TaskCategory
  /** Unique in the project, whatever the case of its letters. */
  name: string
  /** Answered in small letters; that of the category if you choose none. */
  color: string
  /** The order of the columns on a board. 2.5 stands between 2 and 3; a new status comes last. */
  position: number
  created_by: string
  created_at: string
  updated_at: string
  /** Grows with every change; also in the ETag. */
  version: number
}

export interface StatusChanges {
  /** Unique in the project, whatever the case of its letters. */
  name?: string
  /** Answered in small letters; that of the category if you choose none. */
  color?: string
  /** The order of the columns on a board. 2.5 stands between 2 and 3; a new status comes last. */
  position?: number
}

export interface StatusCreatedChange {
  kind: 'status.created'
  seq: number
  at: string
  operation_id: string
  /** Who did it; null for the system itself. */
  actor_id: string | null
  /** The token by which a program did it for them. */
  token_id: string | null
  project_id: string | null
  /** Of a member the id of the user; project_id says in which project. */
  resource_id: string | null
  /** Grows with every change; also in the ETag. */
  version: number
  /** By field; null for a value that is not set, or that the trail does not keep or you may not see. */
  changes: FieldChanges
  resource: Status | null
  /** What its reference was then; the key of its project if it has none. */
  ref: string | null
  /** What it was called then. Of a member the name of today. */
  title: string | null
}

export interface StatusCreatedEntry {
  seq: number
  at: string
  operation_id: string
  /** Who did it, by the name of today; null for the system itself. */
  actor: Actor | null
  /** The token by which a program did it for them; without a name once the token has been gone for 30 days. */
  token: ActingToken | null
  kind: 'status.created'
  /** What it happened to, by the name of today; null if that is gone or elsewhere. */
  subject: HistorySubject
  /** Grows with every change; also in the ETag. */
  version: number
  /** By field. People and projects are `{id, name}`; null for what is not set, not kept, or hidden from you. */
  changes: FieldChanges
  /** What its reference was then; the key of its project if it has none. */
  ref: string | null
  /** What it was called then. Of a member the name of today. */
  title: string | null
}

export interface StatusPage {
  items: Status[]
  /** Of the next page; null on the last. */
  next_cursor: string | null
  /** Of all pages, if asked for. */
  total?: number
}

export interface StatusRemovedChange {
  kind: 'status.removed'
  seq: number
  at: string
  operation_id: string
  /** Who did it; null for the system itself. */
  actor_id: string | null
  /** The token by which a program did it for them. */
  token_id: string | null
  project_id: string | null
  /** Of a member the id of the user; project_id says in which project. */
  resource_id: string | null
  /** Grows with every change; also in the ETag. */
  version: number
  /** By field; null for a value that is not set, or that the trail does not keep or you may not see. */
  changes: FieldChanges
  resource: Status | null
  /** What its reference was then; the key of its project if it has none. */
  ref: string | null
  /** What it was called then. Of a member the name of today. */
  title: string | null
}

export interface StatusRemovedEntry {
  seq: number
  at: string
  operation_id: string
  /** Who did it, by the name of today; null for the system itself. */
  actor: Actor | null
  /** The token by which a program did it for them; without a name once the token has been gone for 30 days. */
  token: ActingToken | null
  kind: 'status.removed'
  /** What it happened to, by the name of today; null if that is gone or elsewhere. */
  subject: HistorySubject
  /** Grows with every change; also in the ETag. */
  version: number
  /** By field. People and projects are `{id, name}`; null for what is not set, not kept, or hidden from you. */
  changes: FieldChanges
  /** What its reference was then; the key of its project if it has none. */
  ref: string | null
  /** What it was called then. Of a member the name of today. */
  title: string | null
}

export interface StatusStateChange {
  kind: 'status.state'
  /** Place in the order of all changes; null when nothing happened. */
  seq: number | null
  at: string | null
  /** The request that did it. */
  operation_id: string | null
  /** Who did it; null for the system itself. */
  actor_id: string | null
  /** The token by which a program did it for them. */
  token_id: string | null
  project_id: string | null
  /** Of a member the id of the user; project_id says in which project. */
  resource_id: string | null
  /** Grows with every change; also in the ETag. */
  version: number | null
  /** By field; null for a value that is not set, or that the trail does not keep or you may not see. */
  changes: FieldChanges
  resource: Status | null
}

export interface StatusUpdatedChange {
  kind: 'status.updated'
  seq: number
  at: string
  operation_id: string
  /** Who did it; null for the system itself. */
  actor_id: string | null
  /** The token by which a program did it for them. */
  token_id: string | null
  project_id: string | null
  /** Of a member the id of the user; project_id says in which project. */
  resource_id: string | null
  /** Grows with every change; also in the ETag. */
  version: number
  /** By field; null for a value that is not set, or that the trail does not keep or you may not see. */
  changes: FieldChanges
  resource: Status | null
  /** What its reference was then; the key of its project if it has none. */
  ref: string | null
  /** What it was called then. Of a member the name of today. */
  title: string | null
}

export interface StatusUpdatedEntry {
  seq: number
  at: string
  operation_id: string
  /** Who did it, by the name of today; null for the system itself. */
  actor: Actor | null
  /** The token by which a program did it for them; without a name once the token has been gone for 30 days. */
  token: ActingToken | null
  kind: 'status.updated'
  /** What it happened to, by the name of today; null if that is gone or elsewhere. */
  subject: HistorySubject
  /** Grows with every change; also in the ETag. */
  version: number
  /** By field. People and projects are `{id, name}`; null for what is not set, not kept, or hidden from you. */
  changes: FieldChanges
  /** What its reference was then; the key of its project if it has none. */
  ref: string | null
  /** What it was called then. Of a member the name of today. */
  title: string | null
}

export interface Task {
  id: string
  project_id: string
  number: number
  /** What people call it. */
  ref: string
  /** The task that it is a subtask of. */
  parent_id: string | null
  title: string
  /** Markdown */
  description: string
  /** The key of a status of the project. A new project has todo, in_progress, done and cancelled. */
  status: string
  priority: TaskPriority
  /** Members of the project. */
  assignee_ids: string[]
  /** Labels of the project. A move to another project keeps those that it has under the same name, and drops the rest. */
  label_ids: string[]
  start_on: string | null
  due_on: string | null
  /** Instead of due_on, for a task that is due at an instant. */
  due_at: string | null
  /** Order within the project. It may change when room is made for others; ask for a place by `after`, `before` or `place`. */
  position: number
  /** How long it is going to take. */
  estimate_minutes: number | null
  /** Values of custom fields of the project, by key. */
  fields: FieldValues
  /** Of the status. */
  category: TaskCategory
  completed_at: string | null
  created_by: string
  created_at: string
  updated_at: string
  /** Grows with every change; also in the ETag. */
  version: number
  /** With `include=counts`: how many comments, files, subtasks and open blockers it has, and time spent. */
  counts?: IncludedCounts
}

export type TaskCategory = 'todo' | 'in_progress' | 'done' | 'cancelled'

export interface TaskChanges {
  /** The task of the project that it is a subtask of, named by id or reference. At most 8 deep, and 1,000 below one. */
  parent_id?: string | null
  title?: string
  /** Markdown */
  description?: string
  /** The key of a status of the project. A new project has todo, in_progress, done and cancelled. */
  status?: string
  priority?: TaskPriority
  /** Members of the project. */
  assignee_ids?: string[]
  /** Labels of the project. A move to another project keeps those that it has under the same name, and drops the rest. */
  label_ids?: string[]
  start_on?: string | null
  due_on?: string | null
  /** Instead of due_on, for a task that is due at an instant. */
  due_at?: string | null
  /** Order within the project. It may change when room is made for others; ask for a place by `after`, `before` or `place`. */
  position?: number
  /** How long it is going to take. */
  estimate_minutes?: number | null
  /** Values of custom fields of the project, by key. One that is not sent stays as it is; null, an empty text and an empty list take the value away. A move to another project keeps those that a field of the same key and type can have there, and drops the rest. */
  fields?: FieldValues
  /** Moves the task with its subtasks, which get new numbers there; it hangs on no other one then. */
  project_id?: string
  /** Puts the task directly after this one of its project, named by id or reference. */
  after?: string
  /** Puts the task directly before this one of its project, named by id or reference. */
  before?: string
  /** Puts the task before or after all others of its project. At most one of after, before, place and position. */
  place?: TaskPlace
}

export interface TaskCopy {
  /** What the copy is called; without it what the task is. */
  title?: string
  /** Whether what is below it is copied too, at all depths. */
  subtasks?: boolean
}

export interface TaskCounts {
  todo: number
  in_progress: number
  done: number
  cancelled: number
}

export interface TaskCreatedChange {
  kind: 'task.created'
  seq: number
  at: string
  operation_id: string
  /** Who did it; null for the system itself. */
  actor_id: string | null
  /** The token by which a program did it for them. */
  token_id: string | null
  project_id: string | null
  /** Of a member the id of the user; project_id says in which project. */
  resource_id: string | null
  /** Grows with every change; also in the ETag. */
  version: number
  /** By field; null for a value that is not set, or that the trail does not keep or you may not see. */
  changes: FieldChanges
  resource: Task | null
  /** What its reference was then; the key of its project if it has none. */
  ref: string | null
  /** What it was called then. Of a member the name of today. */
  title: string | null
}

export interface TaskCreatedEntry {
  seq: number
  at: string
  operation_id: string
  /** Who did it, by the name of today; null for the system itself. */
  actor: Actor | null
  /** The token by which a program did it for them; without a name once the token has been gone for 30 days. */
  token: ActingToken | null
  kind: 'task.created'
  /** What it happened to, by the name of today; null if that is gone or elsewhere. */
  subject: HistorySubject
  /** Grows with every change; also in the ETag. */
  version: number
  /** By field. People and projects are `{id, name}`; null for what is not set, not kept, or hidden from you. */
  changes: FieldChanges
  /** What its reference was then; the key of its project if it has none. */
  ref: string | null
  /** What it was called then. Of a member the name of today. */
  title: string | null
}

export interface TaskDeletedChange {
  kind: 'task.deleted'
  seq: number
  at: string
  operation_id: string
  /** Who did it; null for the system itself. */
  actor_id: string | null
  /** The token by which a program did it for them. */
  token_id: string | null
  project_id: string | null
  /** Of a member the id of the user; project_id says in which project. */
  resource_id: string | null
  /** Grows with every change; also in the ETag. */
  version: number
  /** By field; null for a value that is not set, or that the trail does not keep or you may not see. */
  changes: FieldChanges
  resource: Task | null
  /** What its reference was then; the key of its project if it has none. */
  ref: string | null
  /** What it was called then. Of a member the name of today. */
  title: string | null
}

export interface TaskDeletedEntry {
  seq: number
  at: string
  operation_id: string
  /** Who did it, by the name of today; null for the system itself. */
  actor: Actor | null
  /** The token by which a program did it for them; without a name once the token has been gone for 30 days. */
  token: ActingToken | null
  kind: 'task.deleted'
  /** What it happened to, by the name of today; null if that is gone or elsewhere. */
  subject: HistorySubject
  /** Grows with every change; also in the ETag. */
  version: number
  /** By field. People and projects are `{id, name}`; null for what is not set, not kept, or hidden from you. */
  changes: FieldChanges
  /** What its reference was then; the key of its project if it has none. */
  ref: string | null
  /** What it was called then. Of a member the name of today. */
  title: string | null
}

export type TaskInclude = 'counts'

export interface TaskPage {
  items: Task[]
  /** Of the next page; null on the last. */
  next_cursor: string | null
  /** Of all pages, if asked for. */
  total?: number
}

export type TaskPlace = 'first' | 'last'

export type TaskPriority = 'none' | 'low' | 'medium' | 'high' | 'urgent'

export interface TaskRemovedChange {
  kind: 'task.removed'
  seq: number
  at: string
  operation_id: string
  /** Who did it; null for the system itself. */
  actor_id: string | null
  /** The token by which a program did it for them. */
  token_id: string | null
  project_id: string | null
  /** Of a member the id of the user; project_id says in which project. */
  resource_id: string | null
  /** Grows with every change; also in the ETag. */
  version: number
  /** By field; null for a value that is not set, or that the trail does not keep or you may not see. */
  changes: FieldChanges
  resource: Task | null
  /** What its reference was then; the key of its project if it has none. */
  ref: string | null
  /** What it was called then. Of a member the name of today. */
  title: string | null
}

export interface TaskRemovedEntry {
  seq: number
  at: string
  operation_id: string
  /** Who did it, by the name of today; null for the system itself. */
  actor: Actor | null
  /** The token by which a program did it for them; without a name once the token has been gone for 30 days. */
  token: ActingToken | null
  kind: 'task.removed'
  /** What it happened to, by the name of today; null if that is gone or elsewhere. */
  subject: HistorySubject
  /** Grows with every change; also in the ETag. */
  version: number
  /** By field. People and projects are `{id, name}`; null for what is not set, not kept, or hidden from you. */
  changes: FieldChanges
  /** What its reference was then; the key of its project if it has none. */
  ref: string | null
  /** What it was called then. Of a member the name of today. */
  title: string | null
}

export interface TaskRestoredChange {
  kind: 'task.restored'
  seq: number
  at: string
  operation_id: string
  /** Who did it; null for the system itself. */
  actor_id: string | null
  /** The token by which a program did it for them. */
  token_id: string | null
  project_id: string | null
  /** Of a member the id of the user; project_id says in which project. */
  resource_id: string | null
  /** Grows with every change; also in the ETag. */
  version: number
  /** By field; null for a value that is not set, or that the trail does not keep or you may not see. */
  changes: FieldChanges
  resource: Task | null
  /** What its reference was then; the key of its project if it has none. */
  ref: string | null
  /** What it was called then. Of a member the name of today. */
  title: string | null
}

export interface TaskRestoredEntry {
  seq: number
  at: string
  operation_id: string
  /** Who did it, by the name of today; null for the system itself. */
  actor: Actor | null
  /** The token by which a program did it for them; without a name once the token has been gone for 30 days. */
  token: ActingToken | null
  kind: 'task.restored'
  /** What it happened to, by the name of today; null if that is gone or elsewhere. */
  subject: HistorySubject
  /** Grows with every change; also in the ETag. */
  version: number
  /** By field. People and projects are `{id, name}`; null for what is not set, not kept, or hidden from you. */
  changes: FieldChanges
  /** What its reference was then; the key of its project if it has none. */
  ref: string | null
  /** What it was called then. Of a member the name of today. */
  title: string | null
}

export type TaskSort = 'position' | 'created' | 'updated' | 'due' | 'priority' | '-position' | '-created' | '-updated' | '-due' | '-priority'

export interface TaskStateChange {
  kind: 'task.state'
  /** Place in the order of all changes; null when nothing happened. */
  seq: number | null
  at: string | null
  /** The request that did it. */
  operation_id: string | null
  /** Who did it; null for the system itself. */
  actor_id: string | null
  /** The token by which a program did it for them. */
  token_id: string | null
  project_id: string | null
  /** Of a member the id of the user; project_id says in which project. */
  resource_id: string | null
  /** Grows with every change; also in the ETag. */
  version: number | null
  /** By field; null for a value that is not set, or that the trail does not keep or you may not see. */
  changes: FieldChanges
  resource: Task | null
}

export interface TaskUpdatedChange {
  kind: 'task.updated'
  seq: number
  at: string
  operation_id: string
  /** Who did it; null for the system itself. */
  actor_id: string | null
  /** The token by which a program did it for them. */
  token_id: string | null
  project_id: string | null
  /** Of a member the id of the user; project_id says in which project. */
  resource_id: string | null
  /** Grows with every change; also in the ETag. */
  version: number
  /** By field; null for a value that is not set, or that the trail does not keep or you may not see. */
  changes: FieldChanges
  resource: Task | null
  /** What its reference was then; the key of its project if it has none. */
  ref: string | null
  /** What it was called then. Of a member the name of today. */
  title: string | null
}

export interface TaskUpdatedEntry {
  seq: number
  at: string
  operation_id: string
  /** Who did it, by the name of today; null for the system itself. */
  actor: Actor | null
  /** The token by which a program did it for them; without a name once the token has been gone for 30 days. */
  token: ActingToken | null
  kind: 'task.updated'
  /** What it happened to, by the name of today; null if that is gone or elsewhere. */
  subject: HistorySubject
  /** Grows with every change; also in the ETag. */
  version: number
  /** By field. People and projects are `{id, name}`; null for what is not set, not kept, or hidden from you. */
  changes: FieldChanges
  /** What its reference was then; the key of its project if it has none. */
  ref: string | null
  /** What it was called then. Of a member the name of today. */
  title: string | null
}

export interface Ticket {
  ticket: string
  /** Seconds within which it opens a stream. */
  expires_in: number
}

export interface TimeEntry {
  id: string
  project_id: string
  task_id: string
  started_at: string
  /** null while the timer runs; at most 31 days after it began. */
  ended_at: string | null
  /** What was done. */
  note: string
  /** From beginning to end; null while the timer runs. */
  minutes: number | null
  /** Whose time it is. */
  created_by: string
  created_at: string
  updated_at: string
  /** Grows with every change; also in the ETag. */
  version: number
}

export interface TimeEntryChanges {
  started_at?: string
  /** null while the timer runs; at most 31 days after it began. */
  ended_at?: string | null
  /** What was done. */
  note?: string
}

export interface TimeEntryCreatedChange {
  kind: 'time_entry.created'
  seq: number
  at: string
  operation_id: string
  /** Who did it; null for the system itself. */
  actor_id: string | null
  /** The token by which a program did it for them. */
  token_id: string | null
  project_id: string | null
  /** Of a member the id of the user; project_id says in which project. */
  resource_id: string | null
  /** Grows with every change; also in the ETag. */
  version: number
  /** By field; null for a value that is not set, or that the trail does not keep or you may not see. */
  changes: FieldChanges
  resource: TimeEntry | null
  /** What its reference was then; the key of its project if it has none. */
  ref: string | null
  /** What it was called then. Of a member the name of today. */
  title: string | null
}

export interface TimeEntryCreatedEntry {
  seq: number
  at: string
  operation_id: string
  /** Who did it, by the name of today; null for the system itself. */
  actor: Actor | null
  /** The token by which a program did it for them; without a name once the token has been gone for 30 days. */
  token: ActingToken | null
  kind: 'time_entry.created'
  /** What it happened to, by the name of today; null if that is gone or elsewhere. */
  subject: HistorySubject
  /** Grows with every change; also in the ETag. */
  version: number
  /** By field. People and projects are `{id, name}`; null for what is not set, not kept, or hidden from you. */
  changes: FieldChanges
  /** What its reference was then; the key of its project if it has none. */
  ref: string | null
  /** What it was called then. Of a member the name of today. */
  title: string | null
}

export interface TimeEntryDeletedChange {
  kind: 'time_entry.deleted'
  seq: number
  at: string
  operation_id: string
  /** Who did it; null for the system itself. */
  actor_id: string | null
  /** The token by which a program did it for them. */
  token_id: string | null
  project_id: string | null
  /** Of a member the id of the user; project_id says in which project. */
  resource_id: string | null
  /** Grows with every change; also in the ETag. */
  version: number
  /** By field; null for a value that is not set, or that the trail does not keep or you may not see. */
  changes: FieldChanges
  resource: TimeEntry | null
  /** What its reference was then; the key of its project if it has none. */
  ref: string | null
  /** What it was called then. Of a member the name of today. */
  title: string | null
}

export interface TimeEntryDeletedEntry {
  seq: number
  at: string
  operation_id: string
  /** Who did it, by the name of today; null for the system itself. */
  actor: Actor | null
  /** The token by which a program did it for them; without a name once the token has been gone for 30 days. */
  token: ActingToken | null
  kind: 'time_entry.deleted'
  /** What it happened to, by the name of today; null if that is gone or elsewhere. */
  subject: HistorySubject
  /** Grows with every change; also in the ETag. */
  version: number
  /** By field. People and projects are `{id, name}`; null for what is not set, not kept, or hidden from you. */
  changes: FieldChanges
  /** What its reference was then; the key of its project if it has none. */
  ref: string | null
  /** What it was called then. Of a member the name of today. */
  title: string | null
}

export interface TimeEntryPage {
  items: TimeEntry[]
  /** Of the next page; null on the last. */
  next_cursor: string | null
  /** Of all pages, if asked for. */
  total?: number
}

export interface TimeEntryRemovedChange {
  kind: 'time_entry.removed'
  seq: number
  at: string
  operation_id: string
  /** Who did it; null for the system itself. */
  actor_id: string | null
  /** The token by which a program did it for them. */
  token_id: string | null
  project_id: string | null
  /** Of a member the id of the user; project_id says in which project. */
  resource_id: string | null
  /** Grows with every change; also in the ETag. */
  version: number
  /** By field; null for a value that is not set, or that the trail does not keep or you may not see. */
  changes: FieldChanges
  resource: TimeEntry | null
  /** What its reference was then; the key of its project if it has none. */
  ref: string | null
  /** What it was called then. Of a member the name of today. */
  title: string | null
}

export interface TimeEntryRemovedEntry {
  seq: number
  at: string
  operation_id: string
  /** Who did it, by the name of today; null for the system itself. */
  actor: Actor | null
  /** The token by which a program did it for them; without a name once the token has been gone for 30 days. */
  token: ActingToken | null
  kind: 'time_entry.removed'
  /** What it happened to, by the name of today; null if that is gone or elsewhere. */
  subject: HistorySubject
  /** Grows with every change; also in the ETag. */
  version: number
  /** By field. People and projects are `{id, name}`; null for what is not set, not kept, or hidden from you. */
  changes: FieldChanges
  /** What its reference was then; the key of its project if it has none. */
  ref: string | null
  /** What it was called then. Of a member the name of today. */
  title: string | null
}

export interface TimeEntryRestoredChange {
  kind: 'time_entry.restored'
  seq: number
  at: string
  operation_id: string
  /** Who did it; null for the system itself. */
  actor_id: string | null
  /** The token by which a program did it for them. */
  token_id: string | null
  project_id: string | null
  /** Of a member the id of the user; project_id says in which project. */
  resource_id: string | null
  /** Grows with every change; also in the ETag. */
  version: number
  /** By field; null for a value that is not set, or that the trail does not keep or you may not see. */
  changes: FieldChanges
  resource: TimeEntry | null
  /** What its reference was then; the key of its project if it has none. */
  ref: string | null
  /** What it was called then. Of a member the name of today. */
  title: string | null
}

export interface TimeEntryRestoredEntry {
  seq: number
  at: string
  operation_id: string
  /** Who did it, by the name of today; null for the system itself. */
  actor: Actor | null
  /** The token by which a program did it for them; without a name once the token has been gone for 30 days. */
  token: ActingToken | null
  kind: 'time_entry.restored'
  /** What it happened to, by the name of today; null if that is gone or elsewhere. */
  subject: HistorySubject
  /** Grows with every change; also in the ETag. */
  version: number
  /** By field. People and projects are `{id, name}`; null for what is not set, not kept, or hidden from you. */
  changes: FieldChanges
  /** What its reference was then; the key of its project if it has none. */
  ref: string | null
  /** What it was called then. Of a member the name of today. */
  title: string | null
}

export interface TimeEntryStateChange {
  kind: 'time_entry.state'
  /** Place in the order of all changes; null when nothing happened. */
  seq: number | null
  at: string | null
  /** The request that did it. */
  operation_id: string | null
  /** Who did it; null for the system itself. */
  actor_id: string | null
  /** The token by which a program did it for them. */
  token_id: string | null
  project_id: string | null
  /** Of a member the id of the user; project_id says in which project. */
  resource_id: string | null
  /** Grows with every change; also in the ETag. */
  version: number | null
  /** By field; null for a value that is not set, or that the trail does not keep or you may not see. */
  changes: FieldChanges
  resource: TimeEntry | null
}

export interface TimeEntryUpdatedChange {
  kind: 'time_entry.updated'
  seq: number
  at: string
  operation_id: string
  /** Who did it; null for the system itself. */
  actor_id: string | null
  /** The token by which a program did it for them. */
  token_id: string | null
  project_id: string | null
  /** Of a member the id of the user; project_id says in which project. */
  resource_id: string | null
  /** Grows with every change; also in the ETag. */
  version: number
  /** By field; null for a value that is not set, or that the trail does not keep or you may not see. */
  changes: FieldChanges
  resource: TimeEntry | null
  /** What its reference was then; the key of its project if it has none. */
  ref: string | null
  /** What it was called then. Of a member the name of today. */
  title: string | null
}

export interface TimeEntryUpdatedEntry {
  seq: number
  at: string
  operation_id: string
  /** Who did it, by the name of today; null for the system itself. */
  actor: Actor | null
  /** The token by which a program did it for them; without a name once the token has been gone for 30 days. */
  token: ActingToken | null
  kind: 'time_entry.updated'
  /** What it happened to, by the name of today; null if that is gone or elsewhere. */
  subject: HistorySubject
  /** Grows with every change; also in the ETag. */
  version: number
  /** By field. People and projects are `{id, name}`; null for what is not set, not kept, or hidden from you. */
  changes: FieldChanges
  /** What its reference was then; the key of its project if it has none. */
  ref: string | null
  /** What it was called then. Of a member the name of today. */
  title: string | null
}

export type TimeGrouping = 'user' | 'project' | 'task'

export interface TimeReport {
  /** Of all, also of items that are left out. */
  minutes: number
  /** Most time first, at most 1,000. Timers that run do not count. */
  items: TimeSum[]
}

export interface TimeSum {
  /** Of the user, the project or the task. */
  id: string
  /** Of the user or the project; the title of the task. */
  name: string
  /** The key of the project, or the reference of the task; null for a user. */
  ref: string | null
  minutes: number
  entries: number
}

export interface TokenPair {
  access_token: string
  token_type: 'Bearer'
  /** Seconds. */
  expires_in: number
  refresh_token: string
  /** Seconds until this session ends for good; refreshing does not extend it. */
  refresh_expires_in: number
  user: User
}

export interface TrashItem {
  id: string
  type: TrashItemType
  /** The reference of a task; of everything else the key of its project. */
  ref: string
  title: string
  project_id: string
  deleted_by: string | null
  deleted_at: string
  /** Gone for good after this. */
  purge_at: string
}

export interface TrashItemPage {
  items: TrashItem[]
  /** Of the next page; null on the last. */
  next_cursor: string | null
  /** Of all pages, if asked for. */
  total?: number
}

export type TrashItemType = 'project' | 'label' | 'view' | 'task' | 'comment' | 'file' | 'time_entry'

/** A later change that an undo would overwrite. */
export interface UndoConflict {
  type: ResourceType
  /** Of a member, the user. */
  id: string
  /** What was changed since and would be put back. */
  fields: string[]
  actor_id: string | null
  at: string
  operation_id: string
}

/** Why an operation cannot be undone. */
export interface UndoProblem {
  /** Says the same as `code`. */
  type: string
  /** What `code` means. */
  title: string
  /** That of the answer. */
  status: number
  /** Stable; switch on this. */
  code: ProblemCode
  /** What is wrong, for people. */
  detail: string
  /** Which fields are wrong. */
  errors?: FieldProblem[]
  /** Finds the request in the log. */
  request_id: string
  /** The present version: of `version_conflict` and `precondition_failed`. */
  version?: number
  /** The version that the edit started from: of `version_conflict`. */
  base_version?: number
  /** Which need another owner first: of `sole_owner`. */
  projects?: ProjectName[]
  /** Where the filter cannot be read, in UTF-16 code units from its beginning: of `invalid_filter`. */
  offset?: number
  /** What stands there: of `invalid_filter`. */
  found?: string
  /** What could stand there: of `invalid_filter`. */
  expected?: string[]
  /** Where to start again, below the address of the server: of `cursor_expired`. */
  resynchronise?: string
  /** The later changes: of `undo_conflict`. */
  conflicts?: UndoConflict[]
}

export interface Undone {
  /** The new operation, which can be undone in turn. */
  operation_id: string
  undone_operation_id: string
  changes: UndoneChange[]
}

export interface UndoneChange {
  type: ResourceType
  /** Of a member, the user. */
  id: string
  /** null for what belongs to no project. */
  project_id: string | null
  /** What was put back. */
  fields: string[]
}

/** Why a change is in conflict with what is there. */
export interface UpdateProblem {
  /** Says the same as `code`. */
  type: string
  /** What `code` means. */
  title: string
  /** That of the answer. */
  status: number
  /** Stable; switch on this. */
  code: ProblemCode
  /** What is wrong, for people. */
  detail: string
  /** Which fields are wrong. */
  errors?: FieldProblem[]
  /** Finds the request in the log. */
  request_id: string
  /** The present version: of `version_conflict` and `precondition_failed`. */
  version?: number
  /** The version that the edit started from: of `version_conflict`. */
  base_version?: number
  /** Which need another owner first: of `sole_owner`. */
  projects?: ProjectName[]
  /** Where the filter cannot be read, in UTF-16 code units from its beginning: of `invalid_filter`. */
  offset?: number
  /** What stands there: of `invalid_filter`. */
  found?: string
  /** What could stand there: of `invalid_filter`. */
  expected?: string[]
  /** Where to start again, below the address of the server: of `cursor_expired`. */
  resynchronise?: string
  /** The three sides of each field, by its name: of `version_conflict`. */
  conflicts?: FieldConflicts
}

export interface User {
  id: string
  /** A bot is no person: a program has an account of its own. */
  kind: UserKind
  /** Answered in its one spelling: small letters, and the domain as DNS has it (xn--…). */
  email: string
  name: string
  /** IANA name */
  time_zone: string
  /** When it was known that they read the mail of this address. */
  email_verified_at: string | null
  /** What they may do in the whole instance. */
  role: UserRole
  disabled_at: string | null
  created_at: string
  updated_at: string
  /** Grows with every change; also in the ETag. */
  version: number
}

export interface UserChanges {
  /** Answered in its one spelling: small letters, and the domain as DNS has it (xn--…). */
  email?: string
  name?: string
  /** IANA name */
  time_zone?: string
  /** What they may do in the whole instance. */
  role?: UserRole
  /** Whether they may not log in. */
  disabled?: boolean
}

export interface UserCreatedChange {
  kind: 'user.created'
  seq: number
  at: string
  operation_id: string
  /** Who did it; null for the system itself. */
  actor_id: string | null
  /** The token by which a program did it for them. */
  token_id: string | null
  project_id: string | null
  /** Of a member the id of the user; project_id says in which project. */
  resource_id: string | null
  /** Grows with every change; also in the ETag. */
  version: number
  /** By field; null for a value that is not set, or that the trail does not keep or you may not see. */
  changes: FieldChanges
  resource: Person | null
  /** What its reference was then; the key of its project if it has none. */
  ref: string | null
  /** What it was called then. Of a member the name of today. */
  title: string | null
}

export interface UserDeletedChange {
  kind: 'user.deleted'
  seq: number
  at: string
  operation_id: string
  /** Who did it; null for the system itself. */
  actor_id: string | null
  /** The token by which a program did it for them. */
  token_id: string | null
  project_id: string | null
  /** Of a member the id of the user; project_id says in which project. */
  resource_id: string | null
  /** Grows with every change; also in the ETag. */
  version: number
  /** By field; null for a value that is not set, or that the trail does not keep or you may not see. */
  changes: FieldChanges
  resource: Person | null
  /** What its reference was then; the key of its project if it has none. */
  ref: string | null
  /** What it was called then. Of a member the name of today. */
  title: string | null
}

export type UserKind = 'person' | 'bot'

export interface UserPage {
  items: User[]
  /** Of the next page; null on the last. */
  next_cursor: string | null
  /** Of all pages, if asked for. */
  total?: number
}

export interface UserRemovedChange {
  kind: 'user.removed'
  seq: number
  at: string
  operation_id: string
  /** Who did it; null for the system itself. */
  actor_id: string | null
  /** The token by which a program did it for them. */
  token_id: string | null
  project_id: string | null
  /** Of a member the id of the user; project_id says in which project. */
  resource_id: string | null
  /** Grows with every change; also in the ETag. */
  version: number
  /** By field; null for a value that is not set, or that the trail does not keep or you may not see. */
  changes: FieldChanges
  resource: Person | null
  /** What its reference was then; the key of its project if it has none. */
  ref: string | null
  /** What it was called then. Of a member the name of today. */
  title: string | null
}

export interface UserRestoredChange {
  kind: 'user.restored'
  seq: number
  at: string
  operation_id: string
  /** Who did it; null for the system itself. */
  actor_id: string | null
  /** The token by which a program did it for them. */
  token_id: string | null
  project_id: string | null
  /** Of a member the id of the user; project_id says in which project. */
  resource_id: string | null
  /** Grows with every change; also in the ETag. */
  version: number
  /** By field; null for a value that is not set, or that the trail does not keep or you may not see. */
  changes: FieldChanges
  resource: Person | null
  /** What its reference was then; the key of its project if it has none. */
  ref: string | null
  /** What it was called then. Of a member the name of today. */
  title: string | null
}

export type UserRole = 'user' | 'admin'

export interface UserUpdatedChange {
  kind: 'user.updated'
  seq: number
  at: string
  operation_id: string
  /** Who did it; null for the system itself. */
  actor_id: string | null
  /** The token by which a program did it for them. */
  token_id: string | null
  project_id: string | null
  /** Of a member the id of the user; project_id says in which project. */
  resource_id: string | null
  /** Grows with every change; also in the ETag. */
  version: number
  /** By field; null for a value that is not set, or that the trail does not keep or you may not see. */
  changes: FieldChanges
  resource: Person | null
  /** What its reference was then; the key of its project if it has none. */
  ref: string | null
  /** What it was called then. Of a member the name of today. */
  title: string | null
}

export interface Validation {
  user: Account
  /** Null for a program, which has a token. */
  session_id: string | null
  /** The token of a program. */
  token: ApiToken | null
  expires_at: string
}

export interface View {
  id: string
  /** null for a view of your own, in all projects. */
  project_id: string | null
  name: string
  /** How it is shown. */
  layout: ViewLayout
  /** Which tasks it shows, in the language of `filter` in lists of tasks; empty for all. `me` and dates mean who looks, and when. */
  filter: string
  /** The order; with a minus the other way round. Tasks without a due date come after all that have one. */
  sort: TaskSort
  /** What its tasks are grouped by. */
  group_by: ViewGrouping | null
  /** What it shows of a task, in this order; empty for what the application finds best. */
  columns: ViewColumn[]
  created_by: string
  created_at: string
  updated_at: string
  /** Grows with every change; also in the ETag. */
  version: number
}

export interface ViewChanges {
  name?: string
  /** How it is shown. */
  layout?: ViewLayout
  /** Which tasks it shows, in the language of `filter` in lists of tasks; empty for all. `me` and dates mean who looks, and when. */
  filter?: string
  /** The order; with a minus the other way round. Tasks without a due date come after all that have one. */
  sort?: TaskSort
  /** What its tasks are grouped by. */
  group_by?: ViewGrouping | null
  /** What it shows of a task, in this order; empty for what the application finds best. */
  columns?: ViewColumn[]
}

export type ViewColumn = 'ref' | 'title' | 'status' | 'category' | 'priority' | 'assignees' | 'labels' | 'estimate' | 'start' | 'due' | 'completed' | 'parent' | 'created' | 'created_by' | 'updated'

export interface ViewCreatedChange {
  kind: 'view.created'
  seq: number
  at: string
  operation_id: string
  /** Who did it; null for the system itself. */
  actor_id: string | null
  /** The token by which a program did it for them. */
  token_id: string | null
  project_id: string | null
  /** Of a member the id of the user; project_id says in which project. */
  resource_id: string | null
  /** Grows with every change; also in the ETag. */
  version: number
  /** By field; null for a value that is not set, or that the trail does not keep or you may not see. */
  changes: FieldChanges
  resource: View | null
  /** What its reference was then; the key of its project if it has none. */
  ref: string | null
  /** What it was called then. Of a member the name of today. */
  title: string | null
}

export interface ViewCreatedEntry {
  seq: number
  at: string
  operation_id: string
  /** Who did it, by the name of today; null for the system itself. */
  actor: Actor | null
  /** The token by which a program did it for them; without a name once the token has been gone for 30 days. */
  token: ActingToken | null
  kind: 'view.created'
  /** What it happened to, by the name of today; null if that is gone or elsewhere. */
  subject: HistorySubject
  /** Grows with every change; also in the ETag. */
  version: number
  /** By field. People and projects are `{id, name}`; null for what is not set, not kept, or hidden from you. */
  changes: FieldChanges
  /** What its reference was then; the key of its project if it has none. */
  ref: string | null
  /** What it was called then. Of a member the name of today. */
  title: string | null
}

export interface ViewDeletedChange {
  kind: 'view.deleted'
  seq: number
  at: string
  operation_id: string
  /** Who did it; null for the system itself. */
  actor_id: string | null
  /** The token by which a program did it for them. */
  token_id: string | null
  project_id: string | null
  /** Of a member the id of the user; project_id says in which project. */
  resource_id: string | null
  /** Grows with every change; also in the ETag. */
  version: number
  /** By field; null for a value that is not set, or that the trail does not keep or you may not see. */
  changes: FieldChanges
  resource: View | null
  /** What its reference was then; the key of its project if it has none. */
  ref: string | null
  /** What it was called then. Of a member the name of today. */
  title: string | null
}

export interface ViewDeletedEntry {
  seq: number
  at: string
  operation_id: string
  /** Who did it, by the name of today; null for the system itself. */
  actor: Actor | null
  /** The token by which a program did it for them; without a name once the token has been gone for 30 days. */
  token: ActingToken | null
  kind: 'view.deleted'
  /** What it happened to, by the name of today; null if that is gone or elsewhere. */
  subject: HistorySubject
  /** Grows with every change; also in the ETag. */
  version: number
  /** By field. People and projects are `{id, name}`; null for what is not set, not kept, or hidden from you. */
  changes: FieldChanges
  /** What its reference was then; the key of its project if it has none. */
  ref: string | null
  /** What it was called then. Of a member the name of today. */
  title: string | null
}

export type ViewGrouping = 'status' | 'category' | 'priority' | 'assignee' | 'label' | 'due' | 'parent'

export type ViewLayout = 'list' | 'board' | 'calendar' | 'timeline'

export interface ViewPage {
  items: View[]
  /** Of the next page; null on the last. */
  next_cursor: string | null
  /** Of all pages, if asked for. */
  total?: number
}

export interface ViewRemovedChange {
  kind: 'view.removed'
  seq: number
  at: string
  operation_id: string
  /** Who did it; null for the system itself. */
  actor_id: string | null
  /** The token by which a program did it for them. */
  token_id: string | null
  project_id: string | null
  /** Of a member the id of the user; project_id says in which project. */
  resource_id: string | null
  /** Grows with every change; also in the ETag. */
  version: number
  /** By field; null for a value that is not set, or that the trail does not keep or you may not see. */
  changes: FieldChanges
  resource: View | null
  /** What its reference was then; the key of its project if it has none. */
  ref: string | null
  /** What it was called then. Of a member the name of today. */
  title: string | null
}

export interface ViewRemovedEntry {
  seq: number
  at: string
  operation_id: string
  /** Who did it, by the name of today; null for the system itself. */
  actor: Actor | null
  /** The token by which a program did it for them; without a name once the token has been gone for 30 days. */
  token: ActingToken | null
  kind: 'view.removed'
  /** What it happened to, by the name of today; null if that is gone or elsewhere. */
  subject: HistorySubject
  /** Grows with every change; also in the ETag. */
  version: number
  /** By field. People and projects are `{id, name}`; null for what is not set, not kept, or hidden from you. */
  changes: FieldChanges
  /** What its reference was then; the key of its project if it has none. */
  ref: string | null
  /** What it was called then. Of a member the name of today. */
  title: string | null
}

export interface ViewRestoredChange {
  kind: 'view.restored'
  seq: number
  at: string
  operation_id: string
  /** Who did it; null for the system itself. */
  actor_id: string | null
  /** The token by which a program did it for them. */
  token_id: string | null
  project_id: string | null
  /** Of a member the id of the user; project_id says in which project. */
  resource_id: string | null
  /** Grows with every change; also in the ETag. */
  version: number
  /** By field; null for a value that is not set, or that the trail does not keep or you may not see. */
  changes: FieldChanges
  resource: View | null
  /** What its reference was then; the key of its project if it has none. */
  ref: string | null
  /** What it was called then. Of a member the name of today. */
  title: string | null
}

export interface ViewRestoredEntry {
  seq: number
  at: string
  operation_id: string
  /** Who did it, by the name of today; null for the system itself. */
  actor: Actor | null
  /** The token by which a program did it for them; without a name once the token has been gone for 30 days. */
  token: ActingToken | null
  kind: 'view.restored'
  /** What it happened to, by the name of today; null if that is gone or elsewhere. */
  subject: HistorySubject
  /** Grows with every change; also in the ETag. */
  version: number
  /** By field. People and projects are `{id, name}`; null for what is not set, not kept, or hidden from you. */
  changes: FieldChanges
  /** What its reference was then; the key of its project if it has none. */
  ref: string | null
  /** What it was called then. Of a member the name of today. */
  title: string | null
}

export interface ViewStateChange {
  kind: 'view.state'
  /** Place in the order of all changes; null when nothing happened. */
  seq: number | null
  at: string | null
  /** The request that did it. */
  operation_id: string | null
  /** Who did it; null for the system itself. */
  actor_id: string | null
  /** The token by which a program did it for them. */
  token_id: string | null
  project_id: string | null
  /** Of a member the id of the user; project_id says in which project. */
  resource_id: string | null
  /** Grows with every change; also in the ETag. */
  version: number | null
  /** By field; null for a value that is not set, or that the trail does not keep or you may not see. */
  changes: FieldChanges
  resource: View | null
}

export interface ViewUpdatedChange {
  kind: 'view.updated'
  seq: number
  at: string
  operation_id: string
  /** Who did it; null for the system itself. */
  actor_id: string | null
  /** The token by which a program did it for them. */
  token_id: string | null
  project_id: string | null
  /** Of a member the id of the user; project_id says in which project. */
  resource_id: string | null
  /** Grows with every change; also in the ETag. */
  version: number
  /** By field; null for a value that is not set, or that the trail does not keep or you may not see. */
  changes: FieldChanges
  resource: View | null
  /** What its reference was then; the key of its project if it has none. */
  ref: string | null
  /** What it was called then. Of a member the name of today. */
  title: string | null
}

export interface ViewUpdatedEntry {
  seq: number
  at: string
  operation_id: string
  /** Who did it, by the name of today; null for the system itself. */
  actor: Actor | null
  /** The token by which a program did it for them; without a name once the token has been gone for 30 days. */
  token: ActingToken | null
  kind: 'view.updated'
  /** What it happened to, by the name of today; null if that is gone or elsewhere. */
  subject: HistorySubject
  /** Grows with every change; also in the ETag. */
  version: number
  /** By field. People and projects are `{id, name}`; null for what is not set, not kept, or hidden from you. */
  changes: FieldChanges
  /** What its reference was then; the key of its project if it has none. */
  ref: string | null
  /** What it was called then. Of a member the name of today. */
  title: string | null
}

export interface Webhook {
  id: string
  project_id: string
  url: string
  /** Empty: every kind. */
  kinds: string[]
  description: string
  disabled_at: string | null
  /** Why no more is sent: an owner said so, the endpoint did (410), or every attempt failed for more than a day. The latter two are told to those who manage the project: `webhook.disabled` in its history and in the feed. */
  disabled_reason: string | null
  failing_since: string | null
  previous_secret_until: string | null
  created_by: string
  created_at: string
  updated_at: string
  /** Grows with every change; also in the ETag. */
  version: number
}

export interface WebhookChanges {
  url?: string
  /** Empty: every kind. */
  kinds?: WebhookKind[]
  description?: string
  disabled?: boolean
}

export interface WebhookCreatedChange {
  kind: 'webhook.created'
  seq: number
  at: string
  operation_id: string
  /** Who did it; null for the system itself. */
  actor_id: string | null
  /** The token by which a program did it for them. */
  token_id: string | null
  project_id: string | null
  /** Of a member the id of the user; project_id says in which project. */
  resource_id: string | null
  /** Grows with every change; also in the ETag. */
  version: number
  /** By field; null for a value that is not set, or that the trail does not keep or you may not see. */
  changes: FieldChanges
  /** Always null. */
  resource: unknown
  /** What its reference was then; the key of its project if it has none. */
  ref: string | null
  /** What it was called then. Of a member the name of today. */
  title: string | null
}

export interface WebhookCreatedEntry {
  seq: number
  at: string
  operation_id: string
  /** Who did it, by the name of today; null for the system itself. */
  actor: Actor | null
  /** The token by which a program did it for them; without a name once the token has been gone for 30 days. */
  token: ActingToken | null
  kind: 'webhook.created'
  /** What it happened to, by the name of today; null if that is gone or elsewhere. */
  subject: HistorySubject
  /** Grows with every change; also in the ETag. */
  version: number
  /** By field. People and projects are `{id, name}`; null for what is not set, not kept, or hidden from you. */
  changes: FieldChanges
  /** What its reference was then; the key of its project if it has none. */
  ref: string | null
  /** What it was called then. Of a member the name of today. */
  title: string | null
}

export interface WebhookDisabledChange {
  kind: 'webhook.disabled'
  seq: number
  at: string
  operation_id: string
  /** Who did it; null for the system itself. */
  actor_id: string | null
  /** The token by which a program did it for them. */
  token_id: string | null
  project_id: string | null
  /** Of a member the id of the user; project_id says in which project. */
  resource_id: string | null
  /** Grows with every change; also in the ETag. */
  version: number
  /** By field; null for a value that is not set, or that the trail does not keep or you may not see. */
  changes: FieldChanges
  /** Always null. */
  resource: unknown
  /** What its reference was then; the key of its project if it has none. */
  ref: string | null
  /** What it was called then. Of a member the name of today. */
  title: string | null
}

export interface WebhookDisabledEntry {
  seq: number
  at: string
  operation_id: string
  /** Who did it, by the name of today; null for the system itself. */
  actor: Actor | null
  /** The token by which a program did it for them; without a name once the token has been gone for 30 days. */
  token: ActingToken | null
  kind: 'webhook.disabled'
  /** What it happened to, by the name of today; null if that is gone or elsewhere. */
  subject: HistorySubject
  /** Grows with every change; also in the ETag. */
  version: number
  /** By field. People and projects are `{id, name}`; null for what is not set, not kept, or hidden from you. */
  changes: FieldChanges
  /** What its reference was then; the key of its project if it has none. */
  ref: string | null
  /** What it was called then. Of a member the name of today. */
  title: string | null
}

export type WebhookKind = 'project.updated' | 'project.reordered' | 'project.deleted' | 'project.restored' | 'project.removed' | 'member.created' | 'member.updated' | 'member.removed' | 'status.created' | 'status.updated' | 'status.removed' | 'field.created' | 'field.updated' | 'field.removed' | 'label.created' | 'label.updated' | 'label.deleted' | 'label.restored' | 'label.removed' | 'view.created' | 'view.updated' | 'view.deleted' | 'view.restored' | 'view.removed' | 'task.created' | 'task.updated' | 'task.deleted' | 'task.restored' | 'task.removed' | 'comment.created' | 'comment.updated' | 'comment.deleted' | 'comment.restored' | 'comment.removed' | 'file.created' | 'file.updated' | 'file.deleted' | 'file.restored' | 'file.removed' | 'link.created' | 'link.updated' | 'link.removed' | 'time_entry.created' | 'time_entry.updated' | 'time_entry.deleted' | 'time_entry.restored' | 'time_entry.removed' | 'webhook.disabled'

export interface WebhookPage {
  items: Webhook[]
  /** Of the next page; null on the last. */
  next_cursor: string | null
  /** Of all pages, if asked for. */
  total?: number
}

export interface WebhookRemovedChange {
  kind: 'webhook.removed'
  seq: number
  at: string
  operation_id: string
  /** Who did it; null for the system itself. */
  actor_id: string | null
  /** The token by which a program did it for them. */
  token_id: string | null
  project_id: string | null
  /** Of a member the id of the user; project_id says in which project. */
  resource_id: string | null
  /** Grows with every change; also in the ETag. */
  version: number
  /** By field; null for a value that is not set, or that the trail does not keep or you may not see. */
  changes: FieldChanges
  /** Always null. */
  resource: unknown
  /** What its reference was then; the key of its project if it has none. */
  ref: string | null
  /** What it was called then. Of a member the name of today. */
  title: string | null
}

export interface WebhookRemovedEntry {
  seq: number
  at: string
  operation_id: string
  /** Who did it, by the name of today; null for the system itself. */
  actor: Actor | null
  /** The token by which a program did it for them; without a name once the token has been gone for 30 days. */
  token: ActingToken | null
  kind: 'webhook.removed'
  /** What it happened to, by the name of today; null if that is gone or elsewhere. */
  subject: HistorySubject
  /** Grows with every change; also in the ETag. */
  version: number
  /** By field. People and projects are `{id, name}`; null for what is not set, not kept, or hidden from you. */
  changes: FieldChanges
  /** What its reference was then; the key of its project if it has none. */
  ref: string | null
  /** What it was called then. Of a member the name of today. */
  title: string | null
}

export interface WebhookUpdatedChange {
  kind: 'webhook.updated'
  seq: number
  at: string
  operation_id: string
  /** Who did it; null for the system itself. */
  actor_id: string | null
  /** The token by which a program did it for them. */
  token_id: string | null
  project_id: string | null
  /** Of a member the id of the user; project_id says in which project. */
  resource_id: string | null
  /** Grows with every change; also in the ETag. */
  version: number
  /** By field; null for a value that is not set, or that the trail does not keep or you may not see. */
  changes: FieldChanges
  /** Always null. */
  resource: unknown
  /** What its reference was then; the key of its project if it has none. */
  ref: string | null
  /** What it was called then. Of a member the name of today. */
  title: string | null
}

export interface WebhookUpdatedEntry {
  seq: number
  at: string
  operation_id: string
  /** Who did it, by the name of today; null for the system itself. */
  actor: Actor | null
  /** The token by which a program did it for them; without a name once the token has been gone for 30 days. */
  token: ActingToken | null
  kind: 'webhook.updated'
  /** What it happened to, by the name of today; null if that is gone or elsewhere. */
  subject: HistorySubject
  /** Grows with every change; also in the ETag. */
  version: number
  /** By field. People and projects are `{id, name}`; null for what is not set, not kept, or hidden from you. */
  changes: FieldChanges
  /** What its reference was then; the key of its project if it has none. */
  ref: string | null
  /** What it was called then. Of a member the name of today. */
  title: string | null
}
