import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, readFileSync, writeFileSync } from 'node:fs'
import http from 'node:http'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after, describe, it } from 'node:test'
import { eventually, start } from './harness.ts'
import { startService, type Service } from './process.ts'

const world = await start()
const env = { DATABASE_URL: world.url, WEB_CONCURRENCY: '2', METRICS_TOKEN: 'only for the tests' }

const folder = mkdtempSync(path.join(tmpdir(), 'tasktrail-workers-'))
after(() => rmSync(folder, { recursive: true }))
const broken = path.join(folder, 'broken')

/** Prints the id of each worker, and makes those fail that start once the file `broken` is there. */
const preload = `
  import cluster from 'node:cluster'
  import { existsSync } from 'node:fs'
  if (cluster.isWorker) console.log('worker is ' + process.pid)
  if (cluster.isWorker && existsSync(${JSON.stringify(broken)})) throw new Error('broken release')`

const workersOf = ({ lines }: Service) =>
  lines.flatMap((line) => /^worker is (\d+)$/.exec(line)?.slice(1) ?? []).map(Number)

async function scrape(service: Service): Promise<string> {
  const headers = { authorization: `Bearer ${env.METRICS_TOKEN}` }
  const answer = await fetch(`http://127.0.0.1:${await service.port}/metrics`, { headers })
  assert.equal(answer.status, 200)
  return answer.text()
}

const workersIn = (metrics: string) =>
  [...metrics.matchAll(/^process_resident_memory_bytes\{worker="(\d)"\}/gm)].map(([, worker]) => worker)

describe('WEB_CONCURRENCY=2', () => {
  it('serves with two, replaces one that dies, and ends with 0 on SIGTERM', async () => {
    const service = startService(env, preload)
    const port = await service.port
    assert.equal(workersOf(service).length, 2)
    assert.deepEqual(workersIn(await scrape(service)), ['1', '2'])

    process.kill(workersOf(service)[0]!, 'SIGKILL')
    await service.line(/"a worker died"/)
    assert.equal((await fetch(`http://127.0.0.1:${port}/readyz`)).status, 200)
    await eventually(async () => assert.deepEqual(workersIn(await scrape(service)), ['1', '2']), 10_000)
    assert.equal(workersOf(service).length, 3)

    assert.equal((await service.signal('SIGTERM')).code, 0)
    for (const pid of workersOf(service)) assert(hasEnded(pid))
  })

  it('ends with 1 when workers die as soon as they start', async () => {
    const service = startService(env, preload)
    await service.port
    writeFileSync(broken, '')
    process.kill(workersOf(service)[0]!, 'SIGKILL')
    const { code } = await service.ended
    rmSync(broken)
    assert.equal(code, 1)
    await service.line(/"workers die as soon as they start"/)
    for (const pid of workersOf(service)) await eventually(async () => assert(hasEnded(pid)), 10_000)
  })

  it('ends with 1 when the port is taken', async () => {
    const taken = http.createServer().listen(0, '127.0.0.1')
    await new Promise((resolve) => taken.once('listening', resolve))
    const { port } = taken.address() as { port: number }
    const service = startService({ ...env, PORT: String(port) })
    assert.equal((await service.ended).code, 1)
    await service.line(new RegExp(`^Port ${port} is taken`))
    taken.close()
  })
})

/** Whether a process has ended, even if whoever became its parent has not taken note of that. */
function hasEnded(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return process.platform === 'linux' && / Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))
  } catch {
    return true
  }
}
