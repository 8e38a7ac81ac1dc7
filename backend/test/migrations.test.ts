// Migrations when others migrate too, when they are killed, when somebody is in their way, and beside another release.
import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { cpSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { once } from 'node:events'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after, describe, it } from 'node:test'
import pg from 'pg'
import { migrate } from '../src/database/migrate.ts'
import { databaseUrl, SERVER_URL } from './database.ts'
import { Server, settle } from './faults/server.ts'
import { eventually, start } from './harness.ts'
import { TYPESCRIPT } from './process.ts'

const SHIPPED = path.resolve(import.meta.dirname, '../migrations')

const migrationsIn = (folder: string) =>
  readdirSync(folder)
    .filter((name) => name.endsWith('.sql'))
    .sort()

const folders: string[] = []
const databases: string[] = []
const roles: string[] = []
const admin = new pg.Client({ connectionString: SERVER_URL })
await admin.connect()
after(async () => {
  for (const name of databases) await admin.query(`drop database ${name} with (force)`)
  for (const role of roles) await admin.query(`drop role if exists ${role}`)
  await admin.end()
  for (const folder of folders) rmSync(folder, { recursive: true })
})

/** An empty database, and a folder of migrations to be written. */
async function scene() {
  const name = `test_${randomBytes(6).toString('hex')}`
  await admin.query(`create database ${name}`)
  databases.push(name)
  const url = databaseUrl(name)
  const folder = mkdtempSync(path.join(tmpdir(), 'tasktrail-migrations-'))
  folders.push(folder)
  const log: string[] = []
  return {
    url,
    folder,
    log,
    write: (file: string, text: string) => writeFileSync(path.join(folder, file), text),
    run: () => migrate(url, (line) => log.push(line), folder),
    /** Runs them in a process of their own, to be killed. */
    runApart() {
      const module = path.resolve(import.meta.dirname, '../src/database/migrate.ts')
      const script = `const { migrate } = await import(${JSON.stringify(module)}); await migrate(...${JSON.stringify([url])}, console.log, ${JSON.stringify(folder)})`
      const child = spawn(process.execPath, [...TYPESCRIPT, '--input-type=module', '-e', script], {
        cwd: import.meta.dirname,
        stdio: 'inherit',
      })
      after(() => child.kill('SIGKILL'))
      return child
    },
    async query<Row extends pg.QueryResultRow>(text: string): Promise<Row[]> {
      const client = new pg.Client({ connectionString: url, statement_timeout: 5_000 })
      await client.connect()
      try {
        return (await client.query<Row>(text)).rows
      } finally {
        await client.end()
      }
    },
    /** Runs the statements in a transaction that stays open until the returned function is called. */
    async hold(...statements: string[]) {
      const client = new pg.Client({ connectionString: url })
      client.on('error', () => undefined)
      await client.connect()
      for (const statement of ['set idle_in_transaction_session_timeout = 0', 'begin', ...statements])
        await client.query(statement)
      return () => client.end()
    },
  }
}

const working = `select from pg_stat_activity where datname = current_database() and application_name = 'tasktrail migrate' and state = 'active' and query !~ 'advisory'`

