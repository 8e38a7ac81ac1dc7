// The sets of a task: labels and assignees, as a whole and one element at a time.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { v7 as uuid } from 'uuid'
import { refused, start, type Actor, type Answer } from '../../test/harness.ts'
import { collide } from '../../test/races.ts'

const world = await start()

const undo = async (actor: Actor, answer: Answer) =>
  actor.post(`operations/${answer.headers.get('operation-id')}/undo`)

/** A project with three labels, and what its people do in it. */
async function labelled() {
  const people = await world.team()
  const { editor, project } = people
  const label = async (name: string, of = project, by: Actor = editor): Promise<string> =>
    (await by.post(`projects/${of.id}/labels`, { name })).body.id
  const [a, b, c] = [await label('A'), await label('B'), await label('C')]
  const add = async (more: object = {}) =>
    (await editor.post(`projects/${project.id}/tasks`, { title: 'Task', ...more })).body
  const labels = async (task: { id: string }) => (await editor.get(`tasks/${task.id}`)).body.label_ids
  return { ...people, label, a, b, c, add, labels }
}

describe('The labels of a task', () => {
  it('are sent as a whole, when it is made and later', async () => {
    const { editor, project, a, b, add } = await labelled()
    const task = await add({ label_ids: [a, b] })
    assert.deepEqual(task.label_ids, [a, b])
    assert.deepEqual((await add()).label_ids, [])
    const { body } = await editor.patch(`tasks/${task.id}`, { label_ids: [b] })
    assert.deepEqual([body.label_ids, body.version], [[b], 2])
    const twice = await editor.post(`projects/${project.id}/tasks`, {
      title: 'x',
      label_ids: [a, a.toUpperCase()],
    })
    refused(twice, 400, 'invalid')
  })

  it('are labels of its project that are not in the trash, and tell nothing of others', async () => {
    const { owner, editor, project, a, add, label } = await labelled()
    const task = await add()
    const { body: hidden } = await owner.post('projects', { name: 'Hidden' })
    const foreign = await label('Foreign', hidden, owner)
    const gone = await label('Gone')
    await editor.delete(`labels/${gone}`)
    for (const id of [foreign, gone, uuid()]) {
      for (const answer of [
        await editor.post(`projects/${project.id}/tasks`, { title: 'x', label_ids: [a, id] }),
        await editor.patch(`tasks/${task.id}`, { label_ids: [id, a] }),
      ]) {
        refused(answer, 422, 'no_such_label')
        assert.equal(answer.body.errors[0].pointer, '/label_ids')
      }
      const put = await editor.put(`tasks/${task.id}/labels/${id}`)
      refused(put, 422, 'no_such_label')
      assert.equal(put.body.errors[0].pointer, '/path/label_id')
    }
    assert.equal((await editor.get(`tasks/${task.id}`)).body.version, 1)
  })

  it('have names in the history', async () => {
    const { viewer, editor, a, b, add } = await labelled()
    const task = await add({ label_ids: [a] })
    await editor.put(`tasks/${task.ref}/labels/${b}`)
    const { body } = await viewer.get(`tasks/${task.id}/history`)
    const names = (labels: { name: string }[]) => labels.map(({ name }) => name)
    const { from, to } = body.items[0].changes.label_ids
    assert.deepEqual([names(from), names(to)], [['A'], ['A', 'B']])
  })

  it('are found: any of several, or none', async () => {
    const { viewer, project, a, b, c, add } = await labelled()
    const [onA, onB, bare] = [await add({ label_ids: [a, c] }), await add({ label_ids: [b] }), await add()]
    const found = async (filter: string) => {
      const { status, body } = await viewer.get(`${filter}&total=true`)
      assert.equal(status, 200, JSON.stringify(body))
      assert.equal(body.total, body.items.length)
      return body.items.map(({ id }: { id: string }) => id)
    }
    assert.deepEqual(await found(`tasks?label=${a}`), [onA.id])
    assert.deepEqual(await found(`projects/${project.id}/tasks?label=${b.toUpperCase()},${a}`), [
      onA.id,
      onB.id,
    ])
    assert.deepEqual(await found(`tasks?label=none`), [bare.id])
    assert.deepEqual(await found(`tasks?label=none,${b}&sort=-created`), [bare.id, onB.id])
    assert.deepEqual(await found(`tasks?label=${a},${b}&sort=-due&assignee=none`), [onB.id, onA.id])
    assert.deepEqual(await found(`tasks?label=${uuid()}`), [])
    refused(await viewer.get('tasks?label=urgent'), 400, 'invalid')
  })
})

