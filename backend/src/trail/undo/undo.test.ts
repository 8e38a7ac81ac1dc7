import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { refused, start, type Actor, type Answer } from '../../../test/harness.ts'
import { collide } from '../../../test/races.ts'

const world = await start()
const operation = (answer: Answer): string => {
  assert(answer.status < 300, JSON.stringify(answer.body))
  return answer.headers.get('operation-id')!
}
const undo = (actor: Actor, answer: Answer) => actor.post(`operations/${operation(answer)}/undo`)

describe('Undoing', () => {
  it('puts the changed fields back and keeps what others changed since', async () => {
    const { owner, editor, project } = await world.team()
    const { body: task } = await editor.post(`projects/${project.id}/tasks`, {
      title: 'Before',
      due_on: '2026-12-24',
    })
    const change = await editor.patch(`tasks/${task.id}`, { title: 'After', status: 'done', due_on: null })
    await owner.patch(`tasks/${task.id}`, { description: 'By somebody else' })
    const undone = await undo(editor, change)
    assert.equal(undone.status, 200)
    assert.deepEqual(undone.body.changes[0].fields.sort(), [
      'category',
      'completed_at',
      'due_on',
      'status',
      'title',
    ])
    const { body: now } = await editor.get(`tasks/${task.id}`)
    const { updated_at } = now
    assert.deepEqual(now, { ...task, description: 'By somebody else', version: 4, updated_at })
  })

  it('names every later change that is in the way, and then changes nothing', async () => {
    const { owner, editor, project } = await world.team()
    const { body: task } = await editor.post(`projects/${project.id}/tasks`, { title: 'First' })
    const change = await editor.patch(`tasks/${task.id}`, { title: 'Second', status: 'done' })
    const later = await owner.patch(`tasks/${task.id}`, { title: 'Third' })
    const answer = await undo(editor, change)
    refused(answer, 409, 'undo_conflict')
    const [{ at: _, ...conflict }] = answer.body.conflicts
    assert.deepEqual(conflict, {
      type: 'task',
      id: task.id,
      fields: ['title'],
      actor_id: owner.id,
      operation_id: operation(later),
    })
    assert.deepEqual((await editor.get(`tasks/${task.id}`)).body, later.body)
  })

  it('moves a created task to the trash, unless somebody has worked on it since', async () => {
    const { owner, editor, project } = await world.team()
    const fresh = await editor.post(`projects/${project.id}/tasks`, { title: 'Fresh' })
    assert.equal((await undo(editor, fresh)).status, 200)
    refused(await editor.get(`tasks/${fresh.body.id}`), 404, 'not_found')
    const touched = await editor.post(`projects/${project.id}/tasks`, { title: 'Touched' })
    await owner.patch(`tasks/${touched.body.id}`, { title: 'Touched since' })
    refused(await undo(editor, touched), 409, 'undo_conflict')
  })

  it('can itself be undone', async () => {
    const { editor, project } = await world.team()
    const { body: task } = await editor.post(`projects/${project.id}/tasks`, { title: 'One' })
    const change = await editor.patch(`tasks/${task.id}`, { title: 'Two' })
    const undone = await undo(editor, change)
    assert.equal((await editor.get(`tasks/${task.id}`)).body.title, 'One')
    assert.equal((await undo(editor, undone)).status, 200)
    assert.equal((await editor.get(`tasks/${task.id}`)).body.title, 'Two')
  })

  it('takes a task back to the project and the number it came from', async () => {
    const { owner, project } = await world.team()
    const { body: other } = await owner.post('projects', { name: 'Other' })
    const { body: task } = await owner.post(`projects/${project.id}/tasks`, { title: 'Wanderer' })
    const moved = await owner.patch(`tasks/${task.id}`, { project_id: other.id, title: 'Arrived' })
    assert.equal((await undo(owner, moved)).status, 200)
    const { body: back } = await owner.get(`tasks/${task.ref}`)
    assert.deepEqual(back, { ...task, version: 3, updated_at: back.updated_at })
  })

  it('brings a removed member back with their role and their tasks', async () => {
    const { owner, editor, project } = await world.team()
    const { body: task } = await owner.post(`projects/${project.id}/tasks`, {
      title: 'Theirs',
      assignee_ids: [editor.id],
    })
    const removed = await owner.delete(`projects/${project.id}/members/${editor.id}`)
    assert.deepEqual((await owner.get(`tasks/${task.id}`)).body.assignee_ids, [])
    assert.equal((await undo(owner, removed)).status, 200)
    assert.equal((await owner.get(`projects/${project.id}/members/${editor.id}`)).body.role, 'editor')
    assert.deepEqual((await owner.get(`tasks/${task.id}`)).body.assignee_ids, [editor.id])
  })

  it('of a removal leaves the member as they were, so that adding them can be undone as well', async () => {
    const { owner, outsider, project } = await world.team()
    const members = `projects/${project.id}/members`
    const added = await owner.post(members, { user_id: outsider.id, role: 'editor' })
    const removed = await owner.delete(`${members}/${outsider.id}`)
    assert.equal((await undo(owner, removed)).status, 200)
    const { created_at } = (await owner.get(`${members}/${outsider.id}`)).body
    assert.equal(created_at, added.body.created_at)
    assert.equal((await undo(owner, added)).status, 200)
    refused(await owner.get(`${members}/${outsider.id}`), 404, 'not_found')
  })

  it('of a new project trashes it, unless there are tasks in it', async () => {
    const { owner } = await world.team()
    const empty = await owner.post('projects', { name: 'Empty' })
    assert.equal((await undo(owner, empty)).status, 200)
    refused(await owner.get(`projects/${empty.body.id}`), 404, 'not_found')
    const used = await owner.post('projects', { name: 'Used' })
    const { body: task } = await owner.post(`projects/${used.body.id}/tasks`, { title: 'Work' })
    const answer = await undo(owner, used)
    refused(answer, 409, 'undo_conflict')
    assert.equal(answer.body.conflicts[0].id, task.id)
  })

  it('never leaves a project without an owner', async () => {
    const { owner, editor, project } = await world.team()
    const promoted = await owner.put(`projects/${project.id}/members/${editor.id}`, { role: 'owner' })
    assert.equal((await owner.delete(`projects/${project.id}/members/${owner.id}`)).status, 204)
    refused(await undo(editor, promoted), 409, 'last_owner')
  })

  it('needs the rights that doing the reverse by hand would need', async () => {
    const { owner, editor, viewer, outsider, project } = await world.team()
    const change = await owner.post(`projects/${project.id}/tasks`, { title: 'A task' })
    refused(await undo(outsider, change), 404, 'not_found')
    refused(await undo(viewer, change), 403, 'forbidden')
    const renamed = await owner.patch(`projects/${project.id}`, { name: 'Renamed' })
    refused(await undo(editor, renamed), 403, 'forbidden')
    refused(await owner.post(`operations/${randomUUID()}/undo`), 404, 'not_found')
  })

  it('asks for rights where the task is now, and tells nothing of it otherwise', async () => {
    const { owner, editor, project } = await world.team()
    const { body: hidden } = await owner.post('projects', { name: 'Hidden' })
    const { body: task } = await editor.post(`projects/${project.id}/tasks`, { title: 'First' })
    const change = await editor.patch(`tasks/${task.id}`, { title: 'Second' })
    await owner.patch(`tasks/${task.id}`, { project_id: hidden.id })
    refused(await undo(editor, change), 404, 'not_found')
    await owner.patch(`tasks/${task.id}`, { title: 'By the owner' })
    const answer = await undo(editor, change)
    refused(answer, 404, 'not_found')
    assert(!JSON.stringify(answer.body).includes(owner.id))
    assert.equal((await owner.get(`tasks/${task.id}`)).body.title, 'By the owner')
    await owner.post(`projects/${hidden.id}/members`, { user_id: editor.id, role: 'editor' })
    await owner.patch(`projects/${hidden.id}`, { archived: true })
    refused(await undo(editor, change), 409, 'project_archived')
  })

  it('follows a task that is moved to a hidden project while it waits, and then tells nothing', async () => {
    const { owner, editor, project } = await world.team()
    const { body: hidden } = await owner.post('projects', { name: 'Hidden' })
    const { body: task } = await editor.post(`projects/${project.id}/tasks`, { title: 'First' })
    const change = await editor.patch(`tasks/${task.id}`, { title: 'Second' })
    const [moved, undone] = await collide(
      world,
      { text: 'select from tasks where id = $1 for update', values: [task.id] },
      [() => owner.patch(`tasks/${task.id}`, { project_id: hidden.id }), () => undo(editor, change)],
    )
    assert.equal(moved!.status, 200)
    refused(undone!, 404, 'not_found')
    assert.equal((await owner.get(`tasks/${task.id}`)).body.title, 'Second')
  })

  it('names only those conflicts that happened where one can see', async () => {
    const { owner, editor, project } = await world.team()
    const { body: hidden } = await owner.post('projects', { name: 'Hidden' })
    const { body: task } = await editor.post(`projects/${project.id}/tasks`, { title: 'First' })
    const change = await editor.patch(`tasks/${task.id}`, { title: 'Second' })
    await owner.patch(`tasks/${task.id}`, { project_id: hidden.id })
    const elsewhere = await owner.patch(`tasks/${task.id}`, { title: 'Elsewhere' })
    await owner.patch(`tasks/${task.id}`, { project_id: project.id })
    const here = await owner.patch(`tasks/${task.id}`, { title: 'Here' })
    const answer = await undo(editor, change)
    refused(answer, 409, 'undo_conflict')
    assert.deepEqual(
      answer.body.conflicts.map((conflict: any) => conflict.operation_id),
      [operation(here)],
    )
    assert(!JSON.stringify(answer.body).includes(operation(elsewhere)))
  })

  it('does not leave a project to owners who cannot log in', async () => {
    const { owner, editor, admin, project } = await world.team()
    const promoted = await owner.put(`projects/${project.id}/members/${editor.id}`, { role: 'owner' })
    assert.equal((await admin.patch(`users/${owner.id}`, { disabled: true })).status, 200)
    refused(await undo(admin, promoted), 409, 'last_owner')
  })

  it('is refused for accounts and for what was purged', async () => {
    const { owner, admin, outsider, project } = await world.team()
    const renamed = await owner.patch('users/me', { name: 'Someone else' })
    refused(await undo(owner, renamed), 409, 'not_undoable')
    refused(await undo(outsider, renamed), 404, 'not_found')
    const { body: task } = await owner.post(`projects/${project.id}/tasks`, { title: 'Purged' })
    const deleted = await owner.delete(`tasks/${task.id}`)
    await admin.delete(`trash/${task.id}`)
    refused(await undo(owner, deleted), 409, 'not_undoable')
    await owner.delete(`projects/${project.id}`)
    const purged = await admin.delete(`trash/${project.id}`)
    refused(await undo(outsider, purged), 404, 'not_found')
    refused(await undo(admin, purged), 409, 'not_undoable')
  })

  it(
    'of a random sequence of operations, in reverse, gives every state back that there was',
    { timeout: 60_000 },
    async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 12 }), async (steps) => {
          const { owner, editor, viewer, project } = await world.team()
          const { body: other } = await owner.post('projects', { name: 'Other' })
          const projects = [project.id, other.id]
          const tasks: string[] = []
          const done: { answer: Answer; before: unknown }[] = []
          for (const one of steps) {
            const before = await stateOf(owner, projects)
            const answer = await perform(one, owner, [editor, viewer], projects, tasks)
            if (answer.status >= 300) continue
            if (one.act === 'create') tasks.push(answer.body.id)
            done.push({ answer, before })
          }
          for (const { answer, before } of done.toReversed()) {
            const undone = await owner.post(`operations/${operation(answer)}/undo`)
            // A change that changed nothing left nothing to undo.
            if (undone.status !== 404) assert.equal(undone.status, 200, JSON.stringify(undone.body))
            assert.deepEqual(await stateOf(owner, projects), before)
          }
        }),
        { numRuns: Number(process.env['RUNS'] ?? 12) },
      )
    },
  )
})

