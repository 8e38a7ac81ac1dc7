// Made from backend/openapi.json by `npm run tasktrail -- openapi`. Do not edit.
import type { Connection } from '../connection.ts'
import type { Bytes, CallOptions, EditOptions, KeyedOptions, MatchedOptions } from '../options.ts'
import { page, type Page } from '../pages.ts'
import { path, send } from '../send.ts'
import type { AccountDeletion, AddressProof, Alive, ApiToken, ApiTokenPage, ArchivedFilter, AuditEntryPage, AuditKind, Bot, BotChanges, BotPage, BulkResults, BulkTasks, Capabilities, ChangePage, Comment, CommentChanges, CommentPage, CommentSort, CreatedApiToken, CreatedUser, CreatedWebhook, CustomField, CustomFieldChanges, CustomFieldPage, DeliveryPage, DeliveryStatus, FileChanges, FileInfo, FileInfoPage, ForgottenPassword, Health, HistoryEntryPage, Label, LabelChanges, LabelPage, Link, LinkPage, ListedProjectPage, Login, Me, Member, MemberChanges, MemberPage, NewApiToken, NewBot, NewComment, NewCustomField, NewLabel, NewLink, NewMember, NewProject, NewStatus, NewTask, NewTimeEntry, NewUser, NewView, NewWebhook, PasswordChange, PasswordReset, ProfileChanges, Project, ProjectChanges, Redelivered, Redelivery, Refresh, Registration, RotatedSecret, SearchResults, SessionPage, Status, StatusChanges, StatusPage, Task, TaskCategory, TaskChanges, TaskCopy, TaskInclude, TaskPage, TaskPriority, TaskSort, Ticket, TimeEntry, TimeEntryChanges, TimeEntryPage, TimeGrouping, TimeReport, TokenPair, TrashItemPage, Undone, User, UserChanges, UserPage, UserRole, Validation, View, ViewChanges, ViewPage, Webhook, WebhookChanges, WebhookPage } from './types.ts'

/** Is the process alive? `GET /livez` */
export function checkAlive(api: Connection, options?: CallOptions): Promise<Alive> {
  return send(api, 'GET', '/livez', options, undefined, { anonymous: true })
}

/** Can it serve: database reachable and migrated, not shutting down? `GET /readyz` */
export function checkReady(api: Connection, options?: CallOptions): Promise<Alive> {
  return send(api, 'GET', '/readyz', options, undefined, { anonymous: true })
}

/** Status and version, for people. `GET /health` */
export function checkHealth(api: Connection, options?: CallOptions): Promise<Health> {
  return send(api, 'GET', '/health', options, undefined, { anonymous: true })
}

/** What is switched on here. `GET /api/v1/capabilities` */
export function findCapabilities(api: Connection, options?: CallOptions): Promise<Capabilities> {
  return send(api, 'GET', '/api/v1/capabilities', options, undefined, { anonymous: true })
}

/** End this session. `POST /api/v1/auth/logout` */
export function logOut(api: Connection, options?: KeyedOptions): Promise<void> {
  return send(api, 'POST', '/api/v1/auth/logout', options, undefined, { keyed: true })
}

/** Where I am logged in, newest first. `GET /api/v1/auth/sessions` */
export function listSessions(api: Connection, options?: CallOptions): Page<SessionPage> {
  return page(api, '/api/v1/auth/sessions', options)
}

/** End all my sessions but this one. `DELETE /api/v1/auth/sessions` */
export function endOtherSessions(api: Connection, options?: CallOptions): Promise<void> {
  return send(api, 'DELETE', '/api/v1/auth/sessions', options)
}

/** End one of my sessions. `DELETE /api/v1/auth/sessions/{id}` */
export function endSession(api: Connection, id: string, options?: CallOptions): Promise<void> {
  return send(api, 'DELETE', path`/api/v1/auth/sessions/${id}`, options)
}

/** Change my password; ends my other sessions. `POST /api/v1/auth/password` */
export function changePassword(api: Connection, body: PasswordChange, options?: KeyedOptions): Promise<void> {
  return send(api, 'POST', '/api/v1/auth/password', options, body, { keyed: true })
}

/** Have a link sent that sets a new password; the answer is the same whether there is such an account. `POST /api/v1/auth/password/forgot` */
export function forgetPassword(api: Connection, body: ForgottenPassword, options?: KeyedOptions): Promise<void> {
  return send(api, 'POST', '/api/v1/auth/password/forgot', options, body, { anonymous: true, keyed: true })
}

/** Set a new password with the token of a link; ends all my sessions. `POST /api/v1/auth/password/reset` */
export function resetPassword(api: Connection, body: PasswordReset, options?: KeyedOptions): Promise<void> {
  return send(api, 'POST', '/api/v1/auth/password/reset', options, body, { anonymous: true, keyed: true })
}

/** Confirm an e-mail address with the token of a link. `POST /api/v1/auth/verify-email` */
export function verifyEmail(api: Connection, body: AddressProof, options?: KeyedOptions): Promise<void> {
  return send(api, 'POST', '/api/v1/auth/verify-email', options, body, { anonymous: true, keyed: true })
}

/** Have a link sent to my address that confirms it. `POST /api/v1/auth/verify-email/link` */
export function sendVerification(api: Connection, options?: KeyedOptions): Promise<void> {
  return send(api, 'POST', '/api/v1/auth/verify-email/link', options, undefined, { keyed: true })
}

/** Create an account. `POST /api/v1/auth/register` */
export function register(api: Connection, body: Registration, options?: KeyedOptions): Promise<User> {
  return send(api, 'POST', '/api/v1/auth/register', options, body, { anonymous: true, keyed: true })
}

/** Get an access and a refresh token. `POST /api/v1/auth/login` */
export function logIn(api: Connection, body: Login, options?: CallOptions): Promise<TokenPair> {
  return send(api, 'POST', '/api/v1/auth/login', options, body, { anonymous: true })
}

/** Exchange a refresh token for new tokens. `POST /api/v1/auth/refresh` */
export function refreshTokens(api: Connection, body: Refresh, options?: CallOptions): Promise<TokenPair> {
  return send(api, 'POST', '/api/v1/auth/refresh', options, body, { anonymous: true })
}

/** Who am I, and until when is this token good? `GET /api/v1/auth/validate` */
export function validateAccess(api: Connection, options?: CallOptions): Promise<Validation> {
  return send(api, 'GET', '/api/v1/auth/validate', options)
}

export interface ListTokensOptions extends CallOptions {
  /** The most items a page may have. */
  limit?: number | undefined
  /** next_cursor of the page before; valid for the same user, filter and order. */
  cursor?: string | undefined
  /** Whether to count all items, which costs extra. */
  total?: boolean | undefined
}

/** List my tokens for programs, oldest first. Asked by a token: itself, and those that descend from it. `GET /api/v1/tokens` */
export function listTokens(api: Connection, options?: ListTokensOptions): Page<ApiTokenPage> {
  return page(api, '/api/v1/tokens', options)
}

