import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { v7 as uuid } from 'uuid'
import { eventually, PASSWORD, refused, start, type Client } from '../../../test/harness.ts'

const world = await start()

/** A bot of a project, with a token that one of its owners made. */
async function robot(owner: Client, project: { id: string }, body: object = {}) {
  const { status, body: bot } = await owner.post('bots', {
    name: 'Release robot',
    project_id: project.id,
    ...body,
  })
  assert.equal(status, 201, JSON.stringify(bot))
  const made = await owner.post(`bots/${bot.id}/tokens`, {
    name: 'Pipeline',
    scopes: ['tasks:write', 'projects:manage'],
  })
  assert.equal(made.status, 201, JSON.stringify(made.body))
  return { bot, tokenId: made.body.id as string, ...world.client(made.body.token) }
}

describe('a bot', () => {
  it('works in its project by token, and is called a bot wherever people see it', async () => {
    const { owner, viewer, admin, project } = await world.team()
    const { bot, tokenId, ...program } = await robot(owner, project)
    const task = await program.post(`projects/${project.id}/tasks`, { title: 'By the bot' })
    assert.equal(task.status, 201)
    const { body: history } = await viewer.get(`tasks/${task.body.id}/history`)
    assert.deepEqual(
      [history.items[0].actor, history.items[0].token],
      [
        { id: bot.id, name: 'Release robot', kind: 'bot' },
        { id: tokenId, name: 'Pipeline' },
      ],
    )
    const { body: member } = await viewer.get(`projects/${project.id}/members/${bot.id}`)
    assert.deepEqual([member.kind, member.role], ['bot', 'editor'])
    const { body: me } = await program.get('users/me')
    assert.deepEqual([me.kind, me.email, me.token.id], ['bot', null, tokenId])
    assert.deepEqual((await program.get('auth/validate')).body.user.kind, 'bot')
    const { body: feed } = await viewer.get('changes')
    assert(feed.items.some(({ resource }: any) => resource?.user_id === bot.id && resource.kind === 'bot'))
    refused(await admin.get(`users/${bot.id}`), 404, 'not_found')
    assert.equal((await admin.get(`bots/${bot.id}`)).status, 200)
    const { body: audit } = await admin.get(`audit?user=${bot.id}`)
    assert.deepEqual(
      audit.items.map(({ kind, actor, user }: any) => [kind, actor.id, user.kind]),
      [
        ['token.created', owner.id, 'bot'],
        ['bot.created', owner.id, 'bot'],
      ],
    )
  })

  it('has nothing to log in with, and gets nothing by mail', async () => {
    const { owner, admin, project } = await world.team()
    const { bot, ...program } = await robot(owner, project)
    refused(await admin.patch(`users/${bot.id}`, { email: 'robot@example.com' }), 404, 'not_found')
    refused(await admin.patch(`users/${bot.id}`, { role: 'admin' }), 404, 'not_found')
    refused(await admin.post(`users/${bot.id}/invitation`), 404, 'not_found')
    refused(await program.post('auth/verify-email/link'), 403, 'person_needed')
    refused(
      await program.post('auth/password', { current_password: PASSWORD, new_password: PASSWORD }),
      403,
      'person_needed',
    )
    for (const change of [`email = 'robot@example.com'`, `password_hash = 'x'`, `role = 'admin'`])
      await assert.rejects(
        world.pool.query(`update users set ${change} where id = $1 and record_as(null, $2)`, [
          bot.id,
          uuid(),
        ]),
        /users_bot_check/,
      )
    for (const scopes of [['account'], ['admin']]) {
      const answer = await owner.post(`bots/${bot.id}/tokens`, { name: 'x', scopes })
      refused(answer, 400, 'invalid')
      assert.equal(answer.body.errors[0].pointer, '/scopes')
    }
  })

  it('is never the last owner of a project, and owns no new one', async () => {
    const { owner, project } = await world.team()
    const { bot, ...program } = await robot(owner, project, { role: 'owner' })
    refused(await owner.delete(`projects/${project.id}/members/${owner.id}`), 409, 'last_owner')
    refused(
      await program.put(`projects/${project.id}/members/${owner.id}`, { role: 'viewer' }),
      409,
      'last_owner',
    )
    refused(await owner.leave(), 409, 'sole_owner')
    refused(await program.post('projects', { name: 'Own' }), 403, 'insufficient_scope')
    refused(
      await program.post(`bots/${bot.id}/tokens`, { name: 'x', scopes: ['tasks:read'] }),
      403,
      'person_needed',
    )
  })

  it('belongs to the owners of its project alone, and to administrators', async () => {
    const { owner, editor, outsider, admin, project } = await world.team()
    const { bot } = await robot(owner, project)
    refused(await editor.post('bots', { name: 'x', project_id: project.id }), 403, 'forbidden')
    refused(await owner.post('bots', { name: 'x', project_id: null }), 403, 'forbidden')
    for (const project_id of [project.id, uuid()])
      refused(await outsider.post('bots', { name: 'x', project_id }), 422, 'no_such_project')
    for (const [who, count] of [
      [owner, 1],
      [editor, 0],
      [outsider, 0],
    ] as const)
      assert.equal((await who.get('bots?total=true')).body.total, count)
    const { body: own } = await admin.post('bots', { name: 'Instance robot', project_id: null })
    refused(await owner.get(`bots/${own.id}`), 404, 'not_found')
    assert.deepEqual(
      (await admin.get(`bots?project_id=${project.id}`)).body.items.map(({ id }: any) => id),
      [bot.id],
    )
    await owner.put(`projects/${project.id}/members/${editor.id}`, { role: 'owner' })
    assert.equal((await editor.patch(`bots/${bot.id}`, { name: 'Renamed' })).body.name, 'Renamed')
    await owner.delete(`projects/${project.id}`)
    refused(await owner.get(`bots/${bot.id}`), 404, 'not_found')
  })

  it('sees in a token for some projects only what it sees itself', async () => {
    const { owner, project } = await world.team()
    const { bot } = await robot(owner, project)
    const { body: other } = await owner.post('projects', { name: 'Other' })
    const ask = (project_ids: string[]) =>
      owner.post(`bots/${bot.id}/tokens`, { name: 'x', scopes: ['tasks:read'], project_ids })
    refused(await ask([other.id]), 422, 'no_such_project')
    assert.equal((await ask([project.id])).status, 201)
  })

  it('ends with its tokens when it is disabled or deleted; what it did stays', async () => {
    const { owner, project } = await world.team()
    const { bot, tokenId, ...program } = await robot(owner, project)
    const { body: task } = await program.post(`projects/${project.id}/tasks`, {
      title: 'Stays',
      assignee_ids: [bot.id],
    })
    const { body: tokens } = await owner.get(`bots/${bot.id}/tokens`)
    assert.deepEqual(
      tokens.items.map(({ id }: any) => id),
      [tokenId],
    )
    assert((await owner.patch(`bots/${bot.id}`, { disabled: true })).body.disabled_at)
    const stale = await owner.patch(`bots/${bot.id}?base_version=${bot.version}`, { disabled: false })
    refused(stale, 409, 'version_conflict')
    assert.deepEqual(Object.keys(stale.body.conflicts), ['disabled_at'])
    const gone = () =>
      eventually(async () => refused(await program.get('tasks'), 401, 'unauthenticated'), 1_250)
    await gone()
    assert.equal((await owner.patch(`bots/${bot.id}`, { disabled: false })).body.disabled_at, null)
    await gone()
    refused(await owner.get(`bots/${bot.id}/tokens/${tokenId}`), 404, 'not_found')
    assert.equal((await owner.delete(`bots/${bot.id}`)).status, 204)
    refused(await owner.get(`bots/${bot.id}`), 404, 'not_found')
    const { body: left } = await owner.get(`tasks/${task.id}`)
    assert.deepEqual([left.created_by, left.assignee_ids], [bot.id, []])
  })

  it('has each of its tokens ended by who manages it', async () => {
    const { owner, outsider, project } = await world.team()
    const { bot, tokenId, ...program } = await robot(owner, project)
    const other = await robot(owner, project)
    refused(await outsider.delete(`bots/${bot.id}/tokens/${tokenId}`), 404, 'not_found')
    refused(await owner.delete(`bots/${bot.id}/tokens/${other.tokenId}`), 404, 'not_found')
    assert.equal((await owner.delete(`bots/${bot.id}/tokens/${tokenId}`)).status, 204)
    await eventually(async () => refused(await program.get('tasks'), 401, 'unauthenticated'), 1_250)
    assert.equal((await other.get('tasks')).status, 200)
  })
})
