import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { refused, start } from '../../test/harness.ts'

const world = await start()

describe('POST /projects/{id}/tasks', () => {
  it('adds a task and gives it the next number of the project', async () => {
    const { editor, project } = await world.team({ key: 'OPS' })
    const first = await editor.post(`projects/${project.id}/tasks`, {
      title: 'Renew the certificate',
      due_on: '2026-11-30',
    })
    assert.equal(first.status, 201)
    assert.equal(first.headers.get('location'), `/api/v1/tasks/${first.body.id}`)
    assert.equal(first.body.ref, 'OPS-1')
    assert.equal(first.body.due_on, '2026-11-30')
    const second = await editor.post('projects/OPS/tasks', { title: 'Rotate the keys' })
    assert.equal(second.body.ref, 'OPS-2')
  })

  it('refuses a title that is missing, empty or blank, naming the field', async () => {
    const { editor, project } = await world.team()
    for (const body of [{}, { title: '' }, { title: '  ' }]) {
      const answer = await editor.post(`projects/${project.id}/tasks`, body)
      refused(answer, 400, 'invalid')
      assert.equal(answer.body.errors[0].pointer, '/title')
    }
  })

  it('gives each of fifty tasks created at once a number of its own', async () => {
    const { editor, project } = await world.team()
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, i) =>
        editor.post(`projects/${project.id}/tasks`, { title: `Task ${i}` }),
      ),
    )
    const numbers = answers.map(({ body }) => body.number as number).sort((a, b) => a - b)
    assert.deepEqual(
      numbers,
      Array.from({ length: 50 }, (_, i) => i + 1),
    )
  })

  it('assigns members only', async () => {
    const { editor, viewer, outsider, project } = await world.team()
    const assigned = await editor.post(`projects/${project.id}/tasks`, {
      title: 'Ours',
      assignee_ids: [viewer.id],
    })
    assert.deepEqual(assigned.body.assignee_ids, [viewer.id])
    refused(
      await editor.post(`projects/${project.id}/tasks`, { title: 'Theirs', assignee_ids: [outsider.id] }),
      422,
      'not_a_member',
    )
  })
})

describe('PATCH /tasks/{id}', () => {
  it('changes the fields sent and no other, and null clears', async () => {
    const { editor, project } = await world.team()
    const { body: task } = await editor.post(`projects/${project.id}/tasks`, {
      title: 'Before',
      description: 'Kept',
      due_on: '2026-12-24',
    })
    const answer = await editor.patch(`tasks/${task.id}`, { title: 'After', due_on: null })
    assert.equal(answer.status, 200)
    assert.deepEqual(answer.body, {
      ...task,
      title: 'After',
      due_on: null,
      version: 2,
      updated_at: answer.body.updated_at,
    })
  })

  it('is no change when nothing differs', async () => {
    const { editor, project } = await world.team()
    const { body: task } = await editor.post(`projects/${project.id}/tasks`, { title: 'Same' })
    for (const body of [{}, { title: 'Same' }])
      assert.deepEqual((await editor.patch(`tasks/${task.id}`, body)).body, task)
  })

  it('moves a task to another project, where it gets a new number', async () => {
    const { owner, project } = await world.team()
    const { body: other } = await owner.post('projects', { name: 'Elsewhere', key: 'ELSE' })
    const { body: task } = await owner.post(`projects/${project.id}/tasks`, { title: 'Wanderer' })
    const moved = await owner.patch(`tasks/${task.id}`, { project_id: other.id })
    assert.equal(moved.body.ref, 'ELSE-1')
    assert.equal((await owner.get(`tasks/${task.ref}`)).status, 404)
  })
})
