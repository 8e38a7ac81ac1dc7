import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { v7 as uuid } from 'uuid'
import { eventually, PASSWORD, refused, start, type Actor, type Client } from '../../../test/harness.ts'
import { makeToken } from './secret.ts'

const world = await start({ TOKEN_MAX_TTL: String(30 * 86_400) })

const inDays = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString()

/** A program with a token that somebody makes, which may be a program too. */
async function program(maker: Client, body: object = {}): Promise<Client & { token: string; id: string }> {
  const made = await maker.post('tokens', { name: 'Nightly import', scopes: ['tasks:write'], ...body })
  assert.equal(made.status, 201, JSON.stringify(made.body))
  return { token: made.body.token, id: made.body.id, ...world.client(made.body.token) }
}

const add = async (who: Client, project: { id: string }, title = 'Task') => {
  const { status, body } = await who.post(`projects/${project.id}/tasks`, { title })
  assert.equal(status, 201, JSON.stringify(body))
  return body
}

describe('a token for a program', () => {
  it('is shown once, is hashed where it is kept, and says what it is for', async () => {
    const user = await world.user()
    const { status, headers, body } = await user.post('tokens', {
      name: 'Nightly import',
      scopes: ['tasks:write'],
      expires_at: inDays(7),
    })
    const { token, ...shown } = body
    assert.equal(status, 201)
    assert.match(token, /^tt_[0-9A-Za-z]{71}$/)
    assert.deepEqual(shown.scopes, ['tasks:read', 'tasks:write'], 'a scope that writes includes reading')
    assert.equal(headers.get('location'), `/api/v1/tokens/${shown.id}`)
    assert.deepEqual((await user.get(`tokens/${shown.id}`)).body, shown)
    assert.deepEqual((await user.get('tokens')).body, { items: [shown], next_cursor: null })
    const { rows } = await world.pool.query(
      `select to_json(tokens)::text as text from tokens where id = $1`,
      [shown.id],
    )
    assert(!rows[0].text.includes(token.slice(3)))
  })

  it('acts for its user, and what it does says so', async () => {
    const { editor, owner, project } = await world.team()
    const robot = await program(editor)
    const task = await add(robot, project)
    assert.equal(task.created_by, editor.id)
    const history = await owner.get(`tasks/${task.id}/history`)
    assert.deepEqual(
      history.body.items.map(({ actor, token }: any) => [actor.id, token]),
      [[editor.id, { id: robot.id, name: 'Nightly import' }]],
    )
    const { body: feed } = await owner.get('changes?after=now')
    await robot.patch(`tasks/${task.id}`, { title: 'By the program' })
    await editor.patch(`tasks/${task.id}`, { title: 'By the person' })
    const { body: changes } = await owner.get(`changes?after=${feed.next}`)
    assert.deepEqual(
      changes.items.map(({ actor_id, token_id }: any) => [actor_id, token_id]),
      [
        [editor.id, robot.id],
        [editor.id, null],
      ],
    )
    const { body: me } = await robot.get('users/me')
    assert.deepEqual(
      [me.id, me.token.id, me.token.scopes],
      [editor.id, robot.id, ['tasks:read', 'tasks:write']],
    )
    assert.equal((await editor.get('users/me')).body.token, null)
    const { body: valid } = await robot.get('auth/validate')
    assert.deepEqual([valid.session_id, valid.token.current], [null, true])
  })

  it('that is not for something is told which scope it lacks; it does nothing', async () => {
    const { owner, project } = await world.team()
    const reader = await program(owner, { scopes: ['tasks:read'] })
    const answer = await reader.post(`projects/${project.id}/tasks`, { title: 'No' })
    refused(answer, 403, 'insufficient_scope')
    assert.equal(
      answer.headers.get('www-authenticate'),
      'Bearer error="insufficient_scope", scope="tasks:write"',
    )
    refused(
      await reader.post('auth/password', { current_password: PASSWORD, new_password: 'x' }),
      403,
      'person_needed',
    )
    const profile = await program(owner, { scopes: ['account'] })
    assert.equal((await profile.patch('users/me', { name: 'Renamed' })).status, 200)
    refused(
      await profile.patch('users/me', { email: 'x@example.com', current_password: PASSWORD }),
      403,
      'person_needed',
    )
    refused(await profile.get('tasks'), 403, 'insufficient_scope')
  })

  it('of an administrator has their rights in everything only where it is for that', async () => {
    const { admin, owner, project } = await world.team()
    refused(await admin.post('tokens', { name: 'All', scopes: ['admin'] }), 400, 'invalid')
    refused(
      await admin.post('tokens', { name: 'All', scopes: ['admin'], current_password: 'a wrong horse' }),
      400,
      'invalid',
    )
    refused(
      await owner.post('tokens', { name: 'All', scopes: ['admin'], current_password: PASSWORD }),
      403,
      'forbidden',
    )
    const all = await program(admin, { scopes: ['admin', 'tasks:read'], current_password: PASSWORD })
    const some = await program(admin, { scopes: ['tasks:read', 'webhooks:manage'] })
    assert.equal((await all.get(`projects/${project.id}`)).status, 200)
    assert.equal((await all.get('users')).status, 200)
    refused(await some.get(`projects/${project.id}`), 404, 'not_found')
    refused(await some.get('users'), 403, 'insufficient_scope')
    const { body } = await some.get('changes')
    assert.deepEqual(
      body.items.filter(({ kind }: any) => kind !== 'reset'),
      [],
      'nor in the feed',
    )
  })

  it('shows when it was used last, to the minute', async () => {
    const user = await world.user()
    const robot = await program(user)
    const used = async () => (await user.get(`tokens/${robot.id}`)).body.last_used_at
    assert.equal(await used(), null)
    await robot.get('tasks')
    await eventually(async () => assert(Date.now() - Date.parse(await used()) < 5_000))
    const noted = await used()
    await world.pool.query(`update tokens set last_used_at = now() - interval '50 seconds' where id = $1`, [
      robot.id,
    ])
    const { rows: before } = await world.pool.query('select xmin from tokens where id = $1', [robot.id])
    for (const server of world.servers)
      await server.app.inject({ url: '/api/v1/tasks', headers: { authorization: `Bearer ${robot.token}` } })
    const { rows: after } = await world.pool.query('select xmin from tokens where id = $1', [robot.id])
    assert(noted)
    assert.deepEqual(after, before, 'one write a minute')
  })

  it('ends when its time is over, is a year at most by a setting, and is refused otherwise', async () => {
    const user = await world.user()
    const ask = (expires_at: string) =>
      user.post('tokens', { name: 'Long', scopes: ['tasks:read'], expires_at })
    for (const expires_at of [inDays(31), inDays(-1), '2999-01-01T00:00:00Z']) {
      const answer = await ask(expires_at)
      refused(answer, 400, 'invalid')
      assert.equal(answer.body.errors[0].pointer, '/expires_at')
    }
    const robot = await program(user)
    assert(
      Math.abs(Date.parse((await user.get(`tokens/${robot.id}`)).body.expires_at) - Date.parse(inDays(30))) <
        60_000,
    )
    await world.pool.query('update tokens set expires_at = now() where id = $1', [robot.id])
    refused(await robot.get('tasks'), 401, 'unauthenticated')
    refused(await user.get(`tokens/${robot.id}`), 404, 'not_found')
  })

  it('is made only of what there is: unknown scopes and hidden projects are refused', async () => {
    const { owner, outsider, project } = await world.team()
    const unknown = await owner.post('tokens', { name: 'x', scopes: ['tasks:read', 'everything'] })
    refused(unknown, 400, 'invalid')
    assert.equal(unknown.body.errors[0].pointer, '/scopes/1')
    for (const id of [project.id, uuid()])
      refused(
        await outsider.post('tokens', { name: 'x', scopes: ['tasks:read'], project_ids: [id] }),
        422,
        'no_such_project',
      )
    for (const [body, pointer] of [
      [{ scopes: [] }, '/scopes'],
      [{ scopes: ['tasks:read'], project_ids: [] }, '/project_ids'],
      [{ scopes: ['account'], project_ids: [project.id] }, '/project_ids'],
    ] as const) {
      const answer = await owner.post('tokens', { name: 'x', ...body })
      refused(answer, 400, 'invalid')
      assert.equal(answer.body.errors[0].pointer, pointer)
    }
  })

  it('that is none is refused without a look into the database; one with another secret after one', async () => {
    const user = await world.user()
    const { token, id } = await program(user)
    const { read } = world.servers[0]!.db
    const query = read.query.bind(read)
    let statements = 0
    read.query = (statement) => (statements++, query(statement))
    const looks = async (sent: string) => {
      statements = 0
      refused(await world.client(sent, world.origins[0]).get('tasks'), 401, 'unauthenticated')
      return statements
    }
    const changed = (at: number) => token.slice(0, at) + (token[at] === 'a' ? 'b' : 'a') + token.slice(at + 1)
    for (const sent of [
      changed(5),
      changed(40),
      changed(73),
      token.slice(0, -1),
      `${token}a`,
      'tt_',
      token.toUpperCase(),
    ])
      assert.equal(await looks(sent), 0, sent)
    assert.equal(await looks(makeToken(id).token), 1)
    assert.equal(await looks(makeToken(uuid()).token), 1)
    read.query = query
  })

  it('is no session, no link and no refresh token, and none of these is one', async () => {
    const user = await world.user()
    const { token } = await program(user)
    refused(await world.anonymous.post('auth/refresh', { refresh_token: token }), 401, 'unauthenticated')
    refused(await world.anonymous.post('auth/verify-email', { token }), 400, 'invalid')
    assert.equal((await world.anonymous.get(`events?ticket=${token}`)).status, 401)
    assert.equal((await world.anonymous.get(`tasks?access_token=${token}`)).status, 401)
    const forged = await world.tokens.signAccess(user.id, (await user.get('tokens')).body.items[0].id)
    refused(await world.client(forged).get('tasks'), 401, 'unauthenticated')
  })

  it('of somebody else, or that nobody has, is not found', async () => {
    const [user, other] = [await world.user(), await world.user()]
    const { id } = await program(user)
    for (const path of [`tokens/${id}`, `tokens/${uuid()}`]) {
      refused(await other.get(path), 404, 'not_found')
      refused(await other.delete(path), 404, 'not_found')
    }
    assert.equal((await user.get(`tokens/${id}`)).status, 200)
  })
})

