// Who may call what: every route of the running application by every kind of caller. A route that is not in the table
// fails, and so does a row without a route. A call that is refused, and every GET, must leave the database as it was.
import assert from 'node:assert/strict'
import diagnostics from 'node:diagnostics_channel'
import { before, describe, it } from 'node:test'
import type { FastifyInstance, RouteOptions } from 'fastify'
import { v7 as uuid } from 'uuid'
import { createTokens } from '../src/accounts/auth/tokens.ts'
import { makeToken } from '../src/accounts/tokens/secret.ts'
import { ALL_SCOPES, withIncluded, WITHOUT_PROJECT, type Scope } from '../src/scopes.ts'
import { PASSWORD, start } from './harness.ts'
import { createFixture, type Fixture } from './fixture.ts'

const routes: RouteOptions[] = []
const listen = (message: unknown) =>
  (message as { fastify: FastifyInstance }).fastify.addHook('onRoute', (route) => void routes.push(route))
diagnostics.subscribe('fastify.initialization', listen)
const world = await start()
diagnostics.unsubscribe('fastify.initialization', listen)

const CALLERS = [
  'anonymous',
  'expired', // the owner, with a token whose time is over
  'outsider',
  'viewer',
  'editor',
  'owner',
  'other', // the owner of another project
  'admin', // of the instance, and no member
  'removed', // an editor until somebody took them off the project
  'disabled', // an editor whose account is disabled, and whose session was forgotten to be ended
] as const
type Caller = (typeof CALLERS)[number]

interface Details {
  body?: (fixture: Fixture) => object
  query?: (fixture: Fixture) => string
  /** What the path's {id} is, where it is not what `ID` says. */
  id?: (fixture: Fixture) => string
  /** What a token needs besides what the route says, for what is undone. */
  scope?: Scope
  /** Who may do it, where an administrator may not. */
  by?: Caller
}

const open = (status: number) => CALLERS.map(() => status).join(' ')
const name = () => ({ name: 'Renamed' })
const words = () => ({ body: 'Changed' })
const webhook = () => ({ url: 'https://example.com/hook' })

