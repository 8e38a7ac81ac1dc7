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

it('shows the password of the administrator it has made, even when the port is taken', async () => {
  const { port } = taken.address() as AddressInfo
  const child = spawn(process.execPath, ['scripts/start.mjs'], {
    cwd: path.resolve(import.meta.dirname, '../..'),
    env: {
      PATH: process.env['PATH'],
      DATABASE_URL: database.url,
      DATA_DIR: directory,
      HOST: '127.0.0.1',
      PORT: String(port),
    },
  })
  const exit = once(child, 'exit')
  const [out, err] = await Promise.all([text(child.stdout), text(child.stderr)])
  assert.match(out, /^ {2}password {2}\S{20}$/m)
  assert.equal(err, `Port ${port} is taken by another program: stop it, or set PORT to another.\n`)
  assert.deepEqual(await exit, [1, null])
})
