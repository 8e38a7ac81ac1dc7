import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import http from 'node:http'
import { createInterface } from 'node:readline'
import { after, it } from 'node:test'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { eventually, start } from './harness.ts'
import { startService } from './process.ts'

const world = await start()
// The proxy looks twice a second who is ready.
const env = { DATABASE_URL: world.url, DRAIN_DELAY: '2' }
const PROXY = path.resolve(import.meta.dirname, '../../deploy/proxy/proxy.mjs')

it('F22: Restarting two servers one after the other behind a proxy loses no request', async () => {
  const { owner, project } = await world.team()
  const services = [startService(env), startService({ ...env, WEB_CONCURRENCY: '2' })]
  const ports = await Promise.all(services.map(({ port }) => port))
  const proxy = await startProxy(ports)

  const failures: string[] = []
  const created = new Set<string>()
  let answered = 0
  let running = true

  /** Sends one request after the other, and notes every one that is not answered with success. */
  async function load(agent: http.Agent | false): Promise<void> {
    for (let i = 0; running; i++) {
      const write = i % 2 === 0
      try {
        const { status, body } = await send(agent, write ? 'POST' : 'GET')
        if (status !== (write ? 201 : 200)) failures.push(`${status} ${body}`)
        else if (write) created.add((JSON.parse(body) as { id: string }).id)
        answered++
      } catch (error) {
        failures.push(String(error))
      }
      await sleep(10)
    }
  }

  const send = (agent: http.Agent | false, method: string) =>
    new Promise<{ status: number; body: string }>((resolve, reject) => {
      const headers = { authorization: `Bearer ${owner.token}`, 'content-type': 'application/json' }
      const request = http.request({
        port: proxy,
        agent,
        method,
        path: `/api/v1/projects/${project.id}/tasks`,
        headers,
      })
      request.on('error', reject).on('response', (answer) => {
        const parts: Buffer[] = []
        answer
          .on('data', (part: Buffer) => parts.push(part))
          .on('end', () => resolve({ status: answer.statusCode ?? 0, body: Buffer.concat(parts).toString() }))
          .on('error', reject)
      })
      request.end(method === 'POST' ? '{"title": "Under load"}' : undefined)
    })

  const agent = new http.Agent({ keepAlive: true })
  const clients = [...Array.from({ length: 6 }, () => load(agent)), load(false)]
  for (const [i, service] of services.entries()) {
    await sleep(500)
    const before = answered
    const { code, ms } = await service.signal('SIGTERM')
    assert.equal(code, 0, service.lines.join('\n'))
    assert(ms < 20_000, `ended after ${ms} ms`)
    assert(answered > before, 'the other one did not take over')
    const next = startService({ ...env, PORT: String(ports[i]) })
    await next.port
    // The proxy has to notice this one before the other may go.
    await sleep(1_200)
    services[i] = next
  }
  running = false
  await Promise.all(clients)
  agent.destroy()

  assert.deepEqual(failures, [])
  const { rows } = await world.pool.query<{ id: string }>('select id from tasks where project_id = $1', [
    project.id,
  ])
  assert.deepEqual(new Set(rows.map(({ id }) => id)), created)
  await Promise.all(services.map((service) => service.signal('SIGTERM')))
})

async function startProxy(ports: readonly number[]): Promise<number> {
  const child = spawn(process.execPath, [PROXY], {
    env: { PORT: '0', BACKENDS: ports.map((port) => `127.0.0.1:${port}`).join(',') },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  after(() => void child.kill('SIGKILL'))
  const [line] = (await once(createInterface({ input: child.stdout }), 'line')) as [string]
  const port = Number(/port (\d+)$/.exec(line)?.[1])
  await eventually(async () => assert.equal((await fetch(`http://127.0.0.1:${port}/readyz`)).status, 200))
  return port
}
