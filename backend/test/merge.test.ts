import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { refused, start } from './harness.ts'
import { increment } from './races.ts'

const world = await start()

async function task(fields: object = {}) {
  const people = await world.team()
  const { body } = await people.owner.post(`projects/${people.project.id}/tasks`, {
    title: 'First',
    ...fields,
  })
  return { ...people, task: body, path: `tasks/${body.id}` }
}

/** Holds the task's row, lets the writes come and wait for it, and lets them go at once. */
async function collide<T>(id: string, writes: (() => Promise<T>)[]): Promise<T[]> {
  const lock = await world.pool.connect()
  try {
    await lock.query('begin')
    await lock.query('select from tasks where id = $1 for update', [id])
    const running = writes.map((write) => write())
    await world.blocked(writes.length)
    await lock.query('rollback')
    return await Promise.all(running)
  } finally {
    lock.release()
  }
}

describe('If-Match', () => {
  it('lets one of two writes through that meet at a held lock', async () => {
    const { owner, editor, task: before, path } = await task()
    const answers = await collide(
      before.id,
      [owner, editor].map((actor) => () => actor.patch(path, { title: actor.name }, { 'if-match': '"1-x"' })),
    )
    assert.deepEqual(answers.map(({ status }) => status).sort(), [200, 412])
    assert.equal((await owner.get(path)).body.version, 2)
  })

  it('lets exactly one of fifty equal writes through, over two servers', async () => {
    const { editor, path } = await task()
    const tag = (await editor.get(path)).headers.get('etag')!
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, i) => editor.patch(path, { title: `Write ${i}` }, { 'if-match': tag })),
    )
    assert.equal(answers.filter(({ status }) => status === 200).length, 1)
    for (const answer of answers) if (answer.status !== 200) refused(answer, 412, 'precondition_failed')
    assert.equal((await editor.get(path)).body.version, 2)
  })

  it('loses none of the steps that many people take in turns of reading and writing', async () => {
    const { editor, path } = await task({ position: 0 })
    const clients = 10
    const rounds = 10
    await Promise.all(Array.from({ length: clients }, () => increment(editor, path, rounds)))
    assert.equal((await editor.get(path)).body.position, clients * rounds)
  })
})

describe('base_version', () => {
  it('merges what different people change in different fields', async () => {
    const { owner, editor, path } = await task({ description: 'Before' })
    assert.equal((await owner.patch(`${path}?base_version=1`, { title: 'By the owner' })).status, 200)
    const merged = await editor.patch(`${path}?base_version=1`, { description: 'By the editor' })
    assert.equal(merged.status, 200)
    assert.deepEqual(
      [merged.body.title, merged.body.description, merged.body.version],
      ['By the owner', 'By the editor', 3],
    )
  })

  it('refuses the same field, with what it was, what it is and what was sent', async () => {
    const { owner, editor, path } = await task()
    await owner.patch(`${path}?base_version=1`, { title: 'Second', priority: 'high' })
    await owner.patch(path, { title: 'Third' })
    const answer = await editor.patch(`${path}?base_version=1`, { title: 'Mine', status: 'done' })
    refused(answer, 409, 'version_conflict')
    assert.deepEqual(answer.body.conflicts, { title: { base: 'First', current: 'Third', yours: 'Mine' } })
    assert.deepEqual([answer.body.base_version, answer.body.version], [1, 3])
    assert.equal((await editor.get(path)).body.status, 'todo')
  })

  it('shows no value from a project that one cannot see', async () => {
    const { owner, editor, project } = await world.team()
    const { body: hidden } = await owner.post('projects', { name: 'Hidden' })
    const { body: secret } = await owner.post(`projects/${hidden.id}/tasks`, { title: 'SECRET' })
    await owner.patch(`tasks/${secret.id}`, { project_id: project.id, title: 'Public' })
    const answer = await editor.patch(`tasks/${secret.id}?base_version=1`, { title: 'Mine' })
    refused(answer, 409, 'version_conflict')
    assert.deepEqual(answer.body.conflicts, {
      title: { base: null, current: 'Public', yours: 'Mine', hidden: true },
    })
    const known = await owner.patch(`tasks/${secret.id}?base_version=1`, { title: 'Mine' })
    assert.deepEqual(known.body.conflicts, { title: { base: 'SECRET', current: 'Public', yours: 'Mine' } })
  })

  it('decides inside the write: of two that meet at a held lock, disjoint ones merge and equal ones conflict', async () => {
    const { owner, editor, task: before, path } = await task()
    const disjoint = await collide(before.id, [
      () => owner.patch(`${path}?base_version=1`, { title: 'A' }),
      () => editor.patch(`${path}?base_version=1`, { priority: 'low' }),
    ])
    assert.deepEqual(
      disjoint.map(({ status }) => status),
      [200, 200],
    )
    const equal = await collide(before.id, [
      () => owner.patch(`${path}?base_version=3`, { title: 'B' }),
      () => editor.patch(`${path}?base_version=3`, { title: 'C' }),
    ])
    assert.deepEqual(equal.map(({ status }) => status).sort(), [200, 409])
  })

  it('refuses it also when the trail is not kept that long, and does not know what it was', async () => {
    const { owner, editor, task: before, path } = await task()
    await owner.patch(path, { title: 'Second' })
    await world.pool.query('select number_events()')
    await world.pool.query('delete from events where resource_id = $1', [before.id])
    const answer = await editor.patch(`${path}?base_version=1`, { title: 'Mine' })
    refused(answer, 409, 'version_conflict')
    assert.deepEqual(answer.body.conflicts, { title: { base: null, current: 'Second', yours: 'Mine' } })
  })

  it('never makes different fields conflict, however many change them at once', async () => {
    const { owner, path } = await task()
    const fields = [
      { title: 'New' },
      { description: 'New' },
      { status: 'done' },
      { priority: 'low' },
      { start_on: '2026-12-01' },
      { due_on: '2026-12-02' },
      { position: 7 },
    ]
    const answers = await Promise.all(fields.map((change) => owner.patch(`${path}?base_version=1`, change)))
    assert.deepEqual(
      answers.map(({ status }) => status),
      fields.map(() => 200),
    )
    assert.equal((await owner.get(path)).body.version, 1 + fields.length)
  })

  it('ahead of the resource is a mistake, and works for projects and accounts too', async () => {
    const { owner, path, project } = await task()
    refused(await owner.patch(`${path}?base_version=9`, { title: 'X' }), 400, 'invalid')
    await owner.patch(`projects/${project.id}`, { name: 'Second' })
    const answer = await owner.patch(`projects/${project.id}?base_version=1`, { name: 'Mine' })
    refused(answer, 409, 'version_conflict')
    assert.deepEqual(answer.body.conflicts.name, { base: 'Operations', current: 'Second', yours: 'Mine' })
    assert.equal((await owner.patch('users/me?base_version=1', { time_zone: 'Europe/Berlin' })).status, 200)
  })
})
