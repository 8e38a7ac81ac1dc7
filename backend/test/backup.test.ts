// A backup taken while the servers work, put into other databases: everything is there, and people notice nothing.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { after, describe, it } from 'node:test'
import { gunzipSync, gzipSync } from 'node:zlib'
import pg from 'pg'
import { dumpSchema } from '../src/database/schema-dump.ts'
import { migrate } from '../src/database/migrate.ts'
import { restore } from '../src/database/restore.ts'
import { createDatabase, databaseUrl } from './database.ts'
import { refused, start } from './harness.ts'
import { startService } from './process.ts'

const world = await start()
const folder = mkdtempSync(path.join(tmpdir(), 'tasktrail-backup-'))
after(() => rmSync(folder, { recursive: true, force: true }))
const file = path.join(folder, 'tasktrail.gz')

async function tasktrail(DATABASE_URL: string, ...args: string[]) {
  const child = spawn(process.execPath, ['scripts/tasktrail.mjs', ...args], {
    cwd: path.resolve(import.meta.dirname, '../..'),
    env: { PATH: process.env['PATH'], DATABASE_URL, DATA_DIR: folder },
  })
  const exit = new Promise<number | null>((resolve) => child.once('exit', resolve))
  const [out, err, status] = await Promise.all([text(child.stdout), text(child.stderr), exit])
  return { out, err, status }
}

/** A database with nothing in it, not even a schema. */
async function bareDatabase(): Promise<string> {
  const name = `test_backup_${process.pid}_${Math.floor(performance.now())}`
  await onDatabase(databaseUrl('postgres'), (client) => client.query(`create database ${name}`))
  after(() =>
    onDatabase(databaseUrl('postgres'), (client) => client.query(`drop database ${name} with (force)`)),
  )
  return databaseUrl(name)
}

async function onDatabase<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url, application_name: 'test' })
  await client.connect()
  try {
    return await work(client)
  } finally {
    await client.end()
  }
}

/** Every row of every table as text, and what the sequences have given out. */
const everything = (url: string) =>
  onDatabase(url, async (client) => {
    const { rows: relations } = await client.query<{ name: string; kind: string }>(
      `select quote_ident(relname) as name, relkind as kind from pg_class
       where relkind in ('r', 'S') and relnamespace = 'public'::regnamespace order by relname`,
    )
    const found: Record<string, string[]> = {}
    for (const { name, kind } of relations) {
      const columns = kind === 'S' ? 'last_value, is_called' : '*'
      const { rows } = await client.query<{ row: string }>(
        `select r::text as row from (select ${columns} from ${name}) as r order by 1`,
      )
      found[name] = rows.map(({ row }) => row)
    }
    return { found, schema: await dumpSchema(client) }
  })

const { owner, editor, project } = await world.team()
const tasks = `projects/${project.id}/tasks`
const TITLE = 'Tab\tand \\ and \\. and \\N and ü'
const { body: task, headers } = await editor.post(tasks, {
  title: 'Odd',
  description: '\\.\nb\r\n\\\\.\n\\N\n\t',
})
const { body: renamed } = await editor.patch(`tasks/${task.id}`, { title: TITLE.replace('\t', ' ') })
const { body: feed } = await editor.get('changes?after=now')
const retry = { 'idempotency-key': 'once' }
const { body: kept } = await editor.post(tasks, { title: 'Only once' }, retry)
await owner.post(`projects/${project.id}/webhooks`, { url: 'https://example.com/hook' })
const { body: gone } = await editor.post(tasks, { title: 'Gone' })
await editor.delete(`tasks/${gone.id}`)
await editor.get('changes?after=' + feed.next) // numbers what there is

