// JWT_SECRET_KEY exchanged as docs/operate.md says, and lost: what goes on, and what is refused.
import assert from 'node:assert/strict'
import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import { it } from 'node:test'
import { Webhook } from 'standardwebhooks'
import { eventually, PASSWORD, refused, start } from './harness.ts'
import { startService } from './process.ts'

const world = await start({ WEBHOOK_ALLOW_PRIVATE: 'on' })
const [OLD, NEW, THIRD] = [world.config.jwtSecret, 'exchanged for this 0123456789abcdefghijk', 'and then for this 0123456789abcdefghijkl'] // prettier-ignore

const received: { headers: IncomingHttpHeaders; raw: string }[] = []
const endpoint = createServer((request, response) => {
  let raw = ''
  request.setEncoding('utf8').on('data', (chunk: string) => (raw += chunk))
  request.on('end', () => {
    received.push({ headers: request.headers, raw })
    response.end()
  })
})
await new Promise<void>((resolve) => endpoint.listen(0, '127.0.0.1', resolve))
world.beforeStop(() => endpoint.close())
const url = `http://127.0.0.1:${(endpoint.address() as AddressInfo).port}/`

/** The service with other secrets, on the same database. */
async function serviceWith(secrets: Record<string, string>) {
  const service = startService({
    DATABASE_URL: world.config.databaseUrl,
    DB_PREPARED: world.config.preparedStatements ? 'on' : 'off',
    WEBHOOK_ALLOW_PRIVATE: 'on',
    ...secrets,
  })
  const origin = `http://127.0.0.1:${await service.port}`
  return { as: (token?: string) => world.client(token, origin), stop: () => service.signal('SIGTERM') }
}

/** Asserts that the next delivery is signed with each of these. */
async function delivers(secrets: readonly string[], after: number) {
  await eventually(async () => assert.equal(received.length, after + 1))
  const { raw, headers } = received[after]!
  for (const secret of secrets) new Webhook(secret).verify(raw, headers as Record<string, string>)
}

it('The secret is exchanged while both are known, and the old one dropped; a lost one costs log-ins and secrets of webhooks', async () => {
  const { owner, project } = await world.team()
  const tasks = `projects/${project.id}/tasks`
  const hooks = `projects/${project.id}/webhooks`
  const created = await owner.post(hooks, { url })
  assert.equal(created.status, 201)
  const rotated = await owner.post(`${hooks}/${created.body.id}/rotate-secret`)
  const secrets = [created.body.secret, rotated.body.secret]
  const retry = [tasks, { title: 'Only once' }, { 'idempotency-key': 'exchange' }] as const
  const first = await owner.post(...retry)
  assert.equal(first.status, 201)

  const both = await serviceWith({ JWT_SECRET_KEY: NEW, JWT_SECRET_KEY_ACCEPTED: OLD })
  await delivers(secrets, 0)
  const again = await both.as(owner.token).post(...retry)
  assert.equal(again.status, 201)
  assert.deepEqual(again.body, first.body)
  assert.equal(again.headers.get('idempotency-replayed'), 'true')
  refused(await both.as(owner.token).post(tasks, { title: 'Other' }, retry[2]), 422, 'idempotency_mismatch')
  await both.stop()

  const alone = await serviceWith({ JWT_SECRET_KEY: NEW })
  refused(await alone.as(owner.token).get('auth/sessions'), 401, 'unauthenticated')
  const { body: session } = await alone.as().post('auth/login', { email: owner.email, password: PASSWORD })
  const me = alone.as(session.access_token)
  refused(await me.post(...retry), 422, 'idempotency_mismatch')
  assert.equal((await me.post(tasks, { title: 'Delivered' })).status, 201)
  await delivers(secrets, 1)
  await alone.stop()

  const lost = await serviceWith({ JWT_SECRET_KEY: THIRD })
  const login = await lost.as().post('auth/login', { email: owner.email, password: PASSWORD })
  const myself = lost.as(login.body.access_token)
  await myself.post(tasks, { title: 'Not delivered' })
  const deliveries = async () => (await myself.get(`${hooks}/${created.body.id}/deliveries`)).body.items
  await eventually(async () => {
    const [{ attempts }] = await deliveries()
    assert.equal(attempts[0]?.error, 'its secret cannot be read: rotate it')
  })
  const fresh = await myself.post(`${hooks}/${created.body.id}/rotate-secret`)
  await myself.post(`${hooks}/${created.body.id}/redeliver`, { delivery_id: (await deliveries())[0].id })
  await delivers([fresh.body.secret], 2)
  await lost.stop()
})
