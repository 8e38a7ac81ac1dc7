import assert from 'node:assert/strict'
import { once } from 'node:events'
import http from 'node:http'
import net from 'node:net'
import { after, describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { start, eventually } from './harness.ts'
import { startService, type Service } from './process.ts'

const world = await start()
const env = { DATABASE_URL: world.url, DRAIN_DELAY: '1' }

const statusOf = async (service: Service, path: string) =>
  (await fetch(`http://127.0.0.1:${await service.port}${path}`)).status

const connections = async (database: pg.Pool) =>
  (
    await database.query(
      `select from pg_stat_activity where datname = current_database() and application_name like 'tasktrail%'`,
    )
  ).rowCount ?? 0

/** A connection that ends with the file, also when a test fails while it holds a lock. */
async function connect(connectionString: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString })
  client.on('error', () => undefined)
  await client.connect()
  after(() => client.end())
  return client
}

/** Leaves only what this file's own servers hold, however many connections those have opened. */
async function assertGone(before: number): Promise<void> {
  await eventually(async () => assert((await connections(world.pool)) <= before))
}

describe('SIGTERM', () => {
  it('turns readiness off at once, finishes what is under way, closes its connection, and ends with 0', async () => {
    const { owner, project } = await world.team()
    const { body: task } = await owner.post(`projects/${project.id}/tasks`, { title: 'Before' })
    const service = startService(env)
    const port = await service.port
    const held = await connect(world.url)
    await held.query('begin')
    await held.query('select from tasks where id = $1 for update', [task.id])
    const agent = new http.Agent({ keepAlive: true })
    const answer = new Promise<http.IncomingMessage>((resolve, reject) => {
      const headers = { authorization: `Bearer ${owner.token}`, 'content-type': 'application/json' }
      http
        .request({ port, agent, method: 'PATCH', path: `/api/v1/tasks/${task.id}`, headers }, resolve)
        .on('error', reject)
        .end('{"title": "After"}')
    })
    await world.blocked()

    const ended = service.signal('SIGTERM')
    await sleep(100)
    assert.equal(await statusOf(service, '/readyz'), 503)
    assert.equal(await statusOf(service, '/livez'), 200)
    // Past the delay, when nothing new is taken any more.
    await sleep(1_200)
    await assert.rejects(statusOf(service, '/livez'))
    await held.query('commit')
    const { statusCode, headers } = await answer
    assert.equal(statusCode, 200)
    assert.equal(headers.connection, 'close')
    const { code, ms } = await ended
    assert.equal(code, 0)
    assert(ms < 5_000, `ended after ${ms} ms`)
    agent.destroy()
  })

  it('does not wait for idle keep-alive connections', async () => {
    const service = startService({ ...env, DRAIN_DELAY: '0' })
    const agent = new http.Agent({ keepAlive: true })
    const port = await service.port
    await new Promise((resolve, reject) => {
      http
        .get({ port, path: '/livez', agent }, (answer) => answer.resume().on('end', resolve))
        .on('error', reject)
    })
    const { code, ms } = await service.signal('SIGTERM')
    assert.equal(code, 0)
    assert(ms < 1_500, `ended after ${ms} ms`)
    agent.destroy()
  })

  it('does not wait for connections on which nothing was ever asked', async () => {
    const service = startService({ ...env, DRAIN_DELAY: '0' })
    const port = await service.port
    const sockets = await Promise.all(
      [1, 2].map(async () => {
        const socket = net.connect(port, '127.0.0.1')
        await once(socket, 'connect')
        return socket
      }),
    )
    const { code, ms } = await service.signal('SIGTERM')
    assert.equal(code, 0)
    assert(ms < 3_000, `ended after ${ms} ms`)
    for (const socket of sockets) socket.destroy()
  })

  it('F23: a second time ends it at once, and not with 0', async () => {
    const service = startService({ ...env, DRAIN_DELAY: '10' })
    await service.port
    void service.signal('SIGTERM')
    await sleep(700)
    const { code, ms } = await service.signal('SIGTERM')
    assert.equal(code, 143)
    assert(ms < 500, `ended after ${ms} ms`)
  })

  it('that arrives twice at the same moment counts once, as Ctrl-C under npm does', async () => {
    const service = startService(env)
    await service.port
    void service.signal('SIGINT')
    await sleep(50)
    assert.equal((await service.signal('SIGINT')).code, 0)
  })

  it('F23: at any moment of the boot ends it cleanly, and not with 0', async () => {
    const before = await connections(world.pool)
    for (const delay of [150, 500, 900, 1_200]) {
      const service = startService(env)
      await sleep(delay)
      const { code, signal, ms } = await service.signal('SIGTERM')
      // The signal itself while Node.js has not come to our first line; 0 once it serves.
      assert(
        signal === 'SIGTERM' || code === 143 || (code === 0 && service.lines.length > 0),
        `${code} ${signal}`,
      )
      assert(ms < 3_000, `ended after ${ms} ms`)
    }
    await assertGone(before)
  })

  it('F23: during a migration ends it, and the migration can be run again', async () => {
    const database = await emptyDatabase()
    const holder = await connect(database)
    // What another instance holds while it migrates.
    await holder.query('begin')
    await holder.query(
      'create table if not exists migrations (name text not null constraint migrations_pkey primary key, hash text not null, applied_at timestamptz(3) not null default now())',
    )
    const service = startService({ DATABASE_URL: database, AUTO_MIGRATE: 'on' })
    await eventually(async () => {
      const { rowCount } = await world.pool.query(
        `select from pg_stat_activity where application_name = 'tasktrail migrate' and wait_event_type = 'Lock'`,
      )
      assert.equal(rowCount, 1)
    }, 10_000)
    const { code } = await service.signal('SIGTERM')
    assert.equal(code, 143)
    await holder.query('rollback')

    const again = startService({ DATABASE_URL: database, AUTO_MIGRATE: 'on' })
    assert.equal(await statusOf(again, '/readyz'), 200)
    assert.equal((await again.signal('SIGTERM')).code, 0)
    await world.pool.query(
      `drop database ${new URL(database.replace(/@\//, '@localhost/')).pathname.slice(1)} with (force)`,
    )
  })
})

