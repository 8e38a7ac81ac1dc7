// What becomes of subtasks when the task that they hang on is deleted, restored, moved or purged, and when that is undone.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { refused, start, type Actor, type Answer } from '../../test/harness.ts'
import { Replica } from '../../test/replica.ts'

const world = await start()

interface Task {
  id: string
  ref: string
  number: number
  parent_id: string | null
}

/** A project with `a` ⊃ `b` ⊃ `c`, `a` ⊃ `d`, and `e` apart; and another one of the same people. */
async function grow() {
  const team = await world.team()
  const { owner, editor, project } = team
  const { body: there } = await owner.post('projects', { name: 'There' })
  await owner.post(`projects/${there.id}/members`, { user_id: editor.id, role: 'editor' })
  const tasks: Record<string, Task> = {}
  const add = async (title: string, parent?: string, more: object = {}) => {
    const body = { title, ...(parent && { parent_id: tasks[parent]!.id }), ...more }
    const answer = await editor.post(`projects/${project.id}/tasks`, body)
    assert.equal(answer.status, 201, JSON.stringify(answer.body))
    tasks[title] = answer.body
    return answer
  }
  for (const [title, parent] of [['a'], ['b', 'a'], ['c', 'b'], ['d', 'a'], ['e']] as const)
    await add(title, parent)
  const path = (title: string) => `tasks/${tasks[title]!.id}`
  return {
    ...team,
    there: there as { id: string; key: string },
    add,
    id: (title: string) => tasks[title]!.id,
    read: async (title: string): Promise<Task> => (await editor.get(path(title))).body,
    drop: (title: string) => editor.delete(path(title)),
    restore: (title: string) => editor.post(`${path(title)}/restore`),
    patch: (title: string, body: object) => editor.patch(path(title), body),
    undo: ({ headers }: Answer) => editor.post(`operations/${headers.get('operation-id')}/undo`),
    /** Each task of a project with what it hangs on: `b<a`. */
    trees: async ({ id }: { id: string } = project) => {
      const { body } = await owner.get(`projects/${id}/tasks?limit=200&sort=created`)
      const names = new Map<string, string>(body.items.map((task: any) => [task.id, task.title]))
      return body.items
        .map(({ title, parent_id }: any) => (parent_id ? `${title}<${names.get(parent_id)}` : title))
        .join(' ')
    },
  }
}

const eventsOf = async (actor: Actor, project: { id: string }, { headers }: Answer): Promise<string[]> => {
  const { body } = await actor.get(`projects/${project.id}/history?limit=50`)
  return body.items
    .filter(({ operation_id }: any) => operation_id === headers.get('operation-id'))
    .map(({ kind, title }: any) => `${kind} ${title}`)
    .sort()
}

