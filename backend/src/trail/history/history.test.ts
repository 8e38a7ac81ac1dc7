import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { refused, start } from '../../../test/harness.ts'

const world = await start()

const short = (items: any[]) => items.map(({ kind, actor }) => [kind, actor?.name ?? null])

describe('GET /tasks/{id}/history', () => {
  it('names who changed what from what to what, latest first', async () => {
    const { owner, editor, viewer, project } = await world.team({ key: 'HIS' })
    const { body: task } = await owner.post(`projects/${project.id}/tasks`, { title: 'First' })
    await editor.patch(`tasks/${task.id}`, { title: 'Second', assignee_ids: [viewer.id] })
    const { body } = await viewer.get('tasks/HIS-1/history')
    assert.deepEqual(short(body.items), [
      ['task.updated', 'Edgar Editor'],
      ['task.created', 'Olivia Owner'],
    ])
    assert.deepEqual(body.items[0].changes, {
      title: { from: 'First', to: 'Second' },
      assignee_ids: { from: [], to: [{ id: viewer.id, name: 'Vera Viewer' }] },
    })
    assert.deepEqual(body.items[0].subject, { type: 'task', id: task.id, name: 'Second' })
    assert.deepEqual(body.items[1].changes.created_by.to, { id: owner.id, name: 'Olivia Owner' })
    assert.equal(body.items[1].changes.project_id.to.name, 'Operations')
  })

  it('comes in pages that hold every change once, also while others are made', async () => {
    const { owner, viewer, project } = await world.team()
    const { body: task } = await owner.post(`projects/${project.id}/tasks`, { title: '0' })
    for (let i = 1; i < 10; i++) await owner.patch(`tasks/${task.id}`, { title: String(i) })
    const titles: string[] = []
    for (let cursor: string | null = ''; cursor !== null;) {
      const { body }: any = await viewer.get(
        `tasks/${task.id}/history?limit=3&total=true${cursor && `&cursor=${cursor}`}`,
      )
      assert(body.total >= 10)
      titles.push(...body.items.map(({ changes }: any) => changes.title.to))
      cursor = body.next_cursor
      await owner.patch(`tasks/${task.id}`, { title: `later ${titles.length}` })
    }
    assert.deepEqual(titles, ['9', '8', '7', '6', '5', '4', '3', '2', '1', '0'])
  })

  it('keeps what the deleted did, and no longer their name', async () => {
    const { owner, editor, viewer, project } = await world.team()
    const { body: task } = await editor.post(`projects/${project.id}/tasks`, {
      title: 'Mine',
      assignee_ids: [editor.id],
    })
    assert.equal((await editor.leave()).status, 204)
    const { items } = (await viewer.get(`tasks/${task.id}/history`)).body
    assert.deepEqual(short(items), [
      ['task.updated', 'Deleted user'],
      ['task.created', 'Deleted user'],
    ])
    assert.deepEqual(items[0].changes.assignee_ids, {
      from: [{ id: editor.id, name: 'Deleted user' }],
      to: [],
    })
    assert.equal((await owner.get('users/me')).status, 200)
  })

  it('leaves out what happened where one cannot see', async () => {
    const { owner, viewer, outsider, project } = await world.team()
    const { body: hidden } = await owner.post('projects', { name: 'Hidden place' })
    const { body: task } = await owner.post(`projects/${hidden.id}/tasks`, { title: 'Secret' })
    await owner.patch(`tasks/${task.id}`, { project_id: project.id, title: 'Public' })
    const { body } = await viewer.get(`tasks/${task.id}/history`)
    assert.deepEqual(short(body.items), [['task.updated', 'Olivia Owner']])
    for (const secret of ['Secret', 'Hidden', hidden.id]) assert(!JSON.stringify(body).includes(secret))
    assert.equal((await owner.get(`tasks/${task.id}/history`)).body.items.length, 2)
    refused(await outsider.get(`tasks/${task.id}/history`), 404, 'not_found')
  })
})

describe('GET /projects/{id}/history', () => {
  it('tells all that happened in the project, and what left it', async () => {
    const { owner, viewer, outsider, project } = await world.team()
    const { body: hidden } = await owner.post('projects', { name: 'Hidden place' })
    const { body: task } = await owner.post(`projects/${project.id}/tasks`, { title: 'Wanderer' })
    await owner.patch(`projects/${project.id}`, { name: 'Renamed' })
    await owner.patch(`tasks/${task.id}`, { project_id: hidden.id, title: 'Secret' })
    const { body } = await viewer.get(`projects/${project.key}/history`)
    assert.deepEqual(
      body.items.map(({ kind, subject }: any) => [kind, subject.name]),
      [
        ['task.updated', null],
        ['project.updated', 'Renamed'],
        ['task.created', null],
        ['member.created', 'Vera Viewer'],
        ['member.created', 'Edgar Editor'],
        ['member.created', 'Olivia Owner'],
        ...['Cancelled', 'Done', 'In progress', 'To do'].map((status) => ['status.created', status]),
        ['project.created', 'Renamed'],
      ],
    )
    assert.deepEqual(body.items[0].changes, {
      project_id: { from: { id: project.id, name: 'Renamed' }, to: null },
    })
    for (const secret of ['Secret', 'Hidden', hidden.id]) assert(!JSON.stringify(body).includes(secret))
    refused(await outsider.get(`projects/${project.id}/history`), 404, 'not_found')
  })
})