/** Make a token for a program, which is shown once. Asked by a token: one that is no broader than that, ends no later, and ends with it. `POST /api/v1/tokens` */
export function createToken(api: Connection, body: NewApiToken, options?: CallOptions): Promise<CreatedApiToken> {
  return send(api, 'POST', '/api/v1/tokens', options, body)
}

/** End all my tokens but the one that asks. `DELETE /api/v1/tokens` */
export function endTokens(api: Connection, options?: CallOptions): Promise<void> {
  return send(api, 'DELETE', '/api/v1/tokens', options)
}

/** Read what a token of mine is for, and when it was used last. `GET /api/v1/tokens/{id}` */
export function findToken(api: Connection, id: string, options?: CallOptions): Promise<ApiToken> {
  return send(api, 'GET', path`/api/v1/tokens/${id}`, options)
}

/** End a token of mine, and those that it made. `DELETE /api/v1/tokens/{id}` */
export function endToken(api: Connection, id: string, options?: CallOptions): Promise<void> {
  return send(api, 'DELETE', path`/api/v1/tokens/${id}`, options)
}

export interface ListBotTokensOptions extends CallOptions {
  /** The most items a page may have. */
  limit?: number | undefined
  /** next_cursor of the page before; valid for the same user, filter and order. */
  cursor?: string | undefined
  /** Whether to count all items, which costs extra. */
  total?: boolean | undefined
}

/** List the tokens of a bot, oldest first. `GET /api/v1/bots/{id}/tokens` */
export function listBotTokens(api: Connection, id: string, options?: ListBotTokensOptions): Page<ApiTokenPage> {
  return page(api, path`/api/v1/bots/${id}/tokens`, options)
}

/** Make a token for a bot, which is shown once. `POST /api/v1/bots/{id}/tokens` */
export function createBotToken(api: Connection, id: string, body: NewApiToken, options?: CallOptions): Promise<CreatedApiToken> {
  return send(api, 'POST', path`/api/v1/bots/${id}/tokens`, options, body)
}

/** Read what a token of a bot is for, and when it was used last. `GET /api/v1/bots/{id}/tokens/{token_id}` */
export function findBotToken(api: Connection, id: string, tokenId: string, options?: CallOptions): Promise<ApiToken> {
  return send(api, 'GET', path`/api/v1/bots/${id}/tokens/${tokenId}`, options)
}

/** End a token of a bot, and those that it made. `DELETE /api/v1/bots/{id}/tokens/{token_id}` */
export function endBotToken(api: Connection, id: string, tokenId: string, options?: CallOptions): Promise<void> {
  return send(api, 'DELETE', path`/api/v1/bots/${id}/tokens/${tokenId}`, options)
}

export interface ListBotsOptions extends CallOptions {
  /** The most items a page may have. */
  limit?: number | undefined
  /** next_cursor of the page before; valid for the same user, filter and order. */
  cursor?: string | undefined
  /** Whether to count all items, which costs extra. */
  total?: boolean | undefined
  /** Only those of this project. */
  project_id?: string | undefined
}

/** List the bots that I manage, oldest first. `GET /api/v1/bots` */
export function listBots(api: Connection, options?: ListBotsOptions): Page<BotPage> {
  return page(api, '/api/v1/bots', options)
}

/** Create a bot that belongs to a project, or to the administrators. `POST /api/v1/bots` */
export function createBot(api: Connection, body: NewBot, options?: KeyedOptions): Promise<Bot> {
  return send(api, 'POST', '/api/v1/bots', options, body, { keyed: true })
}

/** Read a bot that I manage. `GET /api/v1/bots/{id}` */
export function findBot(api: Connection, id: string, options?: CallOptions): Promise<Bot> {
  return send(api, 'GET', path`/api/v1/bots/${id}`, options)
}

/** Rename or disable a bot. `PATCH /api/v1/bots/{id}` */
export function updateBot(api: Connection, id: string, body: BotChanges, options?: EditOptions): Promise<Bot> {
  return send(api, 'PATCH', path`/api/v1/bots/${id}`, options, body)
}

/** Delete a bot; its work stays. `DELETE /api/v1/bots/{id}` */
export function deleteBot(api: Connection, id: string, options?: MatchedOptions): Promise<void> {
  return send(api, 'DELETE', path`/api/v1/bots/${id}`, options)
}

/** Create a user, with a password or an invitation to set one. `POST /api/v1/users` */
export function createUser(api: Connection, body: NewUser, options?: KeyedOptions): Promise<CreatedUser> {
  return send(api, 'POST', '/api/v1/users', options, body, { keyed: true })
}

export interface ListUsersOptions extends CallOptions {
  /** The most items a page may have. */
  limit?: number | undefined
  /** next_cursor of the page before; valid for the same user, filter and order. */
  cursor?: string | undefined
  /** Whether to count all items, which costs extra. */
  total?: boolean | undefined
  /** Text in the name or the e-mail address. */
  q?: string | undefined
  /** What they may do in the whole instance. */
  role?: UserRole | undefined
  /** Only those who may not log in, or only others. */
  disabled?: boolean | undefined
}

/** List users, oldest first. `GET /api/v1/users` */
export function listUsers(api: Connection, options?: ListUsersOptions): Page<UserPage> {
  return page(api, '/api/v1/users', options)
}

/** Log a user out everywhere, and end the tokens of their programs. `DELETE /api/v1/users/{id}/sessions` */
export function endUserSessions(api: Connection, id: string, options?: CallOptions): Promise<void> {
  return send(api, 'DELETE', path`/api/v1/users/${id}/sessions`, options)
}

/** Take the password away, log out everywhere, and invite to set a new one. `POST /api/v1/users/{id}/invitation` */
export function inviteUser(api: Connection, id: string, options?: KeyedOptions): Promise<CreatedUser> {
  return send(api, 'POST', path`/api/v1/users/${id}/invitation`, options, undefined, { keyed: true })
}

/** Read my account, and by which token I ask. `GET /api/v1/users/me` */
export function findMe(api: Connection, options?: CallOptions): Promise<Me> {
  return send(api, 'GET', '/api/v1/users/me', options)
}

/** Change my name, e-mail address or time zone. `PATCH /api/v1/users/me` */
export function updateMe(api: Connection, body: ProfileChanges, options?: EditOptions): Promise<Me> {
  return send(api, 'PATCH', '/api/v1/users/me', options, body)
}

/** Delete my account; my work stays. `DELETE /api/v1/users/me` */
export function deleteMe(api: Connection, body: AccountDeletion, options?: MatchedOptions): Promise<void> {
  return send(api, 'DELETE', '/api/v1/users/me', options, body)
}

/** Read a user. `GET /api/v1/users/{id}` */
export function findUser(api: Connection, id: string, options?: CallOptions): Promise<User> {
  return send(api, 'GET', path`/api/v1/users/${id}`, options)
}

/** Change a user, the role, or whether they may log in. `PATCH /api/v1/users/{id}` */
export function updateUser(api: Connection, id: string, body: UserChanges, options?: EditOptions): Promise<User> {
  return send(api, 'PATCH', path`/api/v1/users/${id}`, options, body)
}

