// F1, F2, F4: PostgreSQL restarts, freezes or is killed while the server is in use or idle.
import assert from 'node:assert/strict'
import { it, type TestContext } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { Cluster } from './cluster.ts'
import { Load } from './load.ts'
import { Server, settle } from './server.ts'

const cluster = await Cluster.start({ max_connections: '40' })
const server = await Server.start(cluster.url)
const somebody = await settle(server)
const query = cluster.query.bind(cluster)

/** Connections of the server that are left once everything is quiet. */
async function backends(): Promise<number> {
  const [row] = await cluster.query<{ count: number }>(
    `select count(*)::int from pg_stat_activity where application_name = 'tasktrail'`,
  )
  return row?.count ?? -1
}

/** Injures the database under load and asserts what holds for every such injury. */
async function underLoad(t: TestContext, hurt: () => Promise<void>, slowest = 13_000): Promise<Load> {
  const lived = server.watchLife()
  const who = await settle(server)
  const load = new Load(() => server, who)
  try {
    await load.flows()
    await hurt()
    const ready = await server.readyWithin(5_000)
    await load.flows()
    t.diagnostic(`ready ${ready} ms after`)
  } finally {
    await load.stop()
  }
  await lived()
  load.assertOrderly(slowest)
  const rows = await load.assertKept(query)
  assert((await backends()) <= 10, 'connections have leaked')
  t.diagnostic(`${rows} tasks kept; ${load.toString()}`)
  return load
}

for (const [name, signal] of [
  ['F1: a fast restart', 'SIGINT'],
  ['F1: an immediate restart', 'SIGQUIT'],
  ['F4: kill -9 of the postmaster', 'SIGKILL'],
] as const) {
  it(`${name} under load costs 503s for as long as it takes, and no acknowledged change`, async (t) => {
    const load = await underLoad(t, async () => {
      await cluster.stop(signal)
      await sleep(1_000)
      assert.equal(await server.readiness(), 503)
      await cluster.start()
    })
    assert(load.count(503) > 0)
  })
}

it('F1: a restart while idle goes unnoticed', async () => {
  await Promise.all(
    Array.from({ length: 20 }, () => server.send('GET', 'projects', { token: somebody.token })),
  )
  await cluster.stop('SIGINT')
  await cluster.start()
  const body = { title: 'After' }
  for (const [method, route] of [
    ['GET', 'projects'],
    ['POST', `projects/${somebody.project}/tasks`],
  ] as const) {
    const { status } = await server.send(method, route, {
      token: somebody.token,
      ...(method === 'POST' && { body }),
    })
    assert(status < 300, `${method} answered ${status}`)
  }
})

it('F4: kill -9 of a backend makes PostgreSQL recover, and loses no acknowledged change', async (t) => {
  await underLoad(t, async () => {
    for (let i = 0; i < 3; i++) {
      const [victim] = await cluster.query<{ pid: number }>(
        `select pid from pg_stat_activity where application_name = 'tasktrail' order by random() limit 1`,
      )
      assert(victim)
      process.kill(victim.pid, 'SIGKILL')
      await sleep(1_500)
      // On a busy machine it may still recover.
      await server.readyWithin(10_000)
    }
  })
})

it('F2: a frozen PostgreSQL makes requests end in bounded time and memory, and is used again when it thaws', async (t) => {
  const before = server.memory()
  let during = 0
  await underLoad(t, async () => {
    cluster.signalAll('SIGSTOP')
    const frozen = performance.now()
    // Far more requests than connections, so that whatever piles up would show.
    const crowd = new Load(() => server, somebody, 100)
    while (performance.now() - frozen < 30_000) {
      await sleep(500)
      during = Math.max(during, server.memory())
      const asked = performance.now()
      assert.equal(
        await server.readiness(),
        performance.now() - frozen < 2_500 ? await server.readiness() : 503,
      )
      assert(performance.now() - asked < 4_500, 'readiness does not answer')
    }
    cluster.signalAll('SIGCONT')
    await crowd.stop()
    crowd.assertOrderly(13_000)
    t.diagnostic(`frozen for 30 s: ${crowd.toString()}`)
  })
  t.diagnostic(`memory ${Math.round(before)} MB before, at most ${Math.round(during)} MB while frozen`)
  assert(during - before < 60, `memory grew from ${before} to ${during} MB`)
})
