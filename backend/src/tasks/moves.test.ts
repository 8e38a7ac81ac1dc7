import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { refused, start, type Actor } from '../../test/harness.ts'

const world = await start()

/** The team of one project, and another project of the same owner with the editor in it. */
async function twoProjects(role = 'editor') {
  const here = await world.team()
  const { body: there } = await here.owner.post('projects', { name: 'There' })
  if (role !== 'none')
    await here.owner.post(`projects/${there.id}/members`, { user_id: here.editor.id, role })
  return { ...here, there: there as { id: string; key: string } }
}

const create = async (actor: Actor, project: { id: string }, more: object = {}) =>
  (await actor.post(`projects/${project.id}/tasks`, { title: 'x', ...more })).body

describe('Moving a task', () => {
  it('gives it the next number there, the last place, and keeps the rest', async () => {
    const { editor, project, there } = await twoProjects()
    await create(editor, there)
    const task = await create(editor, project, { description: 'Kept', priority: 'high' })
    const { body } = await editor.patch(`tasks/${task.id}`, { project_id: there.id, status: 'done' })
    assert.deepEqual(body, {
      ...task,
      project_id: there.id,
      number: 2,
      ref: `${there.key}-2`,
      position: 2,
      status: 'done',
      category: 'done',
      completed_at: body.completed_at,
      updated_at: body.updated_at,
      version: 2,
    })
    assert.equal((await editor.get(`tasks/${there.key}-2`)).body.id, task.id)
  })

  it('never gives the old number to another task, nor that of a deleted one', async () => {
    const { editor, project, there } = await twoProjects()
    const task = await create(editor, project)
    await editor.patch(`tasks/${task.id}`, { project_id: there.id })
    assert.equal((await create(editor, project)).number, 2)
    assert.equal((await editor.patch(`tasks/${task.id}`, { project_id: project.id })).body.number, 3)
    await editor.delete(`tasks/${task.id}`)
    assert.equal((await create(editor, project)).number, 4)
  })

  it('takes the place that is asked for', async () => {
    const { editor, project, there } = await twoProjects()
    const task = await create(editor, project, { position: 0.25 })
    assert.equal(task.position, 0.25)
    const { body } = await editor.patch(`tasks/${task.id}`, { project_id: there.id, position: -1.5 })
    assert.deepEqual([body.ref, body.position], [`${there.key}-1`, -1.5])
    refused(
      await editor.patch(`tasks/${task.id}?base_version=1`, { project_id: project.id, position: 3 }),
      409,
      'version_conflict',
    )
  })

  it('is no move into the project it is in', async () => {
    const { editor, project } = await twoProjects()
    const task = await create(editor, project)
    assert.deepEqual((await editor.patch(`tasks/${task.id}`, { project_id: project.id })).body, task)
  })

  it('needs the right to edit in both projects', async () => {
    for (const [role, status, code] of [
      ['none', 422, 'no_such_project'],
      ['viewer', 403, 'forbidden'],
    ] as const) {
      const { owner, editor, viewer, project, there } = await twoProjects(role)
      const task = await create(editor, project)
      refused(await editor.patch(`tasks/${task.id}`, { project_id: there.id }), status, code)
      const theirs = await create(owner, there)
      refused(
        await editor.patch(`tasks/${theirs.id}`, { project_id: project.id }),
        role === 'none' ? 404 : 403,
        role === 'none' ? 'not_found' : 'forbidden',
      )
      refused(await viewer.patch(`tasks/${task.id}`, { project_id: there.id }), 403, 'forbidden')
      assert.deepEqual((await owner.get(`tasks/${task.id}`)).body, task)
      assert.deepEqual((await owner.get(`tasks/${theirs.id}`)).body, theirs)
    }
  })

  it('neither leaves nor enters an archived project', async () => {
    const { owner, project, there } = await twoProjects()
    const task = await create(owner, project)
    await owner.patch(`projects/${there.id}`, { archived: true })
    refused(await owner.patch(`tasks/${task.id}`, { project_id: there.id }), 409, 'project_archived')
    await owner.patch(`projects/${there.id}`, { archived: false })
    await owner.patch(`projects/${project.id}`, { archived: true })
    refused(await owner.patch(`tasks/${task.id}`, { project_id: there.id }), 409, 'project_archived')
  })

  it('takes no assignee along who does not belong there, unless another is named', async () => {
    const { owner, editor, viewer, project, there } = await twoProjects()
    const task = await create(editor, project, { assignee_ids: [viewer.id] })
    const refusal = await editor.patch(`tasks/${task.id}`, { project_id: there.id })
    refused(refusal, 422, 'not_a_member')
    assert.equal(refusal.body.errors[0].pointer, '/assignee_ids')
    const moved = await editor.patch(`tasks/${task.id}`, { project_id: there.id, assignee_ids: [owner.id] })
    assert.deepEqual(moved.body.assignee_ids, [owner.id])
  })

  it('takes no assignee along who was named while it waited', async () => {
    const { editor, viewer, project, there } = await twoProjects()
    const task = await create(editor, project)
    const lock = await world.pool.connect()
    await lock.query('begin')
    await lock.query('select from task_numbers where project_id = $1 for update', [there.id])
    const move = editor.patch(`tasks/${task.id}`, { project_id: there.id })
    await world.blocked()
    assert.equal((await editor.patch(`tasks/${task.id}`, { assignee_ids: [viewer.id] })).status, 200)
    await lock.query('commit')
    lock.release()
    refused(await move, 422, 'not_a_member')
    assert.equal((await editor.get(`tasks/${task.id}`)).body.project_id, project.id)
  })

  it('keeps numbers unique and every task once while all run at once, to and fro', async () => {
    const { editor, project, there } = await twoProjects()
    const tasks = await Promise.all(Array.from({ length: 8 }, () => create(editor, project)))
    const moves = tasks.flatMap((task) =>
      [there, project, there].map((to) => editor.patch(`tasks/${task.id}`, { project_id: to.id })),
    )
    const creates = Array.from({ length: 20 }, (_, i) => create(editor, i % 2 ? project : there))
    for (const { status } of await Promise.all(moves)) assert([200, 503].includes(status), String(status))
    await Promise.all(creates)
    const refs: string[] = []
    for (const { id } of [project, there]) {
      const { body } = await editor.get(`projects/${id}/tasks?limit=200&total=true`)
      refs.push(...body.items.map(({ ref }: { ref: string }) => ref))
    }
    assert.equal(refs.length, 28)
    assert.equal(new Set(refs).size, 28)
  })

  it('is counted in both projects', async () => {
    const { editor, project, there } = await twoProjects()
    const task = await create(editor, project)
    await editor.patch(`tasks/${task.id}`, { project_id: there.id })
    assert.equal((await editor.get(`projects/${project.id}`)).body.task_counts.todo, 0)
    assert.equal((await editor.get(`projects/${there.id}`)).body.task_counts.todo, 1)
  })
})