describe('Migrations', () => {
  it('F17: run once when several start at once', async () => {
    const { url, query } = await scene()
    const done = await Promise.all([1, 2, 3].map(() => migrate(url)))
    const applied = await query<{ name: string }>('select name from migrations order by name')
    assert(applied.length > 0)
    assert.deepEqual(
      done.flat().sort(),
      applied.map(({ name }) => name),
    )
    assert.deepEqual(await migrate(url), [])
  })

  it("F17: run once when several start at once, also outside a transaction, and are not in each other's way", async () => {
    const { write, run, log } = await scene()
    write('0001_a.sql', 'create table a (id integer)')
    write(
      '0002_index.sql',
      '-- no transaction\ndrop index concurrently if exists a_id_idx;\ncreate index concurrently a_id_idx on a (id);\n',
    )
    const done = await Promise.all([run(), run(), run()])
    assert.deepEqual(done.flat().sort(), ['0001_a.sql', '0002_index.sql'])
    assert.deepEqual(log.toSorted(), ['applied 0001_a.sql', 'applied 0002_index.sql'])
  })

  it('that add a column to a tracked table have it in the trail from its first change on', async () => {
    const { write, run, folder, query } = await scene()
    cpSync(SHIPPED, folder, { recursive: true })
    write('9001_estimate.sql', 'alter table tasks add column estimate integer')
    await run()
    const someone = '019aab5e-6c00-7000-8000-000000000001'
    const recorded = `record_as('${someone}', '${someone}')`
    await query(
      `insert into users (id, email, name) select '${someone}', 'a@example.com', 'A' where ${recorded}`,
    )
    await query(
      `insert into projects (id, key, name, created_by) select '${someone}', 'OPS', 'Ops', '${someone}' where ${recorded}`,
    )
    await query(
      `insert into tasks (id, project_id, number, title, position, created_by, estimate)
       select '${someone}', '${someone}', 1, 'T', 1, '${someone}', 30 where ${recorded}`,
    )
    const last = 'select before, after, version from pending_events order by id desc limit 1'
    assert.equal((await query<{ after: { estimate: number } }>(last))[0]?.after.estimate, 30)
    await query(`update tasks set estimate = 60 where ${recorded}`)
    const event = { before: { estimate: 30 }, after: { estimate: 60 }, version: 2 }
    assert.deepEqual(await query(last), [event])
    write('9002_no_estimate.sql', 'alter table tasks drop column estimate')
    await run()
    await query(`update tasks set title = 'New' where ${recorded}`)
    assert.deepEqual(await query(last), [{ before: { title: 'T' }, after: { title: 'New' }, version: 3 }])
  })

  it('refuse a file that was changed after it was applied', async () => {
    const { write, run } = await scene()
    write('0001_a.sql', 'create table a (id integer)')
    await run()
    write('0001_a.sql', 'create table a (id bigint)')
    await assert.rejects(run(), /0001_a\.sql was changed after it was applied/)
  })

  it('do a file entirely or not at all', async () => {
    const { write, run, query } = await scene()
    write('0001_a.sql', 'create table a (id integer);')
    // What fails is the note of the file, which comes after it.
    write('0002_b.sql', `create table b (id integer); insert into migrations values ('0002_b.sql', 'x');`)
    await assert.rejects(run(), { code: '23505' })
    assert.deepEqual(await query(`select to_regclass('a') is null as a, to_regclass('b') is null as b`), [
      { a: false, b: true },
    ])
    write('0002_b.sql', 'create table b (id integer);')
    assert.deepEqual(await run(), ['0002_b.sql'])
  })

  it('F18: killed half-way leave nothing behind, and can be run again at once', async () => {
    const { write, run, query, runApart } = await scene()
    write('0001_a.sql', 'create table a (id integer); select pg_sleep(20);')
    const child = runApart()
    await eventually(async () => assert.equal((await query(working)).length, 1), 15_000)
    child.kill('SIGKILL')
    await once(child, 'exit')
    write('0001_a.sql', 'create table a (id integer);')
    const started = Date.now()
    assert.deepEqual(await run(), ['0001_a.sql'])
    assert(Date.now() - started < 8_000)
    await eventually(async () => assert.equal((await query(working)).length, 0))
  })

  it('F18: killed while an index is built replace the half of it', async () => {
    const { write, run, query, runApart, hold } = await scene()
    write('0001_a.sql', 'create table a (id integer); insert into a select generate_series(1, 1000);')
    await run()
    write(
      '0002_index.sql',
      '-- no transaction\ndrop index concurrently if exists a_id_idx;\ncreate index concurrently a_id_idx on a (id);\n',
    )
    const release = await hold('update a set id = id where id = 1')
    const child = runApart()
    const state = () =>
      query<{ indisvalid: boolean }>(
        `select indisvalid from pg_index where indexrelid = to_regclass('a_id_idx')`,
      )
    await eventually(async () => assert.deepEqual(await state(), [{ indisvalid: false }]), 15_000)
    child.kill('SIGKILL')
    await once(child, 'exit')
    await eventually(async () => assert.equal((await query(working)).length, 0))
    await release()
    assert.deepEqual(await state(), [{ indisvalid: false }])
    assert.deepEqual(await run(), ['0002_index.sql'])
    assert.deepEqual(await state(), [{ indisvalid: true }])
  })

  it('F18: with somebody in the way let others pass, and go on when the way is free', async () => {
    const { write, run, query, log, hold } = await scene()
    write('0001_a.sql', 'create table a (id integer)')
    await run()
    write('0002_a.sql', 'alter table a add column b integer')
    const release = await hold('select from a')
    const migrating = run()
    await eventually(async () =>
      assert.equal(
        (await query(`select from pg_locks where not granted and relation = 'a'::regclass`)).length,
        1,
      ),
    )
    const started = Date.now()
    await query('select from a')
    assert(Date.now() - started < 2_000, 'others waited behind the migration')
    await eventually(async () => assert(log.some((line) => line.includes('waits for a lock'))))
    await release()
    assert.deepEqual(await migrating, ['0002_a.sql'])
  })
})

