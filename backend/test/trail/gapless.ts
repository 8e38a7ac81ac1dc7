// Twenty writers with transactions of random length, one more that is held open by a lock, and two readers with a
// server each; all are killed again and again. At the end each reader has exactly what was committed, each change
// once, those of one task in their order.
import assert from 'node:assert/strict'
import { spawn, type ChildProcess } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import type { World } from '../harness.ts'
import { change } from './writer.ts'

const TASKS = 120

interface Reader {
  readonly file: string
  readonly token: string
  /** Where its first page begins. */
  readonly start: string
}

export async function startGapless(world: World) {
  const { owner, editor, viewer, project } = await world.team()
  const tasks: string[] = []
  for (let i = 0; i < TASKS; i++)
    tasks.push((await owner.post(`projects/${project.id}/tasks`, { title: `Task ${i}` })).body.id)
  await world.pool.query('create table ledger (task uuid, version integer, primary key (task, version))')
  const folder = mkdtempSync(path.join(tmpdir(), 'tasktrail-gapless-'))
  const readers: Reader[] = []
  for (const { token } of [editor, viewer]) {
    const file = path.join(folder, String(readers.length))
    writeFileSync(file, '')
    const begin = (await world.client(token).get('changes?after=now')).body.next
    readers.push({ file, token, start: begin })
  }

  /** Lets it all happen for some time; answers how many changes were committed and processes killed so far. */
  async function run(seconds: number, killEveryMs: number, url = world.url) {
    const end = Date.now() + seconds * 1000
    const writers = [0, 1].map(() => () => spawnScript('writer.ts', tasks, url))
    const following = readers.map(
      ({ file, token, start: from }) =>
        () =>
          spawnScript('reader.ts', [file, token, from], url),
    )
    const alive = [...writers, ...following].map((spawnIt) => ({ spawnIt, child: spawnIt() }))
    const holding = hold(url, end)
    let kills = 0
    try {
      while (Date.now() < end || kills < 5) {
        await sleep(Math.min(killEveryMs * (0.5 + Math.random()), Math.max(0, end - Date.now())))
        const victim = alive[Math.floor(Math.random() * alive.length)]!
        await ready.get(victim.child)
        await kill(victim.child)
        victim.child = victim.spawnIt()
        kills++
      }
      await holding
      await Promise.all(alive.slice(0, writers.length).map(({ child }) => kill(child)))
      await caughtUp(url)
    } finally {
      await Promise.all(alive.map(({ child }) => kill(child)))
    }
    return { kills, ...(await check(url)) }
  }

  /** One transaction after the other that has changed something and is not committed for seconds. */
  async function hold(url: string, end: number): Promise<void> {
    const client = new pg.Client({ connectionString: url, application_name: 'writer' })
    await client.connect()
    while (Date.now() < end - 1_000) {
      await client.query('begin')
      await change(client, tasks[0]!).catch(() => undefined)
      await sleep(Math.min(3_000, end - Date.now() - 500))
      await client.query('commit')
    }
    await client.end()
  }

  /** Waits until the readers have all there is, or long enough to be sure that they never will. */
  async function caughtUp(url: string): Promise<void> {
    const patience = Date.now() + 45_000
    await withClient(url, async (client) => {
      while (Date.now() < patience) {
        // What a killed writer had under way is rolled back when the server notices.
        const { rows } = await client.query(`
          select (select count(*) from pg_stat_activity where application_name = 'writer' and datname = current_database())::int as writers,
                 (select count(*) from pending_events)::int as pending, (select count(*) from ledger)::int as committed`)
        const { writers, pending, committed } = rows[0]
        if (writers === 0 && pending === 0 && readers.every((reader) => eventsOf(reader).length >= committed))
          return
        await sleep(100)
      }
    })
  }

  async function check(url: string) {
    const { committed, trail } = await withClient(url, async (client) => ({
      committed: (await client.query(`select task || ' ' || version as change from ledger order by 1`)).rows,
      trail: (
        await client.query(
          'select count(*)::int, max(seq)::int, (select last_seq::int from trail) from events',
        )
      ).rows[0],
    }))
    assert.equal(trail.count, trail.max)
    assert.equal(trail.last_seq, trail.max)
    for (const reader of readers) {
      const read = eventsOf(reader)
      assert.deepEqual(
        read.map(([, task, version]) => `${task} ${version}`).sort(),
        committed.map(({ change: it }) => it).sort(),
      )
      const versions = new Map<string, number>()
      let before = 0
      for (const [seq, task, version] of read) {
        assert(seq > before, `number ${seq} after ${before}`)
        assert(
          version > (versions.get(task) ?? 0),
          `version ${version} of ${task} after ${versions.get(task)}`,
        )
        versions.set(task, version)
        before = seq
      }
    }
    return { changes: committed.length }
  }

  return { run, cleanUp: () => rmSync(folder, { recursive: true, force: true }) }
}

/** When a process has begun to work: one that is killed before that again and again, on a busy machine, tells nothing. */
const ready = new WeakMap<ChildProcess, Promise<unknown>>()

function spawnScript(script: string, args: readonly string[], url: string): ChildProcess {
  const child = spawn(
    process.execPath,
    [
      ...process.execArgv.filter((arg) => !arg.startsWith('--test')),
      path.join(import.meta.dirname, script),
      ...args,
    ],
    {
      env: {
        ...process.env,
        NODE_OPTIONS: '',
        DATABASE_URL: url,
        JWT_SECRET_KEY: 'for the tests only 0123456789abcdefghijk',
        RATE_LIMIT: 'off',
        LOG_LEVEL: 'silent',
      },
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    },
  )
  ready.set(child, new Promise((resolve) => child.once('message', resolve).once('exit', resolve)))
  return child
}

async function kill(child: ChildProcess): Promise<void> {
  // One that has ended by itself failed, and has said why.
  assert.equal(child.exitCode, null)
  if (child.signalCode !== null) return
  const gone = new Promise((resolve) => child.once('exit', resolve))
  child.kill('SIGKILL')
  await gone
}

function eventsOf({ file }: Reader): [seq: number, task: string, version: number][] {
  const text = readFileSync(file, 'utf8')
  return text
    .slice(0, text.lastIndexOf('\n') + 1)
    .split('\n')
    .flatMap((line) => (line === '' ? [] : JSON.parse(line).events))
}

async function withClient<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    return await work(client)
  } finally {
    await client.end()
  }
}
