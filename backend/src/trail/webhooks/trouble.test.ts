// Endpoints that fail, hang, redirect and answer late.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { eventually, refused, start, type Actor } from '../../../test/harness.ts'
import { createReceiver, deliverFor, hook, hurry, status } from '../../../test/webhooks.ts'
import { nextDelay, RETRY_DELAYS } from './deliver.ts'
import { send } from './send.ts'

const world = await start({ WEBHOOK_ALLOW_PRIVATE: 'on', METRICS_TOKEN: 'only for the tests' })
const receiver = createReceiver(world)
const DAY = 24 * 3600

describe('The time until the next attempt', () => {
  it('spreads eleven attempts over more than a day, each a little by chance', () => {
    const least = RETRY_DELAYS.reduce((sum, delay) => sum + delay * 0.8, 0)
    assert(least > DAY, `${least} s`)
    for (const [i, base] of RETRY_DELAYS.entries()) {
      const delays = new Set(Array.from({ length: 50 }, () => nextDelay(i + 1, null)!))
      assert(delays.size > 40)
      for (const delay of delays) assert(delay >= base * 0.8 && delay <= base * 1.2)
    }
    assert.equal(nextDelay(RETRY_DELAYS.length + 1, null), null)
  })

  it('is not shorter than the endpoint asks for, and never more than a day for its sake', () => {
    assert.equal(nextDelay(1, 600), 600)
    assert.equal(nextDelay(1, 1e9), DAY)
    assert(nextDelay(1, 1)! >= 4)
    assert.equal(nextDelay(RETRY_DELAYS.length + 1, 600), null, 'asking does not prolong it for ever')
  })
})

describe('An attempt', () => {
  const attempt = (url: string, ms = 300) => send({ id: 'msg', url, payload: '{}', secrets: [] }, true, ms)

  it('fails without an answer in time, also when one trickles in, and what comes late counts for nothing', async () => {
    for (const answer of [
      () => undefined,
      (_: number, response: any) => setTimeout(() => response.end(), 4_000).unref(),
      (_: number, response: any) => {
        const trickle = setInterval(() => response.writeProcessing(), 50)
        response.on('close', () => clearInterval(trickle))
      },
    ]) {
      const { url, received } = await receiver(answer)
      const { status: code, error, ms } = await attempt(url)
      assert.equal(code, null)
      assert(error)
      assert(ms >= 290 && ms < 3_000, `${ms} ms`)
      assert.equal(received.length, 1)
    }
  })

  it('does not wait for a body without end, nor read it', async () => {
    const { url } = await receiver((_, response) => {
      const more = () => response.destroyed || response.write('x'.repeat(65_536), () => setImmediate(more))
      more()
      response.on('error', () => undefined)
    })
    const { status: code, ms } = await attempt(url, 5_000)
    assert.equal(code, 200)
    assert(ms < 2_000, `${ms} ms`)
  })

  it('does not follow a redirect, and fails by it', async () => {
    const { url: elsewhere, received } = await receiver()
    for (const code of [301, 302, 303, 307, 308]) {
      const { url } = await receiver((_, response) => response.writeHead(code, { location: elsewhere }).end())
      const { status: answered, error } = await attempt(url)
      assert.deepEqual([answered, error], [code, 'redirects are not followed'])
    }
    assert.equal(received.length, 0)
  })

  it('tells what Retry-After asks for, in seconds or as a date', async () => {
    const ask = async (value: string) => {
      const { url } = await receiver((_, response) => response.writeHead(429, { 'retry-after': value }).end())
      return (await attempt(url)).retryAfter
    }
    assert.equal(await ask('90'), 90)
    const byDate = await ask(new Date(Date.now() + 90_000).toUTCString())
    assert(byDate! > 85 && byDate! <= 90, `${byDate}`)
    assert.equal(await ask(new Date(Date.now() - 90_000).toUTCString()), 0)
    assert.equal(await ask('soon'), null)
  })
})

