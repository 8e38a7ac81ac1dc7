// A task that goes to another project takes along what was said about it, and tells the people of both.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { v7 as uuid } from 'uuid'
import { refused, start, type Actor } from '../../test/harness.ts'

const world = await start()

/** A task with a comment in one project, and another project; the mover works in both, everybody else in one. */
async function team() {
  const { owner: mover, editor: left, project: from } = await world.team()
  const { body: to } = await mover.post('projects', { name: 'There' })
  const right = await world.user()
  await mover.post(`projects/${to.id}/members`, { user_id: right.id, role: 'editor' })
  const { body: task } = await mover.post(`projects/${from.id}/tasks`, { title: 'Goes' })
  const { body: comment } = await mover.post(`tasks/${task.id}/comments`, { body: 'Comes along' })
  const move = (project: { id: string }) => mover.patch(`tasks/${task.id}`, { project_id: project.id })
  return { mover, left, right, from, to, task, comment, move }
}

async function told(actor: Actor, after: string) {
  const { body } = await actor.get(`changes?limit=200&after=${after}`)
  return body.items.map(({ kind, resource }: { kind: string; resource: unknown }) => [
    kind,
    resource !== null,
  ])
}
const now = async (actor: Actor) => (await actor.get('changes?after=now')).body.next as string
const projectOf = async (id: string) =>
  (await world.pool.query('select project_id from comments where id = $1', [id])).rows[0].project_id

describe('A task that moves', () => {
  it('takes its comments along, as a part of the same change', async () => {
    const { mover, left, right, from, to, task, comment, move } = await team()
    const [ofLeft, ofRight, ofMover] = [await now(left), await now(right), await now(mover)]
    const before = (await mover.get(`comments/${comment.id}`)).headers.get('etag')!
    const moved = await move(to)
    refused(await left.get(`comments/${comment.id}`), 404, 'not_found')
    const { body, headers } = await right.get(`comments/${comment.id}`)
    assert.deepEqual([body.project_id, body.version], [to.id, 1])
    assert.notEqual(headers.get('etag'), before)
    assert.deepEqual(await told(left, ofLeft), [['task.updated', false]])
    for (const [actor, after] of [
      [right, ofRight],
      [mover, ofMover],
    ] as const)
      assert.deepEqual(await told(actor, after), [
        ['task.updated', true],
        ['comment.state', true],
      ])
    const { body: history } = await right.get(`tasks/${task.id}/history`)
    assert.deepEqual(
      history.items.map(({ kind }: { kind: string }) => kind),
      ['task.updated'],
    )

    const undone = await mover.post(`operations/${moved.headers.get('operation-id')}/undo`)
    assert.equal(undone.status, 200)
    assert.equal(await projectOf(comment.id), from.id)
    assert.equal((await left.get(`tasks/${task.id}/comments`)).body.items.length, 1)
  })

  it('and comes back does not leave a follower with what was deleted meanwhile', async () => {
    const { mover, left, from, to, comment, move } = await team()
    const after = await now(left)
    await move(to)
    await mover.delete(`comments/${comment.id}`)
    await move(from)
    assert.deepEqual(await told(left, after), [
      ['task.updated', false],
      ['task.updated', true],
    ])
  })

  it('is purged with its new project, and the trail forgets what was said in the old one', async () => {
    const { mover, from, to, task, move } = await team()
    const admin = await world.user({ role: 'admin' })
    const word = uuid()
    await mover.post(`tasks/${task.id}/comments`, { body: word })
    await move(to)
    await mover.delete(`projects/${to.id}`)
    await mover.get('changes')
    const known = async () =>
      (await world.pool.query(`select from events e where to_jsonb(e)::text like '%' || $1 || '%'`, [word]))
        .rows.length
    assert.equal(await known(), 1)
    assert.equal((await admin.delete(`trash/${to.id}`)).status, 204)
    assert.equal(await known(), 0)
    const { body } = await mover.get(`projects/${from.id}/history`)
    assert(body.items.some(({ kind }: { kind: string }) => kind === 'comment.created'))
  })
})

describe('While a task is being moved', () => {
  const moving = (task: string, to: string) => ({
    text: `update tasks set project_id = $1, number = 1000 where id = $2`,
    values: [to, task],
  })

  /** Does something in a transaction of its own, lets the other one begin and wait for it, and commits. */
  async function first<T>(author: Actor, query: { text: string; values: unknown[] }, then: () => Promise<T>) {
    const client = await world.pool.connect()
    try {
      await client.query('begin')
      await client.query('select record_as($1, $2)', [author.id, uuid()])
      await client.query(query)
      const waiting = then()
      await Promise.race([waiting, world.blocked()])
      await client.query('commit')
      return await waiting
    } finally {
      client.release()
    }
  }
  const astray = async () =>
    (
      await world.pool.query(
        'select from comments join tasks on tasks.id = task_id where comments.project_id <> tasks.project_id',
      )
    ).rows.length

  it('a comment waits, and goes to the task where it is by then or nowhere', async () => {
    const { mover, left, to, task } = await team()
    const write = (actor: Actor) => () => actor.post(`tasks/${task.id}/comments`, { body: 'Where to?' })
    refused(await first(mover, moving(task.id, to.id), write(mover)), 503, 'unavailable')
    assert.equal((await write(mover)()).body.project_id, to.id)
    refused(await write(left)(), 404, 'not_found')
    assert.equal(await astray(), 0)
  })

  it('a change of a comment waits, and asks for the rights where it is by then', async () => {
    const { mover, left, from, to, task } = await team()
    const { body: own } = await left.post(`tasks/${task.id}/comments`, { body: 'Mine' })
    const edit = () => left.patch(`comments/${own.id}`, { body: 'Changed' })
    refused(await first(mover, moving(task.id, to.id), edit), 404, 'not_found')
    await mover.patch(`tasks/${task.id}`, { project_id: from.id })
    assert.deepEqual((await edit()).body.project_id, from.id)
  })

  it('a comment that came before goes along', async () => {
    const { mover, from, to, task, move } = await team()
    const id = uuid()
    const { status } = await first(
      mover,
      {
        text: `insert into comments (id, project_id, task_id, body, created_by) values ($1, $2, $3, 'Just before', $4)`,
        values: [id, from.id, task.id, mover.id],
      },
      () => move(to),
    )
    assert.equal(status, 200)
    assert.equal(await projectOf(id), to.id)
  })
})
