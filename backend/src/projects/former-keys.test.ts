// Keys and references that people have written down keep working, in upper and lower case, and so do ids.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { collide } from '../../test/races.ts'
import { refused, start } from '../../test/harness.ts'

const world = await start()

describe('A former key', () => {
  it('still finds its project and tasks, which show the current key', async () => {
    const { owner, viewer, editor, project } = await world.team({ key: 'OLD' })
    const { body: task } = await editor.post('projects/OLD/tasks', { title: 'Kept' })
    await owner.patch('projects/OLD', { key: 'NEWER' })
    await owner.patch('projects/OLD', { key: 'NEWEST' })
    for (const key of ['OLD', 'NEWER', 'NEWEST', 'old', 'Newer']) {
      assert.equal((await viewer.get(`projects/${key}`)).body.id, project.id)
      const found = await viewer.get(`tasks/${key}-1`)
      assert.deepEqual([found.body.id, found.body.ref], [task.id, 'NEWEST-1'])
      assert.equal((await viewer.get(`projects/${key}/tasks`)).body.items[0].ref, 'NEWEST-1')
      assert.equal((await viewer.get(`projects/${key}/members`)).status, 200)
      assert.equal((await viewer.get(`tasks/${key}-1/history`)).status, 200)
    }
    assert.equal((await editor.patch('tasks/OLD-1', { title: 'Changed' })).body.ref, 'NEWEST-1')
    await editor.delete('tasks/old-1')
    assert.equal((await editor.post('tasks/OLD-1/restore')).body.ref, 'NEWEST-1')
  })

  it('cannot be taken by another project, not even while the project is in the trash', async () => {
    const { owner, outsider, project } = await world.team({ key: 'MINE' })
    await owner.patch(`projects/${project.id}`, { key: 'MINE2' })
    const { body: other } = await outsider.post('projects', { name: 'Other' })
    for (const key of ['MINE', 'mine', 'MINE2']) {
      refused(await outsider.post('projects', { name: 'Other', key }), 409, 'key_taken')
      refused(await outsider.patch(`projects/${other.id}`, { key }), 409, 'key_taken')
    }
    assert.equal((await outsider.post('projects', { name: 'Mine' })).body.key, 'MINE3')
    await owner.delete(`projects/${project.id}`)
    refused(await outsider.post('projects', { name: 'Other', key: 'MINE' }), 409, 'key_taken')
  })

  it('can be taken back, also by undo', async () => {
    const { owner, project } = await world.team({ key: 'BACK' })
    const path = `projects/${project.id}`
    await owner.patch(path, { key: 'FORTH' })
    assert.equal((await owner.patch(path, { key: 'BACK' })).body.key, 'BACK')
    const forth = await owner.patch(path, { key: 'FORTH' })
    const undone = await owner.post(`operations/${forth.headers.get('operation-id')}/undo`)
    assert.equal(undone.status, 200)
    assert.equal((await owner.get('projects/FORTH')).body.key, 'BACK')
  })

  it('is free again after the project is purged', async () => {
    const { owner, admin, outsider, project } = await world.team({ key: 'GONE' })
    await owner.patch(`projects/${project.id}`, { key: 'GONE2' })
    await owner.delete(`projects/${project.id}`)
    assert.equal((await admin.delete(`trash/${project.id}`)).status, 204)
    assert.equal((await outsider.post('projects', { name: 'Other', key: 'GONE' })).status, 201)
    assert.equal((await outsider.get('projects/GONE2')).status, 404)
  })

  it('reveals nothing to those who cannot see the project', async () => {
    const { owner, outsider, project } = await world.team({ key: 'HIDE' })
    await owner.post('projects/HIDE/tasks', { title: 'Secret' })
    await owner.patch(`projects/${project.id}`, { key: 'HIDDEN' })
    for (const path of ['projects/HIDE', 'tasks/HIDE-1', 'projects/hide/tasks', 'projects/HIDE/members'])
      refused(await outsider.get(path), 404, 'not_found')
  })

  it('goes to only one of two projects that request it at the same moment', async () => {
    const [one, two] = [await world.team(), await world.team()]
    const answers = await collide(
      world,
      {
        text: 'select from projects where id = any ($1) for update',
        values: [[one.project.id, two.project.id]],
      },
      [one, two].map(({ owner, project }) => async () => {
        const answer = await owner.patch(`projects/${project.id}`, { key: 'BOTH' })
        return answer.status
      }),
    )
    assert.deepEqual(answers.toSorted(), [200, 409])
  })

  it('is one of at most twenty', async () => {
    const { owner, project } = await world.team({ key: 'KEY0' })
    const path = `projects/${project.id}`
    for (let i = 1; i < 20; i++) assert.equal((await owner.patch(path, { key: `KEY${i}` })).status, 200)
    refused(await owner.patch(path, { key: 'KEY20' }), 409, 'too_many_keys')
    assert.equal((await owner.patch(path, { key: 'KEY7' })).body.key, 'KEY7')
  })
})

