import assert from 'node:assert/strict'
import { it } from 'node:test'
import { eventually, start } from '../../../test/harness.ts'
import { createReceiver, hook } from '../../../test/webhooks.ts'
import { startDeliveries } from './deliver.ts'

const world = await start({ WEBHOOK_ALLOW_PRIVATE: 'on' })
const receiver = createReceiver(world)

it('A backlog is worked off as fast as its endpoint answers', async () => {
  const { owner, project } = await world.team()
  const { received, url } = await receiver()
  await hook(owner, project, url)
  for (let i = 0; i < 40; i++) await owner.post(`projects/${project.id}/tasks`, { title: `Task ${i}` })
  const unexpected = (fields: object) => assert.fail(JSON.stringify(fields))
  const [{ db }] = world.servers as [(typeof world.servers)[0]]
  // It looks once, and again a minute later if nothing makes it.
  const { stop } = startDeliveries(db, world.config, { error: unexpected, warn: unexpected }, 60_000)
  world.beforeStop(stop)
  await eventually(async () => assert.equal(received.length, 40), 10_000)
})

it('A new webhook hears of nothing that happened before it, however much was not numbered yet', async () => {
  const { owner, project } = await world.team()
  await world.pool.query(
    `insert into pending_events (at, operation_id, kind, project_id, resource_id, version, before, after)
     select now(), gen_random_uuid(), 'task.updated', $1, gen_random_uuid(), 2, '{}', '{}' from generate_series(1, 17000)`,
    [project.id],
  )
  const { id } = await hook(owner, project, 'https://example.com/')
  const { rows } = await world.pool.query(
    `select (select count(*)::int from pending_events where kind = 'task.updated') as pending,
       (select last_seq from webhooks where id = $1) >= (select max(seq) from events where kind = 'task.updated') as after_them`,
    [id],
  )
  assert.deepEqual(rows, [{ pending: 0, after_them: true }])
})