// One line for each route: the statuses in the order of CALLERS, and what the request needs besides its address.
// prettier-ignore
const TABLE: Record<string, [statuses: string, details?: Details]> = {
  //                                                             anon exp out view edit own other adm remv dis
  'GET /livez':                                                   [open(200)],
  'GET /readyz':                                                  [open(200)],
  'GET /health':                                                  [open(200)],
  'GET /openapi.json':                                            [open(200)],
  'GET /':                                                        [open(200)],
  'POST /api/v1/auth/register':                                   [open(201), { body: () => ({ email: `${uuid()}@example.com`, name: 'New', password: PASSWORD }) }],
  'POST /api/v1/auth/login':                                      [open(200), { body: ({ owner }) => ({ email: owner.email, password: PASSWORD }) }],
  'POST /api/v1/auth/refresh':                                    [open(200), { body: ({ refreshToken }) => ({ refresh_token: refreshToken }) }],
  'GET /reset-password':                                          [open(200)],
  'GET /api/v1/capabilities':                                     [open(200)],
  'POST /api/v1/auth/password/forgot':                            [open(204), { body: ({ owner }) => ({ email: owner.email }) }],
  'POST /api/v1/auth/password/reset':                             [open(400), { body: () => ({ token: 'a.b.c', new_password: PASSWORD }) }],
  'GET /verify-email':                                            [open(200)],
  'POST /api/v1/auth/verify-email':                               [open(400), { body: () => ({ token: 'a.b.c' }) }],
  'POST /api/v1/auth/verify-email/link':                          ['401 401 204 204 204 204 204 204 204 401'],
  'POST /api/v1/auth/logout':                                     ['401 401 204 204 204 204 204 204 204 401'],
  'GET /api/v1/auth/validate':                                    ['401 401 200 200 200 200 200 200 200 401'],
  'GET /api/v1/auth/sessions':                                    ['401 401 200 200 200 200 200 200 200 401'],
  'DELETE /api/v1/auth/sessions':                                 ['401 401 204 204 204 204 204 204 204 401'],
  'DELETE /api/v1/auth/sessions/{id}':                            ['401 401 404 404 404 204 404 404 404 401'],
  'POST /api/v1/auth/password':                                   ['401 401 204 204 204 204 204 204 204 401', { body: () => ({ current_password: PASSWORD, new_password: 'another horse, another staple' }) }],
  'GET /api/v1/tokens':                                           ['401 401 200 200 200 200 200 200 200 401'],
  'POST /api/v1/tokens':                                          ['401 401 201 201 201 201 201 201 201 401', { body: () => ({ name: 'Import', scopes: ['tasks:read'] }) }],
  'DELETE /api/v1/tokens':                                        ['401 401 204 204 204 204 204 204 204 401'],
  'GET /api/v1/tokens/{id}':                                      ['401 401 404 404 404 200 404 404 404 401'],
  'DELETE /api/v1/tokens/{id}':                                   ['401 401 404 404 404 204 404 404 404 401'],
  'GET /api/v1/bots':                                             ['401 401 200 200 200 200 200 200 200 401'],
  'POST /api/v1/bots':                                            ['401 401 422 403 403 201 422 201 422 401', { body: ({ project }) => ({ name: 'Robot', project_id: project }) }],
  'GET /api/v1/bots/{id}':                                        ['401 401 404 404 404 200 404 200 404 401'],
  'PATCH /api/v1/bots/{id}':                                      ['401 401 404 404 404 200 404 200 404 401', { body: name }],
  'DELETE /api/v1/bots/{id}':                                     ['401 401 404 404 404 204 404 204 404 401'],
  'GET /api/v1/bots/{id}/tokens':                                 ['401 401 404 404 404 200 404 200 404 401'],
  'POST /api/v1/bots/{id}/tokens':                                ['401 401 404 404 404 201 404 201 404 401', { body: () => ({ name: 'Import', scopes: ['tasks:read'] }) }],
  'GET /api/v1/bots/{id}/tokens/{token_id}':                      ['401 401 404 404 404 200 404 200 404 401'],
  'DELETE /api/v1/bots/{id}/tokens/{token_id}':                   ['401 401 404 404 404 204 404 204 404 401'],
  'GET /api/v1/users/me':                                         ['401 401 200 200 200 200 200 200 200 401'],
  'PATCH /api/v1/users/me':                                       ['401 401 200 200 200 200 200 200 200 401', { body: name }],
  'DELETE /api/v1/users/me':                                      ['401 401 204 204 204 409 204 204 204 401', { body: () => ({ current_password: PASSWORD }) }],
  'GET /api/v1/users':                                            ['401 401 403 403 403 403 403 200 403 401'],
  'POST /api/v1/users':                                           ['401 401 403 403 403 403 403 201 403 401', { body: () => ({ email: `${uuid()}@example.com`, name: 'New' }) }],
  'GET /api/v1/users/{id}':                                       ['401 401 403 403 403 403 403 200 403 401'],
  'PATCH /api/v1/users/{id}':                                     ['401 401 403 403 403 403 403 200 403 401', { body: () => ({ role: 'admin' }) }],
  'DELETE /api/v1/users/{id}':                                    ['401 401 403 403 403 403 403 204 403 401'],
  'DELETE /api/v1/users/{id}/sessions':                           ['401 401 403 403 403 403 403 204 403 401'],
  'POST /api/v1/users/{id}/invitation':                           ['401 401 403 403 403 403 403 201 403 401'],
  'GET /api/v1/audit':                                            ['401 401 403 403 403 403 403 200 403 401'],
  'GET /api/v1/projects':                                         ['401 401 200 200 200 200 200 200 200 401'],
  'POST /api/v1/projects':                                        ['401 401 201 201 201 201 201 201 201 401', { body: name }],
  'GET /api/v1/projects/{id}':                                    ['401 401 404 200 200 200 404 200 404 401'],
  'PATCH /api/v1/projects/{id}':                                  ['401 401 404 403 403 200 404 200 404 401', { body: name }],
  'DELETE /api/v1/projects/{id}':                                 ['401 401 404 403 403 204 404 204 404 401'],
  'POST /api/v1/projects/{id}/restore':                           ['401 401 404 404 404 200 404 200 404 401', { id: ({ trashedProject }) => trashedProject }],
  'GET /api/v1/projects/{id}/members':                            ['401 401 404 200 200 200 404 200 404 401'],
  'POST /api/v1/projects/{id}/members':                           ['401 401 404 403 403 201 404 201 404 401', { body: ({ outsider }) => ({ user_id: outsider.id }) }],
  'GET /api/v1/projects/{id}/members/{user_id}':                  ['401 401 404 200 200 200 404 200 404 401'],
  'PUT /api/v1/projects/{id}/members/{user_id}':                  ['401 401 404 403 403 200 404 200 404 401', { body: () => ({ role: 'editor' }) }],
  'DELETE /api/v1/projects/{id}/members/{user_id}':               ['401 401 404 403 403 204 404 204 404 401'],
  'GET /api/v1/projects/{id}/statuses':                           ['401 401 404 200 200 200 404 200 404 401'],
  'POST /api/v1/projects/{id}/statuses':                          ['401 401 404 403 403 201 404 201 404 401', { body: () => ({ name: 'Review', category: 'in_progress' }) }],
  'GET /api/v1/projects/{id}/statuses/{key}':                     ['401 401 404 200 200 200 404 200 404 401'],
  'PATCH /api/v1/projects/{id}/statuses/{key}':                   ['401 401 404 403 403 200 404 200 404 401', { body: name }],
  'DELETE /api/v1/projects/{id}/statuses/{key}':                  ['401 401 404 403 403 204 404 204 404 401'],
  'GET /api/v1/views':                                            ['401 401 200 200 200 200 200 200 200 401'],
  'POST /api/v1/views':                                           ['401 401 201 201 201 201 201 201 201 401', { body: () => ({ name: 'New' }) }],
  'GET /api/v1/projects/{id}/views':                              ['401 401 404 200 200 200 404 200 404 401'],
  'POST /api/v1/projects/{id}/views':                             ['401 401 404 403 201 201 404 201 404 401', { body: () => ({ name: 'New' }) }],
  'GET /api/v1/views/{id}':                                       ['401 401 404 200 200 200 404 200 404 401'],
  'GET /api/v1/views/{id}/tasks':                                 ['401 401 404 200 200 200 404 200 404 401'],
  'PATCH /api/v1/views/{id}':                                     ['401 401 404 403 200 200 404 200 404 401', { body: name }],
  'DELETE /api/v1/views/{id}':                                    ['401 401 404 403 204 204 404 204 404 401'],
  'POST /api/v1/views/{id}/restore':                              ['401 401 404 403 200 200 404 200 404 401', { id: ({ trashedView }) => trashedView }],
  'GET /api/v1/projects/{id}/fields':                             ['401 401 404 200 200 200 404 200 404 401'],
  'POST /api/v1/projects/{id}/fields':                            ['401 401 404 403 403 201 404 201 404 401', { body: () => ({ name: 'Weight', type: 'number' }) }],
  'GET /api/v1/projects/{id}/fields/{key}':                       ['401 401 404 200 200 200 404 200 404 401'],
  'PATCH /api/v1/projects/{id}/fields/{key}':                     ['401 401 404 403 403 200 404 200 404 401', { body: name }],
  'DELETE /api/v1/projects/{id}/fields/{key}':                    ['401 401 404 403 403 204 404 204 404 401'],
  'GET /api/v1/projects/{id}/labels':                             ['401 401 404 200 200 200 404 200 404 401'],
  'POST /api/v1/projects/{id}/labels':                            ['401 401 404 403 201 201 404 201 404 401', { body: () => ({ name: 'New' }) }],
  'GET /api/v1/labels/{id}':                                      ['401 401 404 200 200 200 404 200 404 401'],
  'PATCH /api/v1/labels/{id}':                                    ['401 401 404 403 200 200 404 200 404 401', { body: name }],
  'DELETE /api/v1/labels/{id}':                                   ['401 401 404 403 204 204 404 204 404 401'],
  'POST /api/v1/labels/{id}/restore':                             ['401 401 404 403 200 200 404 200 404 401', { id: ({ trashedLabel }) => trashedLabel }],
  'GET /api/v1/projects/{id}/tasks':                              ['401 401 404 200 200 200 404 200 404 401'],
  'POST /api/v1/projects/{id}/tasks':                             ['401 401 404 403 201 201 404 201 404 401', { body: () => ({ title: 'New' }) }],
  'GET /api/v1/tasks':                                            ['401 401 200 200 200 200 200 200 200 401'],
  'GET /api/v1/search':                                           ['401 401 404 200 200 200 404 200 404 401', { query: ({ project }) => `?q=task&project=${project}` }],
  'GET /api/v1/tasks/{id}':                                       ['401 401 404 200 200 200 404 200 404 401'],
  'PATCH /api/v1/tasks/{id}':                                     ['401 401 404 403 200 200 404 200 404 401', { body: () => ({ title: 'Renamed' }) }],
  'DELETE /api/v1/tasks/{id}':                                    ['401 401 404 403 204 204 404 204 404 401'],
  'POST /api/v1/tasks/{id}/duplicate':                            ['401 401 404 403 201 201 404 201 404 401', { body: () => ({}) }],
  'POST /api/v1/tasks/{id}/restore':                              ['401 401 404 403 200 200 404 200 404 401', { id: ({ trashedTask }) => trashedTask }],
  'GET /api/v1/tasks/{id}/comments':                              ['401 401 404 200 200 200 404 200 404 401'],
  'POST /api/v1/tasks/{id}/comments':                             ['401 401 404 403 201 201 404 201 404 401', { body: words }],
  'GET /api/v1/tasks/{id}/links':                                 ['401 401 404 200 200 200 404 200 404 401'],
  'POST /api/v1/tasks/{id}/links':                                ['401 401 404 403 201 201 404 201 404 401', { body: ({ linkable }) => ({ kind: 'relates_to', linked_task_id: linkable }) }],
  'GET /api/v1/tasks/{id}/links/{link_id}':                       ['401 401 404 200 200 200 404 200 404 401'],
  'DELETE /api/v1/tasks/{id}/links/{link_id}':                    ['401 401 404 403 204 204 404 204 404 401'],
  'GET /api/v1/comments/{id}':                                    ['401 401 404 200 200 200 404 200 404 401'],
  'PATCH /api/v1/comments/{id}':                                  ['401 401 404 403 200 403 404 403 404 401', { body: words, by: 'editor' }],
  'DELETE /api/v1/comments/{id}':                                 ['401 401 404 403 204 204 404 204 404 401'],
  'POST /api/v1/comments/{id}/restore':                           ['401 401 404 403 200 200 404 200 404 401', { id: ({ trashedComment }) => trashedComment }],
  'POST /api/v1/tasks/bulk':                                      ['401 401 404 403 200 200 404 200 404 401', { body: ({ task }) => ({ operations: [{ update: { id: task, title: 'Renamed' } }] }) }],
  'PUT /api/v1/tasks/{id}/labels/{label_id}':                     ['401 401 404 403 200 200 404 200 404 401'],
  'DELETE /api/v1/tasks/{id}/labels/{label_id}':                  ['401 401 404 403 204 204 404 204 404 401'],
  'PUT /api/v1/tasks/{id}/assignees/{user_id}':                   ['401 401 404 403 200 200 404 200 404 401'],
  'DELETE /api/v1/tasks/{id}/assignees/{user_id}':                ['401 401 404 403 204 204 404 204 404 401'],
  'GET /api/v1/tasks/{id}/files':                                 ['401 401 404 200 200 200 404 200 404 401'],
  'POST /api/v1/tasks/{id}/files':                                ['401 401 404 403 201 201 404 201 404 401', { body: words, query: () => '?name=words.json' }],
  'GET /api/v1/comments/{id}/files':                              ['401 401 404 200 200 200 404 200 404 401'],
  'POST /api/v1/comments/{id}/files':                             ['401 401 404 403 201 403 404 403 404 401', { body: words, query: () => '?name=words.json' }],
  'GET /api/v1/files/{id}':                                       ['401 401 404 200 200 200 404 200 404 401'],
  'GET /api/v1/files/{id}/content':                               ['401 401 404 200 200 200 404 200 404 401'],
  'PATCH /api/v1/files/{id}':                                     ['401 401 404 403 200 200 404 200 404 401', { body: name }],
  'DELETE /api/v1/files/{id}':                                    ['401 401 404 403 204 204 404 204 404 401'],
  'POST /api/v1/files/{id}/restore':                              ['401 401 404 403 200 200 404 200 404 401', { id: ({ trashedFile }) => trashedFile }],
  'GET /api/v1/tasks/{id}/time':                                  ['401 401 404 200 200 200 404 200 404 401'],
  'POST /api/v1/tasks/{id}/time':                                 ['401 401 404 403 201 201 404 201 404 401', { body: () => ({ minutes: 5 }) }],
  'GET /api/v1/time/{id}':                                        ['401 401 404 200 200 200 404 200 404 401'],
  'POST /api/v1/time/{id}/restore':                               ['401 401 404 403 200 200 404 200 404 401', { id: ({ trashedTimeEntry }) => trashedTimeEntry }],
  'GET /api/v1/timer':                                            ['401 401 404 404 200 404 404 404 404 401'],
  'POST /api/v1/timer/stop':                                      ['401 401 404 404 200 404 404 404 404 401'],
  'PATCH /api/v1/time/{id}':                                      ['401 401 404 403 200 403 404 403 404 401', { body: () => ({ note: 'Changed' }), by: 'editor' }],
  'DELETE /api/v1/time/{id}':                                     ['401 401 404 403 204 204 404 204 404 401'],
  'GET /api/v1/reports/time':                                     ['401 401 404 200 200 200 404 200 404 401', { query: ({ project }) => `?from=2026-01-01&to=2026-02-01&project=${project}` }],
  'GET /api/v1/trash':                                            ['401 401 200 200 200 200 200 200 200 401'],
  'DELETE /api/v1/trash/{id}':                                    ['401 401 403 403 403 403 403 204 403 401'],
  'POST /api/v1/operations/{id}/undo':                            ['401 401 404 403 200 200 404 200 404 401', { scope: 'tasks:write' }],
  'GET /api/v1/projects/{id}/history':                            ['401 401 404 200 200 200 404 200 404 401'],
  'GET /api/v1/tasks/{id}/history':                               ['401 401 404 200 200 200 404 200 404 401'],
  'GET /api/v1/changes':                                          ['401 401 200 200 200 200 200 200 200 401'],
  'GET /api/v1/events':                                           ['401 401 200 200 200 200 200 200 200 401'],
  'POST /api/v1/events/ticket':                                   ['401 401 200 200 200 200 200 200 200 401'],
  'GET /api/v1/projects/{id}/webhooks':                           ['401 401 404 403 403 200 404 200 404 401'],
  'POST /api/v1/projects/{id}/webhooks':                          ['401 401 404 403 403 201 404 201 404 401', { body: webhook }],
  'GET /api/v1/projects/{id}/webhooks/{webhook_id}':              ['401 401 404 403 403 200 404 200 404 401'],
  'PATCH /api/v1/projects/{id}/webhooks/{webhook_id}':            ['401 401 404 403 403 200 404 200 404 401', { body: webhook }],
  'DELETE /api/v1/projects/{id}/webhooks/{webhook_id}':           ['401 401 404 403 403 204 404 204 404 401'],
  'POST /api/v1/projects/{id}/webhooks/{webhook_id}/rotate-secret': ['401 401 404 403 403 200 404 200 404 401'],
  'GET /api/v1/projects/{id}/webhooks/{webhook_id}/deliveries':   ['401 401 404 403 403 200 404 200 404 401'],
  'POST /api/v1/projects/{id}/webhooks/{webhook_id}/redeliver':   ['401 401 404 403 403 202 404 202 404 401', { body: () => ({ from_seq: 1, to_seq: 1 }) }],
}

