import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { collide } from '../../test/races.ts'
import { refused, start, type Answer } from '../../test/harness.ts'

const world = await start()

const roles = async (project: string) =>
  Object.fromEntries(
    (
      await world.pool.query<{ user_id: string; role: string }>(
        'select user_id, role from project_members where project_id = $1',
        [project],
      )
    ).rows.map(({ user_id, role }) => [user_id, role]),
  )
const statuses = (answers: readonly Answer[]) => answers.map(({ status }) => status)

describe('POST /projects/{id}/members', () => {
  it('adds a user by id or by e-mail address, by default as an editor', async () => {
    const { owner, outsider, project } = await world.team()
    const [second, third] = [await world.user(), await world.user()]
    const added = await owner.post(`projects/${project.id}/members`, { user_id: outsider.id })
    assert.equal(added.status, 201)
    assert.deepEqual([added.body.role, added.body.name], ['editor', outsider.name])
    assert.deepEqual((await owner.get(added.headers.get('location')!)).body, added.body)
    const byMail = { email: second.email.toUpperCase(), role: 'viewer' }
    assert.equal((await owner.post(`projects/${project.id}/members`, byMail)).body.user_id, second.id)
    await owner.post(`projects/${project.key}/members`, { user_id: third.id, role: 'owner' })
    assert.equal((await roles(project.id))[third.id], 'owner')
  })

  it('refuses to add a member twice, even when twenty add the same user at once', async () => {
    const { owner, outsider, project } = await world.team()
    const answers = await Promise.all(
      Array.from({ length: 20 }, () =>
        owner.post(`projects/${project.id}/members`, { user_id: outsider.id }),
      ),
    )
    assert.deepEqual(statuses(answers).sort(), [201, ...Array<number>(19).fill(409)])
    refused(
      answers.find(({ status }) => status === 409)!,
      409,
      'already_member',
    )
  })

  it('refuses unknown, deleted and disabled users, and names the field', async () => {
    const { owner, admin, project } = await world.team()
    const [deleted, disabled] = [await world.user(), await world.user()]
    await admin.delete(`users/${deleted.id}`)
    await admin.patch(`users/${disabled.id}`, { disabled: true })
    const bodies = [
      { email: 'stranger@example.com' },
      { email: deleted.email },
      { email: disabled.email },
      { user_id: deleted.id },
      { user_id: disabled.id },
      { user_id: project.id },
    ]
    for (const body of bodies) {
      const answer = await owner.post(`projects/${project.id}/members`, body)
      refused(answer, 422, 'no_such_user')
      assert.equal(answer.body.errors[0].pointer, `/${Object.keys(body)[0]}`)
    }
    assert.equal(Object.keys(await roles(project.id)).length, 3)
  })

  it('takes either an id or an e-mail address, and nothing else', async () => {
    const { owner, outsider, project } = await world.team()
    for (const body of [
      {},
      { role: 'viewer' },
      { user_id: outsider.id, email: outsider.email },
      { user_id: outsider.id, role: 'admin' },
      { user_id: outsider.id, project_id: project.id },
      { user_id: outsider.id, created_at: '2026-01-01T00:00:00Z' },
    ])
      refused(await owner.post(`projects/${project.id}/members`, body), 400, 'invalid')
  })
})

describe('GET /projects/{id}/members', () => {
  it('shows names and roles to every member, and nobody’s e-mail address', async () => {
    const { owner, viewer, project } = await world.team()
    const { body } = await viewer.get(`projects/${project.id}/members`)
    assert.equal(body.items.length, 3)
    assert.equal(body.items[0].user_id, owner.id)
    assert(!JSON.stringify(body).includes('@'))
  })

  it('returns fifty by default, and each member once across pages', async () => {
    const { owner, project } = await world.team()
    const users = await Promise.all(Array.from({ length: 55 }, () => world.user()))
    await world.pool.query(
      `insert into project_members (project_id, user_id, role)
       select $1, id, 'viewer' from unnest($2::uuid[]) as id where record_as(null, $1)`,
      [project.id, users.map(({ id }) => id)],
    )
    const first = await owner.get(`projects/${project.id}/members?total=true`)
    assert.deepEqual([first.body.items.length, first.body.total], [50, 58])
    const second = await owner.get(`projects/${project.id}/members?cursor=${first.body.next_cursor}`)
    const ids = new Set([...first.body.items, ...second.body.items].map(({ user_id }) => user_id))
    assert.equal(ids.size, 58)
  })
})