/** Delete a user; their work stays. `DELETE /api/v1/users/{id}` */
export function deleteUser(api: Connection, id: string, options?: MatchedOptions): Promise<void> {
  return send(api, 'DELETE', path`/api/v1/users/${id}`, options)
}

export interface ListAuditEntriesOptions extends CallOptions {
  /** The most items a page may have. */
  limit?: number | undefined
  /** next_cursor of the page before; valid for the same user, filter and order. */
  cursor?: string | undefined
  /** Whether to count all items, which costs extra. */
  total?: boolean | undefined
  /** Only what this user did. */
  actor?: string | undefined
  /** Only what concerns the account of this user. */
  user?: string | undefined
  /** What happened. */
  kind?: AuditKind | undefined
  /** Only what happened at this instant or later. */
  since?: string | undefined
  /** Only what happened before this instant. */
  until?: string | undefined
}

/** List log-ins, ended sessions and the administration of accounts, newest first. `GET /api/v1/audit` */
export function listAuditEntries(api: Connection, options?: ListAuditEntriesOptions): Page<AuditEntryPage> {
  return page(api, '/api/v1/audit', options)
}

export interface ListProjectsOptions extends CallOptions {
  /** The most items a page may have. */
  limit?: number | undefined
  /** next_cursor of the page before; valid for the same user, filter and order. */
  cursor?: string | undefined
  /** Whether to count all items, which costs extra. */
  total?: boolean | undefined
  /** Only archived ones, only others, or both. */
  archived?: ArchivedFilter | undefined
  /** Text in the name or the key. */
  q?: string | undefined
}

/** List the projects I can see, oldest first. `GET /api/v1/projects` */
export function listProjects(api: Connection, options?: ListProjectsOptions): Page<ListedProjectPage> {
  return page(api, '/api/v1/projects', options)
}

/** Create a project and own it. `POST /api/v1/projects` */
export function createProject(api: Connection, body: NewProject, options?: KeyedOptions): Promise<Project> {
  return send(api, 'POST', '/api/v1/projects', options, body, { keyed: true })
}

/** Read a project by id or key. `GET /api/v1/projects/{id}` */
export function findProject(api: Connection, id: string, options?: CallOptions): Promise<Project> {
  return send(api, 'GET', path`/api/v1/projects/${id}`, options)
}

/** Change or archive a project. `PATCH /api/v1/projects/{id}` */
export function updateProject(api: Connection, id: string, body: ProjectChanges, options?: EditOptions): Promise<Project> {
  return send(api, 'PATCH', path`/api/v1/projects/${id}`, options, body)
}

/** Move a project and its tasks to the trash. `DELETE /api/v1/projects/{id}` */
export function deleteProject(api: Connection, id: string, options?: MatchedOptions): Promise<void> {
  return send(api, 'DELETE', path`/api/v1/projects/${id}`, options)
}

/** Take a project and its tasks out of the trash. `POST /api/v1/projects/{id}/restore` */
export function restoreProject(api: Connection, id: string, options?: KeyedOptions): Promise<Project> {
  return send(api, 'POST', path`/api/v1/projects/${id}/restore`, options, undefined, { keyed: true })
}

export interface ListMembersOptions extends CallOptions {
  /** The most items a page may have. */
  limit?: number | undefined
  /** next_cursor of the page before; valid for the same user, filter and order. */
  cursor?: string | undefined
  /** Whether to count all items, which costs extra. */
  total?: boolean | undefined
}

/** List who belongs to a project. `GET /api/v1/projects/{id}/members` */
export function listMembers(api: Connection, id: string, options?: ListMembersOptions): Page<MemberPage> {
  return page(api, path`/api/v1/projects/${id}/members`, options)
}

/** Add a user to a project. `POST /api/v1/projects/{id}/members` */
export function addMember(api: Connection, id: string, body: NewMember, options?: KeyedOptions): Promise<Member> {
  return send(api, 'POST', path`/api/v1/projects/${id}/members`, options, body, { keyed: true })
}

/** Read a member. `GET /api/v1/projects/{id}/members/{user_id}` */
export function findMember(api: Connection, id: string, userId: string, options?: CallOptions): Promise<Member> {
  return send(api, 'GET', path`/api/v1/projects/${id}/members/${userId}`, options)
}

/** Change a member's role. `PUT /api/v1/projects/{id}/members/{user_id}` */
export function updateMember(api: Connection, id: string, userId: string, body: MemberChanges, options?: MatchedOptions): Promise<Member> {
  return send(api, 'PUT', path`/api/v1/projects/${id}/members/${userId}`, options, body)
}

/** Remove a member, or leave a project. `DELETE /api/v1/projects/{id}/members/{user_id}` */
export function removeMember(api: Connection, id: string, userId: string, options?: MatchedOptions): Promise<void> {
  return send(api, 'DELETE', path`/api/v1/projects/${id}/members/${userId}`, options)
}

export interface ListStatusesOptions extends CallOptions {
  /** The most items a page may have. */
  limit?: number | undefined
  /** next_cursor of the page before; valid for the same user, filter and order. */
  cursor?: string | undefined
  /** Whether to count all items, which costs extra. */
  total?: boolean | undefined
}

/** List the statuses of a project, in the order of a board. `GET /api/v1/projects/{id}/statuses` */
export function listStatuses(api: Connection, id: string, options?: ListStatusesOptions): Page<StatusPage> {
  return page(api, path`/api/v1/projects/${id}/statuses`, options)
}

/** Add a status to a project, which can have 50. `POST /api/v1/projects/{id}/statuses` */
export function createStatus(api: Connection, id: string, body: NewStatus, options?: KeyedOptions): Promise<Status> {
  return send(api, 'POST', path`/api/v1/projects/${id}/statuses`, options, body, { keyed: true })
}

/** Read a status. `GET /api/v1/projects/{id}/statuses/{key}` */
export function findStatus(api: Connection, id: string, key: string, options?: CallOptions): Promise<Status> {
  return send(api, 'GET', path`/api/v1/projects/${id}/statuses/${key}`, options)
}

/** Rename, colour or place a status. `PATCH /api/v1/projects/{id}/statuses/{key}` */
export function updateStatus(api: Connection, id: string, key: string, body: StatusChanges, options?: EditOptions): Promise<Status> {
  return send(api, 'PATCH', path`/api/v1/projects/${id}/statuses/${key}`, options, body)
}

export interface DeleteStatusOptions extends CallOptions {
  /** The key of the status that the tasks get which have this one, in the trash too: 2,000 of them at most, in the same operation. */
  move_to?: string | undefined
  /** The ETag of the copy that was edited. The change is refused (412) if it is no longer the current one. */
  if_match?: string | undefined
}

/** Delete a status, and give its tasks another one. `DELETE /api/v1/projects/{id}/statuses/{key}` */
export function deleteStatus(api: Connection, id: string, key: string, options?: DeleteStatusOptions): Promise<void> {
  return send(api, 'DELETE', path`/api/v1/projects/${id}/statuses/${key}`, options)
}

