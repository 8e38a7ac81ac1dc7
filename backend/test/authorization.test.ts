// What one caller can do to another's things by way of ids, bodies, lists and moves; test/access.test.ts has the routes.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { v7 as uuid } from 'uuid'
import { refused, start, type Actor } from './harness.ts'

const world = await start()

const make = async (who: Actor, project: string, body: object = {}) =>
  (await who.post(`projects/${project}/tasks`, { title: 'Task', ...body })).body

describe('an id in a body', () => {
  it('of a project one cannot see looks like that of none, and nothing else of the request happens', async () => {
    const { editor, outsider, project } = await world.team()
    const { body: hidden } = await outsider.post('projects', { name: 'Hidden' })
    const task = await make(editor, project.id)
    for (const project_id of [hidden.id, uuid()]) {
      const answer = await editor.patch(`tasks/${task.id}`, { title: 'Changed', project_id })
      refused(answer, 422, 'no_such_project')
      assert.equal(answer.body.errors[0].pointer, '/project_id')
    }
    assert.deepEqual((await editor.get(`tasks/${task.id}`)).body, task)
  })

  it('of a user who is no member of the project is refused, whoever they are', async () => {
    const { editor, outsider, admin, project } = await world.team()
    const task = await make(editor, project.id)
    for (const id of [outsider.id, admin.id, uuid()]) {
      for (const answer of [
        await editor.patch(`tasks/${task.id}`, { title: 'Changed', assignee_ids: [editor.id, id] }),
        await editor.post(`projects/${project.id}/tasks`, { title: 'New', assignee_ids: [id] }),
      ]) {
        refused(answer, 422, 'not_a_member')
        assert.equal(answer.body.errors[0].pointer, '/assignee_ids')
      }
    }
    assert.deepEqual((await editor.get(`tasks/${task.id}`)).body, task)
  })

  it('makes nobody another author: it is whoever sent the token, and the log says so', async () => {
    const { editor, admin, project } = await world.team()
    const task = await make(admin, project.id)
    assert.equal(task.created_by, admin.id)
    await editor.patch(`tasks/${task.id}`, { title: 'By the editor' })
    await world.pool.query('select number_events()')
    const { rows } = await world.pool.query(
      'select kind, actor_id from events where resource_id = $1 order by seq',
      [task.id],
    )
    assert.deepEqual(rows, [
      { kind: 'task.created', actor_id: admin.id },
      { kind: 'task.updated', actor_id: editor.id },
    ])
  })
})

describe('a task', () => {
  it('moves only where one may write at both ends', async () => {
    const { owner, editor, viewer, project } = await world.team()
    const { body: target } = await owner.post('projects', { name: 'Target' })
    const task = await make(owner, project.id)
    const move = (who: Actor) => who.patch(`tasks/${task.id}`, { project_id: target.id })
    refused(await move(editor), 422, 'no_such_project')
    await owner.post(`projects/${target.id}/members`, { user_id: editor.id, role: 'viewer' })
    refused(await move(editor), 403, 'forbidden')
    await owner.post(`projects/${target.id}/members`, { user_id: viewer.id, role: 'owner' })
    refused(await move(viewer), 403, 'forbidden')
    assert.equal((await owner.get(`tasks/${task.id}`)).body.project_id, project.id)
    await owner.put(`projects/${target.id}/members/${editor.id}`, { role: 'editor' })
    assert.equal((await move(editor)).body.project_id, target.id)
    refused(await viewer.patch(`tasks/${task.id}`, { project_id: null }), 400, 'invalid')
  })

  it('is gone for every verb once deleted, by id and by reference', async () => {
    const { owner, editor, project } = await world.team()
    const task = await make(editor, project.id)
    await editor.delete(`tasks/${task.id}`)
    for (const id of [task.id, task.ref]) {
      refused(await owner.get(`tasks/${id}`), 404, 'not_found')
      refused(await owner.patch(`tasks/${id}`, { title: 'Back' }), 404, 'not_found')
      refused(await owner.delete(`tasks/${id}`), 404, 'not_found')
    }
  })
})

describe('a child of another parent', () => {
  it('is not found below a project that one does own', async () => {
    const [mine, theirs] = [await world.team(), await world.team()]
    const hook = { url: 'https://example.com/hook' }
    const { body: webhook } = await theirs.owner.post(`projects/${theirs.project.id}/webhooks`, hook)
    const path = `projects/${mine.project.id}/webhooks/${webhook.id}`
    for (const answer of [
      await mine.owner.get(path),
      await mine.owner.patch(path, { disabled: true }),
      await mine.owner.delete(path),
      await mine.owner.post(`${path}/rotate-secret`),
      await mine.owner.get(`${path}/deliveries`),
      await mine.owner.put(`projects/${mine.project.id}/members/${theirs.editor.id}`, { role: 'viewer' }),
      await mine.owner.delete(`projects/${mine.project.id}/members/${theirs.editor.id}`),
    ])
      refused(answer, 404, 'not_found')
    const seen = await theirs.owner.get(`projects/${theirs.project.id}/webhooks/${webhook.id}`)
    assert.deepEqual([seen.status, seen.body.version], [200, 1])
  })
})

