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