export interface ListFieldsOptions extends CallOptions {
  /** The most items a page may have. */
  limit?: number | undefined
  /** next_cursor of the page before; valid for the same user, filter and order. */
  cursor?: string | undefined
  /** Whether to count all items, which costs extra. */
  total?: boolean | undefined
}

/** List the custom fields of a project, in their order. `GET /api/v1/projects/{id}/fields` */
export function listFields(api: Connection, id: string, options?: ListFieldsOptions): Page<CustomFieldPage> {
  return page(api, path`/api/v1/projects/${id}/fields`, options)
}

/** Add a custom field to a project, which can have 50. `POST /api/v1/projects/{id}/fields` */
export function createField(api: Connection, id: string, body: NewCustomField, options?: KeyedOptions): Promise<CustomField> {
  return send(api, 'POST', path`/api/v1/projects/${id}/fields`, options, body, { keyed: true })
}

/** Read a custom field. `GET /api/v1/projects/{id}/fields/{key}` */
export function findField(api: Connection, id: string, key: string, options?: CallOptions): Promise<CustomField> {
  return send(api, 'GET', path`/api/v1/projects/${id}/fields/${key}`, options)
}

/** Rename or place a custom field, or change its options. `PATCH /api/v1/projects/{id}/fields/{key}` */
export function updateField(api: Connection, id: string, key: string, body: CustomFieldChanges, options?: EditOptions): Promise<CustomField> {
  return send(api, 'PATCH', path`/api/v1/projects/${id}/fields/${key}`, options, body)
}

/** Delete a custom field with its values, of which there can be 2,000. `DELETE /api/v1/projects/{id}/fields/{key}` */
export function deleteField(api: Connection, id: string, key: string, options?: MatchedOptions): Promise<void> {
  return send(api, 'DELETE', path`/api/v1/projects/${id}/fields/${key}`, options)
}

export interface ListLabelsOptions extends CallOptions {
  /** The most items a page may have. */
  limit?: number | undefined
  /** next_cursor of the page before; valid for the same user, filter and order. */
  cursor?: string | undefined
  /** Whether to count all items, which costs extra. */
  total?: boolean | undefined
  /** Text in the name. */
  q?: string | undefined
}

/** List the labels of a project by name. `GET /api/v1/projects/{id}/labels` */
export function listLabels(api: Connection, id: string, options?: ListLabelsOptions): Page<LabelPage> {
  return page(api, path`/api/v1/projects/${id}/labels`, options)
}

/** Add a label to a project, which can have 500. `POST /api/v1/projects/{id}/labels` */
export function createLabel(api: Connection, id: string, body: NewLabel, options?: KeyedOptions): Promise<Label> {
  return send(api, 'POST', path`/api/v1/projects/${id}/labels`, options, body, { keyed: true })
}

/** Read a label. `GET /api/v1/labels/{id}` */
export function findLabel(api: Connection, id: string, options?: CallOptions): Promise<Label> {
  return send(api, 'GET', path`/api/v1/labels/${id}`, options)
}

/** Change a label. `PATCH /api/v1/labels/{id}` */
export function updateLabel(api: Connection, id: string, body: LabelChanges, options?: EditOptions): Promise<Label> {
  return send(api, 'PATCH', path`/api/v1/labels/${id}`, options, body)
}

/** Move a label to the trash. `DELETE /api/v1/labels/{id}` */
export function deleteLabel(api: Connection, id: string, options?: MatchedOptions): Promise<void> {
  return send(api, 'DELETE', path`/api/v1/labels/${id}`, options)
}

/** Take a label out of the trash. `POST /api/v1/labels/{id}/restore` */
export function restoreLabel(api: Connection, id: string, options?: KeyedOptions): Promise<Label> {
  return send(api, 'POST', path`/api/v1/labels/${id}/restore`, options, undefined, { keyed: true })
}

export interface ListViewsOptions extends CallOptions {
  /** The most items a page may have. */
  limit?: number | undefined
  /** next_cursor of the page before; valid for the same user, filter and order. */
  cursor?: string | undefined
  /** Whether to count all items, which costs extra. */
  total?: boolean | undefined
}

/** List the views of a project. `GET /api/v1/projects/{id}/views` */
export function listViews(api: Connection, id: string, options?: ListViewsOptions): Page<ViewPage> {
  return page(api, path`/api/v1/projects/${id}/views`, options)
}

/** Add a view to a project, which can have 100. `POST /api/v1/projects/{id}/views` */
export function createView(api: Connection, id: string, body: NewView, options?: KeyedOptions): Promise<View> {
  return send(api, 'POST', path`/api/v1/projects/${id}/views`, options, body, { keyed: true })
}

/** Read a view. `GET /api/v1/views/{id}` */
export function findView(api: Connection, id: string, options?: CallOptions): Promise<View> {
  return send(api, 'GET', path`/api/v1/views/${id}`, options)
}

/** Change a view. `PATCH /api/v1/views/{id}` */
export function updateView(api: Connection, id: string, body: ViewChanges, options?: EditOptions): Promise<View> {
  return send(api, 'PATCH', path`/api/v1/views/${id}`, options, body)
}

/** Move a view of a project to the trash, or delete one of my own. `DELETE /api/v1/views/{id}` */
export function deleteView(api: Connection, id: string, options?: MatchedOptions): Promise<void> {
  return send(api, 'DELETE', path`/api/v1/views/${id}`, options)
}

export interface ListViewTasksOptions extends CallOptions {
  /** The most items a page may have. */
  limit?: number | undefined
  /** next_cursor of the page before; valid for the same user, filter and order. */
  cursor?: string | undefined
  /** Whether to count all items, which costs extra. */
  total?: boolean | undefined
  /** Where days begin and end, in filters and in the order by due; yours if it is not given. A task that is due on a day is due at the end of it. */
  time_zone?: string | undefined
  /** `counts`: how many comments, files, subtasks and open blockers a task has, and the time spent on it. */
  include?: readonly TaskInclude[] | undefined
}

/** List the tasks of a view, as its filter and order say now. `GET /api/v1/views/{id}/tasks` */
export function listViewTasks(api: Connection, id: string, options?: ListViewTasksOptions): Page<TaskPage> {
  return page(api, path`/api/v1/views/${id}/tasks`, options)
}

/** Take a view out of the trash. `POST /api/v1/views/{id}/restore` */
export function restoreView(api: Connection, id: string, options?: KeyedOptions): Promise<View> {
  return send(api, 'POST', path`/api/v1/views/${id}/restore`, options, undefined, { keyed: true })
}

export interface ListPersonalViewsOptions extends CallOptions {
  /** The most items a page may have. */
  limit?: number | undefined
  /** next_cursor of the page before; valid for the same user, filter and order. */
  cursor?: string | undefined
  /** Whether to count all items, which costs extra. */
  total?: boolean | undefined
}

/** List my own views, which nobody else sees. `GET /api/v1/views` */
export function listPersonalViews(api: Connection, options?: ListPersonalViewsOptions): Page<ViewPage> {
  return page(api, '/api/v1/views', options)
}