async function emptyDatabase(): Promise<string> {
  const name = `test_empty_${process.pid}`
  await world.pool.query(`create database ${name}`)
  return world.url.replace(/test_[0-9a-f]+/, name)
}

describe('A fault that nobody caught', () => {
  it('is logged with its stack and ends the process with 1', async () => {
    const service = startService(
      { ...env },
      `process.once('SIGUSR2', () => { setImmediate(() => { throw new Error('out of the blue') }) })`,
    )
    await service.port
    const { code } = await service.signal('SIGUSR2')
    assert.equal(code, 1)
    const line = JSON.parse(await service.line(/out of the blue/)) as {
      level: string
      err: { stack: string }
    }
    assert.equal(line.level, 'fatal')
    assert.match(line.err.stack, /^Error: out of the blue\n/)
  })
})

describe('What keeps it from starting', () => {
  it('is one sentence: a taken port', async () => {
    const taken = http.createServer().listen(0, '127.0.0.1')
    await new Promise((resolve) => taken.once('listening', resolve))
    const { port } = taken.address() as { port: number }
    const service = startService({ ...env, REGISTRATION: 'invite', PORT: String(port) })
    assert.equal((await service.ended).code, 1)
    assert.deepEqual(service.lines, [
      `Port ${port} is taken by another program: stop it, or set PORT to another.`,
    ])
    taken.close()
  })

  it('is one sentence: no database', async () => {
    const service = startService({ ...env, DATABASE_URL: 'postgresql://nobody@127.0.0.1:9/none' })
    assert.equal((await service.ended).code, 1)
    assert.deepEqual(service.lines, ['The database cannot be reached: connect ECONNREFUSED 127.0.0.1:9'])
  })
})
