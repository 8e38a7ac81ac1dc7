// F3: the server is killed in the middle of its work, again and again.
import assert from 'node:assert/strict'
import { it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { Cluster } from './cluster.ts'
import { Load } from './load.ts'
import { Server, settle } from './server.ts'

const ROUNDS = Number(process.env['FAULT_ROUNDS'] ?? 50)

it(`F3: kill -9 of the server, ${ROUNDS} times, loses no acknowledged change and leaves none half done`, async (t) => {
  const cluster = await Cluster.start()
  let server = await Server.start(cluster.url)
  const load = new Load(() => server, await settle(server))
  try {
    for (let round = 0; round < ROUNDS; round++) {
      await load.flows()
      await sleep(Math.random() * 300)
      await server.stop('SIGKILL')
      server = await Server.start(cluster.url)
    }
    await load.flows()
  } finally {
    await load.stop()
  }
  load.assertOrderly(13_000, [200, 201, 503, 0])
  assert(load.count(0) >= ROUNDS, 'no request was cut off')
  const rows = await load.assertKept(cluster.query.bind(cluster))
  const idle = await cluster.query(
    `select from pg_stat_activity where application_name = 'tasktrail' and state like 'idle in transaction%'`,
  )
  assert.equal(idle.length, 0)
  t.diagnostic(`${rows} tasks kept; ${load.toString()}`)
})
