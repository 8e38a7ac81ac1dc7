// node scripts/restore-drill.mjs: backs up a running service and restores it into a new PostgreSQL cluster, then checks
// that people notice nothing: log-ins, tokens, ids, ETags, lists, numbers, retries and the feed go on where they were.
// Needs PostgreSQL's own programs (on Debian: apt install postgresql); starts its own servers and leaves nothing behind.
import assert from 'node:assert/strict'
import { execFileSync, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { chownSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { createInterface } from 'node:readline'
import pg from 'pg'
import { ROOT, installIfNeeded } from './install.mjs'
import { typeScriptArguments } from './typescript.mjs'

const PROGRAMS = ['initdb', 'pg_ctl', 'createdb', 'pg_dump', 'pg_restore']
const EMAIL = 'admin@example.com'
const PASSWORD = 'drill the restore every month'

const programs = findPrograms()
if (!programs) {
  console.log(
    `Skipped: needs ${PROGRAMS.join(', ')} of PostgreSQL 15 or newer (on Debian: apt install postgresql).`,
  )
  process.exit(0)
}
await installIfNeeded()

const account = unprivileged()
const folder = mkdtempSync(join(tmpdir(), 'tasktrail-drill-'))
if (account.uid !== undefined) chownSync(folder, account.uid, account.gid)
const endings = []
const secret = randomBytes(36).toString('base64url')
try {
  await drill()
} finally {
  for (const end of endings.toReversed()) await end()
  rmSync(folder, { recursive: true, force: true })
}

async function drill() {
  const first = startCluster('first')
  await run('backend/src/cli.ts', ['seed'], first.url)
  const service = await serve(first.url)
  const before = await work(service)

  const dump = join(folder, 'tasktrail.dump')
  const dumping = timed(() => program('pg_dump', ['--format=custom', `--file=${dump}`, first.url]))
  report(`dumped while it served: ${(statSync(dump).size / 1e6).toFixed(1)} MB in ${dumping} s`)
  const rows = await countRows(first.url)
  await service.stop()
  first.stop()

  const second = startCluster('second')
  const restoring = timed(() =>
    program('pg_restore', ['--no-owner', '--exit-on-error', `--dbname=${second.url}`, dump]),
  )
  await run('backend/src/cli.ts', ['migrate'], second.url)
  report(`restored into a new cluster in ${restoring} s`)
  assert.deepEqual(await countRows(second.url), rows)
  report(
    `every table has the rows it had: ${Object.values(rows).reduce((a, b) => a + b)} in ${Object.keys(rows).length}`,
  )

  await check(await serve(second.url), before)
  report('The restored service goes on where the dump was taken.')
}

/** Does what people do, and notes what they have been told. */
async function work({ send }) {
  const { body: session } = await send('POST', 'auth/login', { email: EMAIL, password: PASSWORD })
  const token = session.access_token
  const { body: project } = await send('POST', 'projects', { name: 'Drill', key: 'DRILL' }, { token })
  for (const title of ['One', 'Two', 'Three'])
    await send('POST', 'projects/DRILL/tasks', { title }, { token })
  await send('PATCH', 'tasks/DRILL-2', { status: 'done' }, { token })
  await send('DELETE', 'tasks/DRILL-3', undefined, { token })
  const retry = { token, 'idempotency-key': 'drill' }
  const kept = await send('POST', 'projects/DRILL/tasks', { title: 'Only once' }, retry)
  const { body: feed } = await send('GET', 'changes?after=now', undefined, { token })

  const seen = {}
  const paths = [
    'users/me',
    `projects/${project.id}`,
    'projects/DRILL/tasks',
    'tasks/DRILL-2',
    'tasks/DRILL-2/history',
    'trash',
  ]
  for (const path of [...paths, 'projects?limit=200', 'tasks?limit=200&sort=created', 'users?limit=200']) {
    const { status, etag, body } = await send('GET', path, undefined, { token })
    seen[path] = { status, etag, body }
  }
  return { session, token, retry, kept, cursor: feed.next, seen }
}

/** Holds what the restored service says against what people remember. */
async function check({ send }, { session, token, retry, kept, cursor, seen }) {
  for (const [path, answer] of Object.entries(seen)) {
    const { status, etag, body } = await send('GET', path, undefined, { token })
    assert.deepEqual({ status, etag, body }, answer, path)
  }
  report(
    `an access token of before the dump works, and ${Object.keys(seen).length} addresses answer what they did, ETags included`,
  )

  const repeated = await send('POST', 'projects/DRILL/tasks', { title: 'Only once' }, retry)
  assert.deepEqual(repeated.body, kept.body)
  report('a request repeated with its Idempotency-Key has its first answer')

  const { body: next } = await send('POST', 'projects/DRILL/tasks', { title: 'After' }, { token })
  assert.equal(next.number, kept.body.number + 1)
  report(`the next task is ${next.ref}`)

  const { etag, body: task } = seen['tasks/DRILL-2']
  const changed = await send('PATCH', 'tasks/DRILL-2', { title: 'Two, after' }, { token, 'if-match': etag })
  assert.equal(changed.body.version, task.version + 1)
  const stale = await send('PATCH', 'tasks/DRILL-2', { title: 'Lost' }, { token, 'if-match': etag })
  assert.equal(stale.status, 412)
  report('If-Match holds with a tag of before the dump')

  const { body: feed } = await send('GET', `changes?after=${cursor}`, undefined, { token })
  assert.deepEqual(
    feed.items.map(({ kind, changes }) => `${kind} ${changes.title?.to}`),
    ['task.created After', 'task.updated Two, after'],
  )
  report('the feed goes on from a cursor of before the dump, with what is new and nothing else')

  const { status: refreshed } = await send('POST', 'auth/refresh', { refresh_token: session.refresh_token })
  const { status: loggedIn } = await send('POST', 'auth/login', { email: EMAIL, password: PASSWORD })
  assert.deepEqual([refreshed, loggedIn], [200, 200])
  report('sessions can be refreshed, and people log in')
}

function report(line) {
  console.log(line)
}

// — PostgreSQL —

function findPrograms() {
  const debian = '/usr/lib/postgresql'
  const versions = existsSync(debian) ? readdirSync(debian).sort((a, b) => Number(b) - Number(a)) : []
  const places = [
    ...(process.env.PATH ?? '').split(delimiter),
    ...versions.map((version) => join(debian, version, 'bin')),
  ]
  return places.find((place) => PROGRAMS.every((name) => existsSync(join(place, name))))
}

/** PostgreSQL refuses to run as root. */
function unprivileged() {
  if (process.getuid?.() !== 0) return {}
  const id = (kind) => Number(execFileSync('id', [kind, 'postgres'], { encoding: 'utf8' }))
  return { uid: id('-u'), gid: id('-g') }
}

function program(name, args) {
  return execFileSync(join(programs, name), args, {
    ...account,
    cwd: '/',
    stdio: ['ignore', 'ignore', 'inherit'],
  })
}

function startCluster(name) {
  const directory = join(folder, name)
  mkdirSync(directory)
  if (account.uid !== undefined) chownSync(directory, account.uid, account.gid)
  program('initdb', [
    '-D',
    join(directory, 'data'),
    '--username=tasktrail',
    '--auth=trust',
    '--encoding=UTF8',
    '--locale=C',
  ])
  const settings = `-c listen_addresses= -c unix_socket_directories=${directory} -c fsync=off`
  program('pg_ctl', [
    '-D',
    join(directory, 'data'),
    '-w',
    '-l',
    join(directory, 'log'),
    '-o',
    settings,
    'start',
  ])
  let running = true
  const stop = () => {
    if (running) program('pg_ctl', ['-D', join(directory, 'data'), '-w', '-m', 'fast', 'stop'])
    running = false
  }
  endings.push(stop)
  program('createdb', ['-h', directory, '-U', 'tasktrail', 'tasktrail'])
  return { url: `postgresql://tasktrail@/tasktrail?host=${encodeURIComponent(directory)}`, stop }
}

async function countRows(connectionString) {
  const client = new pg.Client({ connectionString })
  await client.connect()
  try {
    const { rows } = await client.query(`
      select relname as table, (xpath('/row/count/text()', query_to_xml(format('select count(*) from %I', relname), false, true, '')))[1]::text::int as count
      from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace order by relname`)
    return Object.fromEntries(rows.map(({ table, count }) => [table, count]))
  } finally {
    await client.end()
  }
}

// — The service —

function start(file, args, url) {
  return spawn(process.execPath, [...typeScriptArguments, join(ROOT, file), ...args], {
    env: {
      PATH: process.env.PATH,
      DATABASE_URL: url,
      JWT_SECRET_KEY: secret,
      ADMIN_EMAIL: EMAIL,
      ADMIN_PASSWORD: PASSWORD,
      HOST: '127.0.0.1',
      PORT: '0',
      LOG_LEVEL: 'warn',
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
}

async function run(file, args, url) {
  const child = start(file, args, url)
  child.stdout.resume()
  const code = await new Promise((resolve) => child.once('exit', resolve))
  assert.equal(code, 0, `${file} ${args.join(' ')} ended with ${code}`)
}

async function serve(url) {
  const child = start('backend/src/main.ts', [], url)
  const exited = new Promise((resolve) => child.once('exit', resolve))
  const stop = async () => {
    child.kill('SIGTERM')
    await exited
  }
  endings.push(stop)
  const port = await new Promise((resolve, reject) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      const found = /serves http:\/\/localhost:(\d+)/.exec(line)?.[1]
      if (found) resolve(Number(found))
      else if (line.startsWith('{')) console.error(line)
    })
    void exited.then(() => reject(new Error('the service did not start')))
  })

  async function send(method, path, body, { token, ...headers } = {}) {
    const response = await fetch(`http://127.0.0.1:${port}/api/v1/${path}`, {
      method,
      headers: {
        ...headers,
        ...(token && { authorization: `Bearer ${token}` }),
        ...(body && { 'content-type': 'application/json' }),
      },
      ...(body && { body: JSON.stringify(body) }),
    })
    const text = await response.text()
    const answer = {
      status: response.status,
      etag: response.headers.get('etag'),
      body: text && JSON.parse(text),
    }
    assert(answer.status < 400 || answer.status === 412, `${method} ${path}: ${text}`)
    return answer
  }
  return { send, stop }
}

function timed(act) {
  const startedAt = performance.now()
  act()
  return ((performance.now() - startedAt) / 1000).toFixed(1)
}