describe('A backup', () => {
  it('holds everything, whether a new database or a migrated one takes it', async () => {
    const made = await tasktrail(world.url, 'backup', file)
    assert.deepEqual({ out: made.out, status: made.status }, { out: '', status: 0 }, made.err)
    assert.match(made.err, /^Database: test_\w+ at [^\n]+\nBacked up \d+ rows in \d+ tables\.\n$/)
    assert.equal(statSync(file).mode & 0o777, 0o600)
    const original = await everything(world.url)
    assert(Object.values(original.found).flat().length > 30)
    const migrated = await createDatabase()
    after(() => migrated.drop())
    for (const url of [await bareDatabase(), migrated.url]) {
      const { err, status } = await tasktrail(url, 'restore', file)
      assert.equal(status, 0, err)
      assert.match(err, /\nRestored \d+ rows in \d+ tables\.\n$/)
      assert.deepEqual(await everything(url), original)
    }
  })

  it('lets people go on where they were', async () => {
    const url = await bareDatabase()
    assert.equal((await tasktrail(url, 'restore', file)).status, 0)
    const service = startService({ DATABASE_URL: url, JWT_SECRET_KEY: world.config.jwtSecret })
    const client = world.client(editor.token, `http://127.0.0.1:${await service.port}`)
    const same = await client.get(`tasks/${task.id}`)
    assert.deepEqual(same.body, renamed)
    assert.equal(same.headers.get('etag'), (await editor.get(`tasks/${task.id}`)).headers.get('etag'))
    assert.notEqual(same.headers.get('etag'), headers.get('etag'))
    assert.deepEqual((await client.post(tasks, { title: 'Only once' }, retry)).body, kept)
    const { body: next } = await client.post(tasks, { title: 'After' })
    assert.equal(next.number, gone.number + 1)
    refused(
      await client.patch(`tasks/${task.id}`, { title: 'Lost' }, { 'if-match': headers.get('etag') ?? '' }),
      412,
      'precondition_failed',
    )
    const { body: news } = await client.get(`changes?after=${feed.next}`)
    assert.deepEqual(
      news.items.map(({ kind }: { kind: string }) => kind),
      ['task.created', 'task.created', 'task.deleted', 'task.created'],
    )
    await service.signal('SIGTERM')
  })

  it('is of one moment, while others write', async () => {
    let writing = true
    const writers = [owner, editor].map(async (person) => {
      while (writing) assert.equal((await person.post(tasks, { title: 'Meanwhile' })).status, 201)
    })
    const copy = path.join(folder, 'busy.gz')
    const made = await tasktrail(world.url, 'backup', copy)
    writing = false
    await Promise.all(writers)
    assert.equal(made.status, 0, made.err)
    const url = await bareDatabase()
    assert.equal((await tasktrail(url, 'restore', copy)).status, 0)
    const [row] = await onDatabase(url, async (client) => {
      const { rows } = await client.query(
        `select (select count(*)::int from tasks) as tasks,
           (select sum(count)::int from task_counts) + (select count(*)::int from tasks where deleted_at is not null) as counted,
           (select count(*)::int from (select kind from events union all select kind from pending_events) as e where kind = 'task.created') as created,
           (select max(last_number) from task_numbers) as last_number`,
      )
      return rows
    })
    assert.deepEqual(row, {
      tasks: row.tasks,
      counted: row.tasks,
      created: row.tasks,
      last_number: row.tasks,
    })
  })
})