describe('An identifier', () => {
  it('is accepted in any case, in paths, queries and bodies, and returned in one', async () => {
    const { owner, editor, project } = await world.team({ key: 'CASE' })
    const up = (id: string) => id.toUpperCase()
    const { body: made } = await owner.post('projects', { name: 'Lower', key: 'lower' })
    assert.equal(made.key, 'LOWER')
    const { body: task } = await editor.post(`projects/${up(project.id)}/tasks`, {
      title: 'One',
      assignee_ids: [up(editor.id)],
    })
    assert.deepEqual(task.assignee_ids, [editor.id])
    for (const name of [task.id, up(task.id), 'CASE-1', 'case-1', 'Case-1'])
      assert.equal((await editor.get(`tasks/${name}`)).body.ref, 'CASE-1')
    for (const name of [project.id, up(project.id), 'CASE', 'case'])
      assert.equal((await editor.get(`projects/${name}`)).body.key, 'CASE')
    assert.equal((await editor.get(`tasks?assignee=${up(editor.id)}`)).body.items.length, 1)
    assert.equal((await editor.patch('tasks/case-1', { project_id: up(project.id) })).body.ref, 'CASE-1')
    assert.equal(
      (await owner.put(`projects/case/members/${up(editor.id)}`, { role: 'owner' })).body.user_id,
      editor.id,
    )
    const twice = await editor.patch('tasks/case-1', { assignee_ids: [editor.id, up(editor.id)] })
    refused(twice, 400, 'invalid')
    const moved = await owner.patch('tasks/case-1', { project_id: up(made.id), assignee_ids: [] })
    assert.equal(moved.body.project_id, made.id)
    const undone = await owner.post(`operations/${up(moved.headers.get('operation-id')!)}/undo`)
    assert.equal(undone.body.undone_operation_id, moved.headers.get('operation-id'))
    // One's own id as well: anybody may leave, whatever their role.
    assert.equal((await editor.delete(`projects/${up(made.id)}/members/${up(editor.id)}`)).status, 404)
    assert.equal((await editor.delete(`projects/case/members/${up(editor.id)}`)).status, 204)
    assert.equal((await editor.delete(`auth/sessions/${up(editor.sessionId)}`)).status, 204)
  })

  it('gives the same cursor in upper and lower case', async () => {
    const { editor, project } = await world.team({ key: 'PAGE' })
    for (const title of ['One', 'Two']) await editor.post('projects/PAGE/tasks', { title })
    const { body } = await editor.get('projects/page/tasks?limit=1')
    const next = await editor.get(`projects/PAGE/tasks?limit=1&cursor=${body.next_cursor}`)
    assert.equal(next.body.items[0].title, 'Two')
    refused(
      await editor.get(`projects/${project.id}/tasks?limit=1&cursor=${body.next_cursor}`),
      400,
      'invalid_cursor',
    )
  })
})
