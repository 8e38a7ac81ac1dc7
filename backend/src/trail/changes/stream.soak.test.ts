// A thousand open streams in one process, and a reader who does not read:
//   node scripts/test.mjs backend/src/trail/changes/stream.soak.test.ts
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { get, type IncomingMessage } from 'node:http'
import { createConnection } from 'node:net'
import { it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { Server } from '../../../test/faults/server.ts'
import { start } from '../../../test/harness.ts'
import { MOST_PER_USER } from './audience.ts'

const STREAMS = 1_000

const world = await start()

/** Memory in kB and processor time in ms, of a process on Linux. */
function usage(pid: number) {
  const resident = Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1])
  const [user = 0, system = 0] = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .split(' ')
    .slice(13, 15)
    .map(Number)
  return { resident, cpu: (user + system) * 10 }
}

const skip = process.platform !== 'linux' && 'reads /proc'

it(
  'a thousand streams in one process hear of a change, and end with their sessions',
  { skip, timeout: 180_000 },
  async (t) => {
    const { owner, project } = await world.team()
    const users = await Promise.all(Array.from({ length: STREAMS / MOST_PER_USER }, () => world.user()))
    for (const user of users)
      await owner.post(`projects/${project.id}/members`, { user_id: user.id, role: 'viewer' })
    const server = await Server.start(world.url)
    const pid = server.child.pid!
    const say = (title: string) => owner.post(`projects/${project.id}/tasks`, { title })

    let heard = new Map<string, number>()
    let ended = 0
    const open = (token: string) =>
      new Promise<IncomingMessage>((resolve, reject) => {
        const headers = { authorization: `Bearer ${token}`, accept: 'text/event-stream' }
        get(`${server.origin}/api/v1/events?after=now`, { agent: false, headers }, (response) => {
          assert.equal(response.statusCode, 200)
          response.setEncoding('utf8').on('data', (text: string) => {
            for (const [, title = ''] of text.matchAll(/"resource":\{[^}]*"title":"(\w+)"/g))
              heard.set(title, (heard.get(title) ?? 0) + 1)
          })
          response.on('close', () => ended++)
          resolve(response)
        }).on('error', reject)
      })
    const everybodyHears = async (title: string) => {
      const begun = performance.now()
      await say(title)
      while ((heard.get(title) ?? 0) < STREAMS) {
        const waited = performance.now() - begun
        assert(
          ended === 0 && waited < 20_000,
          `${heard.get(title) ?? 0} have heard, ${ended} have ended: ${server.output.slice(-3).join('')}`,
        )
        await sleep(5)
      }
      return Math.round(performance.now() - begun)
    }

    // Whatever is loaded or compiled at the first use is not what a stream costs.
    for (const user of users) await Promise.all([open(user.token), open(user.token)])
    await say('warm')
    await sleep(1_000)
    const before = usage(pid)
    for (const user of users)
      await Promise.all(Array.from({ length: MOST_PER_USER - 2 }, () => open(user.token)))
    await sleep(2_000)
    const opened = usage(pid)
    t.diagnostic(
      `${((opened.resident - before.resident) / (STREAMS - 2 * users.length)).toFixed(1)} kB each, ${Math.round(opened.resident / 1024)} MB in all`,
    )

    await sleep(10_000)
    t.diagnostic(`${((usage(pid).cpu - opened.cpu) / 100).toFixed(1)} % of a core while nothing happens`)
    const busy = usage(pid)
    const times: number[] = []
    for (let i = 0; i < 10; i++) times.push(await everybodyHears(`news${i}`))
    times.sort((a, b) => a - b)
    t.diagnostic(
      `all have heard of a change after ${times[5]} ms (median of 10), ${times[9]} ms at most; ${Math.round((usage(pid).cpu - busy.cpu) / 10)} ms of processor time for each`,
    )
    const { resident } = usage(pid)
    t.diagnostic(`${Math.round(resident / 1024)} MB after these`)

    const begun = performance.now()
    await world.pool.query('delete from sessions where user_id = any ($1)', [users.map(({ id }) => id)])
    while (ended < STREAMS && performance.now() - begun < 10_000) await sleep(5)
    const took = Math.round(performance.now() - begun)
    t.diagnostic(`all have ended ${took} ms after their sessions`)
    assert(took < 1_000)
    heard = new Map()
    await server.stop('SIGTERM')
  },
)

it(
  'who does not take what is sent is cut off, and no more than a page is held for them',
  { timeout: 120_000 },
  async () => {
    const { owner, viewer, project } = await world.team()
    const description = 'x'.repeat(90_000)
    for (let i = 0; i < 400; i++)
      await owner.post(`projects/${project.id}/tasks`, { title: `Task ${i}`, description })
    const { hostname, port } = new URL(world.origins[0]!)
    const socket = createConnection(Number(port), hostname).on('error', () => undefined)
    const closed = new Promise((resolve) => socket.once('close', resolve))
    let received = 0
    socket.on('data', (chunk) => (received += chunk.length))
    socket.write(`GET /api/v1/events HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${viewer.token}\r\n\r\n`)
    // One look, and then no more: the buffers of the system fill up.
    await new Promise((resolve) => socket.once('data', resolve))
    socket.pause()
    await sleep(20_000)
    socket.resume()
    await closed
    // The buffers of the system and one page, of the 36 MB there were.
    assert(received < 400 * 90_000 * 0.7, `${received} bytes came`)
  },
)