describe('PUT /projects/{id}/members/{user_id}', () => {
  it('changes a role, which takes effect with the next request', async () => {
    const { owner, editor, viewer, project } = await world.team()
    const write = () => editor.post(`projects/${project.id}/tasks`, { title: 'Mine' })
    assert.equal((await write()).status, 201)
    const changed = await owner.put(`projects/${project.id}/members/${editor.id}`, { role: 'viewer' })
    assert.deepEqual([changed.status, changed.body.role, changed.body.version], [200, 'viewer', 2])
    refused(await write(), 403, 'forbidden')
    await owner.put(`projects/${project.id}/members/${viewer.id}`, { role: 'owner' })
    assert.equal((await viewer.patch(`projects/${project.id}`, { name: 'Taken over' })).status, 200)
  })

  it('does not add a member', async () => {
    const { owner, outsider, project } = await world.team()
    const put = (id: string) => owner.put(`projects/${project.id}/members/${id}`, { role: 'viewer' })
    refused(await put(outsider.id), 404, 'not_found')
    refused(await put(project.id), 404, 'not_found')
    assert.equal((await roles(project.id))[outsider.id], undefined)
  })

  it('lets nobody raise their own role: only owners give roles', async () => {
    const { editor, viewer, project } = await world.team()
    for (const [who, role] of [
      [editor, 'owner'],
      [editor, 'editor'],
      [viewer, 'editor'],
    ] as const)
      refused(await who.put(`projects/${project.id}/members/${who.id}`, { role }), 403, 'forbidden')
  })

  it('respects If-Match, as removing does', async () => {
    const { owner, editor, project } = await world.team()
    const path = `projects/${project.id}/members/${editor.id}`
    await owner.put(path, { role: 'viewer' })
    const stale = { 'if-match': '"1"' }
    refused(await owner.put(path, { role: 'owner' }, stale), 412, 'precondition_failed')
    refused(await owner.delete(path, stale), 412, 'precondition_failed')
    assert.equal((await roles(project.id))[editor.id], 'viewer')
    assert.equal((await owner.delete(path, { 'if-match': '"2"' })).status, 204)
  })
})

describe('DELETE /projects/{id}/members/{user_id}', () => {
  it('lets any member leave, and unassigns them from the tasks', async () => {
    const { owner, viewer, project } = await world.team()
    const { body: task } = await owner.post(`projects/${project.id}/tasks`, {
      title: 'Shared',
      assignee_ids: [viewer.id, owner.id],
    })
    assert.equal((await viewer.delete(`projects/${project.id}/members/${viewer.id}`)).status, 204)
    refused(await viewer.get(`projects/${project.id}`), 404, 'not_found')
    assert.deepEqual((await owner.get(`tasks/${task.id}`)).body.assignee_ids, [owner.id])
  })

  it('does not reach a member through another project', async () => {
    const { owner, editor, project } = await world.team()
    const { body: other } = await owner.post('projects', { name: 'Other' })
    for (const answer of [
      await owner.get(`projects/${other.id}/members/${editor.id}`),
      await owner.put(`projects/${other.id}/members/${editor.id}`, { role: 'owner' }),
      await owner.delete(`projects/${other.id}/members/${editor.id}`),
    ])
      refused(answer, 404, 'not_found')
    assert.equal((await roles(project.id))[editor.id], 'editor')
  })
})

describe('the last owner', () => {
  it('can neither leave, nor be removed, nor step down', async () => {
    const { owner, admin, project } = await world.team()
    const path = `projects/${project.id}/members/${owner.id}`
    for (const answer of [
      await owner.delete(path),
      await admin.delete(path),
      await owner.put(path, { role: 'editor' }),
      await admin.put(path, { role: 'viewer' }),
    ])
      refused(answer, 409, 'last_owner')
    assert.equal((await roles(project.id))[owner.id], 'owner')
  })

  const ways = {
    leave: (path: string, one: string, two: string) => [`${path}/${one}`, `${path}/${two}`],
    'remove each other': (path: string, one: string, two: string) => [`${path}/${two}`, `${path}/${one}`],
  }
  for (const [what, paths] of Object.entries(ways)) {
    it(`is left when the two owners ${what} at the same moment`, async () => {
      const { owner, editor, project } = await world.team()
      await owner.put(`projects/${project.id}/members/${editor.id}`, { role: 'owner' })
      const [first = '', second = ''] = paths(`projects/${project.id}/members`, owner.id, editor.id)
      const lock = {
        text: 'select from project_members where project_id = $1 for update',
        values: [project.id],
      }
      const answers = await collide(world, lock, [() => owner.delete(first), () => editor.delete(second)])
      assert.equal(answers[0]!.status, 204)
      assert([403, 404, 409].includes(answers[1]!.status))
      assert.deepEqual(Object.values(await roles(project.id)).sort(), ['owner', 'viewer'])
    })
  }
})