describe('a token ends', () => {
  const admin = world.user({ role: 'admin' })
  const acts: Record<string, (user: Actor, id: string) => Promise<unknown>> = {
    'when it is ended': (user, id) => user.delete(`tokens/${id}`),
    'with all others': (user) => user.delete('tokens'),
    'when its user is disabled, and for good': async ({ id }) => {
      await (await admin).patch(`users/${id}`, { disabled: true })
      await (await admin).patch(`users/${id}`, { disabled: false })
    },
    'when its user is logged out by an administrator': async ({ id }) =>
      (await admin).delete(`users/${id}/sessions`),
    'when its user is invited anew': async ({ id }) => (await admin).post(`users/${id}/invitation`),
    'when its user is deleted': (user) => user.leave(),
  }
  for (const [when, act] of Object.entries(acts))
    it(`${when}, on both servers within a second, with what descends from it`, async () => {
      const user = await world.user()
      const parent = await program(user)
      const child = await program(parent)
      const on = (origin: string, { token }: { token: string }) => world.client(token, origin).get('tasks')
      for (const origin of world.origins)
        for (const each of [parent, child]) assert.equal((await on(origin, each)).status, 200)
      await act(user, parent.id)
      const begun = Date.now()
      for (const origin of world.origins)
        for (const each of [parent, child])
          await eventually(async () => refused(await on(origin, each), 401, 'unauthenticated'), 1_250)
      assert(Date.now() - begun < 1_500)
    })

  it('not when its user changes the password or ends the other sessions: docs say so', async () => {
    const user = await world.user()
    const robot = await program(user)
    await user.post('auth/password', {
      current_password: PASSWORD,
      new_password: 'another horse, another staple',
    })
    await user.delete('auth/sessions')
    assert.equal((await robot.get('tasks')).status, 200)
  })

  it('and with it its streams', async () => {
    const user = await world.user()
    const robot = await program(user)
    const { body } = await robot.post('events/ticket')
    const open = await Promise.all([
      fetch(`${world.origins[0]}/api/v1/events`, { headers: { authorization: `Bearer ${robot.token}` } }),
      fetch(`${world.origins[1]}/api/v1/events?ticket=${body.ticket}`),
    ])
    const waiting = robot.get('changes?after=now&wait=10')
    for (const { status } of open) assert.equal(status, 200)
    await user.delete(`tokens/${robot.id}`)
    const begun = Date.now()
    await Promise.all(open.map((stream) => stream.text()))
    refused(await waiting, 401, 'unauthenticated')
    assert(Date.now() - begun < 2_000)
    assert.equal((await world.anonymous.get(`events?ticket=${body.ticket}`)).status, 401)
  })
})