/** Add a view of my own, over all projects I can see; I can have 100. `POST /api/v1/views` */
export function createPersonalView(api: Connection, body: NewView, options?: KeyedOptions): Promise<View> {
  return send(api, 'POST', '/api/v1/views', options, body, { keyed: true })
}

export interface ListTasksOptions extends CallOptions {
  /** The most items a page may have. */
  limit?: number | undefined
  /** next_cursor of the page before; valid for the same user, filter and order. */
  cursor?: string | undefined
  /** Whether to count all items, which costs extra. */
  total?: boolean | undefined
  /** `counts`: how many comments, files, subtasks and open blockers a task has, and the time spent on it. */
  include?: readonly TaskInclude[] | undefined
  /** One or more keys, separated by commas. One that a project does not have matches nothing there. */
  status?: readonly string[] | undefined
  /** One or more, separated by commas: whatever the projects call their statuses. */
  category?: readonly TaskCategory[] | undefined
  /** One or more, separated by commas. */
  priority?: readonly TaskPriority[] | undefined
  /** `me`, `none` or the id of a user. */
  assignee?: string | undefined
  /** Ids of labels, or `none`: tasks with any of them. One or more, separated by commas. */
  label?: readonly string[] | undefined
  /** The subtasks of a task, named by id or reference; with `none` the tasks that hang on none. */
  parent?: string | undefined
  /** Whether a task blocks it that is not done, cancelled or in the trash. */
  blocked?: boolean | undefined
  /** Due before this day or instant. */
  due_before?: string | undefined
  /** Due on or after this day or instant. */
  due_after?: string | undefined
  /** Changed at this instant or after it. */
  updated_since?: string | undefined
  /** Where days begin and end, in filters and in the order by due; yours if it is not given. A task that is due on a day is due at the end of it. */
  time_zone?: string | undefined
  /** Text in the title. */
  q?: string | undefined
  /** Conditions in one text, in addition to the other parameters. Names: title, description, text (of the two), status, category, priority, assignee, label, creator, estimate, start, due, overdue, created, updated, completed, number, ref, parent, project. Operators: `=`, `!=`, `<`, `<=`, `>`, `>=`, `~` (contains), `in (a, b)`, `not in (a, b)`, `is empty`, `is not empty`; between conditions `and`, `or`, `not` and parentheses. Dates: `2026-12-01`, `today`, `now`, `start of week`, `end of month`, each with `+3d`, `-2w`, `+1m`. At most 50 comparisons. */
  filter?: string | undefined
  /** The order; with a minus the other way round. Tasks without a due date come after all that have one. */
  sort?: TaskSort | undefined
  /** Tasks of archived projects, of others, or of both. */
  archived?: ArchivedFilter | undefined
}

/** List the tasks of all projects I can see, without archived ones. `GET /api/v1/tasks` */
export function listTasks(api: Connection, options?: ListTasksOptions): Page<TaskPage> {
  return page(api, '/api/v1/tasks', options)
}

export interface ListProjectTasksOptions extends CallOptions {
  /** The most items a page may have. */
  limit?: number | undefined
  /** next_cursor of the page before; valid for the same user, filter and order. */
  cursor?: string | undefined
  /** Whether to count all items, which costs extra. */
  total?: boolean | undefined
  /** `counts`: how many comments, files, subtasks and open blockers a task has, and the time spent on it. */
  include?: readonly TaskInclude[] | undefined
  /** One or more keys, separated by commas. One that a project does not have matches nothing there. */
  status?: readonly string[] | undefined
  /** One or more, separated by commas: whatever the projects call their statuses. */
  category?: readonly TaskCategory[] | undefined
  /** One or more, separated by commas. */
  priority?: readonly TaskPriority[] | undefined
  /** `me`, `none` or the id of a user. */
  assignee?: string | undefined
  /** Ids of labels, or `none`: tasks with any of them. One or more, separated by commas. */
  label?: readonly string[] | undefined
  /** The subtasks of a task, named by id or reference; with `none` the tasks that hang on none. */
  parent?: string | undefined
  /** Whether a task blocks it that is not done, cancelled or in the trash. */
  blocked?: boolean | undefined
  /** Due before this day or instant. */
  due_before?: string | undefined
  /** Due on or after this day or instant. */
  due_after?: string | undefined
  /** Changed at this instant or after it. */
  updated_since?: string | undefined
  /** Where days begin and end, in filters and in the order by due; yours if it is not given. A task that is due on a day is due at the end of it. */
  time_zone?: string | undefined
  /** Text in the title. */
  q?: string | undefined
  /** Conditions in one text, in addition to the other parameters. Names: title, description, text (of the two), status, category, priority, assignee, label, creator, estimate, start, due, overdue, created, updated, completed, number, ref, parent, project. Operators: `=`, `!=`, `<`, `<=`, `>`, `>=`, `~` (contains), `in (a, b)`, `not in (a, b)`, `is empty`, `is not empty`; between conditions `and`, `or`, `not` and parentheses. Dates: `2026-12-01`, `today`, `now`, `start of week`, `end of month`, each with `+3d`, `-2w`, `+1m`. At most 50 comparisons. */
  filter?: string | undefined
  /** The order; with a minus the other way round. Tasks without a due date come after all that have one. */
  sort?: TaskSort | undefined
  /** With false no tasks if the project is archived, with true none if it is not. */
  archived?: ArchivedFilter | undefined
}

/** List the tasks of a project. `GET /api/v1/projects/{id}/tasks` */
export function listProjectTasks(api: Connection, id: string, options?: ListProjectTasksOptions): Page<TaskPage> {
  return page(api, path`/api/v1/projects/${id}/tasks`, options)
}

/** Add a task to a project. `POST /api/v1/projects/{id}/tasks` */
export function createTask(api: Connection, id: string, body: NewTask, options?: KeyedOptions): Promise<Task> {
  return send(api, 'POST', path`/api/v1/projects/${id}/tasks`, options, body, { keyed: true })
}

export interface FindTaskOptions extends CallOptions {
  /** `counts`: how many comments, files, subtasks and open blockers a task has, and the time spent on it. */
  include?: readonly TaskInclude[] | undefined
}

/** Read a task by id or reference. `GET /api/v1/tasks/{id}` */
export function findTask(api: Connection, id: string, options?: FindTaskOptions): Promise<Task> {
  return send(api, 'GET', path`/api/v1/tasks/${id}`, options)
}

/** Change or move a task. `PATCH /api/v1/tasks/{id}` */
export function updateTask(api: Connection, id: string, body: TaskChanges, options?: EditOptions): Promise<Task> {
  return send(api, 'PATCH', path`/api/v1/tasks/${id}`, options, body)
}

/** Move a task to the trash, with its subtasks. `DELETE /api/v1/tasks/{id}` */
export function deleteTask(api: Connection, id: string, options?: MatchedOptions): Promise<void> {
  return send(api, 'DELETE', path`/api/v1/tasks/${id}`, options)
}