describe('a list', () => {
  it('holds what one could read one by one, all of it and nothing else, for every kind of caller', async () => {
    const [here, there] = [await world.team(), await world.team()]
    const tasks = [
      await make(here.editor, here.project.id),
      await make(here.owner, here.project.id),
      await make(there.owner, there.project.id),
    ]
    const deleted = await make(here.editor, here.project.id)
    await here.editor.delete(`tasks/${deleted.id}`)
    await here.owner.post(`projects/${there.project.id}/members`, { user_id: here.owner.id })
    await there.owner.post(`projects/${there.project.id}/members`, {
      user_id: here.viewer.id,
      role: 'viewer',
    })
    const removed = await world.user()
    await here.owner.post(`projects/${here.project.id}/members`, { user_id: removed.id })
    await here.owner.delete(`projects/${here.project.id}/members/${removed.id}`)
    const all = { tasks: [...tasks, deleted], projects: [here.project, there.project] }
    for (const who of [
      here.owner,
      here.editor,
      here.viewer,
      here.outsider,
      here.admin,
      there.owner,
      removed,
    ]) {
      for (const [noun, things] of Object.entries(all)) {
        const readable = new Set<string>()
        for (const { id } of things) if ((await who.get(`${noun}/${id}`)).status === 200) readable.add(id)
        const { body } = await who.get(`${noun}?limit=200&total=true`)
        const listed = body.items.map(({ id }: { id: string }) => id)
        const known = listed.filter((id: string) => things.some((thing) => thing.id === id))
        assert.deepEqual(new Set(known), readable, `${who.name} and ${noun}`)
        assert.equal(body.total, listed.length)
      }
    }
  })

  it('is not sorted or filtered by what is not offered', async () => {
    const { viewer, project } = await world.team()
    for (const query of ['sort=title', 'sort=deleted_at', 'sort=constructor', 'deleted_at=x', 'created_by=x'])
      for (const list of ['tasks', `projects/${project.id}/tasks`])
        refused(await viewer.get(`${list}?${query}`), 400, 'invalid')
  })
})

describe('a body', () => {
  const SERVER_OWNED = [
    'id',
    'role',
    'is_admin',
    'my_role',
    'owner_id',
    'user_id',
    'project_id',
    'created_by',
    'author_id',
    'actor_id',
    'email_verified',
    'password_hash',
    'disabled_at',
    'created_at',
    'updated_at',
    'deleted_at',
    'archived_at',
    'completed_at',
    'version',
    'field_versions',
    'number',
    'ref',
    'rate_limit',
  ]
  interface Operation {
    requestBody?: { content: Record<string, { schema: { $ref?: string } }> }
  }
  interface Schema {
    properties: Record<string, unknown>
    examples: object[]
  }
  const openapi = world.servers[0]!.app.swagger() as unknown as {
    paths: Record<string, Record<string, Operation>>
    components: { schemas: Record<string, Schema> }
  }

  for (const [template, operations] of Object.entries(openapi.paths)) {
    for (const [method, { requestBody }] of Object.entries(operations)) {
      const ref = requestBody?.content['application/json']?.schema.$ref?.split('/').at(-1)
      if (ref === undefined) continue
      const { properties, examples } = openapi.components.schemas[ref]!

      it(`sets nothing that is not the client’s to set: ${method.toUpperCase()} ${template}`, async () => {
        const admin = await world.user({ role: 'admin' })
        const path = template.replace(/\{(\w+)\}/g, (_, name: string) => (name === 'key' ? 'todo' : uuid()))
        for (const field of SERVER_OWNED.filter((name) => !(name in properties))) {
          // Past the harness, which takes a field's name in the answer for the field.
          const response = await fetch(world.origins[0] + path, {
            method: method.toUpperCase(),
            headers: { authorization: `Bearer ${admin.token}`, 'content-type': 'application/json' },
            body: JSON.stringify({ ...examples[0], [field]: admin.id }),
          })
          const problem = (await response.json()) as { code: string; errors: { pointer: string }[] }
          assert.deepEqual(
            [response.status, problem.code, problem.errors[0]?.pointer],
            [400, 'invalid', `/${field}`],
          )
        }
      })
    }
  }

  it('was found for all the nouns above', () => {
    const bodies = Object.values(openapi.paths)
      .flatMap((operations) => Object.values(operations))
      // The content of a file has no fields.
      .filter(
        ({ requestBody }) => requestBody !== undefined && !requestBody.content['application/octet-stream'],
      )
    const named = bodies.filter(({ requestBody }) =>
      Object.values(requestBody!.content).some(({ schema }) => schema.$ref !== undefined),
    )
    assert(named.length >= 15)
    assert.equal(named.length, bodies.length)
  })
})

describe('an id', () => {
  it('is a UUID that says nothing but when it was made', async () => {
    const { owner, project } = await world.team()
    const task = await make(owner, project.id)
    for (const id of [project.id, task.id]) assert.match(id, /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab]/)
  })
})
