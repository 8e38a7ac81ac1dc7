import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { refused, start, type Actor } from '../../test/harness.ts'

const world = await start()

const listed = async (who: Actor, project: string) =>
  (await who.get(`projects/${project}/tasks?limit=200`)).body.items as Record<string, any>[]

/** A project with a task that has all that one can have, and two levels below it. */
async function team() {
  const people = await world.team()
  const { editor, viewer, project } = people
  const add = async (body: object) => {
    const answer = await editor.post(`projects/${project.id}/tasks`, body)
    assert.equal(answer.status, 201, JSON.stringify(answer.body))
    return answer.body
  }
  const { body: label } = await editor.post(`projects/${project.id}/labels`, { name: 'Label' })
  const task = await add({
    title: 'Checklist',
    description: 'As **always**',
    priority: 'high',
    status: 'done',
    assignee_ids: [viewer.id, editor.id],
    label_ids: [label.id],
    start_on: '2026-11-01',
    due_on: '2026-11-30',
    estimate_minutes: 90,
  })
  const below = await add({ title: 'Below', parent_id: task.id })
  await add({ title: 'Deepest', parent_id: below.id })
  await editor.delete(`tasks/${(await add({ title: 'Trashed', parent_id: task.id })).id}`)
  await editor.post(`tasks/${task.id}/comments`, { body: 'Stays' })
  return { ...people, label, task, add }
}

describe('a copy of a task', () => {
  it('has what the original has but its progress, comments and number, and copies of what is below it', async () => {
    const { editor, project, task } = await team()
    const { status, body, headers } = await editor.post(`tasks/${task.ref}/duplicate`, {})
    assert.equal(status, 201)
    assert.equal(headers.get('location'), `/api/v1/tasks/${body.id}`)
    const { id, number, ref, version, ...rest } = body
    const same = Object.fromEntries(
      Object.entries(rest).filter(([name]) => !['position', 'created_at', 'updated_at'].includes(name)),
    )
    assert.deepEqual(same, {
      ...Object.fromEntries(Object.keys(same).map((name) => [name, task[name]])),
      status: 'todo',
      category: 'todo',
      completed_at: null,
    })
    assert.deepEqual([number, version, id === task.id], [5, 1, false])
    const all = await listed(editor, project.id)
    assert.deepEqual(
      all.map(({ title, parent_id }) => [title, all.find((other) => other['id'] === parent_id)?.['ref']]),
      [
        ['Checklist', undefined],
        ['Below', task.ref],
        ['Deepest', `${project.key}-2`],
        ['Checklist', undefined],
        ['Below', ref],
        ['Deepest', `${project.key}-6`],
      ],
    )
    const { counts } = (await editor.get(`tasks/${id}?include=counts`)).body
    assert.deepEqual([counts.comments, counts.subtasks], [0, 1])
  })

  it('can have another title and go without what is below, and stays a subtask', async () => {
    const { editor, task, project } = await team()
    const [, below] = await listed(editor, project.id)
    const { body } = await editor.post(`tasks/${below!['id']}/duplicate`, { title: 'Again', subtasks: false })
    assert.deepEqual([body.title, body.parent_id], ['Again', task.id])
    assert.equal((await listed(editor, project.id)).length, 4)
  })

  it('is one operation, which is undone as a whole, and made once for a key', async () => {
    const { editor, task, project } = await team()
    const key = { 'idempotency-key': 'once' }
    const made = await editor.post(`tasks/${task.id}/duplicate`, {}, key)
    const again = await editor.post(`tasks/${task.id}/duplicate`, {}, key)
    assert.deepEqual(again.body, made.body)
    assert.equal((await listed(editor, project.id)).length, 6)
    const undone = await editor.post(`operations/${made.headers.get('operation-id')}/undo`)
    assert.deepEqual([undone.status, undone.body.changes.length], [200, 3])
    assert.equal((await listed(editor, project.id)).length, 3)
  })

  it('is made by those who may edit, of what is there, where nothing is archived', async () => {
    const { owner, editor, viewer, outsider, task, project } = await team()
    const copy = (who: Actor) => who.post(`tasks/${task.id}/duplicate`, {})
    refused(await copy(viewer), 403, 'forbidden')
    refused(await copy(outsider), 404, 'not_found')
    for (const body of [{ title: '' }, { subtasks: 'yes' }, { comments: true }])
      refused(await editor.post(`tasks/${task.id}/duplicate`, body), 400, 'invalid')
    await owner.patch(`projects/${project.id}`, { archived: true })
    refused(await copy(editor), 409, 'project_archived')
    await owner.patch(`projects/${project.id}`, { archived: false })
    assert.equal((await listed(editor, project.id)).length, 3)
    await editor.delete(`tasks/${task.id}`)
    refused(await copy(editor), 404, 'not_found')
  })

  it('does not have a label that is deleted at the same moment', async () => {
    const { editor, label, task } = await team()
    const client = await world.pool.connect()
    try {
      await client.query('begin')
      await client.query('select record_as($1, gen_random_uuid())', [editor.id])
      await client.query('update labels set deleted_at = now() where id = $1', [label.id])
      const copying = editor.post(`tasks/${task.id}/duplicate`, {})
      await Promise.race([copying, world.blocked()])
      await client.query('commit')
      const { status, body } = await copying
      assert.deepEqual([status, body.label_ids], [201, []])
    } finally {
      client.release()
    }
  })

  it('is of a task with 200 below it at most, and of a larger one without', async () => {
    const { editor, add, project } = await team()
    const top = await add({ title: 'Top' })
    const hang = (count: number) =>
      world.pool.query(
        `with numbers as (update task_numbers set last_number = last_number + $4, last_position = last_position + $4 where project_id = $1 returning last_number - $4 as last)
         insert into tasks (id, project_id, number, title, position, parent_id, created_by)
         select gen_random_uuid(), $1, last + n, 'Part', last + n, $2, $3 from numbers, generate_series(1, $4) n where record_as($3, gen_random_uuid())`,
        [project.id, top.id, editor.id, count],
      )
    await hang(200)
    const { status, body } = await editor.post(`tasks/${top.id}/duplicate`, {})
    assert.equal(status, 201)
    assert.equal((await editor.get(`tasks/${body.id}?include=counts`)).body.counts.subtasks, 200)
    await hang(1)
    const answer = await editor.post(`tasks/${top.id}/duplicate`, {})
    refused(answer, 409, 'limit_reached')
    assert.equal(answer.body.errors[0].pointer, '/subtasks')
    assert.equal((await editor.post(`tasks/${top.id}/duplicate`, { subtasks: false })).status, 201)
  })
})