describe('The files', () => {
  it('drop an index before they build it concurrently, because a build that was cut short leaves a useless one', () => {
    for (const name of migrationsIn(SHIPPED)) {
      const text = readFileSync(path.join(SHIPPED, name), 'utf8')
      for (const [, index] of text.matchAll(
        /create (?:unique )?index concurrently (?:if not exists )?(\w+)/g,
      )) {
        assert(text.startsWith('-- no transaction\n'), name)
        assert(text.includes(`drop index concurrently if exists ${index};`), `${name}: ${index}`)
      }
    }
  })
})

describe('Beside another release', () => {
  it('a server works on the schema of a newer one', async () => {
    const world = await start()
    await world.pool.query(`
      alter table tasks add column estimate integer;
      alter table users add column motto text default 'none';
      create table milestones (id uuid);
      insert into migrations (name, hash) values ('9999_future.sql', 'x')`)
    const { owner, project, anonymous } = await world.team()
    const task = await owner.post(`projects/${project.id}/tasks`, { title: 'Old and new' })
    assert.equal(task.status, 201)
    assert.equal((await owner.patch(`tasks/${task.body.id}`, { title: 'Newer' })).status, 200)
    assert.equal((await owner.get(`projects/${project.id}/tasks`)).body.items.length, 1)
    assert.equal((await anonymous.get('/readyz')).status, 200)
  })

  it('a server refuses the schema of an older one', async () => {
    const { url, folder } = await scene()
    cpSync(SHIPPED, folder, { recursive: true })
    const last = migrationsIn(folder).at(-1)
    assert(last)
    rmSync(path.join(folder, last))
    await migrate(url, undefined, folder)
    await assert.rejects(Server.start(url, { AUTO_MIGRATE: 'off' }), new RegExp(`lacks ${last}`))
  })
})

/** Runs the command in a process of its own, with these variables alone. */
function migrateCommand(env: Record<string, string>) {
  const { status, stdout, stderr } = spawnSync(process.execPath, ['scripts/tasktrail.mjs', 'migrate'], {
    cwd: path.resolve(import.meta.dirname, '../..'),
    env: { PATH: process.env['PATH'] ?? '', ...env },
    encoding: 'utf8',
  })
  return { status, stdout, stderr }
}