describe('a token for some projects', () => {
  /** Two projects of one person with a task each, a third that is linked from the first, and a token for the first. */
  async function bounded(scopes = ['tasks:write', 'comments:write', 'projects:manage', 'webhooks:manage']) {
    const owner = await world.user({ name: 'Olivia' })
    const [here, there] = await Promise.all(
      ['Here', 'There'].map(async (name) => (await owner.post('projects', { name })).body),
    )
    const [inside, outside] = [await add(owner, here, 'pump inside'), await add(owner, there, 'pump outside')]
    await owner.post(`tasks/${inside.id}/links`, { kind: 'blocks', linked_task_id: outside.id })
    const robot = await program(owner, { scopes, project_ids: [here.id] })
    return { owner, here, there, inside, outside, robot }
  }

  it('sees and changes nothing else: by id, reference or key, in lists, search, trash, links and histories', async () => {
    const { owner, here, there, inside, outside, robot } = await bounded()
    const ids = async (path: string) =>
      (await robot.get(path)).body.items.map((item: any) => (item.task ?? item).id)
    for (const path of ['tasks', 'search?q=pump']) assert.deepEqual(await ids(path), [inside.id], path)
    assert.deepEqual(await ids('projects'), [here.id])
    assert.deepEqual(await ids(`tasks?filter=${encodeURIComponent('project in (HERE, THERE)')}`), [inside.id])
    for (const path of [
      `tasks/${outside.id}`,
      `tasks/${outside.ref}`,
      `tasks/${outside.id}/history`,
      `tasks/${outside.id}/comments`,
      `projects/${there.key}`,
      `projects/${there.id}/members`,
      `projects/${there.id}/webhooks`,
      `projects/${there.id}/history`,
    ])
      refused(await robot.get(path), 404, 'not_found')
    const { body: links } = await robot.get(`tasks/${inside.id}/links`)
    assert.deepEqual(
      links.items.map(({ linked_task_id, hidden }: any) => [linked_task_id, hidden]),
      [[null, true]],
    )
    refused(await robot.patch(`tasks/${outside.id}`, { title: 'No' }), 404, 'not_found')
    refused(await robot.post(`projects/${there.id}/tasks`, { title: 'No' }), 404, 'not_found')
    refused(
      await robot.post(`tasks/${inside.id}/links`, { kind: 'relates_to', linked_task_id: outside.id }),
      422,
      'no_such_task',
    )
    refused(await robot.patch(`tasks/${inside.id}`, { project_id: there.id }), 422, 'no_such_project')
    refused(await robot.post('projects', { name: 'New' }), 403, 'insufficient_scope')
    const bulk = await robot.post('tasks/bulk', { operations: [{ update: { id: outside.id, title: 'No' } }] })
    refused(bulk, 404, 'not_found')
    await owner.delete(`tasks/${outside.id}`)
    assert.deepEqual(await ids('trash'), [])
    refused(await robot.post(`tasks/${outside.id}/restore`), 404, 'not_found')
    await owner.delete(`projects/${there.id}`)
    assert.deepEqual(await ids('trash'), [])
    refused(await robot.post(`projects/${there.id}/restore`), 404, 'not_found')
  })

  it('loses a task that is moved out of them, and hears that it went', async () => {
    const { owner, here, there, inside, robot } = await bounded()
    const { body: begin } = await robot.get('changes?after=now')
    await owner.patch(`tasks/${inside.id}`, { project_id: there.id })
    refused(await robot.get(`tasks/${inside.id}`), 404, 'not_found')
    refused(await robot.get(`tasks/${inside.ref}`), 404, 'not_found')
    const { body } = await robot.get(`changes?after=${begin.next}`)
    assert.deepEqual(
      body.items.map(({ kind, project_id, changes, resource }: any) => [kind, project_id, changes, resource]),
      [['task.updated', here.id, { project_id: { from: here.id, to: null } }, null]],
    )
  })

  it('hears of nothing else in the feed and the stream, with a cursor of its user too', async () => {
    const { owner, here, there, inside, outside, robot } = await bounded()
    const hidden = JSON.stringify([there.id, there.key, outside.id]).slice(1, -1).split(',')
    const { body: all } = await owner.get('changes')
    const stream = await fetch(`${world.origins[1]}/api/v1/events?after=now`, {
      headers: { authorization: `Bearer ${robot.token}` },
    })
    await owner.patch(`tasks/${outside.id}`, { title: 'Hidden' })
    await owner.post(`projects/${there.id}/webhooks`, { url: 'https://example.com/hook' })
    const other = await world.user()
    await owner.post(`projects/${there.id}/members`, { user_id: other.id, role: 'owner' })
    await owner.delete(`projects/${there.id}/members/${owner.id}`)
    await owner.patch(`tasks/${inside.id}`, { title: 'Seen' })
    for (const path of ['changes', `changes?after=${all.next}`]) {
      const { body } = await robot.get(path)
      const told = JSON.stringify(body.items)
      assert(told.includes('Seen') && told.includes(here.id), path)
      for (const id of hidden) assert(!told.includes(id), `${path} has ${id} of ${told}`)
    }
    let heard = ''
    for await (const chunk of stream.body!) {
      heard += Buffer.from(chunk).toString()
      if (heard.includes('Seen')) break
    }
    for (const id of hidden) assert(!heard.includes(id))
  })

  it('that is not for webhooks does not hear of them either, although its user manages the project', async () => {
    const { owner, here, robot } = await bounded(['tasks:read'])
    await owner.post(`projects/${here.id}/webhooks`, { url: 'https://example.com/hook' })
    for (const path of ['changes', `projects/${here.id}/history`]) {
      const { body } = await robot.get(path)
      assert(body.items.length > 0 && !JSON.stringify(body).includes('webhook.'), path)
    }
    assert(JSON.stringify((await owner.get(`projects/${here.id}/history`)).body).includes('webhook.created'))
  })

  it('undoes only what it could have done, as if there were nothing else', async () => {
    const { owner, here, inside, outside, robot } = await bounded(['tasks:write'])
    const operation = async (path: string, body: object) =>
      (await owner.patch(path, body)).headers.get('operation-id')
    const undo = async (path: string, body: object) =>
      robot.post(`operations/${await operation(path, body)}/undo`)
    assert.equal((await undo(`tasks/${inside.id}`, { title: 'Once' })).status, 200)
    refused(await undo(`tasks/${outside.id}`, { title: 'Once' }), 404, 'not_found')
    refused(await undo(`projects/${here.id}`, { name: 'Once' }), 403, 'insufficient_scope')
    refused(await undo('users/me', { name: 'Once' }), 404, 'not_found')
  })

  it('gets no answer that its user or another token got for an Idempotency-Key', async () => {
    const { owner, there, here, robot } = await bounded()
    const headers = { 'idempotency-key': uuid() }
    const make = (who: Client, project: { id: string }) =>
      who.post(`projects/${project.id}/tasks`, { title: 'Once' }, headers)
    const theirs = await make(owner, there)
    refused(await make(robot, there), 404, 'not_found')
    const own = await make(robot, here)
    assert.equal((await make(robot, here)).body.id, own.body.id)
    assert.equal((await make(robot, here)).headers.get('idempotency-replayed'), 'true')
    const sibling = await program(owner, { project_ids: [here.id] })
    assert.notEqual((await make(sibling, here)).body.id, own.body.id)
    assert.equal((await make(owner, there)).body.id, theirs.body.id)
    const stale = { 'if-match': theirs.headers.get('etag')! }
    refused(await robot.patch(`tasks/${theirs.body.id}`, { title: 'No' }, stale), 404, 'not_found')
  })
})

