// node bench/soak.mjs [--minutes 60] [--rate 100]: a steady mixed load on one server, whose memory is sampled; writes
// bench/soak.csv and bench/soak.svg. The process must stay below 150 MB and not grow once it is warm.
import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { Agent, request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { freePort, NODE_FLAGS } from './processes.mjs'

const { values } = parseArgs({
  options: { minutes: { type: 'string', default: '60' }, rate: { type: 'string', default: '100' } },
})
const minutes = Number(values.minutes)
const perSecond = Number(values.rate)
const port = await freePort()
const dataDir = mkdtempSync(join(tmpdir(), 'tasktrail-soak-'))
const credentials = { email: 'soak@example.com', password: 'a long soak in warm water' }

const server = spawn(process.execPath, [...NODE_FLAGS, 'scripts/start.mjs'], {
  env: {
    ...process.env,
    PORT: String(port),
    HOST: '127.0.0.1',
    DATA_DIR: dataDir,
    RATE_LIMIT: 'off',
    LOG_LEVEL: 'warn',
    ADMIN_EMAIL: credentials.email,
    ADMIN_PASSWORD: credentials.password,
  },
  stdio: ['ignore', 'ignore', 'inherit'],
})
const agent = new Agent({ keepAlive: true, maxSockets: 32 })
let token = ''
const failures = new Map()

function call(method, path, body, bearer = token) {
  return new Promise((resolve, reject) => {
    const sent = body === undefined ? undefined : JSON.stringify(body)
    const headers = {
      ...(bearer && { authorization: `Bearer ${bearer}` }),
      ...(sent && { 'content-type': 'application/json', 'content-length': Buffer.byteLength(sent) }),
    }
    const outgoing = request({ agent, port, method, path: `/api/v1/${path}`, headers }, (response) => {
      let text = ''
      response.setEncoding('utf8')
      response.on('data', (chunk) => (text += chunk))
      response.on('end', () => {
        const { statusCode: status } = response
        if (status >= 400) failures.set(`${method} ${status}`, (failures.get(`${method} ${status}`) ?? 0) + 1)
        resolve({ status, body: text ? JSON.parse(text) : undefined })
      })
    })
    outgoing.on('error', reject)
    outgoing.end(sent)
  })
}

async function logIn() {
  token = (await call('POST', 'auth/login', credentials, '')).body.access_token
}

/** Resident memory of the server's process in MB. */
const memory = () =>
  Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${server.pid}/status`, 'utf8'))[1]) / 1024

async function main() {
  for (;;) {
    try {
      await logIn()
      break
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 200))
    }
  }
  const tasks = []
  const { body: project } = await call('POST', 'projects', { name: 'Soak' })
  for (let i = 0; i < 500; i++)
    tasks.push((await call('POST', `projects/${project.id}/tasks`, { title: `Task ${i}` })).body.id)

  const samples = []
  const started = Date.now()
  const minute = () => (Date.now() - started) / 60_000
  let done = 0
  let underWay = 0
  /** Four reads for each write, and a task deleted for each created. */
  const mix = [
    () => call('GET', `tasks/${any(tasks)}`),
    () => call('GET', `projects/${project.id}/tasks?sort=-updated&status=todo`),
    () => call('GET', 'auth/validate'),
    () => call('GET', `projects/${project.id}`),
    () => call('GET', 'tasks?assignee=me&limit=20'),
    () => call('GET', `tasks/${any(tasks)}/history?limit=10`),
    () => call('GET', 'changes?after=now'),
    () => call('GET', `projects/${project.id}/tasks?limit=50&sort=due`),
    () =>
      call('PATCH', `tasks/${any(tasks)}`, {
        title: `Title ${done}`,
        priority: any(['none', 'low', 'high']),
      }),
    async () => {
      const { body } = await call('POST', `projects/${project.id}/tasks`, { title: `Passing ${done}` })
      await call('DELETE', `tasks/${body.id}`)
    },
  ]
  const clock = setInterval(() => {
    for (let i = 0; i < perSecond / 20 && underWay < 200; i++) {
      underWay++
      mix[done++ % mix.length]()
        .catch((error) => failures.set(error.code, (failures.get(error.code) ?? 0) + 1))
        .finally(() => underWay--)
    }
  }, 50)
  const renewal = setInterval(() => void logIn(), 10 * 60_000)
  while (minute() < minutes) {
    await new Promise((resolve) => setTimeout(resolve, 10_000))
    samples.push([minute(), memory(), done])
    report(samples)
  }
  clearInterval(clock)
  clearInterval(renewal)
  const warm = samples.filter(([at]) => at > minutes / 6)
  console.log(
    `${done} requests in ${minutes} minutes; failures: ${JSON.stringify(Object.fromEntries(failures))}`,
  )
  console.log(
    `memory: at most ${Math.max(...samples.map(([, mb]) => mb)).toFixed(0)} MB, ${slope(warm).toFixed(2)} MB an hour once warm`,
  )
}

const any = (list) => list[Math.floor(Math.random() * list.length)]

/** Least-squares slope of memory over time, in MB an hour. */
function slope(samples) {
  const mean = (index) => samples.reduce((sum, sample) => sum + sample[index], 0) / samples.length
  const [x, y] = [mean(0), mean(1)]
  const covariance = samples.reduce((sum, sample) => sum + (sample[0] - x) * (sample[1] - y), 0)
  return (60 * covariance) / samples.reduce((sum, sample) => sum + (sample[0] - x) ** 2, 0)
}

function report(samples) {
  const csv = samples.map(([at, mb, count]) => `${at.toFixed(2)},${mb.toFixed(1)},${count}`).join('\n')
  writeFileSync('bench/soak.csv', `minute,rss_mb,requests\n${csv}\n`)
  const points = samples
    .map(([at, mb]) => `${(50 + (at / minutes) * 700).toFixed(1)},${(270 - mb * 1.25).toFixed(1)}`)
    .join(' ')
  const lines = [0, 50, 100, 150, 200].map(
    (mb) =>
      `<path d="M50 ${270 - mb * 1.25}h700" stroke="${mb === 150 ? '#c33' : '#ddd'}"/><text x="45" y="${274 - mb * 1.25}" text-anchor="end">${mb}</text>`,
  )
  writeFileSync(
    'bench/soak.svg',
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 780 310" font-family="sans-serif" font-size="12"><rect width="780" height="310" fill="#fff"/>${lines.join('')}<polyline points="${points}" fill="none" stroke="#26c" stroke-width="1.5"/><text x="50" y="295">0</text><text x="750" y="295" text-anchor="end">${minutes} minutes</text><text x="400" y="295" text-anchor="middle">resident memory in MB under ${perSecond} mixed requests a second; red: the bar of 150 MB</text></svg>\n`,
  )
}

try {
  await main()
} finally {
  server.kill('SIGTERM')
  await new Promise((resolve) => server.on('exit', resolve))
  rmSync(dataDir, { recursive: true, force: true })
  agent.destroy()
}
