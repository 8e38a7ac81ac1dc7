// What the servers do when the database is in trouble: the cases that take only a moment. The slow ones are in faults/:
// npm run test:faults.
import assert from 'node:assert/strict'
import { after, describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { many, one, type Db } from '../src/database/db.ts'
import { toApiError } from '../src/http/error-handler.ts'
import { raw, sql } from '../src/database/sql.ts'
import { startProxy, type Proxy } from './faults/proxy.ts'
import { eventually, refused, start, type Answer } from './harness.ts'

let proxy: Proxy | undefined
after(() => proxy?.stop())

const world = await start(async (url) => {
  // Shorter than the real limits, which would make the tests too slow.
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  for (const setting of [
    "lock_timeout = '300ms'",
    "idle_in_transaction_session_timeout = '200ms'",
    "deadlock_timeout = '50ms'",
  ])
    await client.query(`alter role current_user in database ${client.database} set ${setting}`)
  await client.end()
  proxy = await startProxy(url)
  return { DATABASE_URL: proxy.url }
})
assert(proxy)
const between = proxy
const db: Db = world.servers[0]!.db
const { owner, project, anonymous } = await world.team()
const tasks = `projects/${project.id}/tasks`
const newTask = async () => {
  const answer = await owner.post(tasks, { title: 'Task' })
  assert.equal(answer.status, 201, JSON.stringify(answer.body))
  return answer.body as { id: string; version: number }
}

function unavailable(answer: Answer): void {
  refused(answer, 503, 'unavailable')
  assert.match(answer.headers.get('retry-after') ?? '', /^\d+$/)
}

const appBackends = async (): Promise<number[]> =>
  (
    await world.pool.query(
      `select pid from pg_stat_activity where datname = current_database() and application_name = 'tasktrail' order by pid`,
    )
  ).rows.map(({ pid }) => pid)

/** Ends every connection of the servers there is, and waits until it is gone. Jobs may open others meanwhile. */
const terminateAll = async () => {
  const pids = await appBackends()
  await world.pool.query('select pg_terminate_backend(pid) from unnest($1::int[]) as pid', [pids])
  await eventually(async () => {
    const left = (await appBackends()).filter((pid) => pids.includes(pid))
    assert.deepEqual(left, [])
  })
  return pids.length
}

/** Waits until each server reads and writes, which a moment ago it could not. */
const healed = (ms: number) =>
  eventually(async () => {
    for (const origin of world.origins) {
      const client = world.client(owner.token, origin)
      assert.equal((await client.get('/readyz')).status, 200)
      assert.equal((await client.post(tasks, { title: 'Healed' })).status, 201)
    }
  }, ms)

/** Holds a row lock while `work` runs. */
async function holding<T>(statement: string, values: unknown[], work: (client: pg.PoolClient) => Promise<T>) {
  const client = await world.pool.connect()
  try {
    await client.query(`set deadlock_timeout = '10s'; set idle_in_transaction_session_timeout = 0; begin`)
    await client.query(statement, values)
    return await work(client)
  } finally {
    await client.query('rollback')
    client.release(true)
  }
}

describe('A connection that is lost', () => {
  it('F1: while idle is replaced without anybody noticing', async () => {
    await Promise.all(Array.from({ length: 20 }, newTask))
    assert((await terminateAll()) > 2)
    await sleep(20)
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, i) =>
        i % 2 ? owner.get('projects') : owner.post(tasks, { title: 'T' }),
      ),
    )
    assert.deepEqual([...new Set(answers.map(({ status }) => status))].sort(), [200, 201])
  })

  it('between its log-in and its first use fails who wanted it, and not the process', async () => {
    await terminateAll()
    let lost = 0
    between.loseAnswerTo((request) => request.includes('set timezone') && ++lost > 0)
    const answers = await Promise.all(Array.from({ length: 8 }, () => owner.post(tasks, { title: 'T' })))
    for (const answer of answers) if (answer.status !== 201) unavailable(answer)
    assert.equal(lost, 1)
    await healed(5_000)
  })

  it('in the middle of a transaction fails that transaction and not the process', async () => {
    const failure = await db
      .transaction(async (tx) => {
        await one(tx.read, sql`select 1`)
        await terminateAll()
        return one(tx.read, sql`select 1`)
      })
      .catch(toApiError)
    assert.equal((failure as { code: string }).code, 'unavailable')
    assert.equal((await owner.get('projects')).status, 200)
  })

  it('while statements are under way answers 503 to them', async () => {
    const task = await newTask()
    await holding('select from tasks where id = $1 for update', [task.id], async () => {
      const blocked = [1, 2, 3].map(() => owner.patch(`tasks/${task.id}`, { title: 'Blocked' }))
      await world.blocked(3)
      await terminateAll()
      for (const answer of await Promise.all(blocked)) unavailable(answer)
    })
  })

  it('is replaced once, also when the good-bye and the end of it come apart', async () => {
    between.setLinger(150)
    const reads = () => Promise.allSettled(Array.from({ length: 8 }, () => one(db.read, sql`select 1`)))
    for (let round = 0; round < 5; round++) {
      await reads()
      await terminateAll()
      for (let turn = 0; turn < 5; turn++) await sleep(5) // until the good-byes have come through
      await reads()
      await sleep(150)
    }
    between.setLinger(0)
    const most = world.config.databasePool * world.servers.length
    await Promise.all(Array.from({ length: 50 }, newTask))
    assert.equal(between.connections, (await appBackends()).length)
    assert(between.connections <= most, `${between.connections} connections where at most ${most} may be`)
  })

  it('F5: between commit and its answer leaves the change made once, and is not tried again', async () => {
    let attempts = 0
    const name = `Committed ${Date.now()}`
    const failure = await db
      .transaction(async (tx) => {
        attempts++
        await many(tx.write, sql`create table if not exists committed (name text)`)
        await many(tx.write, sql`insert into committed values (${name})`)
        between.loseAnswerTo((request) => request.includes('commit'))
      })
      .catch(toApiError)
    assert.equal((failure as { code: string }).code, 'unavailable')
    assert.equal(attempts, 1)
    const { rows } = await world.pool.query('select name from committed')
    assert.deepEqual(rows, [{ name }])
  })
})