describe('a token that makes a token', () => {
  it('makes none that is broader or lives longer than itself, and by itself one that is like it', async () => {
    const { owner, project } = await world.team()
    const { body: other } = await owner.post('projects', { name: 'Other' })
    const parent = await program(owner, {
      scopes: ['tasks:write', 'comments:write'],
      project_ids: [project.id],
      expires_at: inDays(7),
    })
    const ask = (body: object) => parent.post('tokens', { name: 'Child', scopes: ['tasks:read'], ...body })
    for (const [body, pointer] of [
      [{ scopes: ['tasks:read', 'webhooks:manage'] }, '/scopes'],
      [{ scopes: ['account'] }, '/scopes'],
      [{ project_ids: null }, '/project_ids'],
      [{ project_ids: [other.id] }, '/project_ids'],
      [{ project_ids: [project.id, uuid()] }, '/project_ids'],
      [{ expires_at: inDays(8) }, '/expires_at'],
    ] as const) {
      const answer = await ask(body)
      refused(answer, 403, 'insufficient_scope')
      assert.equal(answer.body.errors[0].pointer, pointer)
    }
    const { body: child } = await ask({})
    const { body: own } = await parent.get(`tokens/${parent.id}`)
    assert.deepEqual(
      [child.parent_id, child.project_ids, child.scopes],
      [parent.id, [project.id], ['tasks:read']],
    )
    const earlier = Date.parse(own.expires_at) - Date.parse(child.expires_at)
    assert(earlier >= 0 && earlier < 1_000)
    assert.equal((await world.client(child.token).get(`projects/${project.id}`)).status, 200)
  })

  it('knows of it and of none besides, and ends it; five deep and no deeper', async () => {
    const user = await world.user()
    const sibling = await program(user)
    let last = await program(user)
    const chain = [last]
    for (let depth = 0; depth < 5; depth++) chain.push((last = await program(last)))
    refused(await last.post('tokens', { name: 'Child', scopes: ['tasks:read'] }), 409, 'limit_reached')
    const [first, second, third] = chain as [typeof last, typeof last, typeof last]
    const seen = (await second.get('tokens?total=true')).body
    assert.deepEqual(
      seen.items.map(({ id }: any) => id),
      chain.slice(1).map(({ id }) => id),
    )
    assert.equal(seen.total, 5)
    for (const { id } of [first, sibling]) {
      refused(await second.get(`tokens/${id}`), 404, 'not_found')
      refused(await second.delete(`tokens/${id}`), 404, 'not_found')
    }
    assert.equal((await second.delete(`tokens/${third.id}`)).status, 204)
    await eventually(async () => refused(await last.get('tasks'), 401, 'unauthenticated'), 1_250)
    assert.equal((await second.get('tasks')).status, 200)
    assert.equal((await second.delete('tokens')).status, 204)
    assert.equal((await second.get('tasks')).status, 200, 'all but the one that asks')
    assert.equal((await second.delete(`tokens/${second.id}`)).status, 204, 'and that one by its id')
    await eventually(async () => refused(await second.get('tasks'), 401, 'unauthenticated'), 1_250)
  })

  it('while it is ended makes one that is none', async () => {
    const user = await world.user()
    const parent = await program(user)
    // The child is written by what began before the parent was ended, so that ending it did not see the child.
    const child = makeToken(uuid())
    const client = await world.pool.connect()
    try {
      await client.query('begin')
      await client.query(
        `insert into tokens (id, user_id, ancestor_ids, name, hash, scopes, expires_at)
         select $1, user_id, array[id], 'Child', $2, scopes, expires_at from tokens where id = $3`,
        [child.id, child.hash, parent.id],
      )
      assert.equal((await user.delete(`tokens/${parent.id}`)).status, 204)
      await client.query('commit')
    } finally {
      client.release()
    }
    refused(await world.client(child.token).get('tasks'), 401, 'unauthenticated')
    await world.pool.query('delete from tokens where id = $1', [parent.id])
    refused(await world.client(child.token).get('tasks'), 401, 'unauthenticated')
  })
})