describe('One label or assignee', () => {
  it('is put on a task and taken off, and once is enough', async () => {
    const { editor, viewer, a, b, add, labels } = await labelled()
    const task = await add({ label_ids: [b] })
    for (const [path, field, id] of [
      [`tasks/${task.ref}/labels/${a}`, 'label_ids', a],
      [`tasks/${task.id}/assignees/${viewer.id}`, 'assignee_ids', viewer.id],
    ] as const) {
      const put = await editor.put(path)
      assert.equal(put.status, 200)
      assert.deepEqual(put.body[field].at(-1), id)
      assert.match(put.headers.get('etag')!, new RegExp(`^"${put.body.version}-`))
      assert.deepEqual((await editor.put(path)).body, put.body)
      assert.equal((await editor.delete(path)).status, 204)
      assert.equal((await editor.delete(path)).status, 204)
    }
    const { body } = await editor.get(`tasks/${task.id}`)
    assert.deepEqual([body.label_ids, body.assignee_ids, body.version], [[b], [], 5])
    assert.deepEqual(await labels(task), [b])
  })

  it('does not collide with another that is added meanwhile', async () => {
    const { owner, editor, viewer, a, b, add, labels } = await labelled()
    const task = await add()
    const lock = { text: 'select from tasks where id = $1 for update', values: [task.id] }
    const answers = await collide(world, lock, [
      () => editor.put(`tasks/${task.id}/labels/${a}`),
      () => owner.put(`tasks/${task.id}/labels/${b}`),
      () => owner.put(`tasks/${task.id}/assignees/${viewer.id}`),
    ])
    assert.deepEqual(
      answers.map(({ status }) => status),
      [200, 200, 200],
    )
    assert.deepEqual((await labels(task)).sort(), [a, b].sort())
  })

  it('is in the way of a whole set that was made from an older version, and of If-Match', async () => {
    const { owner, editor, a, b, c, add } = await labelled()
    const task = await add({ label_ids: [a] })
    await owner.put(`tasks/${task.id}/labels/${b}`)
    const whole = await editor.patch(`tasks/${task.id}?base_version=1`, { label_ids: [a, c] })
    refused(whole, 409, 'version_conflict')
    assert.deepEqual(whole.body.conflicts.label_ids, { base: [a], current: [a, b], yours: [a, c] })
    const stale = { 'if-match': `"1-${task.ref}"` }
    refused(await editor.put(`tasks/${task.id}/labels/${c}`, undefined, stale), 412, 'precondition_failed')
    refused(await editor.delete(`tasks/${task.id}/labels/${a}`, stale), 412, 'precondition_failed')
    assert.equal((await editor.patch(`tasks/${task.id}?base_version=1`, { title: 'Other' })).status, 200)
  })

  it('is refused where the project is archived, and to whom a whole set is', async () => {
    const { owner, editor, viewer, outsider, project, a, add } = await labelled()
    const task = await add({ label_ids: [a], assignee_ids: [editor.id] })
    const one = `tasks/${task.id}/labels/${a}`
    const put = await editor.put(`tasks/${task.id}/assignees/${outsider.id}`)
    refused(put, 422, 'not_a_member')
    assert.equal(put.body.errors[0].pointer, '/path/user_id')
    refused(await viewer.put(one), 403, 'forbidden')
    refused(await outsider.delete(one), 404, 'not_found')
    refused(await editor.put(`${one}?base_version=1`), 400, 'invalid')
    await owner.patch(`projects/${project.id}`, { archived: true })
    refused(await editor.put(one), 409, 'project_archived')
    refused(await editor.delete(`tasks/${task.id}/assignees/${editor.id}`), 409, 'project_archived')
    assert.equal((await editor.get(`tasks/${task.id}`)).body.version, 1)
  })

  it('is one of 50 at most', async () => {
    const { editor, project, a, add } = await labelled()
    const task = await add()
    await world.pool.query(
      `with made as (insert into labels (id, project_id, name, created_by)
         select gen_random_uuid(), $1, 'L' || n, $2 from generate_series(1, 50) n where record_as($2, $3) returning id)
       select from made`,
      [project.id, editor.id, uuid()],
    )
    const { body } = await editor.get(`projects/${project.id}/labels?q=L&limit=200`)
    const ids = body.items.map(({ id }: { id: string }) => id)
    assert.equal((await editor.patch(`tasks/${task.id}`, { label_ids: ids })).status, 200)
    assert.equal((await editor.put(`tasks/${task.id}/labels/${ids[0]}`)).status, 200)
    refused(await editor.put(`tasks/${task.id}/labels/${a}`), 409, 'limit_reached')
  })
})