/** Take a task out of the trash, with the subtasks that were deleted with it. `POST /api/v1/tasks/{id}/restore` */
export function restoreTask(api: Connection, id: string, options?: KeyedOptions): Promise<Task> {
  return send(api, 'POST', path`/api/v1/tasks/${id}/restore`, options, undefined, { keyed: true })
}

export interface ListCommentsOptions extends CallOptions {
  /** The most items a page may have. */
  limit?: number | undefined
  /** next_cursor of the page before; valid for the same user, filter and order. */
  cursor?: string | undefined
  /** Whether to count all items, which costs extra. */
  total?: boolean | undefined
  /** Oldest first, or with the minus latest first. */
  sort?: CommentSort | undefined
}

/** List the comments on a task. `GET /api/v1/tasks/{id}/comments` */
export function listComments(api: Connection, id: string, options?: ListCommentsOptions): Page<CommentPage> {
  return page(api, path`/api/v1/tasks/${id}/comments`, options)
}

/** Comment on a task, which can have 5,000 comments. `POST /api/v1/tasks/{id}/comments` */
export function createComment(api: Connection, id: string, body: NewComment, options?: KeyedOptions): Promise<Comment> {
  return send(api, 'POST', path`/api/v1/tasks/${id}/comments`, options, body, { keyed: true })
}

/** Read a comment. `GET /api/v1/comments/{id}` */
export function findComment(api: Connection, id: string, options?: CallOptions): Promise<Comment> {
  return send(api, 'GET', path`/api/v1/comments/${id}`, options)
}

/** Change what I wrote. `PATCH /api/v1/comments/{id}` */
export function updateComment(api: Connection, id: string, body: CommentChanges, options?: EditOptions): Promise<Comment> {
  return send(api, 'PATCH', path`/api/v1/comments/${id}`, options, body)
}

/** Move a comment to the trash: mine, or as an owner any. `DELETE /api/v1/comments/{id}` */
export function deleteComment(api: Connection, id: string, options?: MatchedOptions): Promise<void> {
  return send(api, 'DELETE', path`/api/v1/comments/${id}`, options)
}

/** Take a comment out of the trash. `POST /api/v1/comments/{id}/restore` */
export function restoreComment(api: Connection, id: string, options?: KeyedOptions): Promise<Comment> {
  return send(api, 'POST', path`/api/v1/comments/${id}/restore`, options, undefined, { keyed: true })
}

export interface ListFilesOptions extends CallOptions {
  /** The most items a page may have. */
  limit?: number | undefined
  /** next_cursor of the page before; valid for the same user, filter and order. */
  cursor?: string | undefined
  /** Whether to count all items, which costs extra. */
  total?: boolean | undefined
}

/** List the files on a task and on its comments, oldest first. `GET /api/v1/tasks/{id}/files` */
export function listFiles(api: Connection, id: string, options?: ListFilesOptions): Page<FileInfoPage> {
  return page(api, path`/api/v1/tasks/${id}/files`, options)
}

export interface UploadFileOptions extends CallOptions {
  /** What the file is called. */
  name: string
  /** A name of yours for this request, such as a UUID. Sent again with the same key, it has no second effect and gets the first answer. */
  idempotency_key?: string | undefined
}

/** Put a file on a task. The body is the content of the file, and Content-Type says of which type it is. `POST /api/v1/tasks/{id}/files` */
export function uploadFile(api: Connection, id: string, body: Bytes, options: UploadFileOptions): Promise<FileInfo> {
  return send(api, 'POST', path`/api/v1/tasks/${id}/files`, options, body, { keyed: true, bytes: true })
}

export interface ListCommentFilesOptions extends CallOptions {
  /** The most items a page may have. */
  limit?: number | undefined
  /** next_cursor of the page before; valid for the same user, filter and order. */
  cursor?: string | undefined
  /** Whether to count all items, which costs extra. */
  total?: boolean | undefined
}

/** List the files on a comment, oldest first. `GET /api/v1/comments/{id}/files` */
export function listCommentFiles(api: Connection, id: string, options?: ListCommentFilesOptions): Page<FileInfoPage> {
  return page(api, path`/api/v1/comments/${id}/files`, options)
}

export interface UploadCommentFileOptions extends CallOptions {
  /** What the file is called. */
  name: string
  /** A name of yours for this request, such as a UUID. Sent again with the same key, it has no second effect and gets the first answer. */
  idempotency_key?: string | undefined
}

/** Put a file on a comment of mine. The body is the content of the file, and Content-Type says of which type it is. `POST /api/v1/comments/{id}/files` */
export function uploadCommentFile(api: Connection, id: string, body: Bytes, options: UploadCommentFileOptions): Promise<FileInfo> {
  return send(api, 'POST', path`/api/v1/comments/${id}/files`, options, body, { keyed: true, bytes: true })
}

/** Read what is known of a file. `GET /api/v1/files/{id}` */
export function findFile(api: Connection, id: string, options?: CallOptions): Promise<FileInfo> {
  return send(api, 'GET', path`/api/v1/files/${id}`, options)
}

/** Rename a file. `PATCH /api/v1/files/{id}` */
export function updateFile(api: Connection, id: string, body: FileChanges, options?: EditOptions): Promise<FileInfo> {
  return send(api, 'PATCH', path`/api/v1/files/${id}`, options, body)
}

/** Move a file to the trash. `DELETE /api/v1/files/{id}` */
export function deleteFile(api: Connection, id: string, options?: MatchedOptions): Promise<void> {
  return send(api, 'DELETE', path`/api/v1/files/${id}`, options)
}

/** Read the content of a file, or with Range a part of it. `GET /api/v1/files/{id}/content` */
export function downloadFile(api: Connection, id: string, options?: CallOptions): Promise<Response> {
  return send(api, 'GET', path`/api/v1/files/${id}/content`, options, undefined, { raw: true })
}

/** Take a file out of the trash. `POST /api/v1/files/{id}/restore` */
export function restoreFile(api: Connection, id: string, options?: KeyedOptions): Promise<FileInfo> {
  return send(api, 'POST', path`/api/v1/files/${id}/restore`, options, undefined, { keyed: true })
}

/** Put a label on a task, which can have 50. `PUT /api/v1/tasks/{id}/labels/{label_id}` */
export function addTaskLabel(api: Connection, id: string, labelId: string, options?: CallOptions): Promise<Task> {
  return send(api, 'PUT', path`/api/v1/tasks/${id}/labels/${labelId}`, options)
}

/** Take a label off a task. `DELETE /api/v1/tasks/{id}/labels/{label_id}` */
export function removeTaskLabel(api: Connection, id: string, labelId: string, options?: CallOptions): Promise<void> {
  return send(api, 'DELETE', path`/api/v1/tasks/${id}/labels/${labelId}`, options)
}

/** Assign a member of the project to a task, which can have 50. `PUT /api/v1/tasks/{id}/assignees/{user_id}` */
export function addTaskAssignee(api: Connection, id: string, userId: string, options?: CallOptions): Promise<Task> {
  return send(api, 'PUT', path`/api/v1/tasks/${id}/assignees/${userId}`, options)
}