describe('A restore', () => {
  it('refuses a database that holds something, or that a server uses', async () => {
    const used = await tasktrail(world.url, 'restore', file)
    assert.match(used.err, /A Tasktrail server uses this database: stop it first\.\n$/)
    assert.equal(used.status, 1)
    const url = await bareDatabase()
    await onDatabase(url, (client) => client.query('create table theirs as select 1 as one'))
    const { err, status } = await tasktrail(url, 'restore', file)
    assert.match(err, /The database is not empty \(theirs has rows\): restore into a new one\.\n$/)
    assert.equal(status, 1)
    const { found } = await everything(url)
    assert.deepEqual(found, { theirs: ['(1)'] })
  })

  it('leaves nothing of a backup that is damaged, cut short, or of a newer release', async () => {
    const target = await createDatabase()
    after(() => target.drop())
    const empty = await everything(target.url)
    const whole = readFileSync(file)
    const lines = gunzipSync(whole).toString()
    const flipped = Buffer.from(whole)
    flipped.writeUInt8((whole[whole.length >> 1] ?? 0) ^ 0x10, whole.length >> 1)
    const ending = lines.lastIndexOf('\n', lines.length - 2) + 1
    const end = JSON.parse(lines.slice(ending)) as { rows: Record<string, number>; sha256: string }
    const body = lines.slice(0, ending)
    const rewritten = (newBody: string, change = {}) => {
      const sha256 = createHash('sha256').update(newBody).digest('hex')
      return gzipSync(`${newBody}${JSON.stringify({ ...end, sha256, ...change })}\n`)
    }
    const strangeId = (backup: string) =>
      backup.replace(new RegExp(`^(${task.id}\t)${project.id}`, 'm'), '$1nowhere')
    const damaged = /^The backup is damaged or cut short .*: nothing was restored\.$/
    for (const [name, bytes, message] of [
      ['cut short', whole.subarray(0, whole.length * 0.6), damaged],
      ['a changed byte', flipped, damaged],
      ['no end', gzipSync(body), damaged],
      ['cut in a table', gzipSync(lines.slice(0, lines.indexOf('"tasks"') + 200)), damaged],
      ['a changed word', gzipSync(lines.replace('Only once', 'Only twice')), damaged],
      ['a changed id', gzipSync(strangeId(lines)), damaged],
      ['an id that is none', rewritten(strangeId(body)), /invalid input syntax for type uuid/],
      ['rows too many', rewritten(body, { rows: { ...end.rows, users: 99 } }), damaged],
      [
        'a task without its project',
        rewritten(body.replaceAll(new RegExp(`^(${task.id}\t)${project.id}`, 'gm'), `$1${task.id}`)),
        /tasks_project_fkey/,
      ],
      [
        'a table that nobody knows',
        rewritten(body.replace('"table":"webhooks"', '"table":"strangers"')),
        /strangers/,
      ],
      [
        'a newer release',
        rewritten(body.replace('0001_trail.sql', '9999_new.sql')),
        /9999_new\.sql is not in this one: upgrade first/,
      ],
      ['something else', Buffer.from('create table users ();'), damaged],
      ['another gzip', gzipSync('{"format":"other"}\n'), /not a backup that Tasktrail has written/],
    ] as const) {
      await assert.rejects(
        restore(target.url, Readable.from([bytes]), () => undefined),
        (error: Error) => {
          assert.match(error.message, message, name)
          return true
        },
      )
      assert.deepEqual(await everything(target.url), empty, name)
    }
    await restore(target.url, Readable.from([rewritten(body)]), () => undefined)
  })

  it('takes a backup of an older release, and migrates it', async () => {
    const older = await bareDatabase()
    await migrate(older, undefined, undefined, '0009_task_updates.sql')
    await onDatabase(older, (client) =>
      client.query(
        `insert into users (id, email, name) select $1, 'old@example.com', 'Old' where record_as(null, $1)`,
        [project.id],
      ),
    )
    const old = path.join(folder, 'old.gz')
    assert.equal((await tasktrail(older, 'backup', old)).status, 0)
    const newer = await createDatabase()
    after(() => newer.drop())
    const refusal = await tasktrail(newer.url, 'restore', old)
    assert.match(refusal.err, /The database has 00\d\d_\w+\.sql, which the backup has not/)
    const url = await bareDatabase()
    const { err, status } = await tasktrail(url, 'restore', old)
    assert.equal(status, 0, err)
    const { found, schema } = await everything(url)
    assert.equal(found['users']?.length, 1)
    assert.equal(schema, (await everything(world.url)).schema)
  })
})