describe('A webhook in trouble', () => {
  const warnings = deliverFor(world)

  /** A webhook whose only delivery is about to be attempted for the last time, failing for so many hours. */
  async function lastAttempt(owner: Actor, project: { id: string }, hours: number) {
    const { received, url } = await receiver(status(500))
    const { id, path } = await hook(owner, project, url)
    await owner.post(`projects/${project.id}/tasks`, { title: 'Never told' })
    await eventually(async () => assert(await failingSince(owner, path)))
    await world.pool.query(
      'update webhooks set failing_since = now() - make_interval(hours => $2) where id = $1',
      [id, hours],
    )
    await world.pool.query(
      'update webhook_deliveries set attempts = $2, due_at = now() where webhook_id = $1',
      [id, RETRY_DELAYS.length],
    )
    await eventually(async () => {
      const { body } = await owner.get(`${path}/deliveries?status=failed`)
      assert.equal(body.items.length, 1)
    })
    assert.equal(received.length, 2)
    return { id, path, url }
  }
  const failingSince = async (owner: Actor, path: string) => (await owner.get(path)).body.failing_since

  it('waits as long as it asks for', async () => {
    const { owner, project } = await world.team()
    const { url } = await receiver((_, response) => response.writeHead(503, { 'retry-after': '1200' }).end())
    const { path } = await hook(owner, project, url)
    await owner.post(`projects/${project.id}/tasks`, { title: 'Later' })
    await eventually(async () => {
      const { body } = await owner.get(`${path}/deliveries`)
      assert.equal(body.items[0].attempts.length, 1)
      const wait = Date.parse(body.items[0].due_at) - Date.now()
      assert(wait > 1_190_000 && wait <= 1_200_000, `${wait} ms`)
    })
  })

  it('is given one attempt at a time until it answers well', async () => {
    const { owner, project } = await world.team()
    let open = 0
    let most = 0
    const { received, url } = await receiver((n, response) => {
      open++
      if (n <= 4) most = Math.max(most, open)
      setTimeout(() => {
        open--
        response.writeHead(n < 4 ? 500 : 200).end()
      }, 60)
    })
    const { id } = await hook(owner, project, url)
    await world.pool.query('update webhooks set failing_since = now() where id = $1', [id])
    for (let i = 0; i < 8; i++) await owner.post(`projects/${project.id}/tasks`, { title: `Task ${i}` })
    await eventually(async () => assert(received.length >= 4))
    // One in each of the two processes.
    assert(most <= 2, `${most} at once`)
    await eventually(async () => {
      await hurry(world, id)
      assert.equal(new Set(received.map(({ headers }) => headers['webhook-id'])).size, 8)
    })
  })

  it('is switched off when a delivery is given up after a day of failure, and those who manage the project hear of it', async () => {
    const { owner, editor, viewer, admin, project } = await world.team()
    const { received: told, url: other } = await receiver()
    await hook(owner, project, other, { kinds: ['webhook.disabled'] })
    const { body: before } = await owner.get('changes?after=now')
    const { body: editors } = await editor.get('changes?after=now')
    const tag = async () => (await owner.get(path)).headers.get('etag')
    const { id, path, url } = await lastAttempt(owner, project, 25)
    await eventually(async () => assert((await owner.get(path)).body.disabled_at))
    const { body: webhook } = await owner.get(path)
    assert.match(webhook.disabled_reason, /more than a day/)
    assert.equal(await tag(), `"${webhook.version}"`)

    const of = (items: any[]) => items.filter(({ kind }) => kind.startsWith('webhook.'))
    const notice = of((await owner.get(`changes?after=${before.next}`)).body.items).at(-1)
    assert.deepEqual(
      [notice.kind, notice.project_id, notice.resource_id, notice.actor_id, notice.resource],
      ['webhook.disabled', project.id, id, null, null],
    )
    assert.deepEqual(notice.changes, {
      disabled_at: { from: null, to: webhook.disabled_at },
      disabled_reason: { from: null, to: webhook.disabled_reason },
    })
    for (const person of [owner, admin]) {
      const { body } = await person.get(`projects/${project.id}/history?total=true`)
      const [entry] = of(body.items)
      assert.deepEqual(
        [entry.actor, entry.subject],
        [null, { type: 'webhook', id, name: webhook.description }],
      )
      assert.equal(body.total, body.items.length)
      assert(!JSON.stringify(body).includes(url))
    }
    for (const person of [editor, viewer]) {
      const { body } = await person.get(`projects/${project.id}/history?total=true`)
      assert.deepEqual(of(body.items), [])
      assert.equal(body.total, body.items.length)
    }
    assert.deepEqual(of((await editor.get(`changes?after=${editors.next}`)).body.items), [])
    await eventually(async () => assert.equal(told.length, 1))
    assert.equal(told[0]!.body.data.resource_id, id)

    assert(warnings.some(({ webhook: named, reason }) => named === id && reason === webhook.disabled_reason))
    const metrics = await world.anonymous.get('/metrics', { authorization: 'Bearer only for the tests' })
    assert.match(metrics.body, /^tasktrail_webhooks_given_up [1-9]/m)
    refused(await owner.post(`operations/${notice.operation_id}/undo`), 409, 'not_undoable')
  })

  it('stays on when a delivery is given up sooner, and is switched off only once', async () => {
    const { owner, project } = await world.team()
    const early = await lastAttempt(owner, project, 23)
    await sleep(200)
    assert.equal((await owner.get(early.path)).body.disabled_at, null)
    const { rows } = await world.pool.query(
      `select resource_id from events where kind = 'webhook.disabled' group by resource_id having count(*) > 1`,
    )
    assert.deepEqual(rows, [])
  })

  it('has a new ETag when it begins to fail', async () => {
    const { owner, project } = await world.team()
    const { url } = await receiver(status(500))
    const { path } = await hook(owner, project, url)
    const tag = (await owner.get(path)).headers.get('etag')!
    await owner.post(`projects/${project.id}/tasks`, { title: 'Fails' })
    await eventually(async () => {
      const answer = await owner.get(path, { 'if-none-match': tag })
      assert.equal(answer.status, 200)
      assert(answer.body.failing_since)
    })
  })

  it('knows only its own project: what a task was before it came, and becomes when it leaves, is not told', async () => {
    const { owner, project } = await world.team()
    const { body: hidden } = await owner.post('projects', { name: 'Hidden' })
    const { received, url } = await receiver()
    await hook(owner, project, url)
    const { body: task } = await owner.post(`projects/${hidden.id}/tasks`, { title: 'Secret before' })
    await owner.patch(`tasks/${task.id}`, { project_id: project.id, title: 'Here' })
    await owner.patch(`tasks/${task.id}`, { project_id: hidden.id, title: 'Secret after' })
    await eventually(async () => assert.equal(received.length, 2))
    for (const { raw } of received)
      for (const secret of ['Secret', hidden.id]) assert(!raw.includes(secret), raw)
    const [came, left] = received.map(({ body }) => body.data).sort((a, b) => a.seq - b.seq)
    assert.equal(came.changes.title.to, 'Here')
    assert.deepEqual(
      [left.project_id, left.changes],
      [project.id, { project_id: { from: project.id, to: null } }],
    )
  })
})
