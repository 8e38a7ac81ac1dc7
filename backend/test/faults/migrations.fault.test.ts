// F17, F18 as far as they need real servers: migrating under load, and several that start at once on an empty database.
import assert from 'node:assert/strict'
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after, it } from 'node:test'
import pg from 'pg'
import { migrate } from '../../src/database/migrate.ts'
import { Cluster } from './cluster.ts'
import { Load } from './load.ts'
import { Server, settle } from './server.ts'

const cluster = await Cluster.start()
const folder = mkdtempSync(path.join(tmpdir(), 'tasktrail-migrations-'))
after(() => rmSync(folder, { recursive: true }))
cpSync(path.resolve(import.meta.dirname, '../../migrations'), folder, { recursive: true })

const servers = await Promise.all([1, 2, 3].map(() => Server.start(cluster.url)))

it('F17: three servers that start at once on an empty database migrate it once, and all serve', async () => {
  for (const server of servers) assert.equal(await server.readiness(), 200)
  const applied = servers.map((server) => (server.output.join('').match(/applied \d{4}/g) ?? []).length)
  const [{ count } = { count: 0 }] = await cluster.query<{ count: number }>(
    'select count(*)::int from migrations',
  )
  assert.equal(
    applied.reduce((sum, n) => sum + n),
    count,
  )
  const admins = await cluster.query(`select from users where role = 'admin'`)
  assert.equal(admins.length, 1)
})

it('F17: migrating under load, with somebody in the way for a while, loses no request', async (t) => {
  const [server] = servers
  assert(server)
  const load = new Load(() => server, await settle(server))
  const holder = new pg.Client({ connectionString: cluster.url })
  await holder.connect()
  const log: string[] = []
  try {
    await load.flows()
    await holder.query('set idle_in_transaction_session_timeout = 0; begin; select from tasks')
    writeFileSync(path.join(folder, '8001_add.sql'), 'alter table tasks add column estimate integer;')
    writeFileSync(
      path.join(folder, '8002_index.sql'),
      '-- no transaction\ndrop index concurrently if exists tasks_estimate_idx;\ncreate index concurrently tasks_estimate_idx on tasks (estimate);\n',
    )
    const migrating = migrate(cluster.url, (line) => log.push(line), folder)
    await new Promise((resolve) => setTimeout(resolve, 5_000))
    await holder.query('commit')
    assert.deepEqual(await migrating, ['8001_add.sql', '8002_index.sql'])
    await load.flows()
  } finally {
    await load.stop()
    await holder.end()
  }
  load.assertOrderly(3_000, [200, 201])
  await load.assertKept(cluster.query.bind(cluster))
  assert(log.some((line) => line.includes('waits for a lock')))
  t.diagnostic(`${log.length - 2} attempts were given up; ${load.toString()}`)
})
