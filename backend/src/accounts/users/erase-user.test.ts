import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { v7 as uuid } from 'uuid'
import { dump } from '../../../test/dump.ts'
import { collide } from '../../../test/races.ts'
import { PASSWORD, refused, start } from '../../../test/harness.ts'

const world = await start()
const admin = await world.user({ role: 'admin' })

const members = async (project: string) =>
  (
    await world.pool.query<{ user_id: string; role: string }>(
      'select user_id, role from project_members where project_id = $1',
      [project],
    )
  ).rows
const isGone = async (id: string) =>
  (await world.pool.query('select deleted_at is not null as gone from users where id = $1', [id])).rows[0]
    .gone

describe('deleting a user', () => {
  it('keeps their work, which names a deleted user, and takes them off projects and tasks', async () => {
    const { owner, editor, project } = await world.team()
    const { body: task } = await editor.post(`projects/${project.id}/tasks`, {
      title: 'Kept',
      assignee_ids: [editor.id, owner.id],
    })
    assert.equal((await editor.leave()).status, 204)
    const { body: after } = await owner.get(`tasks/${task.id}`)
    assert.deepEqual([after.title, after.created_by, after.assignee_ids], ['Kept', editor.id, [owner.id]])
    assert.equal(
      (await members(project.id)).some(({ user_id }) => user_id === editor.id),
      false,
    )
    refused(await admin.get(`users/${editor.id}`), 404, 'not_found')
    refused(await admin.patch(`users/${editor.id}`, { role: 'admin' }), 404, 'not_found')
    refused(await admin.delete(`users/${editor.id}`), 404, 'not_found')
  })

  it('is refused while others share projects that only they own, naming each', async () => {
    const { owner, editor, project } = await world.team({ name: 'Shared' })
    const { body: second } = await owner.post('projects', { name: 'Shared too' })
    await owner.post(`projects/${second.id}/members`, { user_id: editor.id })
    await owner.post('projects', { name: 'Alone' })
    for (const answer of [await owner.leave(), await admin.delete(`users/${owner.id}`)]) {
      refused(answer, 409, 'sole_owner')
      assert.deepEqual(
        answer.body.projects.map(({ id }: { id: string }) => id).sort(),
        [project.id, second.id].sort(),
      )
      assert.match(answer.body.detail, /Shared.*Shared/)
    }
    assert.equal((await owner.get('users/me')).body.email, owner.email)
    for (const id of [project.id, second.id])
      await owner.put(`projects/${id}/members/${editor.id}`, { role: 'owner' })
    assert.equal((await owner.leave()).status, 204)
    assert.equal((await editor.get(`projects/${project.id}`)).body.my_role, 'owner')
  })

  it('trashes the projects that nobody else shares', async () => {
    const user = await world.user()
    const { body: alone } = await user.post('projects', { name: 'Alone' })
    await user.leave()
    refused(await admin.get(`projects/${alone.id}`), 404, 'not_found')
    assert((await admin.get('trash?limit=200')).body.items.some(({ id }: { id: string }) => id === alone.id))
  })

  it('leaves neither name nor e-mail address anywhere in the database', async () => {
    const name = `Persephone ${uuid()}`
    const email = `persephone.${uuid()}@example.com`
    const registered = { email, name: `${name} the First`, password: PASSWORD, time_zone: 'Pacific/Chatham' }
    const made = await world.anonymous.post('auth/register', registered, { 'idempotency-key': uuid() })
    const login = await world.anonymous.post(
      'auth/login',
      { email, password: PASSWORD },
      { 'user-agent': name },
    )
    const user = world.client(login.body.access_token)
    await user.patch('users/me', { name })
    await user.patch('users/me', { email: `second.${email}`, current_password: PASSWORD })
    await admin.patch(`users/${made.body.id}`, { name: `${name} the Third` })
    const { body: project } = await user.post('projects', { name: 'Hers' }, { 'idempotency-key': uuid() })
    await user.post(`projects/${project.id}/tasks`, { title: 'Hers', assignee_ids: [made.body.id] })
    const holds = (values: Set<string>) =>
      [...values].filter((value) => /persephone|Pacific\/Chatham/i.test(value))
    assert(holds(await dump(world)).length >= 3, 'it was there')
    assert.equal((await user.leave()).status, 204)
    assert.deepEqual(holds(await dump(world)), [])
    await world.pool.query('select number_events()')
    assert.deepEqual(holds(await dump(world)), [])
  })

  it('frees the e-mail address for somebody who inherits nothing', async () => {
    const { owner, editor, project } = await world.team()
    const { body: task } = await editor.post(`projects/${project.id}/tasks`, { title: 'Theirs' })
    const refresh_token = await world.tokens.signRefresh(
      { userId: editor.id, sessionId: editor.sessionId, counter: 1 },
      Math.floor(Date.now() / 1000) + 900,
    )
    await admin.delete(`users/${editor.id}`)
    const login = { email: editor.email, password: PASSWORD }
    refused(await world.anonymous.post('auth/login', login), 401, 'invalid_credentials')
    const again = await world.anonymous.post('auth/register', { ...login, name: 'Somebody new' })
    assert.notEqual(again.body.id, editor.id)
    const { body: session } = await world.anonymous.post('auth/login', login)
    const heir = world.client(session.access_token)
    for (const path of [`projects/${project.id}`, `tasks/${task.id}`])
      refused(await heir.get(path), 404, 'not_found')
    assert.deepEqual((await heir.get('projects')).body.items, [])
    refused(await world.anonymous.post('auth/refresh', { refresh_token }), 401, 'unauthenticated')
    assert.equal((await owner.get(`tasks/${task.id}`)).body.created_by, editor.id)
  })
})

