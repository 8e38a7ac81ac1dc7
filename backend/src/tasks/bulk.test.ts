// Many tasks in one request.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { v7 as uuid } from 'uuid'
import { refused, start, type Actor, type Answer } from '../../test/harness.ts'
import { collide } from '../../test/races.ts'

const world = await start()

const bulk = (actor: Actor, operations: object[], more: object = {}, headers: Record<string, string> = {}) =>
  actor.post('tasks/bulk', { operations, ...more }, headers)
const undo = (actor: Actor, answer: Answer) =>
  actor.post(`operations/${answer.headers.get('operation-id')}/undo`)
const statuses = ({ status, body }: Answer) => {
  assert.equal(status, 200, JSON.stringify(body))
  return body.results.map((result: { status: number }) => result.status)
}

/** A project with two tasks. */
async function team() {
  const people = await world.team()
  const { editor, project } = people
  const add = async (title: string) =>
    (await editor.post(`projects/${project.id}/tasks`, { title })).body as { id: string; ref: string }
  const titles = async () =>
    (await editor.get(`projects/${project.id}/tasks`)).body.items.map(({ title }: { title: string }) => title)
  return { ...people, one: await add('One'), two: await add('Two'), titles }
}

describe('A bulk request', () => {
  it('creates, changes and deletes in its order, as one operation that is undone as a whole', async () => {
    const { editor, project, one, two, titles } = await team()
    const answer = await bulk(editor, [
      { create: { project: project.key.toLowerCase(), title: 'Three', priority: 'high' } },
      { update: { id: one.ref, title: 'First', place: 'last' } },
      { delete: { id: two.id } },
      { update: { id: one.id, status: 'done' } },
    ])
    assert.deepEqual(statuses(answer), [201, 200, 204, 200])
    assert.deepEqual(await titles(), ['Three', 'First'])
    const [created, , , done] = answer.body.results.map(({ task }: { task: object }) => task)
    assert.deepEqual((await editor.get(`tasks/${created.id}`)).body, created)
    assert.deepEqual([done.status, done.version], ['done', 3])
    const { body } = await editor.get(`projects/${project.id}/history?limit=4`)
    const operations = body.items.map((entry: { operation_id: string }) => entry.operation_id)
    assert.deepEqual([...new Set(operations)], [answer.headers.get('operation-id')])
    assert.equal((await undo(editor, answer)).status, 200)
    assert.deepEqual(await titles(), ['One', 'Two'])
  })

  it('does nothing if one of it is refused, and says which', async () => {
    const { owner, editor, viewer, outsider, project, one, titles } = await team()
    const { body: hidden } = await owner.post('projects', { name: 'Hidden' })
    const good = { update: { id: one.id, title: 'Changed' } }
    for (const [operation, status, code, pointer] of [
      [{ update: { id: uuid(), title: 'x' } }, 404, 'not_found', '/operations/1/update'],
      [{ create: { project: hidden.id, title: 'x' } }, 404, 'not_found', '/operations/1/create'],
      [
        { update: { id: one.id, project_id: hidden.id } },
        422,
        'no_such_project',
        '/operations/1/update/project_id',
      ],
      [
        { create: { project: project.id, title: 'x', assignee_ids: [outsider.id] } },
        422,
        'not_a_member',
        '/operations/1/create/assignee_ids',
      ],
      [
        { update: { id: one.id, due_on: '2026-12-01', due_at: '2026-12-01T00:00:00Z' } },
        422,
        'due_twice',
        '/operations/1/update/due_at',
      ],
      [{ delete: { id: one.id, if_match: 1 } }, 412, 'precondition_failed', '/operations/1/delete'],
      [
        { update: { id: one.id, title: 'Other', base_version: 1 } },
        409,
        'version_conflict',
        '/operations/1/update/title',
      ],
      [
        { update: { id: one.id, base_version: 9, title: 'x' } },
        400,
        'invalid',
        '/operations/1/update/base_version',
      ],
      [
        { create: { project: project.id, title: 'x' }, delete: { id: one.id } },
        400,
        'invalid',
        '/operations/1',
      ],
      [{}, 400, 'invalid', '/operations/1'],
      [{ create: { project: project.id, title: '' } }, 400, 'invalid', '/operations/1/create/title'],
    ] as const) {
      const answer = await bulk(editor, [good, operation])
      refused(answer, status, code)
      assert.equal(answer.body.errors[0].pointer, pointer)
    }
    refused(await bulk(viewer, [good]), 403, 'forbidden')
    refused(await bulk(outsider, [good]), 404, 'not_found')
    refused(await bulk(editor, []), 400, 'invalid')
    refused(
      await bulk(
        editor,
        Array.from({ length: 201 }, () => good),
      ),
      400,
      'invalid',
    )
    await owner.patch(`projects/${project.id}`, { archived: true })
    refused(await bulk(editor, [good]), 409, 'project_archived')
    assert.deepEqual(await titles(), ['One', 'Two'])
  })

  it('lets each stand for itself if that is asked for', async () => {
    const { editor, project, one, two, titles } = await team()
    const answer = await bulk(
      editor,
      [
        { update: { id: one.id, title: 'Changed' } },
        { update: { id: uuid(), title: 'x' } },
        { update: { id: two.id, due_on: '2026-12-01', due_at: '2026-12-01T00:00:00Z' } },
        { create: { project: project.id, title: 'New' } },
        { delete: { id: two.id, if_match: 7 } },
      ],
      { atomic: false },
    )
    assert.deepEqual(statuses(answer), [200, 404, 422, 201, 412])
    const { code, errors } = answer.body.results[2].problem
    assert.deepEqual([code, errors[0].pointer], ['due_twice', '/operations/2/update/due_at'])
    assert.deepEqual(await titles(), ['Changed', 'Two', 'New'])
    assert.equal((await undo(editor, answer)).status, 200)
    assert.deepEqual(await titles(), ['One', 'Two'])
  })

  it('has one effect with an Idempotency-Key, shown only to who still sees all of it', async () => {
    const { owner, editor, project, titles } = await team()
    const header = { 'idempotency-key': uuid() }
    const create = [{ create: { project: project.id, title: 'Once' } }]
    const first = await bulk(editor, create, {}, header)
    assert.deepEqual((await bulk(editor, create, {}, header)).body, first.body)
    assert.deepEqual(await titles(), ['One', 'Two', 'Once'])
    await owner.delete(`projects/${project.id}/members/${editor.id}`)
    refused(await bulk(editor, create, {}, header), 404, 'not_found')
  })

  it('waits for whoever changes one of its tasks, and begins anew after a deadlock', async () => {
    const { owner, editor, one, two } = await team()
    const both = (a: string, b: string, title: string) => [
      { update: { id: a, title } },
      { update: { id: b, title } },
    ]
    const lock = { text: 'select from tasks where id = any ($1) for update', values: [[one.id, two.id]] }
    const answers = await collide(world, lock, [
      () => bulk(editor, both(one.id, two.id, 'Editor')),
      () => bulk(owner, both(two.id, one.id, 'Owner')),
    ])
    for (const answer of answers) assert.deepEqual(statuses(answer), [200, 200])
    const [first, second] = [await editor.get(`tasks/${one.id}`), await editor.get(`tasks/${two.id}`)]
    assert.equal(first.body.title, second.body.title)
    assert.equal(first.body.version, 3)
  })

  it('loses its rights while it waits like any other change', async () => {
    const { owner, editor, project, one, two, titles } = await team()
    const lock = { text: 'select from tasks where id = $1 for update', values: [one.id] }
    const [answer, left] = await collide(world, lock, [
      () =>
        bulk(
          editor,
          [one, two].map(({ id }) => ({ update: { id, title: 'Changed' } })),
        ),
      () => owner.delete(`projects/${project.id}/members/${editor.id}`),
    ])
    assert.equal(left!.status, 204)
    assert.deepEqual(statuses(answer!), [200, 200])
    assert.equal((await owner.get(`tasks/${one.id}`)).body.title, 'Changed')
    refused(await bulk(editor, [{ delete: { id: two.id } }]), 404, 'not_found')
    await assert.rejects(titles)
  })
})