/** What {id} is below each first word of an address. */
const ID: Record<string, (fixture: Fixture) => string> = {
  projects: ({ project }) => project,
  labels: ({ label }) => label,
  views: ({ view }) => view,
  tasks: ({ task }) => task,
  comments: ({ comment }) => comment,
  files: ({ file }) => file,
  time: ({ timeEntry }) => timeEntry,
  users: ({ member }) => member,
  auth: ({ ownersOtherSession }) => ownersOtherSession,
  tokens: ({ apiToken }) => apiToken,
  bots: ({ bot }) => bot,
  trash: ({ trashedTask }) => trashedTask,
  operations: ({ operation }) => operation,
}

/** What {key} is: of a field, or of a status. */
const keyIn = (template: string) => (template.includes('/fields/') ? 'cost' : 'cancelled')

const expiring = createTokens(world.config.jwtSecret, -60)
const tokenOf = (fixture: Fixture, caller: Caller) =>
  caller === 'anonymous'
    ? undefined
    : caller === 'expired'
      ? expiring.signAccess(fixture.owner.id, fixture.owner.sessionId)
      : world.tokens.signAccess(fixture[caller].id, fixture[caller].sessionId)

/** Calls a route and answers what came; a stream is not read to its end. */
async function call(
  method: string,
  template: string,
  ids: Record<string, string>,
  token?: string,
  body?: object,
  sent: Record<string, string> = {},
) {
  const path = template.replace(/\{(\w+)\}/g, (_, parameter: string) => ids[parameter] ?? 'missing')
  const response = await fetch(world.origins[0] + path, {
    method,
    headers: {
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
      ...(body && { 'content-type': 'application/json' }),
      ...sent,
    },
    ...(body && { body: JSON.stringify(body) }),
  })
  const { status, headers } = response
  if (headers.get('content-type')?.startsWith('text/event-stream')) {
    await response.body?.cancel()
    return { status, headers, text: '' }
  }
  return { status, headers, text: await response.text() }
}