describe('A database that is away', () => {
  it('makes requests fail at once while the process lives, and is used again when it is back', async () => {
    await between.down()
    const started = Date.now()
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, i) =>
        i % 2 ? owner.get('projects') : owner.post(tasks, { title: 'T' }),
      ),
    )
    answers.forEach(unavailable)
    assert(Date.now() - started < 1_000)
    await sleep(1_000) // the last look of readiness has grown old
    for (const server of world.origins) {
      const probe = world.client(undefined, server)
      assert.equal((await probe.get('/livez')).status, 200)
      unavailable(await probe.get('/readyz'))
    }
    await between.up()
    await healed(5_000)
  })

  it('serves the first request that comes after it is back, whatever failed just before', async () => {
    for (const origin of world.origins) {
      const client = world.client(owner.token, origin)
      await between.down()
      unavailable(await client.get('projects'))
      await between.up()
      assert.equal((await client.get('projects')).status, 200)
    }
    await healed(5_000)
  })

  it('is not stormed with connections', async () => {
    await between.down()
    let attempts = 0
    const server = (await import('node:net')).createServer((socket) => {
      attempts++
      socket.destroy()
    })
    await new Promise<void>((resolve) => server.listen(between.port, '127.0.0.1', resolve))
    const started = Date.now()
    const seconds = () => (Date.now() - started) / 1_000
    let requests = 0
    // A slow machine takes longer to come to the number, and has that much more time to try again.
    const enough = () => (seconds() > 1 && requests >= 100) || seconds() > 20
    await Promise.all(
      Array.from({ length: 10 }, async () => {
        while (!enough()) {
          unavailable(await owner.get('projects'))
          requests++
        }
      }),
    )
    const took = seconds()
    await new Promise((resolve) => server.close(resolve))
    await between.up()
    assert(requests >= 100, `only ${requests} requests`)
    assert(attempts < 100 * took, `${attempts} connections were tried for ${requests} requests in ${took} s`)
    await healed(5_000)
  })

  it('F15: without a word is found out within seconds', async () => {
    const several = () => Promise.all(Array.from({ length: 8 }, () => owner.get('projects')))
    for (const answer of await several()) assert.equal(answer.status, 200)
    const silenced = between.silence()
    const stuck = several()
    const started = Date.now()
    await sleep(2_100)
    await healed(2_900)
    assert(Date.now() - started < 5_000)
    silenced.end() // or they would wait for the limit of a statement
    for (const answer of await stuck) unavailable(answer)
  })
})