describe('Undoing what was done to a set', () => {
  it('takes away what was added and puts back what was taken, and leaves the rest', async () => {
    const { owner, editor, viewer, a, b, c, add, labels } = await labelled()
    const task = await add({ label_ids: [c] })
    const added = await editor.put(`tasks/${task.id}/labels/${a}`)
    await owner.put(`tasks/${task.id}/labels/${b}`)
    assert.equal((await undo(editor, added)).status, 200)
    assert.deepEqual(await labels(task), [c, b])
    const taken = await editor.delete(`tasks/${task.id}/labels/${c}`)
    await owner.put(`tasks/${task.id}/labels/${a}`)
    const undone = await undo(editor, taken)
    assert.deepEqual(await labels(task), [b, a, c])
    assert.equal((await undo(editor, undone)).status, 200)
    assert.deepEqual(await labels(task), [b, a])
    const whole = await editor.patch(`tasks/${task.id}`, { label_ids: [c], assignee_ids: [editor.id] })
    await owner.put(`tasks/${task.id}/assignees/${viewer.id}`)
    assert.equal((await undo(editor, whole)).status, 200)
    const { body } = await editor.get(`tasks/${task.id}`)
    assert.deepEqual([body.label_ids, body.assignee_ids], [[b, a], [viewer.id]])
  })

  it('is refused when the same element was changed since', async () => {
    const { owner, editor, a, b, add } = await labelled()
    const task = await add()
    const added = await editor.patch(`tasks/${task.id}`, { label_ids: [a, b] })
    const removed = await owner.delete(`tasks/${task.id}/labels/${a}`)
    const answer = await undo(editor, added)
    refused(answer, 409, 'undo_conflict')
    const [{ at: _, ...conflict }] = answer.body.conflicts
    assert.deepEqual(conflict, {
      type: 'task',
      id: task.id,
      fields: ['label_ids'],
      actor_id: owner.id,
      operation_id: removed.headers.get('operation-id'),
    })
  })

  it('does not put a label back that was deleted since', async () => {
    const { editor, a, add, labels } = await labelled()
    const task = await add({ label_ids: [a] })
    const removed = await editor.delete(`tasks/${task.id}/labels/${a}`)
    await editor.delete(`labels/${a}`)
    refused(await undo(editor, removed), 422, 'no_such_label')
    assert.deepEqual(await labels(task), [])
  })
})

