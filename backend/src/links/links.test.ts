import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { v7 as uuid } from 'uuid'
import { refused, start, type Actor, type Answer } from '../../test/harness.ts'
import { collide } from '../../test/races.ts'

const world = await start()

interface Task {
  id: string
  ref: string
}

/** Two projects of the owner, of which the editor and the viewer know the first one, with tasks `a` to `d` and `x`, `y`. */
async function two() {
  const team = await world.team()
  const { body: there } = await team.owner.post('projects', { name: 'There' })
  const tasks: Record<string, Task> = {}
  for (const [project, titles] of [
    [team.project.id, 'abcd'],
    [there.id, 'xy'],
  ] as const)
    for (const title of titles)
      tasks[title] = (await team.owner.post(`projects/${project}/tasks`, { title })).body
  const task = (title: string) => tasks[title] as Task
  const link = (from: string, kind: string, to: string, actor: Actor = team.owner) =>
    actor.post(`tasks/${task(from).id}/links`, { kind, linked_task_id: task(to).ref })
  return {
    ...team,
    there: there as { id: string },
    task,
    link,
    links: async (title: string, actor: Actor = team.owner) =>
      (await actor.get(`tasks/${task(title).id}/links`)).body.items.map((each: any) => [
        each.kind,
        Object.keys(tasks).find((name) => task(name).id === each.linked_task_id) ?? null,
      ]),
    blocked: async (actor: Actor = team.owner) =>
      (await actor.get('tasks?blocked=true&limit=200')).body.items.map(({ title }: any) => title).sort(),
    undo: ({ headers }: Answer, actor: Actor = team.owner) =>
      actor.post(`operations/${headers.get('operation-id')}/undo`),
  }
}

describe('A link', () => {
  it('is there on both sides, each with its own kind', async () => {
    const { viewer, link, links, task } = await two()
    for (const [kind, inverse] of [
      ['blocks', 'blocked_by'],
      ['relates_to', 'relates_to'],
      ['duplicates', 'duplicated_by'],
    ] as const) {
      const { status, body, headers } = await link('a', kind, 'b')
      assert.deepEqual(
        [status, body.kind, body.task_id, body.linked_task_id, body.hidden],
        [201, kind, task('a').id, task('b').id, false],
      )
      assert.deepEqual((await viewer.get(headers.get('location')!)).body, body)
      assert.deepEqual((await links('b', viewer)).at(-1), [inverse, 'a'])
      refused(await link('a', kind, 'b'), 409, 'already_linked')
      refused(await link('b', inverse, 'a'), 409, 'already_linked')
      const [{ id }] = (await viewer.get(`tasks/${task('b').id}/links`)).body.items
      refused(await viewer.delete(`tasks/${task('b').id}/links/${id}`), 403, 'forbidden')
    }
  })

  it('is taken away from both sides, from either of them', async () => {
    const { owner, link, links, task } = await two()
    const { body } = await link('a', 'blocks', 'b')
    refused(await owner.delete(`tasks/${task('b').id}/links/${body.id}`), 404, 'not_found')
    refused(
      await owner.delete(`tasks/${task('a').id}/links/${body.id}`, { 'if-match': '"7"' }),
      412,
      'precondition_failed',
    )
    assert.equal((await owner.delete(`tasks/${task('a').id}/links/${body.id}`)).status, 204)
    assert.deepEqual([await links('a'), await links('b')], [[], []])
    await link('a', 'blocks', 'b')
    await link('a', 'relates_to', 'b')
    const items = (await owner.get(`tasks/${task('b').id}/links`)).body.items
    const { id } = items.find(({ kind }: any) => kind === 'blocked_by')
    assert.equal((await owner.delete(`tasks/${task('b').id}/links/${id}`)).status, 204)
    assert.deepEqual([await links('a'), await links('b')], [[['relates_to', 'b']], [['relates_to', 'a']]])
  })

  it('leads to another project if both are seen, and tells others only that it is there', async () => {
    const { owner, editor, outsider, link, links, task, project } = await two()
    const { body } = await link('a', 'blocks', 'x')
    assert.deepEqual(await links('a'), [['blocks', 'x']])
    const [seen] = (await editor.get(`tasks/${task('a').id}/links`)).body.items
    assert.deepEqual(seen, { ...body, linked_task_id: null, hidden: true })
    assert.deepEqual((await editor.get(`tasks/${task('a').id}/links/${body.id}`)).body, seen)
    for (const path of [
      `projects/${project.id}/history`,
      `tasks/${task('a').id}/history`,
      'changes?limit=200',
    ])
      assert(!JSON.stringify((await editor.get(path)).body).includes(task('x').id), path)
    refused(await outsider.get(`tasks/${task('a').id}/links`), 404, 'not_found')
    const [there] = (await owner.get(`tasks/${task('x').id}/links`)).body.items
    refused(await editor.get(`tasks/${task('x').id}/links/${there.id}`), 404, 'not_found')
    refused(await editor.get(`tasks/${task('a').id}/links/${there.id}`), 404, 'not_found')
  })

  it('is refused, all alike, to what is hidden, in the trash or nowhere; to itself; and where one may not edit', async () => {
    const { owner, editor, viewer, link, task, project } = await two()
    await owner.delete(`tasks/${task('d').id}`)
    const details = new Set<string>()
    for (const linked_task_id of [task('x').id, task('x').ref, task('d').id, uuid(), 'NONE-1']) {
      const answer = await editor.post(`tasks/${task('a').id}/links`, { kind: 'blocks', linked_task_id })
      refused(answer, 422, 'no_such_task')
      details.add(answer.body.detail)
    }
    assert.equal(details.size, 1)
    refused(await link('a', 'relates_to', 'a'), 422, 'no_such_task')
    refused(await link('a', 'blocks', 'b', viewer), 403, 'forbidden')
    refused(await link('a', 'likes', 'b'), 400, 'invalid')
    await owner.patch(`projects/${project.id}`, { archived: true })
    refused(await link('a', 'blocks', 'b'), 409, 'project_archived')
  })

  it('never makes tasks block each other in a circle, and the refusal shows it', async () => {
    const { owner, editor, link, task, there } = await two()
    refused(await link('a', 'blocks', 'a'), 409, 'dependency_cycle')
    await link('a', 'blocks', 'b')
    refused(await link('b', 'blocks', 'a'), 409, 'dependency_cycle')
    refused(await link('a', 'blocked_by', 'b'), 409, 'dependency_cycle')
    await link('b', 'blocks', 'x')
    await link('c', 'blocked_by', 'x')
    const known = await link('c', 'blocks', 'a')
    refused(known, 409, 'dependency_cycle')
    const names = [task('a').ref, task('b').ref, task('x').ref, task('c').ref, task('a').ref].join(' → ')
    assert(known.body.detail.includes(names), known.body.detail)
    const partly = await link('c', 'blocks', 'a', editor)
    refused(partly, 409, 'dependency_cycle')
    assert(!partly.body.detail.includes(task('x').ref) && partly.body.detail.includes('cannot see'))
    assert.equal((await link('c', 'relates_to', 'a')).status, 201)
    assert.equal((await owner.get(`projects/${there.id}`)).status, 200)
  })

  it('is one of at most 100 of a task', async () => {
    const { owner, project, task } = await two()
    const number = 100
    await world.pool.query(
      `with made as (insert into tasks (id, project_id, number, title, position, created_by)
         select gen_random_uuid(), $1, 100 + n, 'x', 100 + n, $2 from generate_series(1, ${number}) n where record_as($2, $3) returning id)
       select from made`,
      [project.id, owner.id, uuid()],
    )
    const { rows } = await world.pool.query<{ id: string }>(
      'select id from tasks where project_id = $1 and number > 100',
      [project.id],
    )
    const add = (linked_task_id: string) =>
      owner.post(`tasks/${task('a').id}/links`, { kind: 'relates_to', linked_task_id })
    for (const { id } of rows) assert.equal((await add(id)).status, 201)
    refused(await add(task('b').id), 409, 'limit_reached')
  })
})

