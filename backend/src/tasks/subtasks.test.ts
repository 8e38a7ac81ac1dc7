import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { v7 as uuid } from 'uuid'
import { NOTHING_COUNTED, refused, start, type Actor } from '../../test/harness.ts'
import { collide } from '../../test/races.ts'

const world = await start()

interface Task {
  id: string
  ref: string
  parent_id: string | null
  version: number
}

/** A project with tasks, each below the one that is named after it: `{ a: null, b: 'a' }`. */
async function tree<T extends string>(shape: Record<T, string | null>) {
  const team = await world.team()
  const tasks = {} as Record<T, Task>
  for (const [title, parent] of Object.entries(shape) as [T, T | null][]) {
    const { status, body } = await team.editor.post(`projects/${team.project.id}/tasks`, {
      title,
      ...(parent && { parent_id: tasks[parent].id }),
    })
    assert.equal(status, 201, JSON.stringify(body))
    tasks[title] = body
  }
  const put = (title: T, parent_id: string | null, more: object = {}) =>
    team.editor.patch(`tasks/${tasks[title].id}`, { parent_id, ...more })
  return { ...team, tasks, put }
}

const titles = async (actor: Actor, list: string): Promise<string> => {
  const { status, body } = await actor.get(list)
  assert.equal(status, 200, JSON.stringify(body))
  return body.items.map(({ title }: { title: string }) => title).join(' ')
}