describe('A statement that cannot go on', () => {
  it('F9: waits for a lock no longer than the limit, then 503', async () => {
    const task = await newTask()
    await holding('select from tasks where id = $1 for update', [task.id], async () => {
      unavailable(await owner.patch(`tasks/${task.id}`, { title: 'Blocked' }))
    })
    assert.equal((await owner.patch(`tasks/${task.id}`, { title: 'Free' })).status, 200)
  })

  it('F8: as the victim of a deadlock is run again, and its client sees only success', async () => {
    const [a, b] = [await newTask(), await newTask()]
    const lock = (id: string) => sql`select id from tasks where id = ${id} for update`
    let attempts = 0
    await holding('select from tasks where id = $1 for update', [b.id], async (other) => {
      const ours = db.transaction(async (tx) => {
        attempts++
        await one(tx.write, lock(a.id))
        return one<{ id: string }>(tx.write, lock(b.id))
      })
      await world.blocked()
      await other.query('select from tasks where id = $1 for update', [a.id])
      await other.query('rollback')
      assert.equal((await ours).id, b.id)
    })
    assert(attempts > 1, 'there was no deadlock')
  })

  it('F12: in a transaction that idles is cut off, and answered with 503', async () => {
    const failure = await db
      .transaction(async (tx) => {
        await one(tx.read, sql`select 1`)
        await sleep(400)
        return one(tx.read, sql`select 1`)
      })
      .catch(toApiError)
    assert.equal((failure as { code: string }).code, 'unavailable')
  })

  it('in a transaction whose failure was ignored does not pass for committed', async () => {
    await assert.rejects(
      db.transaction(async (tx) => {
        await many(tx.write, sql`select 1 / 0`).catch(() => undefined)
      }),
      /ignored/,
    )
  })

  it('because a migration changed a type is prepared anew', async () => {
    await world.pool.query('create table retyped (a integer); insert into retyped values (1)')
    const read = () => one(db.read, sql`select a from retyped`)
    const write = () => one(db.write, sql`update retyped set a = a returning a`)
    await Promise.all([...Array.from({ length: 8 }, read), ...Array.from({ length: 8 }, write)])
    await world.pool.query('alter table retyped alter column a type text')
    const rows = await Promise.all([...Array.from({ length: 8 }, read), ...Array.from({ length: 8 }, write)])
    assert.deepEqual(new Set(rows.map((row) => JSON.stringify(row))), new Set(['{"a":"1"}']))
  })
})

it('A refused write keeps its connection', async () => {
  const keys = Array.from({ length: 6 }, (_, i) => `projects with key K${i}`)
  const before = await appBackends()
  for (const name of keys) refused(await owner.post('projects', { name, key: project.key }), 409, 'key_taken')
  const kept = await appBackends()
  assert.deepEqual(
    before.filter((pid) => !kept.includes(pid)),
    [],
  )
})

it('F19: A read-only database is read, and writes get 503 until it can be written to again', async () => {
  const setReadOnly = async (on: boolean) => {
    await world.pool.query(
      `alter role current_user in database ${/test_\w+/.exec(world.url)?.[0]} ${on ? 'set default_transaction_read_only = on' : 'reset default_transaction_read_only'}`,
    )
    await terminateAll()
    await sleep(50)
  }
  await setReadOnly(true)
  assert.equal((await owner.get('projects')).status, 200)
  assert.equal((await owner.get(tasks)).status, 200)
  unavailable(await owner.post(tasks, { title: 'No' }))
  unavailable(await owner.patch(`projects/${project.id}`, { name: 'No' }))
  assert.equal((await anonymous.get('/readyz')).status, 200)
  await setReadOnly(false)
  await healed(5_000)
})

it('The limits of a connection are in force', async () => {
  for (const on of [db.read, db.write]) {
    for (const [name, value] of Object.entries({ TimeZone: 'UTC', statement_timeout: '10s', jit: 'off' }))
      assert.deepEqual(await one(on, raw(`show ${name}`)), { [name]: value })
  }
})
