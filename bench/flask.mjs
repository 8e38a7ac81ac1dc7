// The reference: the seed's stack, from PyPI's packages in a virtual environment of its own.
import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { freePort, startServer } from './processes.mjs'
import { measure, median } from './measure.mjs'
import { SECRET } from './world.mjs'

const folder = fileURLToPath(new URL('reference/flask/', import.meta.url))
const environment = fileURLToPath(new URL('out/venv/', import.meta.url))

/** The seed's Gunicorn has two workers of the default kind; the fastest of these on reading a task is the rival. */
const WORKERS = [2, 3, 5]
/** Not the seed's, but told beside it: threads, which keep connections open where the default kind closes them. */
const THREADS = ['--workers', '2', '--worker-class', 'gthread', '--threads', '4']

/** Why the reference cannot run here, or undefined. */
export function whyNoFlask() {
  if (existsSync(join(environment, 'bin/gunicorn'))) return undefined
  try {
    execFileSync('python3', ['-m', 'venv', environment], { stdio: 'pipe' })
    execFileSync(
      join(environment, 'bin/pip'),
      ['install', '--quiet', '--requirement', join(folder, 'requirements.txt')],
      {
        stdio: 'pipe',
      },
    )
    return undefined
  } catch (error) {
    return `Python 3 with venv and the packages of bench/reference/flask/requirements.txt are needed (${String(error.message).split('\n', 1)[0]})`
  }
}

/** Starts the reference on a database, with the number of workers that serves it best. */
export async function startFlask({ url, work, directory }) {
  const candidates = WORKERS.map((count) => ['--workers', String(count)])
  const rates = new Map(candidates.map((settings) => [settings, []]))
  rates.set(THREADS, [])
  for (let round = 0; round < 3; round++) {
    for (const [settings, list] of rates) {
      const candidate = await start(url, settings)
      try {
        await measure(candidate, work, 1, { directory })
        list.push((await measure(candidate, work, 1, { directory })).rate)
      } finally {
        await candidate.stop()
      }
    }
  }
  const trials = [...rates].map(([settings, list]) => ({
    settings: settings.join(' '),
    rate: Math.round(median(list)),
  }))
  for (const { settings, rate } of trials) console.log(`gunicorn ${settings}: ${rate} tasks by id a second`)
  const best = candidates.reduce((a, b) => (median(rates.get(b)) > median(rates.get(a)) ? b : a))
  return { ...(await start(url, best)), trials }
}

async function start(url, settings) {
  const port = await freePort()
  const args = [...settings, '--bind', `127.0.0.1:${port}`, '--log-level', 'error', 'app:app']
  const server = await startServer(
    join(environment, 'bin/gunicorn'),
    args,
    {
      cwd: folder,
      env: {
        ...process.env,
        DATABASE_URL: forPython(url),
        JWT_SECRET_KEY: SECRET,
        PYTHONDONTWRITEBYTECODE: '1',
      },
    },
    `http://127.0.0.1:${port}/health`,
  )
  return { name: 'reference', port, settings: settings.join(' '), ...server }
}

const forPython = (url) => url.replace(/^postgres(ql)?:/, 'postgresql+psycopg2:')