describe('A subtask', () => {
  it('hangs on a task that is named by id or reference, from the start or later, and null takes it off', async () => {
    const { editor, viewer, project, tasks, put } = await tree({ a: null, b: null })
    const create = (parent_id: string | null) =>
      editor.post(`projects/${project.id}/tasks`, { title: 'x', parent_id })
    assert.equal((await create(tasks.a.ref.toLowerCase())).body.parent_id, tasks.a.id)
    assert.equal((await create(tasks.a.id.toUpperCase())).body.parent_id, tasks.a.id)
    assert.equal((await create(null)).body.parent_id, null)
    assert.equal((await put('b', tasks.a.ref)).body.parent_id, tasks.a.id)
    assert.equal((await viewer.get(`tasks/${tasks.b.id}`)).body.parent_id, tasks.a.id)
    assert.equal((await put('b', tasks.a.id)).body.version, 2)
    assert.equal((await put('b', null)).body.parent_id, null)
    const { body } = await viewer.get(`tasks/${tasks.b.id}/history`)
    assert.deepEqual(body.items[0].changes.parent_id, { from: { id: tasks.a.id, name: 'a' }, to: null })
  })

  it('is found by its parent, and a task without one by none', async () => {
    const { viewer, outsider, project, tasks } = await tree({ a: null, b: 'a', c: 'a', d: 'b', e: null })
    const list = `projects/${project.id}/tasks`
    assert.equal(await titles(viewer, `${list}?parent=${tasks.a.ref.toLowerCase()}`), 'b c')
    assert.equal(await titles(viewer, `tasks?parent=${tasks.a.id}&sort=-created`), 'c b')
    assert.equal(await titles(viewer, `${list}?parent=${tasks.d.id}`), '')
    assert.equal(await titles(viewer, `${list}?parent=none`), 'a e')
    assert.equal(await titles(viewer, `tasks?parent=none&sort=-position`), 'e a')
    assert.equal(await titles(viewer, `${list}?parent=NONE-1`), '')
    assert.equal(await titles(outsider, `tasks?parent=${tasks.a.id}`), '')
    const first = await viewer.get(`${list}?parent=${tasks.a.id}&limit=1&total=true`)
    assert.equal(first.body.total, 2)
    assert.equal(
      await titles(viewer, `${list}?parent=${tasks.a.id}&limit=1&cursor=${first.body.next_cursor}`),
      'c',
    )
    refused(await viewer.get(`${list}?parent=`), 400, 'invalid')
    refused(await viewer.get(`${list}?parent=some`), 400, 'invalid')
  })

  it('counts on its task, if asked: those that are not cancelled, and of them those that are done', async () => {
    const { viewer, editor, project, tasks } = await tree({ a: null, b: 'a', c: 'a', d: 'a', e: 'a', f: 'b' })
    await editor.patch(`tasks/${tasks.b.id}`, { status: 'done' })
    await editor.patch(`tasks/${tasks.c.id}`, { status: 'cancelled' })
    const first = await viewer.get(`tasks/${tasks.a.id}?include=counts`)
    assert.deepEqual(first.body.counts, { ...NOTHING_COUNTED, subtasks: 3, subtasks_done: 1 })
    assert.equal((await viewer.get(`tasks/${tasks.a.id}`)).body.counts, undefined)
    await editor.delete(`tasks/${tasks.d.id}`)
    const etag = first.headers.get('etag')!
    const second = await viewer.get(`tasks/${tasks.a.ref}?include=counts`, { 'if-none-match': etag })
    assert.deepEqual(
      [second.status, second.body.counts],
      [200, { ...NOTHING_COUNTED, subtasks: 2, subtasks_done: 1 }],
    )
    const again = await viewer.get(`tasks/${tasks.a.ref}?include=counts`, {
      'if-none-match': second.headers.get('etag')!,
    })
    assert.equal(again.status, 304)
    for (const list of [`projects/${project.id}/tasks?`, 'tasks?sort=due&', `tasks?parent=${tasks.a.id}&`]) {
      const { body } = await viewer.get(`${list}include=counts`)
      for (const task of body.items)
        assert.deepEqual(task, (await viewer.get(`tasks/${task.id}?include=counts`)).body)
    }
    refused(await viewer.get('tasks?include=everything'), 400, 'invalid')
  })

  it('finds no parent that is hidden, in another project, in the trash or nowhere, and the answer is the same', async () => {
    const { owner, outsider, editor, project, tasks, put } = await tree({ a: null, b: null })
    const { body: other } = await owner.post('projects', { name: 'Other' })
    const { body: there } = await owner.post(`projects/${other.id}/tasks`, { title: 'x' })
    const { body: theirs } = await outsider.post('projects', { name: 'Theirs' })
    const { body: hidden } = await outsider.post(`projects/${theirs.id}/tasks`, { title: 'x' })
    await editor.delete(`tasks/${tasks.b.id}`)
    const details = new Set<string>()
    for (const parent of [
      there.id,
      there.ref,
      hidden.id,
      hidden.ref,
      tasks.b.id,
      'NONE-1',
      uuid(),
      theirs.id,
    ])
      for (const answer of [
        await put('a', parent),
        await editor.post(`projects/${project.id}/tasks`, { title: 'x', parent_id: parent }),
      ]) {
        refused(answer, 422, 'no_such_task')
        const { detail, errors } = answer.body
        details.add(JSON.stringify([detail, errors]))
        assert.equal(errors[0].pointer, '/parent_id')
      }
    assert.equal(details.size, 1)
    assert.equal(await titles(editor, `projects/${project.id}/tasks`), 'a')
    refused(await put('a', 'not a task'), 400, 'invalid')
  })

  it('never hangs on itself, directly or through others', async () => {
    const { tasks, put } = await tree({ a: null, b: 'a', c: 'b' })
    for (const [title, parent] of [
      ['a', 'a'],
      ['a', 'b'],
      ['a', 'c'],
      ['b', 'c'],
    ] as const) {
      const answer = await put(title, tasks[parent].ref)
      refused(answer, 409, 'parent_cycle')
      assert.equal(answer.body.errors[0].pointer, '/parent_id')
    }
    assert.equal((await put('c', tasks.a.id)).status, 200)
    assert.equal((await put('b', tasks.c.id)).status, 200)
  })

  it('goes 8 deep, with all that is below it', async () => {
    const chain = { t0: null, t1: 't0', t2: 't1', t3: 't2', t4: 't3', t5: 't4', t6: 't5', t7: 't6', t8: 't7' }
    const { editor, project, tasks, put } = await tree({ ...chain, a: null, b: 'a', c: 'b' })
    const deeper = await editor.post(`projects/${project.id}/tasks`, { title: 'x', parent_id: tasks.t8.id })
    refused(deeper, 409, 'too_deep')
    refused(await put('a', tasks.t6.id), 409, 'too_deep')
    assert.equal((await put('a', tasks.t5.id)).status, 200)
    // What is in the trash counts, for it can come back.
    await editor.delete(`tasks/${tasks.c.id}`)
    refused(await put('a', tasks.t6.id), 409, 'too_deep')
    assert.equal((await put('b', tasks.a.id)).status, 200)
  })

  it('is one of at most 1,000 below one task', async () => {
    const { editor, owner, project, tasks } = await tree({ a: null, b: 'a', other: null, under: 'other' })
    // One by one they would each be counted.
    await world.pool.query('alter table tasks disable trigger tasks_hung')
    await world.pool.query(
      `insert into tasks (id, project_id, number, title, position, created_by, parent_id)
       select gen_random_uuid(), $1, 100 + n, 'x', 100 + n, $2, $3 from generate_series(1, 998) n where record_as($2, $4)`,
      [project.id, owner.id, tasks.b.id, uuid()],
    )
    await world.pool.query('alter table tasks enable trigger tasks_hung')
    await world.pool.query('update task_numbers set last_number = 2000 where project_id = $1', [project.id])
    const add = (parent_id: string) => editor.post(`projects/${project.id}/tasks`, { title: 'x', parent_id })
    assert.equal((await add(tasks.a.id)).status, 201)
    refused(await add(tasks.b.id), 409, 'limit_reached')
    refused(await editor.patch(`tasks/${tasks.other.id}`, { parent_id: tasks.a.id }), 409, 'limit_reached')
    const gone = await editor.delete(`tasks/${tasks.a.id}`)
    assert.equal(gone.status, 204)
    assert.equal(await titles(editor, `projects/${project.id}/tasks`), 'other under')
    const undone = await editor.post(`operations/${gone.headers.get('operation-id')}/undo`)
    assert.equal(undone.body.changes.length, 1001)
    const { body } = await editor.get(`projects/${project.id}/tasks?total=true`)
    assert.equal(body.total, 1003)
  })

  it('is made and hung by who may edit, where nothing is archived', async () => {
    const { owner, viewer, outsider, project, tasks, put } = await tree({ a: null, b: null })
    const body = { parent_id: tasks.a.id }
    refused(await viewer.patch(`tasks/${tasks.b.id}`, body), 403, 'forbidden')
    refused(await outsider.patch(`tasks/${tasks.b.id}`, body), 404, 'not_found')
    refused(await viewer.post(`projects/${project.id}/tasks`, { title: 'x', ...body }), 403, 'forbidden')
    await owner.patch(`projects/${project.id}`, { archived: true })
    refused(await put('b', tasks.a.id), 409, 'project_archived')
  })

  it('is hung again only if nobody else did so meanwhile', async () => {
    const { editor, tasks, put } = await tree({ a: null, b: null, c: null })
    await put('c', tasks.a.id)
    const change = { parent_id: tasks.b.ref }
    refused(
      await editor.patch(`tasks/${tasks.c.id}`, change, { 'if-match': '"1"' }),
      412,
      'precondition_failed',
    )
    const conflict = await editor.patch(`tasks/${tasks.c.id}?base_version=1`, change)
    refused(conflict, 409, 'version_conflict')
    assert.deepEqual(conflict.body.conflicts, {
      parent_id: { base: null, current: tasks.a.id, yours: tasks.b.ref },
    })
  })
})

