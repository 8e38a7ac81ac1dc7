// 1,000 open event streams while tasks are written: how late events arrive, and what a stream costs.
import { Agent, get, request } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { cpuTime, residentMemory } from './processes.mjs'
import { withClient } from './databases.mjs'
import { PROJECTS, STREAMS, tokenOf } from './world.mjs'

const WRITES_PER_SECOND = 20
/** So many are open before memory is looked at, so that what all share is not counted as theirs. */
const FIRST = 200

/** Opens a stream for each user, writes for some seconds, and answers what was seen. */
export async function measureStreams({ app, url, seconds, database }) {
  let before
  const arrivals = []
  const sent = new Map()
  const streams = []
  for (let n = 1; n <= STREAMS; n += 50) {
    if (streams.length === FIRST) before = residentMemory(app.pid)
    streams.push(
      ...(await Promise.all(Array.from({ length: 50 }, (_, i) => open(app.port, n + i, sent, arrivals)))),
    )
  }
  await sleep(1_000)
  const opened = residentMemory(app.pid)

  const targets = await tasksWithReaders(url)
  const agent = new Agent({ keepAlive: true, maxSockets: 8 })
  const token = await tokenOf(1)
  const cpu = { app: cpuTime(app.pid), database: cpuTime(database) }
  const begun = performance.now()
  let expected = 0
  const writes = []
  for (let i = 0; i < seconds * WRITES_PER_SECOND; i++) {
    const { id, readers } = targets[i % targets.length]
    const title = `Streamed ${i} ${begun}`
    sent.set(title, performance.now())
    expected += readers
    writes.push(patch(agent, app.port, token, id, title))
    await sleep(Math.max(0, begun + ((i + 1) * 1000) / WRITES_PER_SECOND - performance.now()))
  }
  const statuses = await Promise.all(writes)
  for (let waited = 0; waited < 100 && arrivals.length < expected; waited++) await sleep(100)
  const took = (performance.now() - begun) / 1000
  const used = (from, pid) => (from === undefined ? undefined : (cpuTime(pid) - from) / took / 10_000)
  const result = {
    streams: streams.length,
    writes: statuses.filter((status) => status === 200).length,
    expected,
    arrived: arrivals.length,
    p50: percentile(arrivals, 50),
    p99: percentile(arrivals, 99),
    kilobytesEach: before === undefined ? undefined : ((opened - before) * 1024) / (streams.length - FIRST),
    appPercent: used(cpu.app, app.pid),
    databasePercent: used(cpu.database, database),
  }
  for (const stream of streams) stream.destroy()
  agent.destroy()
  return result
}

async function open(port, user, sent, arrivals) {
  const headers = { authorization: `Bearer ${await tokenOf(user)}` }
  return new Promise((resolve, reject) => {
    const outgoing = get({ port, path: '/api/v1/events?after=now', headers, agent: false }, (response) => {
      if (response.statusCode !== 200)
        return reject(new Error(`a stream was answered ${response.statusCode}`))
      response.setEncoding('utf8')
      response.on('data', (text) => {
        const now = performance.now()
        for (const [, title] of text.matchAll(/"title":"(Streamed [^"]*)"/g)) {
          const from = sent.get(title)
          if (from !== undefined) arrivals.push(now - from)
        }
      })
      response.on('error', () => undefined)
      resolve(outgoing)
    })
    outgoing.on('error', reject)
  })
}

function patch(agent, port, token, id, title) {
  const body = JSON.stringify({ title })
  return new Promise((resolve, reject) => {
    const outgoing = request(
      {
        agent,
        port,
        method: 'PATCH',
        path: `/api/v1/tasks/${id}`,
        headers: {
          authorization: `Bearer ${token}`,
          'content-type': 'application/json',
          'content-length': body.length,
        },
      },
      (response) => response.resume().on('end', () => resolve(response.statusCode)),
    )
    outgoing.on('error', reject)
    outgoing.end(body)
  })
}

/** A task of each of the viewer's projects, and how many people of those with a stream see it. */
const tasksWithReaders = (url) =>
  withClient(url, async (client) => {
    const { rows } = await client.query(
      `select (select id from tasks where project_id = projects.id and number = 1) as id,
              (select count(*)::int from project_members where project_id = projects.id) as readers
       from projects where id = any ($1)`,
      [PROJECTS],
    )
    return rows
  })

function percentile(values, percent) {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor((sorted.length * percent) / 100))]
}
