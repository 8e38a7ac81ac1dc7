// F5, F14, F15: answers that get lost, a slow and unreliable network, connections that died without a word.
import assert from 'node:assert/strict'
import { after, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { Cluster } from './cluster.ts'
import { Load } from './load.ts'
import { startProxy } from './proxy.ts'
import { Server, settle } from './server.ts'

const cluster = await Cluster.start()
const between = await startProxy(cluster.url)
after(() => between.stop())
const server = await Server.start(between.url)
const query = cluster.query.bind(cluster)

it('F5: an answer lost after the commit: repeating with the same key, or refreshing again, has the first effect only', async () => {
  const { token, refresh, project } = await settle(server)
  const route = `projects/${project}/tasks`
  const front = await startProxy(server.origin.replace('http', 'postgres') + '/')
  const proxied = Object.assign(Object.create(server) as Server, { origin: `http://127.0.0.1:${front.port}` })
  try {
    front.loseAnswerTo((request) => request.includes('POST'))
    const body = { title: 'Once' }
    await assert.rejects(proxied.send('POST', route, { token, body, key: 'lost-1' }))
    const again = await proxied.send('POST', route, { token, body, key: 'lost-1' })
    assert.equal(again.status, 201)
    assert.equal(again.headers.get('idempotency-replayed'), 'true')
    const { body: list } = await server.send('GET', route, { token })
    assert.deepEqual(
      list.items.map(({ id }: { id: string }) => id),
      [again.body.id],
    )

    front.loseAnswerTo((request) => request.includes('refresh'))
    const credentials = { refresh_token: refresh }
    await assert.rejects(proxied.send('POST', 'auth/refresh', { body: credentials }))
    const refreshed = await proxied.send('POST', 'auth/refresh', { body: credentials })
    assert.equal(refreshed.status, 200)
    const { access_token } = refreshed.body
    assert.equal((await server.send('GET', 'auth/validate', { token: access_token })).status, 200)
  } finally {
    front.stop()
  }
})

it('F14: 200 ms of latency and cuts make it slower, with no 500 and no doubled effect', async (t) => {
  const { token, project } = await settle(server)
  between.setDelay(100) // each way
  let done = false
  const cuts = (async () => {
    while (!done) {
      await sleep(400)
      between.cut(() => Math.random() < 0.05)
    }
  })()
  const titles = Array.from({ length: 40 }, (_, i) => `task ${i}`)
  const waiting = [...titles]
  let unavailable = 0
  let slowest = 0
  await Promise.all(
    Array.from({ length: 12 }, async () => {
      for (let title = waiting.pop(); title !== undefined; title = waiting.pop()) {
        for (;;) {
          const started = performance.now()
          const { status } = await server.send('POST', `projects/${project}/tasks`, {
            token,
            body: { title },
            key: title.replace(' ', '-'),
          })
          slowest = Math.max(slowest, performance.now() - started)
          if (status === 201) break
          // 409: the attempt before this one is still running in PostgreSQL.
          assert([503, 409].includes(status), `answered ${status}`)
          unavailable++
          await sleep(50)
        }
      }
    }),
  )
  done = true
  await cuts
  between.setDelay(0)
  const rows = await query<{ title: string }>('select title from tasks where project_id = $1', [project])
  assert.deepEqual(rows.map(({ title }) => title).sort(), titles.sort())
  assert(slowest > 200)
  assert(slowest < 15_000)
  t.diagnostic(`40 tasks made once each, ${unavailable} attempts refused, slowest ${Math.round(slowest)} ms`)
})

it('F15: connections that died without a word are replaced within seconds', async (t) => {
  const load = new Load(() => server, await settle(server), 16)
  const other = await settle(server)
  const lived = server.watchLife()
  try {
    await load.flows()
    between.silence()
    const silenced = performance.now()
    await sleep(2_100)
    await server.readyWithin(2_900)
    t.diagnostic(`ready ${Math.round(performance.now() - silenced)} ms after`)
    // Whoever asked before waits for the limit; whoever asks now does not.
    const probe = new Load(() => server, other, 2)
    try {
      await probe.flows()
    } finally {
      await probe.stop()
    }
    const flows = Math.round(performance.now() - silenced)
    t.diagnostic(`reads and writes flow ${flows} ms after`)
    assert(flows < 10_000)
  } finally {
    await load.stop()
  }
  await lived()
  load.assertOrderly(16_000)
  await load.assertKept(query)
  t.diagnostic(load.toString())
})
