// The trail after a burst, while its statistics say that nothing is ever pending and connections have planned for that.
import assert from 'node:assert/strict'
import { it } from 'node:test'
import { start } from './harness.ts'

const BURST = 200_000
/** Numbering the burst takes two seconds here; the plan it is to be kept from would take hours. */
const IN_TIME_MS = 20_000
const world = await start()

it('numbers a burst, and the feed goes on, beside those who write', { timeout: 60_000 }, async () => {
  const { editor, project } = await world.team()
  await editor.get('changes?limit=1')
  await world.pool.query('vacuum analyze pending_events')
  const { rows } = await world.pool.query(
    `select reltuples from pg_class where oid = 'pending_events'::regclass`,
  )
  assert.equal(rows[0].reltuples, 0)
  // Each connection of the servers plans now, while the table is empty.
  await Promise.all(Array.from({ length: 20 }, () => editor.get('changes?limit=1')))
  await world.pool.query(
    `insert into pending_events (at, operation_id, kind, project_id, resource_id, version, before, after)
     select now(), gen_random_uuid(), 'task.updated', $1, gen_random_uuid(), 2, '{}', '{}' from generate_series(1, ${BURST})`,
    [project.id],
  )
  let writing = true
  const writers = Array.from({ length: 4 }, async () => {
    do assert.equal((await editor.post(`projects/${project.id}/tasks`, { title: 'Beside' })).status, 201)
    while (writing)
  })
  try {
    const end = performance.now() + IN_TIME_MS
    for (let left = true; left;) {
      const { status, body } = await editor.get('changes?limit=1')
      assert.equal(status, 200, JSON.stringify(body))
      left =
        (await world.pool.query(`select from pending_events where kind = 'task.updated' limit 1`)).rows
          .length > 0
      assert(performance.now() < end, 'the burst is not numbered in time')
    }
  } finally {
    writing = false
    await Promise.all(writers)
  }
  await editor.get('changes?limit=1')
  const { rows: numbers } = await world.pool.query(
    `select count(*)::int as count, max(seq)::int as last, (select last_seq::int from trail) from events`,
  )
  assert.equal(numbers[0].count, numbers[0].last, 'no gap')
  assert.equal(numbers[0].last, numbers[0].last_seq)
  assert(numbers[0].count >= BURST + writers.length)
})

it('lets an operation be undone that waits behind more than one batch of others', async () => {
  const { editor, project } = await world.team()
  await world.pool.query(
    `insert into pending_events (at, operation_id, kind, project_id, resource_id, version, before, after)
     select now(), gen_random_uuid(), 'task.updated', $1, gen_random_uuid(), 2, '{}', '{}' from generate_series(1, 60000)`,
    [project.id],
  )
  const { headers } = await editor.post(`projects/${project.id}/tasks`, { title: 'Mistake' })
  const { status } = await editor.post(`operations/${headers.get('operation-id')}/undo`)
  assert.equal(status, 200)
})