/** Take somebody off a task. `DELETE /api/v1/tasks/{id}/assignees/{user_id}` */
export function removeTaskAssignee(api: Connection, id: string, userId: string, options?: CallOptions): Promise<void> {
  return send(api, 'DELETE', path`/api/v1/tasks/${id}/assignees/${userId}`, options)
}

export interface SearchOptions extends CallOptions {
  /** Words, or a reference or number of a task. All words have to be there; one of three letters or more, and the last, may be the beginning of a word. Case, accents and punctuation do not matter. */
  q: string
  /** Only in this project, by id or key. */
  project?: string | undefined
  /** In archived projects, in others, or in both. */
  archived?: ArchivedFilter | undefined
  /** The most items. */
  limit?: number | undefined
}

/** Search the titles and texts of what I can see, best first. `GET /api/v1/search` */
export function search(api: Connection, options: SearchOptions): Promise<SearchResults> {
  return send(api, 'GET', '/api/v1/search', options)
}

/** Create, change and delete up to 200 tasks at once. One operation, which is undone as a whole. All or none, unless `atomic` is false. Counts as one request. `POST /api/v1/tasks/bulk` */
export function changeTasks(api: Connection, body: BulkTasks, options?: KeyedOptions): Promise<BulkResults> {
  return send(api, 'POST', '/api/v1/tasks/bulk', options, body, { keyed: true })
}

/** Copy a task, with its subtasks unless asked otherwise. The copies come last in the project and begin anew, in its first status, with the same texts, people, labels, dates and estimates. Comments, files, links and time stay with the original. One operation, which is undone as a whole. `POST /api/v1/tasks/{id}/duplicate` */
export function duplicateTask(api: Connection, id: string, body: TaskCopy, options?: KeyedOptions): Promise<Task> {
  return send(api, 'POST', path`/api/v1/tasks/${id}/duplicate`, options, body, { keyed: true })
}

export interface ListLinksOptions extends CallOptions {
  /** The most items a page may have. */
  limit?: number | undefined
  /** next_cursor of the page before; valid for the same user, filter and order. */
  cursor?: string | undefined
  /** Whether to count all items, which costs extra. */
  total?: boolean | undefined
}

/** List the links of a task to others. `GET /api/v1/tasks/{id}/links` */
export function listLinks(api: Connection, id: string, options?: ListLinksOptions): Page<LinkPage> {
  return page(api, path`/api/v1/tasks/${id}/links`, options)
}

/** Link a task to another one, also of another project; it can have 100 links. `POST /api/v1/tasks/{id}/links` */
export function createLink(api: Connection, id: string, body: NewLink, options?: KeyedOptions): Promise<Link> {
  return send(api, 'POST', path`/api/v1/tasks/${id}/links`, options, body, { keyed: true })
}

/** Read a link. `GET /api/v1/tasks/{id}/links/{link_id}` */
export function findLink(api: Connection, id: string, linkId: string, options?: CallOptions): Promise<Link> {
  return send(api, 'GET', path`/api/v1/tasks/${id}/links/${linkId}`, options)
}

/** Take a link away, from both of its tasks. `DELETE /api/v1/tasks/{id}/links/{link_id}` */
export function deleteLink(api: Connection, id: string, linkId: string, options?: MatchedOptions): Promise<void> {
  return send(api, 'DELETE', path`/api/v1/tasks/${id}/links/${linkId}`, options)
}

export interface ListTimeEntriesOptions extends CallOptions {
  /** The most items a page may have. */
  limit?: number | undefined
  /** next_cursor of the page before; valid for the same user, filter and order. */
  cursor?: string | undefined
  /** Whether to count all items, which costs extra. */
  total?: boolean | undefined
}

/** List the time spent on a task, by when it began. `GET /api/v1/tasks/{id}/time` */
export function listTimeEntries(api: Connection, id: string, options?: ListTimeEntriesOptions): Page<TimeEntryPage> {
  return page(api, path`/api/v1/tasks/${id}/time`, options)
}

/** Log time on a task, or start a timer; a task can have 5,000 entries. `POST /api/v1/tasks/{id}/time` */
export function logTime(api: Connection, id: string, body: NewTimeEntry, options?: KeyedOptions): Promise<TimeEntry> {
  return send(api, 'POST', path`/api/v1/tasks/${id}/time`, options, body, { keyed: true })
}

/** Read a time entry. `GET /api/v1/time/{id}` */
export function findTimeEntry(api: Connection, id: string, options?: CallOptions): Promise<TimeEntry> {
  return send(api, 'GET', path`/api/v1/time/${id}`, options)
}

/** Change a time entry of mine. `PATCH /api/v1/time/{id}` */
export function updateTimeEntry(api: Connection, id: string, body: TimeEntryChanges, options?: EditOptions): Promise<TimeEntry> {
  return send(api, 'PATCH', path`/api/v1/time/${id}`, options, body)
}

/** Move a time entry to the trash: mine, or as an owner any. `DELETE /api/v1/time/{id}` */
export function deleteTimeEntry(api: Connection, id: string, options?: MatchedOptions): Promise<void> {
  return send(api, 'DELETE', path`/api/v1/time/${id}`, options)
}

/** Take a time entry out of the trash. `POST /api/v1/time/{id}/restore` */
export function restoreTimeEntry(api: Connection, id: string, options?: KeyedOptions): Promise<TimeEntry> {
  return send(api, 'POST', path`/api/v1/time/${id}/restore`, options, undefined, { keyed: true })
}

/** Read my timer that is running; 404 if none is, or it is where I cannot see it now. `GET /api/v1/timer` */
export function findTimer(api: Connection, options?: CallOptions): Promise<TimeEntry> {
  return send(api, 'GET', '/api/v1/timer', options)
}

/** Stop my timer that is running, wherever it is; 204 if that is where I cannot see it now. `POST /api/v1/timer/stop` */
export function stopTimer(api: Connection, options?: KeyedOptions): Promise<TimeEntry> {
  return send(api, 'POST', '/api/v1/timer/stop', options, undefined, { keyed: true })
}

export interface SumTimeOptions extends CallOptions {
  /** Entries that began on or after this day or instant. */
  from: string
  /** And before this one, at most 366 days later. */
  to: string
  /** Sums of each person, of each project or of each task. */
  group_by?: TimeGrouping | undefined
  /** In this project only, by id or key. */
  project?: string | undefined
  /** Of this person only: `me` or the id of a user. */
  user?: string | undefined
  /** Where days begin; yours if it is not given. */
  time_zone?: string | undefined
}

/** Sum up the time spent in a period, by person, project or task. `GET /api/v1/reports/time` */
export function sumTime(api: Connection, options: SumTimeOptions): Promise<TimeReport> {
  return send(api, 'GET', '/api/v1/reports/time', options)
}

export interface ListTrashOptions extends CallOptions {
  /** The most items a page may have. */
  limit?: number | undefined
  /** next_cursor of the page before; valid for the same user, filter and order. */
  cursor?: string | undefined
  /** Whether to count all items, which costs extra. */
  total?: boolean | undefined
}

