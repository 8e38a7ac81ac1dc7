// The administration commands as people run them: in a process of their own.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { text } from 'node:stream/consumers'
import { after, describe, it } from 'node:test'
import { startEmbeddedPostgres } from '../src/database/embedded/embedded.ts'
import { createDatabase, databaseUrl } from './database.ts'
import { eventually, PASSWORD, refused, start, type Client } from './harness.ts'

const ROOT = path.resolve(import.meta.dirname, '../..')
const world = await start()

const directory = mkdtempSync(path.join(tmpdir(), 'tasktrail-cli-'))
after(() => rmSync(directory, { recursive: true, force: true }))

const environment = {
  PATH: process.env['PATH'] ?? '',
  DATABASE_URL: world.url,
  DATA_DIR: directory,
  JWT_SECRET_KEY: world.config.jwtSecret,
}

async function tasktrail(
  args: string,
  more: { input?: string; env?: Record<string, string>; named?: true } = {},
) {
  const child = spawn(process.execPath, ['scripts/tasktrail.mjs', ...args.split(' ').filter(Boolean)], {
    cwd: ROOT,
    env: { ...environment, ...more.env },
  })
  child.stdin.end(more.input ?? '')
  const exit = new Promise<number | null>((resolve) => child.once('exit', resolve))
  const [out, all, status] = await Promise.all([text(child.stdout), text(child.stderr), exit])
  // Which database it is comes before anything else.
  const [, database, err = ''] = /^(?:Database: (.*)\n)?([^]*)$/.exec(all) ?? []
  return { out, err, status, ...(more.named && { database }) }
}

const shownPassword = (out: string) => /shown this once: (\S+)/.exec(out)?.[1]
const logIn = (email: string, password: string | undefined) =>
  world.anonymous.post('auth/login', { email, password })

