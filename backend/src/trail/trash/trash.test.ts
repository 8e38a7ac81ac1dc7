import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { openDatabase } from '../../database/db.ts'
import { keepHouse } from '../../process/housekeeping.ts'
import { refused, start } from '../../../test/harness.ts'

const world = await start()

/** Lets what is in the trash have been there for longer. */
const age = async (id: string, days: number) => {
  await world.pool.query('alter table tasks disable trigger tasks_updated')
  await world.pool.query('update tasks set deleted_at = now() - make_interval(days => $2) where id = $1', [
    id,
    days,
  ])
  await world.pool.query('alter table tasks enable trigger tasks_updated')
}

describe('A deleted task', () => {
  it('is in the trash of those who may restore it, with who deleted it and when it will be gone', async () => {
    const { editor, viewer, outsider, project } = await world.team({ key: 'TRA' })
    const { body: task } = await editor.post(`projects/${project.id}/tasks`, { title: 'Gone' })
    assert.equal((await editor.delete(`tasks/${task.id}`)).status, 204)
    refused(await editor.get(`tasks/${task.id}`), 404, 'not_found')
    const { body: trash } = await editor.get('trash?total=true')
    assert.equal(trash.total, 1)
    const { deleted_at, purge_at, ...item } = trash.items[0]
    assert.deepEqual(item, {
      id: task.id,
      type: 'task',
      ref: 'TRA-1',
      title: 'Gone',
      project_id: project.id,
      deleted_by: editor.id,
    })
    assert.equal(Date.parse(purge_at) - Date.parse(deleted_at), 30 * 86_400_000)
    for (const other of [viewer, outsider]) assert.deepEqual((await other.get('trash')).body.items, [])
  })

  it('comes back as it was, and its number was not given to another', async () => {
    const { editor, project } = await world.team()
    const { body: task } = await editor.post(`projects/${project.id}/tasks`, {
      title: 'Back',
      priority: 'high',
    })
    await editor.delete(`tasks/${task.id}`)
    const { body: next } = await editor.post(`projects/${project.id}/tasks`, { title: 'Next' })
    assert.equal(next.number, 2)
    const restored = await editor.post(`tasks/${task.id}/restore`)
    assert.equal(restored.status, 200)
    assert.deepEqual(restored.body, { ...task, version: 3, updated_at: restored.body.updated_at })
    assert.deepEqual((await editor.get('trash')).body.items, [])
  })

  it('is restored by editors only, and not into an archived project', async () => {
    const { owner, editor, viewer, outsider, project } = await world.team()
    const { body: task } = await editor.post(`projects/${project.id}/tasks`, { title: 'Held' })
    refused(await editor.post(`tasks/${task.id}/restore`), 404, 'not_found')
    await editor.delete(`tasks/${task.id}`)
    refused(await outsider.post(`tasks/${task.id}/restore`), 404, 'not_found')
    refused(await viewer.post(`tasks/${task.id}/restore`), 403, 'forbidden')
    await owner.patch(`projects/${project.id}`, { archived: true })
    refused(await editor.post(`tasks/${task.id}/restore`), 409, 'project_archived')
  })
})

describe('A deleted project', () => {
  it('takes its tasks with it and brings them back', async () => {
    const { owner, editor, project } = await world.team()
    const { body: task } = await owner.post(`projects/${project.id}/tasks`, { title: 'Inside' })
    await owner.delete(`projects/${project.id}`)
    refused(await owner.get(`tasks/${task.id}`), 404, 'not_found')
    assert.deepEqual(
      (await owner.get('trash')).body.items.map((item: { id: string }) => item.id),
      [project.id],
    )
    refused(await editor.post(`projects/${project.id}/restore`), 404, 'not_found')
    const restored = await owner.post(`projects/${project.key}/restore`)
    assert.equal(restored.status, 200)
    assert.equal(restored.body.task_counts.todo, 1)
    assert.deepEqual((await owner.get(`tasks/${task.id}`)).body, task)
  })

  it('keeps its key', async () => {
    const { owner } = await world.team({ key: 'KEPT' })
    await owner.delete('projects/KEPT')
    refused(await owner.post('projects', { name: 'Again', key: 'KEPT' }), 409, 'key_taken')
  })
})

describe('Purging', () => {
  it('is for administrators, and leaves nothing of what it destroys', async () => {
    const { owner, admin, project } = await world.team()
    const { body: task } = await owner.post(`projects/${project.id}/tasks`, { title: 'Xylophone secret' })
    const { body: other } = await owner.post('projects', { name: 'Where a task was before' })
    const { body: moved } = await owner.post(`projects/${other.id}/tasks`, { title: 'Xylophone elsewhere' })
    await owner.patch(`tasks/${moved.id}`, { project_id: project.id })
    await owner.delete(`projects/${project.id}`)
    refused(await owner.delete(`/api/v1/trash/${project.id}`), 403, 'forbidden')
    assert.equal((await admin.delete(`trash/${project.id}`)).status, 204)
    refused(await admin.delete(`trash/${project.id}`), 404, 'not_found')
    refused(await owner.post(`projects/${project.id}/restore`), 404, 'not_found')
    for (const table of ['tasks', 'projects', 'project_members', 'task_counts', 'task_numbers']) {
      const { rows } = await world.pool.query(`select from ${table} t where to_jsonb(t)::text like $1`, [
        `%${project.id}%`,
      ])
      assert.equal(rows.length, 0, table)
    }
    for (const table of ['events', 'pending_events']) {
      const { rows } = await world.pool.query(
        `select from ${table} t where to_jsonb(t)::text like '%Xylophone%'`,
      )
      assert.equal(rows.length, 0, `${table} still knows ${task.title}`)
    }
  })

  it('happens by itself when the time is over, and not before', async () => {
    const { owner, project } = await world.team()
    const tasks = await Promise.all(
      ['Old', 'Young'].map((title) => owner.post(`projects/${project.id}/tasks`, { title })),
    )
    const [old, young] = tasks.map(({ body }) => body.id)
    for (const id of [old, young]) await owner.delete(`tasks/${id}`)
    await age(old, 31)
    const db = openDatabase({ url: world.url, size: 4, prepared: true })
    await Promise.all([keepHouse(db, world.config), keepHouse(db, world.config)])
    await db.close()
    assert.deepEqual(
      (await owner.get('trash')).body.items.map((item: { id: string }) => item.id),
      [young],
    )
  })

  it('leaves what came back, or was deleted anew, after it was found to be old', async () => {
    const { owner, project } = await world.team()
    const { body: task } = await owner.post(`projects/${project.id}/tasks`, { title: 'Back again' })
    await owner.delete(`tasks/${task.id}`)
    await age(task.id, 31)
    const db = openDatabase({ url: world.url, size: 4, prepared: true })
    const lock = await world.pool.connect()
    await lock.query('begin')
    await lock.query('select from tasks where id = $1 for update', [task.id])
    const keeping = keepHouse(db, world.config)
    await world.blocked()
    await lock.query('select record_as(null, gen_random_uuid())')
    await lock.query('update tasks set deleted_at = now() where id = $1', [task.id])
    await lock.query('commit')
    lock.release()
    await keeping
    await db.close()
    assert.equal((await owner.post(`tasks/${task.id}/restore`)).status, 200)
  })
})
