// The reference: the seed's stack, from PyPI's packages in a virtual environment of its own.
import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { freePort, startServer } from './processes.mjs'
import { measure } from './measure.mjs'
import { SECRET } from './world.mjs'

const folder = fileURLToPath(new URL('reference/flask/', import.meta.url))
const environment = fileURLToPath(new URL('out/venv/', import.meta.url))

/** What Gunicorn is tried with; the fastest on reading a task is the rival. */
const SETTINGS = [
  ['--workers', '2'],
  ['--workers', '3'],
  ['--workers', '5'],
  ['--workers', '2', '--worker-class', 'gthread', '--threads', '4'],
]

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

/** Starts the reference on a database, with the settings that serve it best. */
export async function startFlask({ url, work, directory }) {
  let best
  for (const settings of SETTINGS) {
    const candidate = await start(url, settings)
    try {
      await measure(candidate, work, 1, { directory })
      const { rate } = await measure(candidate, work, 2, { directory })
      console.log(`  gunicorn ${settings.join(' ')}: ${rate.toFixed(0)} tasks by id a second`)
      if (!best || rate > best.rate) best = { settings, rate }
    } finally {
      await candidate.stop()
    }
  }
  return start(url, best.settings)
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

/** SQLAlchemy wants a host before it reads one from the parameters. */
const forPython = (url) =>
  url.replace(/^postgres(ql)?:/, 'postgresql+psycopg2:').replace('postgres@/', 'postgres@/')