describe('Deleting a label', () => {
  it('takes it off its tasks, also those in the trash, in the same operation; only undoing that puts it back', async () => {
    const { owner, editor, a, b, add, labels } = await labelled()
    const [task, trashed, bare] = [
      await add({ label_ids: [a, b] }),
      await add({ label_ids: [a] }),
      await add(),
    ]
    await editor.delete(`tasks/${trashed.id}`)
    const deleted = await editor.delete(`labels/${a}`)
    await editor.post(`tasks/${trashed.id}/restore`)
    assert.deepEqual([await labels(task), await labels(trashed)], [[b], []])
    assert.equal((await editor.get(`tasks/${bare.id}`)).body.version, 1)
    const { body: restored } = await editor.post(`labels/${a}/restore`)
    assert.deepEqual(await labels(task), [b])
    await editor.delete(`labels/${a}`, { 'if-match': `"${restored.version}"` })
    await owner.patch(`tasks/${task.id}`, { title: 'Changed since' })
    refused(await undo(editor, deleted), 409, 'undo_conflict')
    const [again] = [
      await editor.post(`labels/${a}/restore`),
      await editor.put(`tasks/${bare.id}/labels/${a}`),
    ]
    assert.equal(again.status, 200)
    const last = await editor.delete(`labels/${a}`)
    assert.equal((await undo(editor, last)).status, 200)
    assert.deepEqual(await labels(bare), [a])
  })

  it('takes it also off a task that is just getting it', async () => {
    for (const first of ['label', 'delete'] as const) {
      const { owner, editor, project, a, add, labels } = await labelled()
      const task = await add()
      const calls = [() => editor.put(`tasks/${task.id}/labels/${a}`), () => owner.delete(`labels/${a}`)]
      const lock =
        first === 'label'
          ? { text: 'select from tasks where id = $1 for update', values: [task.id] }
          : { text: 'select from labels where id = $1 for update', values: [a] }
      const answers = await collide(world, lock, first === 'label' ? calls : calls.toReversed())
      const [put, deleted] = first === 'label' ? answers : answers.toReversed()
      assert.equal(deleted!.status, 204)
      if (first === 'label') assert.equal(put!.status, 200)
      else refused(put!, 422, 'no_such_label')
      assert.deepEqual(await labels(task), [], `${first} first in ${project.id}`)
    }
  })

  it('by undoing that it was made takes it off its tasks too', async () => {
    const { editor, project, add, labels } = await labelled()
    const made = await editor.post(`projects/${project.id}/labels`, { name: 'New' })
    const task = await add({ label_ids: [made.body.id] })
    assert.equal((await undo(editor, made)).status, 200)
    assert.deepEqual(await labels(task), [])
  })

  it('is refused while it is on more than 2,000 tasks', async () => {
    const { editor, project, a } = await labelled()
    const client = await world.pool.connect()
    await client.query('begin')
    await client.query('set local session_replication_role = replica')
    await client.query(
      `insert into tasks (id, project_id, number, title, position, status, category, created_by, label_ids)
       select gen_random_uuid(), $1, 100 + n, 'x', n, 'todo', 'todo', $2, array[$3::uuid] from generate_series(1, 2001) n`,
      [project.id, editor.id, a],
    )
    await client.query('commit')
    const remove = async (number: string) => {
      await client.query('begin')
      await client.query('set local session_replication_role = replica')
      await client.query(`delete from tasks where project_id = $1 and number ${number}`, [project.id])
      await client.query('commit')
    }
    refused(await editor.delete(`labels/${a}`), 409, 'limit_reached')
    await remove('= 101')
    assert.equal((await editor.delete(`labels/${a}`)).status, 204)
    await remove('> 100')
    await client.query('delete from task_updates where project_id = $1', [project.id])
    client.release()
  })
})

describe('Moving a task', () => {
  it('keeps the labels that the other project has under the same name, and says so in one event', async () => {
    const { owner, editor, project, a, b, c, add, label, labels } = await labelled()
    const { body: there } = await owner.post('projects', { name: 'There' })
    await owner.post(`projects/${there.id}/members`, { user_id: editor.id, role: 'editor' })
    const [itsC, itsA] = [await label('c', there), await label('A', there)]
    const itsB = await label('B', there)
    await editor.delete(`labels/${itsB}`)
    const task = await add({ label_ids: [a, b, c] })
    const moved = await editor.patch(`tasks/${task.id}`, { project_id: there.id })
    assert.deepEqual([moved.body.label_ids, moved.body.version], [[itsA, itsC], 2])
    const { body: history } = await editor.get(`tasks/${task.id}/history`)
    assert.equal(history.items[0].changes.label_ids.from.length, 3)
    assert.equal((await undo(editor, moved)).status, 200)
    assert.deepEqual(await labels(task), [a, b, c])
    const named = await editor.patch(`tasks/${task.id}`, { project_id: there.id, label_ids: [itsC] })
    assert.deepEqual(named.body.label_ids, [itsC])
    const foreign = await editor.patch(`tasks/${task.id}`, { project_id: project.id, label_ids: [itsC] })
    refused(foreign, 422, 'no_such_label')
    assert.equal((await editor.patch(`tasks/${task.id}`, { project_id: project.id })).body.label_ids[0], c)
  })
})