describe('A task that is deleted', () => {
  it('takes its subtasks along, each with an event, in one operation', async () => {
    const { viewer, project, drop, trees, read } = await grow()
    const gone = await drop('a')
    assert.equal(gone.status, 204)
    assert.equal(await trees(), 'e')
    refused({ ...gone, status: 404, body: await read('c') }, 404, 'not_found')
    const kinds = ['a', 'b', 'c', 'd'].map((title) => `task.deleted ${title}`)
    assert.deepEqual(await eventsOf(viewer, project, gone), kinds)
  })

  it('comes back with those that went along, and without those that were deleted before', async () => {
    const { drop, restore, trees } = await grow()
    await drop('d')
    await drop('a')
    assert.equal((await restore('a')).status, 200)
    assert.equal(await trees(), 'a b<a c<b e')
    assert.equal((await restore('d')).status, 200)
    assert.equal(await trees(), 'a b<a c<b d<a e')
    await drop('b')
    await drop('a')
    await restore('a')
    assert.equal(await trees(), 'a d<a e')
    await restore('b')
    assert.equal(await trees(), 'a b<a c<b d<a e')
  })

  it('keeps what was deleted within the same millisecond apart', async () => {
    const { drop, restore, trees, id } = await grow()
    await drop('d')
    await world.pool.query(
      `update tasks set deleted_at = now() + interval '1 hour' where id = $1 and record_as(null, gen_random_uuid())`,
      [id('d')],
    )
    await drop('a')
    await restore('a')
    assert.equal(await trees(), 'a b<a c<b e')
  })

  it('lets a subtask come back alone, which then hangs on nothing', async () => {
    const { drop, restore, trees } = await grow()
    await drop('a')
    const { body } = await restore('b')
    assert.equal(body.parent_id, null)
    assert.equal(await trees(), 'b c<b e')
    await restore('a')
    assert.equal(await trees(), 'a b c<b d<a e')
  })

  it('is deleted with its subtasks only as If-Match allows, or not at all', async () => {
    const { editor, id, trees } = await grow()
    const answer = await editor.delete(`tasks/${id('a')}`, { 'if-match': '"7"' })
    refused(answer, 412, 'precondition_failed')
    assert.equal(await trees(), 'a b<a c<b d<a e')
  })

  it('comes back by undo with all of them, and goes by undo of that', async () => {
    const { drop, restore, undo, trees } = await grow()
    const undone = await undo(await drop('a'))
    assert.equal(undone.status, 200, JSON.stringify(undone.body))
    assert.equal(await trees(), 'a b<a c<b d<a e')
    assert.equal((await undo(undone)).status, 200)
    assert.equal(await trees(), 'e')
    const restored = await restore('a')
    assert.equal(await trees(), 'a b<a c<b d<a e')
    await undo(restored)
    assert.equal(await trees(), 'e')
  })

  it('takes its subtasks along when it is purged, and the trail forgets them', async () => {
    const { admin, drop, id, trees, restore } = await grow()
    await drop('d')
    await drop('a')
    assert.equal((await admin.delete(`trash/${id('a')}`)).status, 204)
    for (const title of ['a', 'b', 'c', 'd']) {
      refused(await restore(title), 404, 'not_found')
      const { rows } = await world.pool
        .query(
          `select number_events(); select kind, before, after, title from events where resource_id = '${id(title)}' order by seq`,
        )
        .then((results: any) => results[1])
      assert.equal(rows.at(-1).kind, 'task.removed')
      for (const row of rows) assert.deepEqual([row.before, row.after, row.title], [{}, {}, null])
    }
    assert.equal(await trees(), 'e')
  })
})

describe('A task that moves', () => {
  it('takes its subtasks along, with new numbers, in one operation that undo takes back', async () => {
    const { editor, project, there, patch, trees, undo, read } = await grow()
    await editor.post(`projects/${there.id}/tasks`, { title: 'x' })
    const before = await Promise.all(['a', 'b', 'c', 'd'].map(read))
    const moved = await patch('a', { project_id: there.id, title: 'A' })
    assert.equal(moved.status, 200, JSON.stringify(moved.body))
    assert.equal(moved.body.ref, `${there.key}-2`)
    assert.equal(await trees(there), 'A b<A c<b d<A x')
    assert.equal(await trees(), 'e')
    const refs = await Promise.all(['a', 'b', 'd', 'c'].map(async (title) => (await read(title)).number))
    assert.deepEqual(refs, [2, 3, 4, 5])
    assert.equal((await editor.post(`projects/${there.id}/tasks`, { title: 'y' })).body.number, 6)
    assert.deepEqual(
      await eventsOf(editor, there, moved),
      ['A', 'b', 'c', 'd'].map((title) => `task.updated ${title}`),
    )
    assert.equal((await undo(moved)).status, 200)
    assert.equal(await trees(), 'a b<a c<b d<a e')
    const after = await Promise.all(['a', 'b', 'c', 'd'].map(read))
    const names = (list: Task[]) => list.map(({ ref, parent_id }) => [ref, parent_id])
    assert.deepEqual(names(after), names(before))
    assert.equal(project.id, (after[0] as any).project_id)
  })

  it('leaves what it hung on, and can be hung on another one there', async () => {
    const { editor, there, patch, trees, undo } = await grow()
    const { body: x } = await editor.post(`projects/${there.id}/tasks`, { title: 'x' })
    const moved = await patch('b', { project_id: there.id })
    assert.equal(moved.body.parent_id, null)
    assert.equal(await trees(), 'a d<a e')
    assert.equal(await trees(there), 'b c<b x')
    assert.equal((await undo(moved)).status, 200)
    assert.equal(await trees(), 'a b<a c<b d<a e')
    assert.equal((await patch('b', { project_id: there.id, parent_id: x.ref })).body.parent_id, x.id)
    assert.equal(await trees(there), 'b<x c<b x')
    refused(await patch('a', { project_id: there.id, parent_id: 'NONE-1' }), 422, 'no_such_task')
    assert.equal(await trees(), 'a d<a e')
  })

  it('leaves subtasks that are in the trash behind, which come back there', async () => {
    const { there, patch, drop, restore, trees, undo } = await grow()
    await drop('b')
    const moved = await patch('a', { project_id: there.id })
    assert.equal(await trees(there), 'a d<a')
    assert.equal((await undo(moved)).status, 200)
    await patch('a', { project_id: there.id })
    assert.equal((await restore('b')).body.parent_id, null)
    assert.equal(await trees(), 'b c<b e')
  })

  it('takes no subtask along whose assignee does not belong there', async () => {
    const { viewer, there, add, patch, trees } = await grow()
    await add('f', 'c', { assignee_ids: [viewer.id] })
    const answer = await patch('a', { project_id: there.id })
    refused(answer, 422, 'not_a_member')
    assert.equal(answer.body.errors[0].pointer, '/project_id')
    assert.equal(await trees(), 'a b<a c<b d<a e f<c')
    await patch('f', { assignee_ids: [] })
    assert.equal((await patch('a', { project_id: there.id })).status, 200)
  })
})