describe('MIGRATION_DATABASE_URL', () => {
  /** A database owned by an administrator who is no superuser, as managed databases have it. */
  async function managed() {
    const { url, query } = await scene()
    const database = /test_\w+/.exec(url)?.[0] ?? ''
    const [administrator, app, next] = ['admin', 'app', 'next'].map((role) => `${database}_${role}`)
    assert(administrator && app && next)
    await query(
      `create role ${administrator} login createrole; alter database ${database} owner to ${administrator}`,
    )
    roles.push(app, next, `${database}_owner`, administrator)
    const as = (role: string, password = '') =>
      url.replace('postgres@', `${role}${password && `:${password}`}@`)
    return { url, query, as, administrator, app, next, owner: `${database}_owner` }
  }
  const passwordOf = async (role: string) =>
    (await admin.query(`select rolpassword from pg_authid where rolname = '${role}'`)).rows[0]?.rolpassword

  it('makes a role for the service, which reads and writes rows and can do nothing else', async () => {
    const { as, administrator, app, owner, query } = await managed()
    const { status, stdout, stderr } = migrateCommand({
      NODE_ENV: 'production',
      DATABASE_URL: as(app, 'first-password'),
      MIGRATION_DATABASE_URL: as(administrator),
    })
    assert.equal(status, 0, stderr)
    assert.match(stdout, /^applied 0001_/)
    const rows = await query('select distinct tableowner from pg_tables where schemaname = $$public$$')
    assert.deepEqual(rows, [{ tableowner: owner }])

    const server = await Server.start(as(app), { AUTO_MIGRATE: 'off' })
    const { token, project } = await settle(server)
    const made = await server.send('POST', `projects/${project}/tasks`, {
      token,
      body: { title: 'Made' },
      key: 'k',
    })
    assert.equal(made.status, 201)
    assert.equal((await server.send('DELETE', `tasks/${made.body.id}`, { token })).status, 204)
    assert.equal((await server.send('GET', 'changes', { token })).status, 200)
    const client = new pg.Client({ connectionString: as(app) })
    await client.connect()
    for (const statement of [
      'drop table tasks',
      'alter table tasks add column x integer',
      'create table x (id integer)',
      'truncate tasks',
      'create role x',
      `set role ${owner}`,
    ])
      await assert.rejects(client.query(statement), { code: '42501' }, statement)
    assert.deepEqual((await client.query('show statement_timeout')).rows, [{ statement_timeout: '10s' }])
    await client.end()
    assert.deepEqual(await migrate(as(app)), [], 'where nothing is lacking, anybody may say so')
    await server.stop('SIGTERM')
  })

  it('gives the owner what the administrator made before, and the service the right to it', async () => {
    const { as, administrator, app, owner, query } = await managed()
    await query(`alter schema public owner to ${administrator}`)
    assert((await migrate(as(administrator))).length > 0)
    const { status, stdout } = migrateCommand({
      DATABASE_URL: as(app),
      MIGRATION_DATABASE_URL: as(administrator),
    })
    assert.deepEqual({ status, stdout }, { status: 0, stdout: 'The database is up to date.\n' })
    const rows = await query(`
      select distinct owner::regrole::text from (
        select relowner from pg_class where relnamespace = 'public'::regnamespace
        union select proowner from pg_proc where pronamespace = 'public'::regnamespace
      ) as objects (owner)`)
    assert.deepEqual(rows, [{ owner }])
    const server = await Server.start(as(app), { AUTO_MIGRATE: 'off' })
    await settle(server)
    await server.stop('SIGTERM')
  })

  it('sets a new password, and makes a second role beside the one that still serves', async () => {
    const { as, administrator, app, next, query } = await managed()
    const run = (role: string, password: string) =>
      migrateCommand({ DATABASE_URL: as(role, password), MIGRATION_DATABASE_URL: as(administrator) }).status
    assert.equal(run(app, 'one'), 0)
    const first = await passwordOf(app)
    assert.match(first, /^SCRAM-SHA-256\$/)
    assert.equal(run(app, 'two'), 0)
    const second = await passwordOf(app)
    assert.notEqual(second, first)
    assert.equal(run(next, 'three'), 0)
    assert.equal(await passwordOf(app), second)
    const rows = await query(
      `select has_table_privilege(role, 'tasks', 'insert') as may from unnest(array['${app}', '${next}']) as role`,
    )
    assert.deepEqual(rows, [{ may: true }, { may: true }])
  })

  it('refuses a service that is the administrator, or a superuser, and changes nothing', async () => {
    const { as, administrator, url, owner } = await managed()
    for (const [service, reason] of [
      [as(administrator), /must name different roles/],
      [as(owner), /must name different roles/],
      [url, /is a superuser/],
    ] as const) {
      const { status, stderr } = migrateCommand({
        DATABASE_URL: service,
        MIGRATION_DATABASE_URL: as(administrator),
      })
      assert.equal(status, 1)
      assert.match(stderr, reason)
    }
    const { rows } = await admin.query('select from pg_roles where rolname = $1', [owner])
    assert.equal(rows.length, 0)
    assert.match(
      migrateCommand({ MIGRATION_DATABASE_URL: as(administrator) }).stderr,
      /MIGRATION_DATABASE_URL needs a DATABASE_URL/,
    )
  })
})