/** List what was deleted and I could restore, latest first. `GET /api/v1/trash` */
export function listTrash(api: Connection, options?: ListTrashOptions): Page<TrashItemPage> {
  return page(api, '/api/v1/trash', options)
}

/** Destroy what is in the trash now, for good. `DELETE /api/v1/trash/{id}` */
export function purge(api: Connection, id: string, options?: CallOptions): Promise<void> {
  return send(api, 'DELETE', path`/api/v1/trash/${id}`, options)
}

/** Undo everything that one request changed. The id is that of the Operation-Id header which every change is answered with. `POST /api/v1/operations/{id}/undo` */
export function undoOperation(api: Connection, id: string, options?: KeyedOptions): Promise<Undone> {
  return send(api, 'POST', path`/api/v1/operations/${id}/undo`, options, undefined, { keyed: true })
}

export interface ListWebhooksOptions extends CallOptions {
  /** The most items a page may have. */
  limit?: number | undefined
  /** next_cursor of the page before; valid for the same user, filter and order. */
  cursor?: string | undefined
  /** Whether to count all items, which costs extra. */
  total?: boolean | undefined
}

/** List a project's webhooks. `GET /api/v1/projects/{id}/webhooks` */
export function listWebhooks(api: Connection, id: string, options?: ListWebhooksOptions): Page<WebhookPage> {
  return page(api, path`/api/v1/projects/${id}/webhooks`, options)
}

/** Tell an endpoint what happens in a project. `POST /api/v1/projects/{id}/webhooks` */
export function createWebhook(api: Connection, id: string, body: NewWebhook, options?: KeyedOptions): Promise<CreatedWebhook> {
  return send(api, 'POST', path`/api/v1/projects/${id}/webhooks`, options, body, { keyed: true })
}

/** Read a webhook. `GET /api/v1/projects/{id}/webhooks/{webhook_id}` */
export function findWebhook(api: Connection, id: string, webhookId: string, options?: CallOptions): Promise<Webhook> {
  return send(api, 'GET', path`/api/v1/projects/${id}/webhooks/${webhookId}`, options)
}

/** Change, disable or enable a webhook. `PATCH /api/v1/projects/{id}/webhooks/{webhook_id}` */
export function updateWebhook(api: Connection, id: string, webhookId: string, body: WebhookChanges, options?: MatchedOptions): Promise<Webhook> {
  return send(api, 'PATCH', path`/api/v1/projects/${id}/webhooks/${webhookId}`, options, body)
}

/** Delete a webhook. `DELETE /api/v1/projects/{id}/webhooks/{webhook_id}` */
export function deleteWebhook(api: Connection, id: string, webhookId: string, options?: MatchedOptions): Promise<void> {
  return send(api, 'DELETE', path`/api/v1/projects/${id}/webhooks/${webhookId}`, options)
}

/** Get a new secret; the one before also signs for a day. `POST /api/v1/projects/{id}/webhooks/{webhook_id}/rotate-secret` */
export function rotateWebhookSecret(api: Connection, id: string, webhookId: string, options?: KeyedOptions): Promise<RotatedSecret> {
  return send(api, 'POST', path`/api/v1/projects/${id}/webhooks/${webhookId}/rotate-secret`, options, undefined, { keyed: true })
}

export interface ListDeliveriesOptions extends CallOptions {
  /** The most items a page may have. */
  limit?: number | undefined
  /** next_cursor of the page before; valid for the same user, filter and order. */
  cursor?: string | undefined
  /** Whether to count all items, which costs extra. */
  total?: boolean | undefined
  /** Only those in this state. */
  status?: DeliveryStatus | undefined
}

/** List what was sent and how it went, latest first. `GET /api/v1/projects/{id}/webhooks/{webhook_id}/deliveries` */
export function listDeliveries(api: Connection, id: string, webhookId: string, options?: ListDeliveriesOptions): Page<DeliveryPage> {
  return page(api, path`/api/v1/projects/${id}/webhooks/${webhookId}/deliveries`, options)
}

/** Send one delivery, or a range of events, again. `POST /api/v1/projects/{id}/webhooks/{webhook_id}/redeliver` */
export function redeliver(api: Connection, id: string, webhookId: string, body: Redelivery, options?: KeyedOptions): Promise<Redelivered> {
  return send(api, 'POST', path`/api/v1/projects/${id}/webhooks/${webhookId}/redeliver`, options, body, { keyed: true })
}

export interface ListChangesOptions extends CallOptions {
  /** `next` of the answer before, or `now` for what happens from here on. Without it all that I can see comes first. */
  after?: string | undefined
  /** The most items a page may have. */
  limit?: number | undefined
  /** Seconds to wait for a change when there is none. */
  wait?: number | undefined
}

/** Follow everything I can see. docs/changes.md shows how to stay in sync with it. `GET /api/v1/changes` */
export function listChanges(api: Connection, options?: ListChangesOptions): Promise<ChangePage> {
  return send(api, 'GET', '/api/v1/changes', options)
}

export interface StreamEventsOptions extends CallOptions {
  /** `next` of the answer before, or `now` for what happens from here on. Without it all that I can see comes first. */
  after?: string | undefined
}

/** Follow everything I can see, live. Server-Sent Events, each the JSON of one item of the feed. `Last-Event-ID` goes on where a stream ended. `GET /api/v1/events` */
export function streamEvents(api: Connection, options?: StreamEventsOptions): Promise<Response> {
  return send(api, 'GET', '/api/v1/events', options, undefined, { raw: true })
}

/** Get a ticket to open one stream with, for browsers. An EventSource cannot send a token: open /events?ticket=… with this within 30 seconds. `POST /api/v1/events/ticket` */
export function createTicket(api: Connection, options?: CallOptions): Promise<Ticket> {
  return send(api, 'POST', '/api/v1/events/ticket', options)
}

export interface ListTaskHistoryOptions extends CallOptions {
  /** The most items a page may have. */
  limit?: number | undefined
  /** next_cursor of the page before; valid for the same user, filter and order. */
  cursor?: string | undefined
  /** Whether to count all items, which costs extra. */
  total?: boolean | undefined
}

/** What happened to a task, latest first. `GET /api/v1/tasks/{id}/history` */
export function listTaskHistory(api: Connection, id: string, options?: ListTaskHistoryOptions): Page<HistoryEntryPage> {
  return page(api, path`/api/v1/tasks/${id}/history`, options)
}

export interface ListProjectHistoryOptions extends CallOptions {
  /** The most items a page may have. */
  limit?: number | undefined
  /** next_cursor of the page before; valid for the same user, filter and order. */
  cursor?: string | undefined
  /** Whether to count all items, which costs extra. */
  total?: boolean | undefined
}

/** What happened in a project, latest first. `GET /api/v1/projects/{id}/history` */
export function listProjectHistory(api: Connection, id: string, options?: ListProjectHistoryOptions): Page<HistoryEntryPage> {
  return page(api, path`/api/v1/projects/${id}/history`, options)
}
