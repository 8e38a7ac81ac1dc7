// Two servers of the application on one database of their own, and people who talk to them over HTTP. Requests take
// turns between the two servers, so whatever one of them keeps to itself shows up as a failing test.
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after } from 'node:test'
import pg from 'pg'
import { v7 as uuid } from 'uuid'
import { buildApp } from '../src/app.ts'
import { createTokens } from '../src/accounts/auth/tokens.ts'
import { loadConfig, type Config } from '../src/config.ts'
import { openDatabase } from '../src/database/db.ts'
import { responseChecker } from './contract.ts'
import { createDatabase, serversUrl } from './database.ts'
import { misusedTransactions, watchTransactions } from './transaction-watch.ts'
import { watchLog, type LogWatch } from './log-watch.ts'

export interface Answer {
  status: number
  headers: Headers
  body: any
}

export interface Client {
  get(path: string, headers?: Record<string, string>): Promise<Answer>
  post(path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer>
  put(path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer>
  patch(path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer>
  delete(path: string, headers?: Record<string, string>, body?: unknown): Promise<Answer>
  /** Deletes the account. */
  leave(headers?: Record<string, string>): Promise<Answer>
}

export interface Actor extends Client {
  id: string
  email: string
  name: string
  token: string
  sessionId: string
}

export type World = Awaited<ReturnType<typeof start>>

export const PASSWORD = 'correct horse battery staple'
/** Argon2id of PASSWORD with today's parameters, so that making a user costs no hashing. */
export const PASSWORD_HASH =
  '$argon2id$v=19$m=19456,t=2,p=1$ZIn2PTFfZmclc4uQ6hToAA$QerHoqUFZs5EZk3kV+mTwQKmfivf0nPM8DiuQ4RBiic'

/** What `include=counts` answers of a task on which there is nothing. */
export const NOTHING_COUNTED = {
  comments: 0,
  files: 0,
  subtasks: 0,
  subtasks_done: 0,
  blocked_by: 0,
  spent_minutes: 0,
  subtasks_estimate_minutes: 0,
  subtasks_spent_minutes: 0,
}

type Environment = Record<string, string>

/** Where the tables that triggers keep up with tasks do not say what the tasks do. */
const STRAYS = `
  with updates as (select project_id, updated_at::text, id::text from tasks where deleted_at is null),
  kept_updates as (select project_id, updated_at::text, task_id::text from task_updates),
  counts as (select project_id, category, count(*)::text from tasks where deleted_at is null group by 1, 2),
  kept_counts as (select project_id, status, sum(count)::text from task_counts group by 1, 2 having sum(count) <> 0),
  documents as (select project_id, id::text, search_vector(project_id, title, description)::text from tasks where deleted_at is null
    union all select project_id, id::text, search_vector(project_id, null, body)::text from comments where deleted_at is null),
  kept_documents as (select project_id, id::text, words::text from search_documents)
  (select 'not to be found', * from documents except select 'not to be found', * from kept_documents)
  union all (select 'to be found', * from kept_documents except select 'to be found', * from documents)
  union all (select 'not kept', * from updates except select 'not kept', * from kept_updates)
  union all (select 'kept', * from kept_updates except select 'kept', * from updates)
  union all (select 'not counted', * from counts except select 'not counted', * from kept_counts)
  union all (select 'counted', * from kept_counts except select 'counted', * from counts)
  union all select 'astray', comments.project_id, task_id::text, comments.id::text
    from comments join tasks on tasks.id = task_id where comments.project_id <> tasks.project_id
  union all select 'astray', links.project_id, task_id::text, links.id::text
    from links join tasks on tasks.id = task_id where links.project_id <> tasks.project_id
  union all select 'astray', files.project_id, files.task_id::text, files.id::text
    from files join tasks on tasks.id = files.task_id left join comments on comments.id = comment_id
    where files.project_id <> tasks.project_id or comments.task_id <> tasks.id
  union all (select 'without its value', project_id, id::text, key from tasks, jsonb_object_keys(fields) as key
    except select 'without its value', project_id, task_id::text, key from field_values)
  union all (select 'with a value', project_id, task_id::text, key from field_values
    except select 'with a value', project_id, id::text, key from tasks, jsonb_object_keys(fields) as key)
  union all select 'astray', time_entries.project_id, task_id::text, time_entries.id::text
    from time_entries join tasks on tasks.id = task_id where time_entries.project_id <> tasks.project_id`

/**
 * Starts the servers for a test file and stops them after its last test. `env` overrides the configuration; it may
 * depend on the database's URL.
 */
export async function start(env: Environment | ((databaseUrl: string) => Promise<Environment>) = {}) {
  const database = await createDatabase()
  const dataDir = mkdtempSync(join(tmpdir(), 'tasktrail-data-'))
  const config: Config = loadConfig({
    DATABASE_URL: serversUrl(database.url),
    DB_PREPARED: process.env['TEST_POOLER_URL'] ? 'off' : 'on',
    JWT_SECRET_KEY: 'for the tests only 0123456789abcdefghijk',
    RATE_LIMIT: 'off',
    DATA_DIR: dataDir,
    DB_POOL_SIZE: '8',
    ...(typeof env === 'function' ? await env(database.url) : env),
  })
  const pool = new pg.Pool({ connectionString: database.url, max: 4 })
  pool.on('error', () => undefined)
  const log = watchLog()
  const servers = await Promise.all([0, 1].map(() => serve(config, log)))
  const tokens = createTokens(config.jwtSecret, config.accessTtl)
  const origins = servers.map(({ origin }) => origin)
  const first = servers[0]
  assert(first)
  const check = responseChecker(first.app.swagger())
  let turn = 0

  /** Someone who sends this token, or nobody in particular without one. */
  function client(token?: string, origin?: string): Client {
    const send = async (
      method: string,
      path: string,
      body: unknown,
      headers: Record<string, string> = {},
    ): Promise<Answer> => {
      const response = await fetch(
        `${origin ?? origins[turn++ % 2]}${path.startsWith('/') ? path : `/api/v1/${path}`}`,
        {
          method,
          redirect: 'manual',
          headers: {
            ...(token && { authorization: `Bearer ${token}` }),
            ...(body !== undefined && { 'content-type': 'application/json' }),
            ...headers,
          },
          ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
        },
      )
      const text = await response.text()
      const json = response.headers.get('content-type')?.includes('json') === true
      const answer: Answer = {
        status: response.status,
        headers: response.headers,
        body: json ? JSON.parse(text) : text,
      }
      log.note(body)
      log.note(answer.body)
      check(method, response.url, answer)
      return answer
    }
    return {
      get: (path, headers) => send('GET', path, undefined, headers),
      post: (path, body, headers) => send('POST', path, body, headers),
      put: (path, body, headers) => send('PUT', path, body, headers),
      patch: (path, body, headers) => send('PATCH', path, body, headers),
      delete: (path, headers, body) => send('DELETE', path, body, headers),
      leave: (headers) => send('DELETE', 'users/me', { current_password: PASSWORD }, headers),
    }
  }

  /** A user who is logged in. The password is PASSWORD. */
  async function user(
    options: { name?: string; role?: 'user' | 'admin'; email?: string } = {},
  ): Promise<Actor> {
    const id = uuid()
    const sessionId = uuid()
    const { name = 'Somebody', role = 'user', email = `${id}@example.com` } = options
    await pool.query(
      `with u as (insert into users (id, email, name, role, password_hash, email_verified_at) select $1, $2, $3, $4, $5, now() where record_as(null, $6) returning id)
       select from u`,
      [id, email, name, role, PASSWORD_HASH, uuid()],
    )
    await pool.query(
      `insert into sessions (id, user_id, expires_at) values ($1, $2, now() + interval '1 day')`,
      [sessionId, id],
    )
    const token = await tokens.signAccess(id, sessionId)
    return { id, email, name, token, sessionId, ...client(token) }
  }

  /** A project with somebody in each role, an administrator, somebody who has nothing to do with it, and nobody. */
  async function team(project: Record<string, unknown> = {}) {
    const [owner, editor, viewer, outsider, admin] = await Promise.all([
      user({ name: 'Olivia Owner' }),
      user({ name: 'Edgar Editor' }),
      user({ name: 'Vera Viewer' }),
      user({ name: 'Oscar Outsider' }),
      user({ name: 'Ada Admin', role: 'admin' }),
    ])
    const created = await owner.post('projects', { name: 'Operations', ...project })
    assert.equal(created.status, 201, JSON.stringify(created.body))
    for (const [actor, role] of [
      [editor, 'editor'],
      [viewer, 'viewer'],
    ] as const) {
      const added = await owner.post(`projects/${created.body.id}/members`, { user_id: actor.id, role })
      assert.equal(added.status, 201, JSON.stringify(added.body))
    }
    return {
      owner,
      editor,
      viewer,
      outsider,
      admin,
      anonymous: client(),
      project: created.body as { id: string; key: string; version: number },
    }
  }

  /** Follows the link that was sent to somebody to confirm an address. */
  async function confirm(userId: string): Promise<void> {
    const { rows } = await pool.query(
      `select id, purpose from account_links where user_id = $1 and purpose <> 'reset_password'`,
      [userId],
    )
    assert.equal(rows.length, 1)
    const token = await tokens.signLink({ userId, ...rows[0] }, Math.floor(Date.now() / 1000) + 60)
    const { status, body } = await client().post('auth/verify-email', { token })
    assert.equal(status, 204, JSON.stringify(body))
  }

  /** Waits until some statement of this database waits for a lock. */
  const blocked = (statements = 1) =>
    eventually(async () => {
      const { rows } = await pool.query(
        `select count(*)::int as count from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
      )
      assert(rows[0].count >= statements, `${rows[0].count} of ${statements} statements wait for a lock`)
    })

  /** What has to end before the servers and their database do, latest first. */
  const endings: (() => unknown)[] = []

  after(async () => {
    for (const end of endings.toReversed()) await end()
    await Promise.all(servers.map((server) => server.stop()))
    const { rows } = await pool.query(STRAYS)
    await pool.end()
    await database.drop()
    rmSync(dataDir, { recursive: true, force: true })
    log.assertNoSecrets()
    assert.deepEqual(misusedTransactions(), [])
    assert.deepEqual(rows, [], 'what triggers keep about tasks differs from the tasks')
  })

  return {
    config,
    pool,
    log: log.lines,
    origins,
    servers,
    url: database.url,
    tokens,
    client,
    anonymous: client(),
    user,
    team,
    confirm,
    blocked,
    beforeStop: (end: () => unknown) => void endings.push(end),
  }
}

async function serve(config: Config, { logger }: LogWatch) {
  const db = watchTransactions(
    openDatabase({
      url: config.databaseUrl,
      size: config.databasePool,
      prepared: config.preparedStatements,
    }),
  )
  const { app, lifecycle } = await buildApp({ config, db, logger })
  const origin = await app.listen({ host: '127.0.0.1', port: 0 })
  return {
    app,
    db,
    lifecycle,
    origin,
    async stop() {
      await app.close()
      await db.close()
    },
  }
}

/** Tries again until the assertion holds; fails with its error after `ms`. */
export async function eventually(assertion: () => Promise<void>, ms = 5_000): Promise<void> {
  const end = Date.now() + ms
  for (;;) {
    try {
      return await assertion()
    } catch (error) {
      if (Date.now() > end) throw error
      await new Promise((resolve) => setTimeout(resolve, 25))
    }
  }
}

/** Asserts status and problem code together, showing the body when they differ. */
export function refused(answer: Answer, status: number, code: string): void {
  assert.deepEqual(
    { status: answer.status, code: answer.body?.code },
    { status, code },
    JSON.stringify(answer.body),
  )
}
