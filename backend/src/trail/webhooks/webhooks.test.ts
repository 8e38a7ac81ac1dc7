import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Webhook } from 'standardwebhooks'
import { eventually, refused, start } from '../../../test/harness.ts'
import { keepHouse } from '../../process/housekeeping.ts'
import { createReceiver, deliverFor, hook, hurry, status } from '../../../test/webhooks.ts'

const world = await start({ WEBHOOK_ALLOW_PRIVATE: 'on' })
deliverFor(world)
const receiver = createReceiver(world)

describe('A webhook', () => {
  it('is told of each change once, signed, with what changed from what to what', async () => {
    const { owner, editor, project } = await world.team()
    const { received, url } = await receiver()
    const { secret } = await hook(owner, project, url)
    const { body: task } = await editor.post(`projects/${project.id}/tasks`, { title: 'Before' })
    await editor.patch(`tasks/${task.id}`, { title: 'After' })
    await editor.delete(`tasks/${task.id}`)
    await eventually(async () => assert.equal(received.length, 3))
    const bySeq = received.toSorted((a, b) => a.body.data.seq - b.body.data.seq)
    assert.deepEqual(
      bySeq.map(({ body }) => body.type),
      ['task.created', 'task.updated', 'task.deleted'],
    )
    const [, updated] = bySeq
    assert.equal(updated!.body.data.actor_id, editor.id)
    assert.deepEqual(updated!.body.data.changed_fields, ['title'])
    assert.deepEqual(updated!.body.data.changes, { title: { from: 'Before', to: 'After' } })
    const verifier = new Webhook(secret)
    for (const { raw, headers } of received) verifier.verify(raw, headers as Record<string, string>)
    assert.throws(() =>
      verifier.verify(
        received[0]!.raw.replace('Before', 'Forged'),
        received[0]!.headers as Record<string, string>,
      ),
    )
    await new Promise((resolve) => setTimeout(resolve, 200))
    assert.equal(received.length, 3)
  })

  it('is told only of the kinds it asked for, and nothing of other projects or of before', async () => {
    const { owner, project } = await world.team()
    const { body: other } = await owner.post('projects', { name: 'Other' })
    await owner.post(`projects/${project.id}/tasks`, { title: 'Earlier' })
    const { received, url } = await receiver()
    await hook(owner, project, url, { kinds: ['task.deleted'] })
    const { body: task } = await owner.post(`projects/${project.id}/tasks`, { title: 'Made' })
    await owner.post(`projects/${other.id}/tasks`, { title: 'Elsewhere' })
    await owner.delete(`tasks/${task.id}`)
    await eventually(async () => assert.equal(received.length, 1))
    assert.equal(received[0]!.body.type, 'task.deleted')
  })

  it('is told again until it answers well, under the same id', async () => {
    const { owner, project } = await world.team()
    const { received, url } = await receiver(status(500, 302, 200))
    const { id, path } = await hook(owner, project, url)
    await owner.post(`projects/${project.id}/tasks`, { title: 'Again' })
    for (const count of [1, 2]) {
      await eventually(async () => assert.equal(received.length, count))
      await eventually(async () => {
        await hurry(world, id)
        assert.equal(received.length, count + 1)
      })
    }
    assert.equal(new Set(received.map(({ headers }) => headers['webhook-id'])).size, 1)
    await eventually(async () => {
      const { body } = await owner.get(`${path}/deliveries`)
      assert.equal(body.items[0].status, 'delivered')
      assert.deepEqual(
        body.items[0].attempts.map((attempt: { status: number }) => attempt.status),
        [500, 302, 200],
      )
      assert.match(body.items[0].attempts[1].error, /redirects/)
    })
    assert.equal((await owner.get(path)).body.failing_since, null)
  })

  it('that hangs, or is gone, does not hold up the others', async () => {
    const { owner, project } = await world.team()
    const dead = await receiver(() => undefined)
    const { received, url } = await receiver()
    for (let i = 0; i < 4; i++) await hook(owner, project, dead.url)
    await hook(owner, project, 'http://127.0.0.1:1/nobody')
    await hook(owner, project, url)
    for (let i = 0; i < 20; i++) await owner.post(`projects/${project.id}/tasks`, { title: `Task ${i}` })
    await eventually(async () => assert.equal(received.length, 20))
    dead.received.length = 0
    // Or the attempts under way would be waited for when the file ends.
    await world.pool.query('delete from webhooks where url = $1', [dead.url])
  })

  it('is switched off when it answers 410, and goes on where it was when switched on again', async () => {
    const { owner, project } = await world.team()
    const { received, url } = await receiver(status(410, 200))
    const { path } = await hook(owner, project, url)
    await owner.post(`projects/${project.id}/tasks`, { title: 'Gone' })
    await eventually(async () => assert.match((await owner.get(path)).body.disabled_reason, /410/))
    await owner.post(`projects/${project.id}/tasks`, { title: 'Meanwhile' })
    const enabled = await owner.patch(path, { disabled: false })
    assert.deepEqual([enabled.body.disabled_at, enabled.body.disabled_reason], [null, null])
    await eventually(async () => assert.equal(received.at(-1)!.body.data.changes.title.to, 'Meanwhile'))
  })

  it('can be told one delivery or a range of events again', async () => {
    const { owner, project } = await world.team()
    const { received, url } = await receiver()
    const { path } = await hook(owner, project, url)
    for (const title of ['One', 'Two', 'Three']) await owner.post(`projects/${project.id}/tasks`, { title })
    await eventually(async () =>
      assert.equal((await owner.get(`${path}/deliveries?status=delivered`)).body.items.length, 3),
    )
    const seqs = received.map(({ body }) => body.data.seq as number).sort((a, b) => a - b)
    const first = received.find(({ body }) => body.data.seq === seqs[0])!
    const again = await owner.post(`${path}/redeliver`, { delivery_id: first.headers['webhook-id'] })
    assert.deepEqual([again.status, again.body], [202, { deliveries: 1 }])
    await eventually(async () => assert.equal(received.length, 4))
    assert.equal(received[3]!.headers['webhook-id'], first.headers['webhook-id'])
    await eventually(async () =>
      assert.equal((await owner.get(`${path}/deliveries?status=delivered`)).body.items.length, 3),
    )
    const range = await owner.post(`${path}/redeliver`, { from_seq: seqs[1], to_seq: seqs[2] })
    assert.deepEqual(range.body, { deliveries: 2 })
    await eventually(async () => assert.equal(received.length, 6))
  })

  it('signs with both secrets for a while after a rotation', async () => {
    const { owner, project } = await world.team()
    const { received, url } = await receiver()
    const { secret, path } = await hook(owner, project, url)
    const rotated = await owner.post(`${path}/rotate-secret`)
    assert.notEqual(rotated.body.secret, secret)
    await owner.post(`projects/${project.id}/tasks`, { title: 'Signed twice' })
    await eventually(async () => assert.equal(received.length, 1))
    for (const key of [secret, rotated.body.secret]) {
      new Webhook(key).verify(received[0]!.raw, received[0]!.headers as Record<string, string>)
    }
  })

  it('is for owners; its secret is shown once and cannot be read in the database', async () => {
    const { owner, editor, viewer, outsider, project } = await world.team()
    const { secret, path } = await hook(owner, project, 'https://example.com/hook')
    for (const actor of [editor, viewer]) {
      refused(await actor.get(path), 403, 'forbidden')
      refused(await actor.get(`${path}/deliveries`), 403, 'forbidden')
      refused(
        await actor.post(`projects/${project.id}/webhooks`, { url: 'https://example.com' }),
        403,
        'forbidden',
      )
    }
    refused(await outsider.get(path), 404, 'not_found')
    assert(!JSON.stringify((await owner.get(path)).body).includes('whsec_'))
    const { rows } = await world.pool.query('select secret from webhooks')
    assert(
      rows.every(
        (row) =>
          !row.secret.includes(Buffer.from(secret.slice(6), 'base64')) &&
          !row.secret.toString().includes(secret),
      ),
    )
  })

  it('keeps its deliveries no longer than the trail is kept', async () => {
    const { owner, project } = await world.team()
    const { received, url } = await receiver()
    const { id, path } = await hook(owner, project, url)
    for (const title of ['Old', 'Young']) await owner.post(`projects/${project.id}/tasks`, { title })
    await eventually(async () => assert.equal(received.length, 2))
    await world.pool.query(
      `update webhook_deliveries set created_at = now() - make_interval(days => $2, hours => 1)
       where webhook_id = $1 and seq = (select min(seq) from webhook_deliveries where webhook_id = $1)`,
      [id, world.config.eventDays],
    )
    await keepHouse(world.servers[0]!.db, world.config)
    assert.deepEqual(
      (await owner.get(`${path}/deliveries`)).body.items.map(({ seq }: { seq: number }) => seq),
      [Math.max(...received.map(({ body }) => body.data.seq))],
    )
  })

  it('of another project is not found, whatever the verb', async () => {
    const { owner, outsider, project } = await world.team()
    const { id } = await hook(owner, project, 'https://example.com/hook')
    const { body: theirs } = await outsider.post('projects', { name: 'Theirs' })
    const wrong = `projects/${theirs.id}/webhooks/${id}`
    for (const answer of [
      await outsider.get(wrong),
      await outsider.patch(wrong, { disabled: true }),
      await outsider.delete(wrong),
      await outsider.post(`${wrong}/rotate-secret`),
      await outsider.get(`${wrong}/deliveries`),
      await outsider.post(`${wrong}/redeliver`, { from_seq: 1, to_seq: 2 }),
    ])
      refused(answer, 404, 'not_found')
    assert.equal((await owner.get(`projects/${project.id}/webhooks/${id}`)).body.version, 1)
  })
})