describe('Undo', () => {
  it('does not take a task away from subtasks that were added since', async () => {
    const { add, there, patch, drop, undo, trees, restore, id } = await grow()
    const made = await add('x')
    await add('y', 'x')
    const conflict = await undo(made)
    refused(conflict, 409, 'undo_conflict')
    assert.equal(conflict.body.conflicts.length, 1)
    await drop('e')
    const restored = await restore('e')
    await add('z', 'e')
    refused(await undo(restored), 409, 'undo_conflict')
    const moved = await patch('a', { project_id: there.id })
    await patch('e', { project_id: there.id })
    await patch('e', { parent_id: id('a') })
    refused(await undo(moved), 409, 'undo_conflict')
    assert.equal(await trees(there), 'a b<a c<b d<a e<a z<e')
  })

  it('makes no circle, and goes not too deep', async () => {
    const { patch, undo, id, add, trees } = await grow()
    const off = await patch('b', { parent_id: null })
    assert.equal((await patch('a', { parent_id: id('c') })).status, 200)
    refused(await undo(off), 409, 'parent_cycle')
    await patch('a', { parent_id: null })
    for (const [title, parent] of [
      ['f', 'c'],
      ['g', 'f'],
      ['h', 'g'],
      ['i', 'h'],
      ['j', 'i'],
      ['k', 'j'],
      ['l', 'k'],
    ])
      await add(title!, parent)
    refused(await undo(off), 409, 'too_deep')
    assert.equal(await trees(), 'a b c<b d<a e f<c g<f h<g i<h j<i k<j l<k')
  })

  it('brings no subtask back to a task that is in the trash, or gone', async () => {
    const { admin, patch, drop, undo, id, trees } = await grow()
    const gone = await drop('d')
    const off = await patch('b', { parent_id: null })
    await drop('a')
    refused(await undo(gone), 422, 'no_such_task')
    refused(await undo(off), 422, 'no_such_task')
    await admin.delete(`trash/${id('a')}`)
    refused(await undo(off), 422, 'no_such_task')
    assert.equal(await trees(), 'b c<b e')
  })
})

describe('A copy that follows the feed', () => {
  it('has the trees that a fresh read answers, after each of all that', async () => {
    const { viewer, there, owner, patch, drop, restore, undo, id, add } = await grow()
    await owner.post(`projects/${there.id}/members`, { user_id: viewer.id })
    const copy = new Replica(viewer)
    const check = async (answer?: Promise<Answer>) => {
      assert((await answer)?.status !== 500)
      await copy.drain()
      const { body } = await viewer.get('tasks?limit=200')
      const kept = Object.values(copy.state()).filter((resource: any) => resource.ref !== undefined)
      const byId = (list: any[]) => list.toSorted((x, y) => (x.id < y.id ? -1 : 1))
      assert.deepEqual(byId(kept), byId(body.items))
    }
    await check()
    await check(drop('a'))
    await check(restore('c'))
    await check(restore('a'))
    await check(patch('c', { parent_id: id('b') }))
    const moved = patch('a', { project_id: there.id })
    await check(moved)
    await check(undo(await moved))
    await check(patch('b', { project_id: there.id, parent_id: null }))
    await check(add('x', 'a'))
    await check(owner.delete(`trash/${id('a')}`))
  })
})