// Counts of attempts are kept for refused calls too; the trail's events are counted, since numbering moves them.
const UNWATCHED = ['throttles', 'trail', 'events', 'pending_events']
let digest = ''

/** Tells two states of the database apart: whoever writes a row, if only the same again, leaves a new xmin in it. */
const contents = async () => (await world.pool.query({ name: 'contents', text: digest })).rows

describe('access', () => {
  let fixture: Fixture

  before(async () => {
    const { rows } = await world.pool.query<{ name: string }>(
      `select relname as name from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace and relname <> all ($1)`,
      [UNWATCHED],
    )
    digest = [
      ...rows.map(
        ({ name: table }) => `select '${table}' as table, count(*), sum(xmin::text::bigint) from ${table}`,
      ),
      `select 'trail', (select count(*) from events) + (select count(*) from pending_events), 0`,
    ].join(' union all ')
    fixture = await createFixture(world)
  })

  it('has a row for every route and a route for every row', () => {
    const served = routes
      .filter(({ url, config }) => !config?.refusal && !url.startsWith('/docs') && !url.includes('*'))
      .flatMap(({ url, method }) =>
        [method].flat().map((each) => `${each} ${url.replace(/:(\w+)/g, '{$1}')}`),
      )
      // A HEAD is its GET without the body.
      .filter((route, _, all) => !(route.startsWith('HEAD ') && all.includes(route.replace('HEAD', 'GET'))))
    assert.deepEqual([...new Set(served)].sort(), Object.keys(TABLE).sort())
  })

  for (const [route, [statuses, details = {}]] of Object.entries(TABLE)) {
    const [method = '', template = ''] = route.split(' ')

    it(`${route} answers each caller as the table says, and a refusal changes nothing`, async () => {
      const answered: string[] = []
      let known = await contents()
      for (const caller of CALLERS) {
        const id = (details.id ?? ID[template.split('/')[3] ?? ''])?.(fixture) ?? ''
        const ids = {
          id,
          user_id: fixture.member,
          label_id: fixture.label,
          webhook_id: fixture.webhook,
          link_id: fixture.link,
          token_id: fixture.botToken,
          key: keyIn(template),
        }
        const token = await tokenOf(fixture, caller)
        const address = template + (details.query?.(fixture) ?? '')
        const answer = await call(method, address, ids, token, details.body?.(fixture))
        answered.push(String(answer.status))
        if (method !== 'GET' && answer.status < 400) {
          fixture = await createFixture(world)
          known = await contents()
          continue
        }
        assert.deepEqual(await contents(), known, `${caller} got ${answer.status} and changed something`)
        if (answer.status === 401) checkChallenge(answer.headers, caller)
        if (answer.status === 404 && caller === 'outsider') await checkSecrecy(answer.text, token)
      }
      assert.equal(answered.join(' '), statuses)

      /** What one may not know of looks like what does not exist. */
      async function checkSecrecy(text: string, token?: string) {
        const nowhere = {
          id: uuid(),
          user_id: uuid(),
          label_id: uuid(),
          link_id: uuid(),
          token_id: uuid(),
          webhook_id: uuid(),
          key: 'nothing',
        }
        const elsewhere = template + (details.query?.({ ...fixture, project: nowhere.id }) ?? '')
        const answer = await call(method, elsewhere, nowhere, token, details.body?.(fixture))
        assert.deepEqual(
          { ...JSON.parse(answer.text), request_id: '' },
          { ...JSON.parse(text), request_id: '' },
        )
      }
    })
  }
})

