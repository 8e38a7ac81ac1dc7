import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { startService } from '../../../test/process.ts'
import { eventually, PASSWORD, start } from '../../../test/harness.ts'
import { loadConfig } from '../../config.ts'
import { ensureFirstAdmin } from './first-admin.ts'

const admins = async (world: Awaited<ReturnType<typeof start>>) =>
  (await world.pool.query<{ email: string }>(`select email from users where role = 'admin'`)).rows

describe('the first administrator', () => {
  it('is one, though two processes start on an empty database at the same moment', async () => {
    const world = await start()
    // They meet where the administrator is made.
    const holder = await world.pool.connect()
    await holder.query(`select pg_advisory_lock(hashtext('administrators'))`)
    const services = [1, 2].map(() => startService({ DATABASE_URL: world.url, ADMIN_PASSWORD: '' }))
    await eventually(() => world.blocked(2), 20_000)
    holder.release(true)
    for (const service of services) await service.port
    assert.deepEqual(await admins(world), [{ email: 'admin@tasktrail.localhost' }])
    const shown = services.flatMap(({ lines }) =>
      lines.flatMap((line) => /^ {2}password {2}(\S+)$/.exec(line)?.[1] ?? []),
    )
    assert.equal(shown.length, 1, 'one of them shows the password')
    const login = { email: 'admin@tasktrail.localhost', password: shown[0] }
    assert.equal((await world.anonymous.post('auth/login', login)).status, 200)
    await Promise.all(services.map((service) => service.signal('SIGTERM')))
  })

  it('is the configured one, once, and is no longer asked for when there is any', async () => {
    const world = await start()
    const { db } = world.servers[0]!
    const config = loadConfig({
      DATABASE_URL: world.url,
      NODE_ENV: 'production',
      JWT_SECRET_KEY: 'kq3Vw8Zr5Tn1Xb7Lm4Pc9Hd2Sf6Gj0Ya',
      ADMIN_EMAIL: 'root@example.com',
      ADMIN_PASSWORD: PASSWORD,
    })
    assert.equal(await ensureFirstAdmin(db, { ...config, adminEmail: '' }), undefined)
    assert.deepEqual(await admins(world), [], 'production makes nobody up')
    for (let i = 0; i < 2; i++) assert.equal(await ensureFirstAdmin(db, config), undefined)
    await ensureFirstAdmin(db, { ...config, adminEmail: 'second@example.com' })
    assert.deepEqual(await admins(world), [{ email: 'root@example.com' }])
  })

  it('is not made with a password that is easy to guess, and the refusal does not repeat it', async () => {
    const world = await start()
    const { db } = world.servers[0]!
    for (const adminPassword of ['admin', 'password', 'changeme'])
      await assert.rejects(
        ensureFirstAdmin(db, { ...world.config, adminEmail: 'root@example.com', adminPassword }),
        (error: Error) =>
          error.message.includes('ADMIN_PASSWORD') && !error.message.includes(`"${adminPassword}"`),
      )
    assert.deepEqual(await admins(world), [])
  })

  it('is not somebody who happened to register under that address', async () => {
    const world = await start()
    const { email } = await world.user()
    await assert.rejects(
      ensureFirstAdmin(world.servers[0]!.db, { ...world.config, adminEmail: email, adminPassword: PASSWORD }),
      /ADMIN_EMAIL belongs to a user/,
    )
    assert.deepEqual(await admins(world), [])
  })
})