describe('deleting a user at the same moment as', () => {
  it('somebody adds them to a project: whichever comes first, they are no member afterwards', async () => {
    const { owner, editor, outsider, project } = await world.team()
    const { body: other } = await outsider.post('projects', { name: 'Elsewhere' })
    await outsider.post(`projects/${other.id}/members`, { user_id: editor.id })
    const { body: task } = await owner.post(`projects/${project.id}/tasks`, {
      title: 'Locked',
      assignee_ids: [editor.id],
    })
    await outsider.delete(`projects/${other.id}/members/${editor.id}`)
    // The deletion has left all projects and waits to leave this task.
    const lock = { text: 'select from tasks where id = $1 for update', values: [task.id] }
    const [erased, added] = await collide(world, lock, [
      () => admin.delete(`users/${editor.id}`),
      () => outsider.post(`projects/${other.id}/members`, { user_id: editor.id }),
    ])
    assert.equal(erased!.status, 204)
    refused(added!, 422, 'no_such_user')
    const { rows } = await world.pool.query('select from project_members where user_id = $1', [editor.id])
    assert.equal(rows.length, 0)
  })

  it('the only other owner leaves: the project keeps an owner', async () => {
    const { owner, editor, project } = await world.team()
    await owner.put(`projects/${project.id}/members/${editor.id}`, { role: 'owner' })
    // The deletion has seen another owner and waits to leave the project.
    const lock = {
      text: 'select from project_members where project_id = $1 and user_id = $2 for key share',
      values: [project.id, owner.id],
    }
    const [erased, left] = await collide(world, lock, [
      () => admin.delete(`users/${owner.id}`),
      () => editor.delete(`projects/${project.id}/members/${editor.id}`),
    ])
    assert.equal(erased!.status, 204)
    refused(left!, 409, 'last_owner')
    assert((await members(project.id)).some(({ role }) => role === 'owner'))
  })

  it('they create a project: it has no owner who is gone', async () => {
    const user = await world.user()
    const lock = { text: 'select from users where id = $1 for no key update', values: [user.id] }
    const [erased, created] = await collide(world, lock, [
      () => admin.delete(`users/${user.id}`),
      () => user.post('projects', { name: 'Orphan' }),
    ])
    assert.equal(erased!.status, 204)
    refused(created!, 503, 'unavailable')
    assert(await isGone(user.id))
    const { rows } = await world.pool.query('select from projects where created_by = $1', [user.id])
    assert.equal(rows.length, 0)
  })
})