describe('At the same moment', () => {
  /** Each call then waits with what it has read so far. */
  const hold = ({ id }: { id: string }, table = 'projects') => ({
    text: `select from ${table} where ${table === 'tasks' ? 'project_id' : 'id'} = $1 for no key update`,
    values: [id],
  })

  /** Stops each change where it is recorded: after it has looked at the trees, and before others can see it. */
  const RECORDING = { text: 'lock table pending_events in share mode' }

  it('two tasks are not hung on each other', async () => {
    const { tasks, put } = await tree({ a: null, b: null })
    const statuses = await collide(world, RECORDING, [
      async () => (await put('a', tasks.b.id)).status,
      async () => (await put('b', tasks.a.id)).status,
    ])
    assert.deepEqual(statuses, [200, 409])
  })

  it('two trees do not become too deep together', async () => {
    const shape = { a: null, b: 'a', c: 'b', d: 'c', e: 'd', p: null, q: 'p', r: 'q', x: null, y: 'x' }
    const { tasks, put } = await tree(shape)
    const [low, high] = await collide(world, RECORDING, [
      () => put('p', tasks.e.id),
      () => put('a', tasks.y.id),
    ])
    assert.equal(low?.status, 200)
    refused(high!, 409, 'too_deep')
  })

  it('a subtask is not left behind by a task that is deleted', async () => {
    const { editor, project, tasks } = await tree({ a: null })
    const [made, gone] = await collide(world, hold(project), [
      () => editor.post(`projects/${project.id}/tasks`, { title: 'b', parent_id: tasks.a.id }),
      () => editor.delete(`tasks/${tasks.a.id}`),
    ])
    assert.deepEqual([made?.status, gone?.status], [201, 204])
    assert.equal(await titles(editor, `projects/${project.id}/tasks`), '')
    assert.equal((await editor.post(`tasks/${tasks.a.id}/restore`)).status, 200)
    assert.equal(await titles(editor, `projects/${project.id}/tasks`), 'a b')
  })

  it('a subtask is not left behind by a task that moves, nor is one added to a task that has moved', async () => {
    const { owner, project, tasks } = await tree({ a: null })
    const { body: there } = await owner.post('projects', { name: 'There' })
    const add = (title: string) =>
      owner.post(`projects/${project.id}/tasks`, { title, parent_id: tasks.a.id })
    const [before, moved, after] = await collide(world, hold(project), [
      () => add('b'),
      () => owner.patch(`tasks/${tasks.a.id}`, { project_id: there.id }),
      () => add('c'),
    ])
    assert.deepEqual([before?.status, moved?.status], [201, 200])
    refused(after!, 422, 'no_such_task')
    assert.equal(await titles(owner, `projects/${there.id}/tasks`), 'a b')
    assert.equal(await titles(owner, `projects/${project.id}/tasks`), '')
  })

  it('a subtask that is restored stays off a task that is deleted', async () => {
    const { editor, project, tasks } = await tree({ a: null, b: 'a' })
    await editor.delete(`tasks/${tasks.b.id}`)
    const [gone, back] = await collide(world, hold(project), [
      () => editor.delete(`tasks/${tasks.a.id}`),
      () => editor.post(`tasks/${tasks.b.id}/restore`),
    ])
    assert.deepEqual([gone?.status, back?.status, back?.body.parent_id], [204, 200, null])
  })

  it('eight clients on two servers never make a circle, nor go too deep', { timeout: 120_000 }, async () => {
    const shape = Object.fromEntries(Array.from({ length: 14 }, (_, i) => [`t${i}`, null]))
    const { editor, project, tasks } = await tree(shape)
    const ids = Object.values(tasks).map(({ id }) => id)
    const random = <T>(list: readonly T[]) => list[Math.floor(Math.random() * list.length)] as T
    const answers = new Map<string, number>()
    await Promise.all(
      Array.from({ length: 8 }, async () => {
        for (let i = 0; i < 40; i++) {
          const parent_id = Math.random() < 0.1 ? null : random(ids)
          const { status, body } = await editor.patch(`tasks/${random(ids)}`, { parent_id })
          const answer = `${status} ${body.code ?? ''}`
          answers.set(answer, (answers.get(answer) ?? 0) + 1)
        }
      }),
    )
    const allowed = ['200 ', '409 parent_cycle', '409 too_deep']
    assert.deepEqual(
      [...answers.keys()].filter((answer) => !allowed.includes(answer)),
      [],
    )
    assert(answers.get('200 ')! > 50 && answers.get('409 parent_cycle')! > 10)
    const { body } = await editor.get(`projects/${project.id}/tasks?limit=200`)
    const parents = new Map<string, string | null>(body.items.map((task: Task) => [task.id, task.parent_id]))
    for (const id of ids) {
      let depth = 0
      for (let up = parents.get(id); up; up = parents.get(up)) assert(++depth <= 8, 'too deep, or a circle')
    }
  })
})
