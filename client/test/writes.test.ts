// Writes through a replica: shown at once, sent in order and once each, merged by field, taken back when they collide.
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after, describe, it } from 'node:test'
import { eventually, start, type Actor } from '../../backend/test/harness.ts'
import { connect, createReplica, isProblem, memoryStorage, type ReplicaStorage } from '../src/index.ts'
import { fileStorage } from '../src/node.ts'
import { networkTo } from './network.ts'

const world = await start()
const folder = mkdtempSync(path.join(tmpdir(), 'tasktrail-writes-'))
after(() => rmSync(folder, { recursive: true }))

/** A replica that is ready, on a cable of its own. */
async function open(actor: Actor, storage: ReplicaStorage = memoryStorage(), cut = false) {
  const network = networkTo(world.origins)
  if (cut) network.cut()
  const replica = createReplica(connect(world.origins[0]!, { token: actor.token, fetch: network.send }), {
    storage,
  })
  world.beforeStop(() => replica.stop())
  await replica.ready
  return { replica, ...network }
}

const titles = async (actor: Actor, project: { id: string }) =>
  (await actor.get(`projects/${project.id}/tasks`)).body.items.map(({ title }: any) => title)

const rejected = (promise: Promise<unknown>): Promise<any> =>
  promise.then(
    () => assert.fail('was not refused'),
    (error: unknown) => error,
  )

describe('A write through a replica', () => {
  it('shows at once, in queries too, and is confirmed by the service', async () => {
    const { owner, project } = await world.team()
    const { replica } = await open(owner)
    const heard: string[] = []
    replica
      .query('task')
      .subscribe((tasks) => heard.push(tasks.map((task) => `${task.title} ${task.category}`).join()))
    const made = replica.create('task', { project_id: project.id, title: 'One', priority: 'high' })
    assert.deepEqual(heard, ['One todo'])
    assert.equal(replica.find('task', made.id)?.version, 0)
    const task = await made.done
    assert.equal(task.ref.endsWith('-1'), true)
    assert.deepEqual(replica.find('task', made.id), task)
    const changed = replica.update('task', task.ref, { status: 'done' })
    assert.equal(replica.find('task', task.id)?.category, 'done')
    assert.equal((await changed.done).version, 2)
    const said = await replica.create('comment', { task_id: task.id, body: 'Well' }).done
    assert.equal((await owner.get(`comments/${said.id}`)).body.body, 'Well')
    await replica.remove('task', task.id).done
    assert.equal(replica.find('task', task.id), undefined)
    assert.equal((await owner.get(`tasks/${task.id}`)).status, 404)
    await eventually(async () => assert.equal(replica.find('comment', said.id), undefined))
    assert.deepEqual(replica.unsent, [])
  })

  it('stands where it is put', async () => {
    const { owner, project } = await world.team()
    const { replica, cut, mend } = await open(owner)
    const order = () =>
      replica
        .query('task', { sort: (one, other) => one.position - other.position })
        .items.map(({ title }) => title)
        .join('')
    const ids: string[] = []
    for (const title of 'ABCD')
      ids.push((await replica.create('task', { project_id: project.id, title }).done).id)
    cut()
    replica.update('task', ids[3]!, { after: ids[0]! })
    assert.equal(order(), 'ADBC')
    replica.update('task', ids[2]!, { place: 'first' })
    assert.equal(order(), 'CADB')
    const last = replica.update('task', ids[0]!, { before: ids[1]! })
    assert.equal(order(), 'CDAB')
    mend()
    await last.done
    assert.equal(order(), 'CDAB')
    assert.deepEqual(await titles(owner, project), ['C', 'D', 'A', 'B'])
  })

  it('merges with what others changed of other fields meanwhile', async () => {
    const { owner, editor, project } = await world.team()
    const { body: task } = await owner.post(`projects/${project.id}/tasks`, { title: 'One' })
    const { replica, cut, mend } = await open(editor)
    cut()
    const write = replica.update('task', task.id, { title: 'Two' })
    await owner.patch(`tasks/${task.id}`, { priority: 'high' })
    mend()
    const merged = await write.done
    assert.deepEqual([merged.title, merged.priority, merged.version], ['Two', 'high', 3])
    await eventually(async () => assert.deepEqual(replica.find('task', task.id), merged))
  })

  it('that collides is taken back, with both sides to choose from', async () => {
    const { owner, editor, project } = await world.team()
    const { body: task } = await owner.post(`projects/${project.id}/tasks`, { title: 'One' })
    const storage = memoryStorage()
    const { replica, cut, mend } = await open(editor, storage)
    cut()
    const write = replica.update('task', task.id, {
      title: 'Mine',
      description: 'Also mine',
      priority: 'low',
    })
    await owner.patch(`tasks/${task.id}`, { title: 'Theirs', description: 'Theirs too' })
    assert.equal(replica.find('task', task.id)?.title, 'Mine')
    mend()
    assert(isProblem(await rejected(write.done), 'version_conflict'))
    await eventually(async () => assert.equal(replica.find('task', task.id)?.title, 'Theirs'))
    const [refused] = replica.refused
    assert.equal(refused?.code, 'version_conflict')
    assert.deepEqual(refused?.conflicts?.['title'], { base: 'One', current: 'Theirs', yours: 'Mine' })
    assert.equal(replica.find('task', task.id)?.priority, 'none')
    await replica.stop()
    const { replica: again } = await open(editor, storage)
    assert.deepEqual(again.refused, [refused])
    again.retry(refused, ['title', 'priority'])
    assert.deepEqual(again.refused, [])
    await eventually(async () => assert.deepEqual(again.unsent, []))
    const { body } = await owner.get(`tasks/${task.id}`)
    assert.deepEqual([body.title, body.description, body.priority], ['Mine', 'Theirs too', 'low'])
  })

  it('does not collide with what was written here before it, nor with its own lost attempt', async () => {
    const { owner, editor, project } = await world.team()
    const { body: task } = await owner.post(`projects/${project.id}/tasks`, { title: 'One' })
    const { replica, cable } = await open(editor)
    let losses = 0
    cable.loses = (_, { method }) => method === 'PATCH' && losses++ % 2 === 0
    await owner.patch(`tasks/${task.id}`, { priority: 'high' })
    const last = ['Two', 'Three', 'Four'].map((title) => replica.update('task', task.id, { title })).at(-1)!
    assert.equal(replica.find('task', task.id)?.title, 'Four')
    assert.equal((await last.done).title, 'Four')
    assert.deepEqual(replica.refused, [])
    assert((await owner.get(`tasks/${task.id}/history`)).body.items.length === 5)
  })

  it('after another one of the same field that somebody was faster with collides too, and overwrites nothing', async () => {
    const { owner, editor, project } = await world.team()
    const { body: task } = await owner.post(`projects/${project.id}/tasks`, { title: 'One' })
    const { replica, cut, mend } = await open(editor)
    cut()
    const writes = ['Two', 'Three'].map((title) => replica.update('task', task.id, { title }))
    await owner.patch(`tasks/${task.id}`, { title: 'Theirs' })
    mend()
    for (const { done } of writes) assert(isProblem(await rejected(done), 'version_conflict'))
    assert.equal((await owner.get(`tasks/${task.id}`)).body.title, 'Theirs')
  })

  it('that is refused takes along what was to happen to what it would have made', async () => {
    const { viewer, owner, project } = await world.team()
    const { replica } = await open(viewer)
    const made = replica.create('task', { project_id: project.id, title: 'Not mine to make' })
    const said = replica.create('comment', { task_id: made.id, body: 'Nor this' })
    const renamed = replica.update('task', made.id, { title: 'Nor so' })
    for (const { done } of [made, said, renamed]) assert(isProblem(await rejected(done), 'forbidden'))
    assert.equal(replica.query('task').items.length, 0)
    assert.equal(replica.query('comment').items.length, 0)
    assert.equal(replica.refused.length, 3)
    for (const refused of replica.refused) replica.dismiss(refused)
    assert.deepEqual([replica.refused, await titles(owner, project)], [[], []])
  })
})