describe('A task that others block', () => {
  it('is blocked until each of them is done, cancelled or in the trash', async () => {
    const { owner, link, task, blocked } = await two()
    for (const from of ['b', 'c', 'x']) await link(from, 'blocks', 'a')
    assert.deepEqual(await blocked(), ['a'])
    const count = async () => (await owner.get(`tasks/${task('a').id}?include=counts`)).body.counts.blocked_by
    assert.equal(await count(), 3)
    await owner.patch(`tasks/${task('b').id}`, { status: 'done' })
    await owner.patch(`tasks/${task('c').id}`, { status: 'cancelled' })
    assert.deepEqual([await blocked(), await count()], [['a'], 1])
    await owner.delete(`tasks/${task('x').id}`)
    assert.deepEqual([await blocked(), await count()], [[], 0])
    await owner.post(`tasks/${task('x').id}/restore`)
    assert.deepEqual(await blocked(), ['a'])
    const { body } = await owner.get('tasks?blocked=false&limit=200')
    assert.deepEqual(body.items.map(({ title }: any) => title).sort(), ['b', 'c', 'd', 'x', 'y'])
  })
})

describe('What happens to a link', () => {
  it('is in the history, the feed and the trail of both sides, and undo takes it back', async () => {
    const { owner, link, links, undo, task } = await two()
    const made = await link('a', 'blocks', 'x')
    for (const title of ['a', 'x']) {
      const { body } = await owner.get(`tasks/${task(title).id}/history`)
      assert.equal(body.items[0].kind, 'link.created')
    }
    const gone = await undo(made)
    assert.equal(gone.status, 200, JSON.stringify(gone.body))
    assert.deepEqual([await links('a'), await links('x')], [[], []])
    assert.equal((await undo(gone)).status, 200)
    assert.deepEqual([await links('a'), await links('x')], [[['blocks', 'x']], [['blocked_by', 'a']]])
    const removed = await owner.delete(`tasks/${task('a').id}/links/${made.body.id}`)
    assert.equal(removed.status, 204)
    assert.equal((await link('x', 'blocks', 'a')).status, 201)
    refused(await undo(removed), 409, 'dependency_cycle')
  })

  it('goes along when a task moves, and goes when it is purged', async () => {
    const { owner, admin, editor, there, link, links, task } = await two()
    const { body } = await link('a', 'blocks', 'b')
    await owner.patch(`tasks/${task('a').id}`, { project_id: there.id })
    assert.equal((await owner.get(`tasks/${task('a').id}/links/${body.id}`)).body.project_id, there.id)
    assert.deepEqual(await links('b', editor), [['blocked_by', null]])
    await owner.delete(`tasks/${task('a').id}`)
    assert.equal((await admin.delete(`trash/${task('a').id}`)).status, 204)
    assert.deepEqual(await links('b'), [])
  })

  it('makes no circle with another one at the same moment', async () => {
    const { link } = await two()
    const lock = { text: `select pg_advisory_xact_lock(hashtext('blocking'))` }
    const answers = await collide(world, lock, [
      () => link('a', 'blocks', 'b'),
      () => link('b', 'blocks', 'c'),
      () => link('c', 'blocks', 'a'),
    ])
    assert.deepEqual(answers.map(({ status }) => status).sort(), [201, 201, 409])
    refused(
      answers.find(({ status }) => status === 409)!,
      409,
      'dependency_cycle',
    )
  })
})