/** Makes a token of a user for a program, which seems to have been used just now. */
async function issue(
  user: string,
  scopes: readonly Scope[],
  more: { projects?: string[]; ends?: string } = {},
) {
  const { id, token, hash } = makeToken(uuid())
  await world.pool.query(
    `insert into tokens (id, user_id, name, hash, scopes, project_ids, expires_at, last_used_at)
     values ($1, $2, 'Program', $3, $4, $5, now() + $6::interval, now())`,
    [id, user, hash, withIncluded(scopes), more.projects ?? null, more.ends ?? '1 day'],
  )
  return token
}

describe('access by token', () => {
  let fixture: Fixture
  before(async () => {
    fixture = await createFixture(world)
  })

  for (const [route, [statuses, details = {}]] of Object.entries(TABLE)) {
    const [method = '', template = ''] = route.split(' ')
    const { access, scope } = routes.find(
      ({ url, method: verb }) => verb === method && url.replace(/:(\w+)/g, '{$1}') === template,
    )!.config!
    if (access === 'public') continue

    it(`${route} takes one that is for it, as far as its user may, and no other`, async () => {
      assert(scope)
      const who = details.by ?? (access === 'admin' ? 'admin' : 'owner')
      const as = (caller: Caller) => statuses.split(' ')[CALLERS.indexOf(caller)]
      const user = fixture[who as 'owner'].id
      const id = (details.id ?? ID[template.split('/')[3] ?? ''])?.(fixture) ?? ''
      const ids = {
        id,
        user_id: fixture.member,
        label_id: fixture.label,
        webhook_id: fixture.webhook,
        link_id: fixture.link,
        token_id: fixture.botToken,
        key: keyIn(template),
      }
      const ask = async (token: string) => {
        const address = template + (details.query?.(fixture) ?? '')
        const { status, headers, text } = await call(method, address, ids, token, details.body?.(fixture))
        const code = status < 400 ? '' : ` ${JSON.parse(text).code}`
        const challenged = status === 401 || / with the scope /.test(text)
        assert.equal(headers.has('www-authenticate'), challenged, text)
        return `${status}${code}`
      }
      const needed: readonly Scope[] =
        scope === 'any' || scope === 'person' ? ALL_SCOPES : [details.scope ?? scope]
      const others = ALL_SCOPES.filter((other) => !withIncluded([other]).includes(needed[0]!))
      const gone = '401 unauthenticated'
      assert.equal(await ask(await issue(user, needed, { ends: '-1 second' })), gone, 'expired')
      const ended = await issue(user, needed)
      await world.pool.query('update tokens set expires_at = now() where user_id = $1', [user])
      assert.equal(await ask(ended), gone, 'revoked')
      if (scope === 'person') return assert.equal(await ask(await issue(user, needed)), '403 person_needed')
      if (scope !== 'any')
        assert.equal(await ask(await issue(user, others)), '403 insufficient_scope', 'not for this')
      if (!WITHOUT_PROJECT.includes(needed.at(-1)!) || scope === 'any') {
        const bounded = ALL_SCOPES.filter((each) => !WITHOUT_PROJECT.includes(each))
        const expected =
          /^POST \S+\/(projects|views)$/.test(route) && !template.includes('{')
            ? '403'
            : template.includes('v1/tokens/')
              ? '404'
              : as('other')
        const elsewhere = await issue(user, bounded, { projects: [fixture.othersProject, uuid()] })
        const unknown = await contents()
        const answer = await ask(elsewhere)
        assert.equal(answer.split(' ')[0], expected, `for another project: ${answer}`)
        if (method === 'GET' || !expected?.startsWith('2')) assert.deepEqual(await contents(), unknown)
      }
      const expected = template.includes('v1/tokens/') ? '404' : as(who)
      assert.equal((await ask(await issue(user, needed))).split(' ')[0], expected, 'for this')
      if (method !== 'GET') fixture = await createFixture(world)
    })
  }
})