const step = fc.record({
  act: fc.constantFrom(
    'create',
    'change',
    'complete',
    'move',
    'delete',
    'restore',
    'assign',
    'rename',
    'rekey',
    'archive',
    'member',
    'remove',
    'add',
    'trash',
    'untrash',
  ),
  which: fc.nat(20),
  value: fc.nat(3),
})

function perform(
  { act, which, value }: { act: string; which: number; value: number },
  owner: Actor,
  people: Actor[],
  projects: string[],
  tasks: string[],
) {
  const task = `tasks/${tasks[which % (tasks.length || 1)] ?? randomUUID()}`
  const project = `projects/${projects[which % 2]}`
  const person = people[value % 2]!.id
  switch (act) {
    case 'create':
      return owner.post(`${project}/tasks`, { title: `Task ${value}`, status: ['todo', 'done'][value % 2] })
    case 'change':
      return owner.patch(task, {
        title: `Title ${value}`,
        due_on: [null, '2026-12-01'][value % 2],
        priority: 'high',
      })
    case 'complete':
      return owner.patch(task, { status: ['todo', 'in_progress', 'done', 'cancelled'][value] })
    case 'move':
      return owner.patch(task, { project_id: projects[value % 2], assignee_ids: [] })
    case 'delete':
      return owner.delete(task)
    case 'restore':
      return owner.post(`${task}/restore`)
    case 'assign':
      return owner.patch(task, { assignee_ids: value === 3 ? [] : [person] })
    case 'rename':
      return owner.patch(project, { name: `Name ${value}`, description: `Text ${value}` })
    case 'rekey':
      return owner.patch(project, { key: `K${randomUUID().slice(0, 8).toUpperCase()}` })
    case 'archive':
      return owner.patch(project, { archived: value % 2 === 0 })
    case 'member':
      return owner.put(`${project}/members/${person}`, { role: ['owner', 'editor', 'viewer'][value % 3] })
    case 'remove':
      return owner.delete(`${project}/members/${person}`)
    case 'add':
      return owner.post(`${project}/members`, { user_id: person, role: 'editor' })
    case 'trash':
      return owner.delete(project)
    default:
      return owner.post(`${project}/restore`)
  }
}

/** All that the owner sees, without versions and times of change, which only grow. */
async function stateOf(owner: Actor, projects: string[]) {
  const timeless = ({ version: _, updated_at: __, created_at: ___, ...rest }: Record<string, unknown>) => rest
  const parts = await Promise.all(
    projects
      .flatMap((id) => [
        `projects/${id}`,
        `projects/${id}/members`,
        `projects/${id}/tasks?limit=200&sort=created`,
      ])
      .map((path) => owner.get(path)),
  )
  return parts.map(({ status, body }) =>
    status !== 200
      ? status
      : 'items' in body
        ? body.items
            .map(timeless)
            .sort((a: any, b: any) => JSON.stringify(a).localeCompare(JSON.stringify(b)))
        : timeless(body),
  )
}