describe('Writes without a network', () => {
  for (const [place, storageOf] of [
    ['in memory', (kept: ReplicaStorage) => kept],
    ['in a file', () => fileStorage(path.join(folder, 'writes'))],
  ] as const)
    it(`survive a reload ${place}, and go out in order, once each, by the names that the service gives`, async () => {
      const { owner, project } = await world.team()
      const kept = storageOf(memoryStorage())
      const first = await open(owner, kept)
      const { replica } = first
      // What arrives and is not heard of is the worst.
      first.cable.loses = (_, { method }) => method === 'POST'
      const made = replica.create('task', { project_id: project.id, title: 'One' })
      await eventually(async () => assert.deepEqual(await titles(owner, project), ['One']))
      first.cut()
      const part = replica.create('task', { project_id: project.id, title: 'Part', parent_id: made.id })
      replica.update('task', made.id, { title: 'Uno' })
      replica.create('comment', { task_id: part.id, body: 'Said' })
      await replica.update('task', part.id, { status: 'done' }).kept
      await replica.stop()

      const second = await open(owner, storageOf(kept), true)
      const shown = () =>
        second.replica
          .query('task')
          .items.map(({ title, category, parent_id }) => [title, category, parent_id !== null])
      assert.deepEqual(shown(), [
        ['Uno', 'todo', false],
        ['Part', 'done', true],
      ])
      assert.equal(second.replica.unsent.length, 5)
      second.mend()
      await eventually(async () => assert.equal(second.replica.unsent.length, 0), 10_000)
      assert.deepEqual(second.replica.refused, [])
      const { body } = await owner.get(`projects/${project.id}/tasks`)
      assert.deepEqual(
        body.items.map(({ title, category, parent_id }: any) => [title, category, parent_id]),
        [
          ['Uno', 'todo', null],
          ['Part', 'done', body.items[0].id],
        ],
      )
      assert.equal((await owner.get(`tasks/${body.items[1].id}/comments`)).body.items.length, 1)
      await eventually(async () =>
        assert.deepEqual(
          second.replica
            .query('task')
            .items.map(({ id }) => id)
            .sort(),
          body.items.map(({ id }: any) => id).sort(),
        ),
      )
    })

  it('are not sent in the name of somebody else', async () => {
    const { owner, editor, project } = await world.team()
    const storage = memoryStorage()
    const first = await open(owner, storage)
    first.cut()
    await first.replica.create('task', { project_id: project.id, title: 'Olivia’s' }).kept
    await first.replica.stop()
    const { replica } = await open(editor, storage)
    await eventually(async () => assert.deepEqual(replica.unsent, []))
    assert.deepEqual(await titles(owner, project), [])
    await replica.stop()
    assert(![...(await storage.load()).keys()].some((name) => name.startsWith('write/')))
  })
})
