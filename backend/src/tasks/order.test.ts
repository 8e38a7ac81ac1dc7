import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { refused, start, type Actor } from '../../test/harness.ts'
import { collide } from '../../test/races.ts'
import { moveAtRandom } from '../../test/moves.ts'

const world = await start()

const order = async (actor: Actor, project: { id: string }): Promise<string> => {
  const { body } = await actor.get(`projects/${project.id}/tasks?limit=200`)
  return body.items.map(({ title }: { title: string }) => title).join(' ')
}

async function some(...titles: string[]) {
  const team = await world.team()
  const ids: Record<string, string> = {}
  for (const title of titles)
    ids[title] = (await team.editor.post(`projects/${team.project.id}/tasks`, { title })).body.id
  const move = (title: string, body: object, query = '') =>
    team.editor.patch(`tasks/${ids[title]}${query}`, body)
  return { ...team, ids, move, order: () => order(team.viewer, team.project) }
}

describe('A task', () => {
  it('goes after or before another, first or last, named by id or reference', async () => {
    const { project, ids, move, order: now } = await some('a', 'b', 'c', 'd')
    const steps: [string, object, string][] = [
      ['a', { after: ids['c'] }, 'b c a d'],
      ['d', { before: `${project.key.toLowerCase()}-2` }, 'd b c a'],
      ['b', { place: 'last' }, 'd c a b'],
      ['a', { place: 'first' }, 'a d c b'],
      ['a', { before: ids['d']?.toUpperCase() }, 'a d c b'],
      ['a', { after: ids['b'], status: 'done' }, 'd c b a'],
      ['d', { position: 2.5 }, 'd c b a'],
    ]
    for (const [title, body, expected] of steps) {
      const { status, body: answer } = await move(title, body)
      assert.equal(status, 200, JSON.stringify(answer))
      if (!('position' in body)) assert.equal(await now(), expected)
    }
  })

  it('is not changed by going where it is', async () => {
    const { ids, move } = await some('a', 'b', 'c')
    for (const body of [{ after: ids['a'] }, { before: ids['c'] }])
      assert.equal((await move('b', body)).body.version, 1)
    assert.equal((await move('c', { place: 'last' })).body.version, 1)
    assert.equal((await move('a', { place: 'first' })).body.version, 1)
  })

  it('finds no neighbour in itself, the trash, another project, or nowhere', async () => {
    const { editor, owner, outsider, ids, move, order: now } = await some('a', 'b', 'c')
    const { body: other } = await owner.post('projects', { name: 'Other' })
    const { body: there } = await owner.post(`projects/${other.id}/tasks`, { title: 'x' })
    const { body: theirs } = await outsider.post('projects', { name: 'Theirs' })
    const { body: hidden } = await outsider.post(`projects/${theirs.id}/tasks`, { title: 'x' })
    await editor.delete(`tasks/${ids['c']}`)
    for (const neighbour of [ids['a'], ids['c'], there.id, hidden.id, hidden.ref, 'NONE-1', theirs.id])
      for (const side of ['after', 'before'])
        refused(await move('a', { [side]: neighbour }), 422, 'no_such_task')
    refused(await move('a', { after: ids['b'], place: 'last' }), 422, 'two_places')
    refused(await move('a', { place: 'middle' }), 400, 'invalid')
    assert.equal(await now(), 'a b')
  })

  it('takes its place in the project it moves to', async () => {
    const { owner, ids, project } = await some('a', 'b')
    const { body: other } = await owner.post('projects', { name: 'Other' })
    for (const title of ['x', 'y', 'z']) await owner.post(`projects/${other.id}/tasks`, { title })
    const move = (body: object) => owner.patch(`tasks/${ids['a']}`, { project_id: other.id, ...body })
    refused(await move({ after: ids['b'] }), 422, 'no_such_task')
    assert.equal((await move({ after: `${other.key}-1` })).status, 200)
    assert.equal(await order(owner, other), 'x a y z')
    assert.equal((await owner.patch(`tasks/${ids['b']}`, { project_id: other.id })).status, 200)
    assert.equal(await order(owner, other), 'x a y z b')
    assert.equal(await order(owner, project), '')
  })

  it('that is new comes last, wherever others were put', async () => {
    const { editor, project, move, order: now } = await some('a', 'b')
    await move('a', { position: 1000.5 })
    await editor.post(`projects/${project.id}/tasks`, { title: 'c' })
    await move('b', { place: 'last' })
    await editor.post(`projects/${project.id}/tasks`, { title: 'd' })
    await editor.post(`projects/${project.id}/tasks`, { title: 'e', position: 5000 })
    await editor.post(`projects/${project.id}/tasks`, { title: 'f' })
    assert.equal(await now(), 'a c b d e f')
  })

  it('gets the position that is sent exactly, or none', async () => {
    const { editor, project, move } = await some('a', 'b')
    for (const position of [0.1 + 0.2, -1e15, 1e15, 3]) {
      const { body } = await move('a', { position })
      assert.equal(body.position, position)
    }
    refused(await move('a', { position: 2 }), 400, 'position_taken')
    const create = (position: number) =>
      editor.post(`projects/${project.id}/tasks`, { title: 'new', position })
    refused(await create(2), 400, 'position_taken')
    assert.equal((await create(2.5)).body.position, 2.5)
    assert.equal((await move('a', { position: 3 })).status, 200)
  })

  it('meets base_version as a change of its position', async () => {
    const { ids, move } = await some('a', 'b', 'c')
    await move('a', { title: 'A' })
    assert.equal((await move('a', { place: 'last' }, '?base_version=1')).status, 200)
    const stale = await move('a', { after: ids['b'] }, '?base_version=2')
    refused(stale, 409, 'version_conflict')
    assert.deepEqual(Object.keys(stale.body.conflicts), ['position'])
  })

  it('finds room after a hundred others went to the same place, in one event for all', async () => {
    const { owner, editor, project, ids, move } = await some('a', 'b', 'c', 'd')
    await move('c', { after: ids['a'] })
    for (let i = 0; i < 120; i++) {
      const [moved, other] = i % 2 ? (['c', 'd'] as const) : (['d', 'c'] as const)
      assert.equal((await move(moved, { after: ids['a'] })).status, 200)
      assert.equal(await order(editor, project), `a ${moved} ${other} b`)
    }
    const { body } = await owner.get(`projects/${project.id}/history?limit=200`)
    const kinds = body.items.map(({ kind }: { kind: string }) => kind)
    const renumberings = kinds.filter((kind: string) => kind === 'project.reordered').length
    assert(renumberings >= 1 && renumberings <= 6, String(renumberings))
    assert.equal(kinds.filter((kind: string) => kind === 'task.updated').length, 121)
  })

  it('goes back where it was by undo, also after others got new positions', async () => {
    const { editor, ids, move, order: now } = await some('a', 'b', 'c', 'd', 'x', 'y')
    await move('x', { before: ids['c'] })
    const away = await move('x', { place: 'last' })
    const within = await move('b', { after: ids['c'] })
    assert.equal(await now(), 'a c b d y x')
    for (let i = 0; i < 120; i++)
      await move(i % 2 ? 'y' : 'd', i < 60 ? { after: ids['c'] } : { before: ids['c'] })
    const before = (await now()).split(' ')
    const undo = ({ headers }: { headers: Headers }) =>
      editor.post(`operations/${headers.get('operation-id')}/undo`)
    assert.equal((await undo(away)).status, 200)
    assert.deepEqual(
      (await now()).split(' ').filter((title) => title !== 'x'),
      before.filter((title) => title !== 'x'),
    )
    assert((await now()).indexOf('x') < (await now()).indexOf('c'), await now())
    assert((await now()).indexOf('x') > (await now()).indexOf('a'), await now())
    assert.equal((await undo(within)).status, 200)
    assert((await now()).indexOf('b') < (await now()).indexOf('x'), await now())
  })

  it('goes to the same place as another at the same moment, and both are where they asked', async () => {
    const { project, ids, move, order: now } = await some('a', 'b', 'c', 'd')
    const statuses = await collide(
      world,
      { text: 'select from task_numbers where project_id = $1 for update', values: [project.id] },
      ['c', 'd'].map((title) => async () => (await move(title, { after: ids['a'] })).status),
    )
    assert.deepEqual(statuses, [200, 200])
    assert.equal(await now(), 'a d c b')
  })
})

describe('Eight clients over two servers', () => {
  it('move tasks at random, and all have the order of the server', { timeout: 120_000 }, async () => {
    await moveAtRandom(world, 200)
  })
})