describe('tasktrail', { concurrency: 3 }, () => {
  it('explains itself', async () => {
    const { out, err, status } = await tasktrail('admin create --help')
    assert.deepEqual({ err, status }, { err: '', status: 0 })
    for (const word of ['migrate', 'admin create', 'admin reset-password', 'seed', '--force-production'])
      assert(out.includes(word), word)
  })

  it('answers a wrong command in one line, with exit status 2', async () => {
    for (const [args, problem] of [
      ['destroy', /no command "destroy"/],
      ['admin create', /--email is required/],
      ['seed --force', /Unknown option '--force'/],
    ] as const) {
      const { out, err, status } = await tasktrail(args)
      assert.match(err, problem)
      assert.match(err, /^tasktrail: [^\n]*\n$/)
      assert.deepEqual({ out, status }, { out: '', status: 2 })
    }
  })

  it('adds an administrator with a password that it makes and shows', async () => {
    const { out, err, status } = await tasktrail('admin create --email root@example.com --name Root')
    assert.deepEqual({ err, status }, { err: '', status: 0 })
    const { body } = await logIn('root@example.com', shownPassword(out))
    assert.deepEqual({ name: body.user.name, role: body.user.role }, { name: 'Root', role: 'admin' })
    const { rows } = await world.pool.query(
      'select kind, source from audit_entries where user_id = $1 order by at',
      [body.user.id],
    )
    assert.deepEqual(rows, [
      { kind: 'user.created', source: 'command_line' },
      { kind: 'login.succeeded', source: 'api' },
    ])
    const again = await tasktrail('admin create --email ROOT@example.com')
    assert.deepEqual(again, { out: '', err: 'tasktrail: email is in use.\n', status: 1 })
  })

  it('adds an administrator with the password that it is sent, and does not show it', async () => {
    const input = `${PASSWORD}\n`
    const { out, status } = await tasktrail('admin create --email piped@example.com --password-stdin', {
      input,
    })
    assert.equal(status, 0)
    assert(!out.includes(PASSWORD))
    assert.equal((await logIn('piped@example.com', PASSWORD)).status, 200)
  })

  it('refuses a bad password or address, and stores nothing', async () => {
    const short = await tasktrail('admin create --email short@example.com --password-stdin', { input: 'abc' })
    assert.deepEqual(short, {
      out: '',
      err: 'tasktrail: The password must have at least 8 characters.\n',
      status: 1,
    })
    const broken = await tasktrail('admin create --email nonsense')
    assert.match(broken.err, /^tasktrail: The email is not valid[^\n]*\n$/)
    assert.equal(broken.status, 1)
    const { rows } = await world.pool.query(
      `select from users where email in ('short@example.com', 'nonsense')`,
    )
    assert.equal(rows.length, 0)
  })

  it('gives a user a new password and ends the sessions', async () => {
    const user = await world.user()
    const { out, status } = await tasktrail(`admin reset-password --email ${user.email.toUpperCase()}`)
    assert.equal(status, 0)
    await eventually(async () => refused(await user.get('users/me'), 401, 'unauthenticated'), 1_500)
    refused(await logIn(user.email, PASSWORD), 401, 'invalid_credentials')
    assert.equal((await logIn(user.email, shownPassword(out))).status, 200)
    const nobody = await tasktrail('admin reset-password --email nobody@example.com')
    assert.deepEqual(nobody, {
      out: '',
      err: 'tasktrail: There is no user with the e-mail address nobody@example.com.\n',
      status: 1,
    })
  })

  it('ends a token that was found, with what descends from it, and tells what is none', async () => {
    const user = await world.user()
    const make = async (who: Client) =>
      (await who.post('tokens', { name: 'Leaked', scopes: ['tasks:read'] })).body.token as string
    const token = await make(user)
    const child = await make(world.client(token))
    const { out, status } = await tasktrail('token end', { input: `${token}\n` })
    assert.deepEqual([out, status], ['2 ended: the token, and what descends from it.\n', 0])
    for (const ended of [token, child])
      await eventually(
        async () => refused(await world.client(ended).get('tasks'), 401, 'unauthenticated'),
        1_500,
      )
    const none = await tasktrail('token end', { input: `${token}x` })
    assert.deepEqual([none.out, none.status], ['', 2])
    assert(!none.err.includes(token))
  })

  it('puts no demonstration data into production unless it is forced to', async () => {
    const { out, err, status } = await tasktrail('seed', { env: { NODE_ENV: 'production' } })
    assert.deepEqual({ out, status }, { out: '', status: 1 })
    assert.match(err, /--force-production/)
    const { rows } = await world.pool.query(`select from users where email like '%@heron.example'`)
    assert.equal(rows.length, 0)
  })

  it('fills in the demonstration, in production too when forced', async () => {
    const database = await createDatabase()
    after(() => database.drop())
    const { out, err, status } = await tasktrail('seed --force-production', {
      env: { NODE_ENV: 'production', DATABASE_URL: database.url },
    })
    assert.deepEqual({ err, status }, { err: '', status: 0 })
    assert.match(out, /12 users, 6 projects, \d+ tasks[^]*password demo-[^]*ines@heron\.example/)
  })

  it('says what is wrong with the database or the configuration in a line', async () => {
    const gone = await tasktrail('migrate', { env: { DATABASE_URL: databaseUrl('no_such_database') } })
    assert.deepEqual(gone, {
      out: '',
      err: 'tasktrail: The database refuses: database "no_such_database" does not exist\n',
      status: 1,
    })
    const mistaken = await tasktrail('seed', { env: { PORT: 'five thousand', LOG_LEVEL: 'loud' } })
    assert.match(mistaken.err, /PORT must be[^]*LOG_LEVEL must be/)
    assert.equal(mistaken.status, 1)
  })

  it('migrates in production without the secrets, which it has no use for', async () => {
    const { out, status } = await tasktrail('migrate', {
      env: { NODE_ENV: 'production', JWT_SECRET_KEY: '' },
    })
    assert.deepEqual({ out, status }, { out: 'The database is up to date.\n', status: 0 })
  })
})

describe('tasktrail without DATABASE_URL', () => {
  const env = { DATABASE_URL: '' }

  it('makes no database where one was expected, and leaves a wrong folder as it is', async () => {
    const wrong = path.join(directory, 'wrong')
    for (const command of ['seed', 'admin create --email a@example.com', `backup ${directory}/none.gz`]) {
      const { out, err, status } = await tasktrail(command, {
        env: { ...env, DATA_DIR: wrong, JWT_SECRET_KEY: '' },
      })
      assert.deepEqual({ out, status }, { out: '', status: 1 })
      assert.match(err, /^tasktrail: There is no database in \S+\/wrong: set DATA_DIR[^\n]*\n$/)
    }
    assert(!existsSync(wrong))
    assert(!existsSync(path.join(directory, 'none.gz')))
  })

  it('starts the embedded server for itself, and uses the one that runs', async () => {
    const first = await tasktrail('migrate', { env, named: true })
    assert.equal(first.database, `a new embedded one in ${directory}`)
    assert.match(first.out, /^applied 0001_/)
    assert.equal(first.status, 0, first.err)
    const running = await startEmbeddedPostgres({ dataDir: directory, settings: { fsync: 'off' } })
    const meanwhile = await tasktrail('migrate', { env })
    await running.stop()
    assert.deepEqual(meanwhile, { out: 'The database is up to date.\n', err: '', status: 0 })
  })
})
