// The very first start, in a process of its own.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer, type AddressInfo } from 'node:net'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { text } from 'node:stream/consumers'
import { after, it } from 'node:test'
import { createDatabase } from './database.ts'

const directory = mkdtempSync(path.join(tmpdir(), 'tasktrail-first-start-'))
const database = await createDatabase()
const taken = createServer()
taken.listen(0, '127.0.0.1')
await once(taken, 'listening')
after(async () => {
  taken.close()
  rmSync(directory, { recursive: true, force: true })
  await database.drop()
})

async function start(env: Record<string, string>) {
  const child = spawn(process.execPath, ['scripts/start.mjs'], {
    cwd: path.resolve(import.meta.dirname, '../..'),
    env: { PATH: process.env['PATH'], DATA_DIR: directory, HOST: '127.0.0.1', PORT: '0', ...env },
  })
  const exit = once(child, 'exit')
  const [out, err] = await Promise.all([text(child.stdout), text(child.stderr)])
  return { out, err, exit: await exit }
}

it('shows the password of the administrator it has made, even when the port is taken', async () => {
  const { port } = taken.address() as AddressInfo
  const { out, err, exit } = await start({ DATABASE_URL: database.url, PORT: String(port) })
  assert.match(out, /^ {2}password {2}\S{20}$/m)
  assert.equal(err, `Port ${port} is taken by another program: stop it, or set PORT to another.\n`)
  assert.deepEqual(exit, [1, null])
})

it('in production warns while there is no administrator, with the command that adds one', async () => {
  const other = await createDatabase()
  after(() => other.drop())
  const { port } = taken.address() as AddressInfo
  const env = {
    NODE_ENV: 'production',
    DATABASE_URL: other.url,
    JWT_SECRET_KEY: 'for the tests only 0123456789abcdefghijk',
    PORT: String(port),
  }
  const { out } = await start(env)
  assert.match(out, /no administrator.*node src\/cli\.ts admin create --email/)
  assert.doesNotMatch(out, /Anybody who can reach this service/)
  assert.match(
    (await start({ ...env, REGISTRATION: 'open' })).out,
    /Anybody who can reach this service can make an account/,
  )
  const admin = { ADMIN_EMAIL: 'root@example.com', ADMIN_PASSWORD: 'correct horse battery staple' }
  assert.doesNotMatch((await start({ ...env, ...admin })).out, /no administrator/)
  assert.doesNotMatch((await start(env)).out, /no administrator/)
})

it('says so when it cannot write to DATA_DIR', async () => {
  const secret = { JWT_SECRET_KEY: 'for the tests only 0123456789abcdefghijk' }
  for (const env of [{}, secret]) {
    const { err, exit } = await start({ ...env, DATA_DIR: '/dev/null/data' })
    assert.match(err, /DATA_DIR has to be a folder/)
    assert.doesNotMatch(err, /\n +at /)
    assert.deepEqual(exit, [1, null])
  }
})