describe('at the same moment', () => {
  it('does not count owners who cannot log in', async () => {
    const { owner, editor, admin, outsider, project } = await world.team()
    const members = `projects/${project.id}/members`
    await owner.put(`${members}/${editor.id}`, { role: 'owner' })
    await admin.patch(`users/${editor.id}`, { disabled: true })
    refused(await owner.delete(`${members}/${owner.id}`), 409, 'last_owner')
    refused(await owner.put(`${members}/${owner.id}`, { role: 'viewer' }), 409, 'last_owner')
    refused(await owner.leave(), 409, 'sole_owner')
    const invited = await admin.post('users', { email: `${outsider.id}@later.example`, name: 'Later' })
    await owner.post(members, { user_id: invited.body.id, role: 'owner' })
    refused(await owner.delete(`${members}/${owner.id}`), 409, 'last_owner')
    assert.equal((await owner.delete(`${members}/${editor.id}`)).status, 204)
    assert.equal((await roles(project.id))[owner.id], 'owner')
  })

  it('an owner who is demoted while waiting changes nothing', async () => {
    const { owner, editor, viewer, project } = await world.team()
    await owner.put(`projects/${project.id}/members/${editor.id}`, { role: 'owner' })
    const lock = { text: 'select from projects where id = $1 for update', values: [project.id] }
    const [demoted, removed] = await collide(world, lock, [
      () => owner.put(`projects/${project.id}/members/${editor.id}`, { role: 'viewer' }),
      () => editor.delete(`projects/${project.id}/members/${viewer.id}`),
    ])
    assert.equal(demoted!.status, 200)
    refused(removed!, 403, 'forbidden')
    assert.equal((await roles(project.id))[viewer.id], 'viewer')
  })

  const assigned = async (project: string, user: string) =>
    (
      await world.pool.query('select from tasks where project_id = $1 and $2 = any (assignee_ids)', [
        project,
        user,
      ])
    ).rows.length

  it('a member who is assigned a task and then removed is unassigned', async () => {
    const { owner, editor, viewer, project } = await world.team()
    // The removal waits to delete the membership, which the assignment holds too.
    const lock = {
      text: 'select from project_members where project_id = $1 and user_id = $2 for share',
      values: [project.id, viewer.id],
    }
    const answers = await collide(world, lock, [
      () => owner.delete(`projects/${project.id}/members/${viewer.id}`),
      () => editor.post(`projects/${project.id}/tasks`, { title: 'Late', assignee_ids: [viewer.id] }),
    ])
    assert.deepEqual(statuses(answers), [204, 201])
    assert.equal(await assigned(project.id, viewer.id), 0)
  })

  it('a member who is removed cannot be assigned a task', async () => {
    const { owner, editor, viewer, project } = await world.team()
    const make = (title: string) =>
      editor.post(`projects/${project.id}/tasks`, { title, assignee_ids: [viewer.id] })
    const { body: task } = await make('Early')
    const { body: other } = await editor.post(`projects/${project.id}/tasks`, { title: 'Other' })
    // The removal has deleted the membership and waits to take them off this task.
    const lock = { text: 'select from tasks where id = $1 for update', values: [task.id] }
    const [removed, created, changed] = await collide(world, lock, [
      () => owner.delete(`projects/${project.id}/members/${viewer.id}`),
      () => make('Late'),
      () => editor.patch(`tasks/${other.id}`, { assignee_ids: [viewer.id] }),
    ])
    assert.equal(removed!.status, 204)
    refused(created!, 422, 'not_a_member')
    refused(changed!, 422, 'not_a_member')
    assert.equal(await assigned(project.id, viewer.id), 0)
  })
})
