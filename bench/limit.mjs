// The upper limit: how fast PostgreSQL runs the same statements, prepared, when pgbench sends them and drops the results.
import { execFile, execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { importTypeScript } from '../scripts/typescript.mjs'
import { withClient } from './databases.mjs'
import { cpuTime } from './processes.mjs'
import { LARGE, PROJECTS, VIEWER } from './world.mjs'

/** As many as the server has (DB_POOL_SIZE), and as many as the load generator has; the faster counts. */
const CLIENTS = [10, 32]

export function whyNoLimit() {
  try {
    execFileSync('pgbench', ['--version'], { stdio: 'ignore' })
    return undefined
  } catch {
    return 'pgbench is not installed'
  }
}

/** Values that pgbench chooses anew each time: SQL over its own variables. Every tenth task is of the large project. */
const CHOSEN = {
  task: `('01900000-0000-7000-8003-' || lpad(to_hex(:task::integer * 10), 12, '0'))::uuid`,
  title: `'Title ' || :number::text`,
  new: 'gen_random_uuid()',
  project: `('01900000-0000-7000-8002-' || lpad(to_hex(:project::integer), 12, '0'))::uuid`,
}
/** What stands for them while the server's functions build the statements. */
const MARKS = {
  task: '00000000-0000-0000-0000-000000000000',
  title: 'a chosen title',
  new: 'a new id',
  project: '11111111-1111-1111-1111-111111111111',
}

/** The statements of the cases, taken from the functions that the server calls. */
async function statements() {
  const { listTasks } = await importTypeScript('backend/src/tasks/list-queries.ts')
  const { findTask, insertTask, updateTask } = await importTypeScript('backend/src/tasks/queries.ts')
  const viewer = { id: VIEWER, role: 'user', session_id: VIEWER, operation: VIEWER }
  const taken = []
  const queryable = { query: async (statement) => (taken.push(statement), [{}]) }
  const db = { read: queryable, write: queryable }
  await findTask(db, viewer, MARKS.task)
  await listTasks(db, viewer, LARGE, { status: 'todo,in_progress', sort: 'due' }, undefined, 50)
  await insertTask(db, viewer, MARKS.project, MARKS.new, {
    title: MARKS.title,
    priority: 'high',
    due_on: '2026-12-01',
  })
  await updateTask(db, viewer, MARKS.task, { title: MARKS.title }, {})
  const [task, list, create, update] = taken
  return { 'task by id': task, 'list of 50, filtered and sorted': list, create, update }
}

/** Answers the function that measures a case: transactions a second, and PostgreSQL's CPU time for each. */
export async function createLimit({ url, tasks, database, directory }) {
  const all = await statements()
  const target = new URL(url.replace('@/', '@localhost/'))
  const environment = {
    ...process.env,
    PGHOST: target.searchParams.get('host') ?? target.hostname,
    PGPORT: target.searchParams.get('port') ?? (target.port || '5432'),
    PGUSER: decodeURIComponent(target.username),
    PGPASSWORD: decodeURIComponent(target.password),
    PGDATABASE: target.pathname.slice(1),
  }

  return async function limit(name, seconds) {
    const { variables, script } = toScript(all[name], tasks)
    const file = join(directory, 'pgbench.sql')
    writeFileSync(file, script)
    let best
    for (const clients of CLIENTS) {
      const before = cpuTime(database)
      const { stdout } = await promisify(execFile)(
        'pgbench',
        [
          '-n',
          '-M',
          'prepared',
          '-c',
          String(clients),
          '-j',
          '1',
          '-T',
          String(seconds),
          ...variables,
          '-f',
          file,
        ],
        { env: environment },
      )
      const rate = Number(/tps = ([\d.]+)/.exec(stdout)[1])
      const count = Number(/actually processed: (\d+)/.exec(stdout)[1])
      const cpu = before === undefined ? undefined : (cpuTime(database) - before) / count
      if (!best || rate > best.rate) best = { rate, database: cpu, p50: (clients / rate) * 1e3 }
    }
    // The server would have numbered these events while it wrote them; it must not find them all at once.
    await withClient(url, (client) => client.query('select number_events(1000000)'))
    return best
  }
}

function toScript({ texts, values }, tasks) {
  const expressions = new Map(Object.entries(MARKS).map(([kind, mark]) => [mark, CHOSEN[kind]]))
  const variables = []
  const parts = values.map((value, i) => {
    if (value === null) return 'null'
    const expression = expressions.get(value)
    if (expression) return expression
    variables.push('-D', `v${i}=${Array.isArray(value) ? `{${value.join(',')}}` : value}`)
    return `:v${i}`
  })
  const text = texts
    .map((part, i) => part + (parts[i] ?? ''))
    .join('')
    .replaceAll(/\s*\n\s*/g, ' ')
    .trim()
  return {
    variables,
    script: `\\set task random(1, ${tasks / 10})\n\\set project random(1, ${PROJECTS.length})\n\\set number random(1, 1000000000)\n${text};\n`,
  }
}
