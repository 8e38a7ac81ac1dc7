// F7: a process is killed, or stands still, in the middle of a delivery. Real processes, and an endpoint that holds its answer.
import assert from 'node:assert/strict'
import type { ServerResponse } from 'node:http'
import { it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { eventually, start } from '../../../test/harness.ts'
import { startService } from '../../../test/process.ts'
import { createReceiver, hook } from '../../../test/webhooks.ts'

// The servers of this file deliver nothing: only the processes that it starts do.
const world = await start({ WEBHOOK_ALLOW_PRIVATE: 'on' })
const receiver = createReceiver(world)
const startOne = () =>
  startService({ DATABASE_URL: world.url, WEBHOOK_ALLOW_PRIVATE: 'on', DB_POOL_SIZE: '3' })

/** A delivery that a process has sent and that waits for its answer. */
async function heldDelivery() {
  const { owner, project } = await world.team()
  const held: ServerResponse[] = []
  const { received, url } = await receiver((n, response) => {
    if (n === 1) held.push(response)
    else response.end()
  })
  const { id, path } = await hook(owner, project, url)
  const first = startOne()
  await first.port
  await owner.post(`projects/${project.id}/tasks`, { title: 'Held' })
  await eventually(async () => assert.equal(received.length, 1), 10_000)

  const { rows } = await world.pool.query(
    `select extract(epoch from due_at - now())::float as turn from webhook_deliveries where webhook_id = $1`,
    [id],
  )
  assert(rows[0].turn > 30 && rows[0].turn <= 60, `its turn ends in ${rows[0].turn} s`)
  return {
    held: held[0]!,
    first,
    received,
    /** In place of waiting for the end of the turn. */
    endTurn: () =>
      world.pool.query('update webhook_deliveries set due_at = now() where webhook_id = $1', [id]),
    async delivered() {
      await eventually(async () => {
        const { body } = await owner.get(`${path}/deliveries`)
        assert.equal(body.items.length, 1)
        assert.equal(body.items[0].status, 'delivered')
        assert.deepEqual(
          body.items[0].attempts.map(({ status }: { status: number }) => status),
          [200],
        )
        assert.equal(body.items[0].id, received[0]!.headers['webhook-id'])
      }, 10_000)
      assert.deepEqual(
        received.map(({ headers }) => headers['webhook-id']),
        [received[0]!.headers['webhook-id'], received[0]!.headers['webhook-id']],
      )
    },
  }
}

it('what a killed process was delivering another delivers after its turn, once, under the same id', async () => {
  const { first, received, endTurn, delivered } = await heldDelivery()
  await first.signal('SIGKILL')
  await startOne().port
  await sleep(1_500)
  assert.equal(received.length, 1, 'not before its turn is over')
  await endTurn()
  await delivered()
})

it('what a process learns after it stood still for longer than its turn undoes nothing', async () => {
  const { held, first, endTurn, delivered } = await heldDelivery()
  void first.signal('SIGSTOP')
  const second = startOne()
  await second.port
  await endTurn()
  await delivered()
  held.writeHead(500).end()
  void first.signal('SIGCONT')
  await sleep(1_500)
  await delivered()
  await Promise.all([first, second].map((service) => service.signal('SIGKILL')))
})
