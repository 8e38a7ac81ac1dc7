// F11: PgBouncer between the server and PostgreSQL, in transaction mode and with few connections.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { text } from 'node:stream/consumers'
import { after, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { configureRole, many, maybe, openDatabase } from '../../src/database/db.ts'
import { migrate } from '../../src/database/migrate.ts'
import { serverAccount } from '../../src/database/embedded/account.ts'
import { raw, sql } from '../../src/database/sql.ts'
import { Cluster } from './cluster.ts'

const PROGRAM = ['/usr/sbin/pgbouncer', '/usr/local/bin/pgbouncer', '/opt/homebrew/bin/pgbouncer'].find(
  existsSync,
)
const skip = PROGRAM === undefined && 'pgbouncer is not installed'

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  return typeof address === 'object' && address ? address.port : 0
}

/** Starts PgBouncer in front of a server and answers the start of its URLs. */
async function startPooler(program: string, cluster: Cluster): Promise<string> {
  const folder = mkdtempSync(path.join(tmpdir(), 'tasktrail-pooler-'))
  chmodSync(folder, 0o755)
  const port = await freePort()
  const config = path.join(folder, 'pgbouncer.ini')
  writeFileSync(
    config,
    `[databases]
* = host=${cluster.socketDirectory} user=postgres
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${port}
unix_socket_dir =
auth_type = any
admin_users = postgres
pool_mode = transaction
default_pool_size = 5
max_client_conn = 2000
`,
    { mode: 0o644 },
  )
  const account = serverAccount(folder)
  const child = spawn(program, ['-q', config], { ...account, stdio: 'ignore' })
  after(() => {
    child.kill('SIGKILL')
    rmSync(folder, { recursive: true, force: true })
  })
  for (let attempt = 0; ; attempt++) {
    const socket = connect(port, '127.0.0.1')
    const listens = await new Promise((resolve) => {
      socket.once('connect', () => resolve(true)).once('error', () => resolve(false))
    })
    socket.destroy()
    if (listens) return `postgresql://postgres@127.0.0.1:${port}/`
    if (attempt === 100) throw new Error('PgBouncer does not start')
    await sleep(50)
  }
}

const cluster = skip
  ? undefined
  : await Cluster.start({ max_connections: '300', fsync: 'off', synchronous_commit: 'off' })
const pooler = PROGRAM && cluster ? await startPooler(PROGRAM, cluster) : ''

it(
  'F11: migrations pass through PgBouncer, and the limits of a connection are in force behind it',
  { skip },
  async () => {
    assert(cluster)
    await cluster.query('create database behind')
    // A server that was set up where people are, and whose zone PgBouncer will hand on.
    await cluster.query(`alter database behind set timezone = 'America/New_York'`)
    assert((await migrate(`${pooler}behind`)).length > 0)
    const folder = mkdtempSync(path.join(tmpdir(), 'tasktrail-pooler-'))
    after(() => rmSync(folder, { recursive: true }))
    writeFileSync(path.join(folder, '9001_slow.sql'), '-- no transaction\nselect 1;\n')
    await assert.rejects(
      migrate(`${pooler}behind`, undefined, folder),
      /give the migration a direct connection/,
    )
    const db = openDatabase({ url: `${pooler}behind`, size: 8, prepared: false })
    try {
      await configureRole(db)
      // PgBouncer opened its connections before there were settings; the next ones have them.
      const console = new pg.Client({ connectionString: `${pooler}pgbouncer` })
      await console.connect()
      await console.query('reconnect behind')
      await console.query('wait_close behind')
      await console.end()
      for (const on of [db.read, db.write]) {
        for (const [name, value] of Object.entries({
          TimeZone: 'UTC',
          statement_timeout: '10s',
          lock_timeout: '5s',
          idle_in_transaction_session_timeout: '15s',
        }))
          assert.deepEqual(await maybe(on, raw(`show ${name}`)), { [name]: value })
      }
      const [{ at } = { at: '' }] = await many<{ at: string }>(
        db.read,
        sql`select timestamptz '2026-11-22 12:00+00' as at`,
      )
      assert.equal(at, '2026-11-22T12:00:00Z')
      const started = performance.now()
      await assert.rejects(maybe(db.read, sql`select pg_sleep(20)`), { code: '57014' })
      assert(performance.now() - started < 11_500)
    } finally {
      await db.close()
    }
  },
)

it('F11: the whole suite passes through PgBouncer in transaction mode', { skip }, async (t) => {
  assert(cluster)
  const files = process.env['POOLER_FILES']?.split(' ') ?? []
  // Inside a test, Node.js would take the tests of another run for its own.
  const { NODE_TEST_CONTEXT: _, ...env } = process.env
  // Not spawnSync: nobody would read the server's log meanwhile, and it waits when the pipe is full.
  const run = spawn(process.execPath, ['scripts/test.mjs', ...files], {
    env: { ...env, TEST_DATABASE_URL: cluster.url, TEST_POOLER_URL: pooler },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  after(() => run.kill())
  const [output, [code]] = await Promise.all([text(run.stdout), once(run, 'close')])
  const failures = output.split('\n').filter((line) => /^\s*not ok/.test(line))
  const passed = Number(/^# pass (\d+)/m.exec(output)?.[1])
  t.diagnostic(`${passed} tests passed`)
  assert.equal(code, 0, failures.join('\n') || output.slice(-2_000))
  assert(passed > 0)
})