/** What is changed by address and has a version: PATCH, PUT and DELETE of it, and its acts such as restoring it. */
const VERSIONED = /^(PATCH|PUT|DELETE) \S+(\}|\/me)$|\/(restore|rotate-secret|redeliver)$/
/** Sessions, tokens and what is in the trash have no version. */
const UNVERSIONED = /\/(sessions|trash|tokens)\//

describe('If-Match', () => {
  for (const [route, [, details = {}]] of Object.entries(TABLE)) {
    if (!VERSIONED.test(route) || UNVERSIONED.test(route)) continue
    const [method = '', template = ''] = route.split(' ')

    it(`of an older version makes ${route} answer 412 and change nothing`, async () => {
      const fixture = await createFixture(world)
      const id = (details.id ?? ID[template.split('/')[3] ?? ''])?.(fixture) ?? ''
      const ids = {
        id,
        user_id: fixture.member,
        label_id: fixture.label,
        webhook_id: fixture.webhook,
        link_id: fixture.link,
        token_id: fixture.botToken,
        key: keyIn(template),
      }
      const known = await contents()
      const answer = await call(
        method,
        template,
        ids,
        await tokenOf(fixture, details.by ?? 'admin'),
        details.body?.(fixture),
        {
          'if-match': '"99-old"',
        },
      )
      assert.equal(answer.status, 412, answer.text)
      assert.equal(JSON.parse(answer.text).code, 'precondition_failed')
      assert.deepEqual(await contents(), known)
    })
  }
})

function checkChallenge(headers: Headers, caller: Caller): void {
  const challenge = caller === 'anonymous' ? 'Bearer' : 'Bearer error="invalid_token"'
  assert.equal(headers.get('www-authenticate'), challenge)
}
