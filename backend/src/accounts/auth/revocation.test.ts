// Whatever takes somebody's rights away does so within a second on every server, for access tokens too.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { collide } from '../../../test/races.ts'
import { PASSWORD, refused, start, type Actor, type Answer } from '../../../test/harness.ts'

const world = await start()
const admin = await world.user({ role: 'admin' })
const [first = '', second = ''] = world.origins

/** A second, and what it takes to notice. */
const BOUND = 1_250

/** How long the answer keeps being what it should no longer be, in milliseconds. */
async function lag(ask: () => Promise<Answer>, status: number): Promise<number> {
  const begun = Date.now()
  while (Date.now() - begun < 5_000) {
    if ((await ask()).status === status) return Date.now() - begun
    await sleep(20)
  }
  return Infinity
}

const changePassword = (who: Actor, origin: string) =>
  world
    .client(who.token, origin)
    .post('auth/password', { current_password: PASSWORD, new_password: 'another horse, another staple' })
const elsewhere = async (user: Actor): Promise<Actor> => {
  const { body } = await world.anonymous.post('auth/login', { email: user.email, password: PASSWORD })
  return { ...user, token: body.access_token }
}

/** Each is done by way of the first server and ends `user`'s access. */
const ACTS: Record<string, (user: Actor) => Promise<Answer>> = {
  'logging out': (user) => world.client(user.token, first).post('auth/logout'),
  'ending the session from another one': async (user) =>
    world.client((await elsewhere(user)).token, first).delete(`auth/sessions/${user.sessionId}`),
  'ending all other sessions': async (user) =>
    world.client((await elsewhere(user)).token, first).delete('auth/sessions'),
  'changing the password in another session': async (user) => changePassword(await elsewhere(user), first),
  'deleting oneself': (user) => world.client(user.token, first).leave(),
  'being disabled': (user) => world.client(admin.token, first).patch(`users/${user.id}`, { disabled: true }),
  'being deleted': (user) => world.client(admin.token, first).delete(`users/${user.id}`),
  'being logged out by an administrator': (user) =>
    world.client(admin.token, first).delete(`users/${user.id}/sessions`),
  'being given a new invitation': (user) =>
    world.client(admin.token, first).post(`users/${user.id}/invitation`),
}

describe('access ends within a second on both servers', () => {
  for (const [what, act] of Object.entries(ACTS)) {
    it(`after ${what}`, async () => {
      const user = await world.user()
      const on = (origin: string) => () => world.client(user.token, origin).get('auth/validate')
      const refresh_token = await world.tokens.signRefresh(
        { userId: user.id, sessionId: user.sessionId, counter: 1 },
        Math.floor(Date.now() / 1000) + 900,
      )
      // So that both servers remember the session.
      for (const origin of world.origins) assert.equal((await on(origin)()).status, 200)
      assert((await act(user)).status < 300)
      assert.equal((await on(first)()).status, 401, 'where it was done, the next request is refused')
      const ms = await lag(on(second), 401)
      assert(ms <= BOUND, `the other server noticed after ${ms} ms`)
      refused(await world.anonymous.post('auth/refresh', { refresh_token }), 401, 'unauthenticated')
    })
  }

  it('after a demotion, as far as administrators may more', async () => {
    const demoted = await world.user({ role: 'admin' })
    const on = (origin: string) => () => world.client(demoted.token, origin).get('users')
    for (const origin of world.origins) assert.equal((await on(origin)()).status, 200)
    await world.client(admin.token, first).patch(`users/${demoted.id}`, { role: 'user' })
    assert.equal((await on(first)()).status, 403)
    const ms = await lag(on(second), 403)
    assert(ms <= BOUND, `the other server noticed after ${ms} ms`)
    assert.equal((await demoted.get('auth/validate')).status, 200)
  })

  it('after the removal from a project: at once, since memberships are not remembered', async () => {
    const { owner, editor, project } = await world.team()
    const { body: task } = await editor.post(`projects/${project.id}/tasks`, { title: 'Mine' })
    await world.client(owner.token, first).delete(`projects/${project.id}/members/${editor.id}`)
    for (const origin of world.origins) {
      const removed = world.client(editor.token, origin)
      for (const path of [`projects/${project.id}`, `tasks/${task.id}`, `projects/${project.id}/tasks`])
        refused(await removed.get(path), 404, 'not_found')
      refused(await removed.patch(`tasks/${task.id}`, { title: 'Still mine' }), 404, 'not_found')
      for (const list of ['tasks', 'projects', 'trash'])
        assert.deepEqual((await removed.get(list)).body.items, [])
    }
  })
})

describe('a disabled user', () => {
  it('cannot log in, and what ended stays ended when enabled again', async () => {
    const user = await world.user()
    const logIn = () => world.anonymous.post('auth/login', { email: user.email, password: PASSWORD })
    await admin.patch(`users/${user.id}`, { disabled: true })
    refused(await logIn(), 401, 'invalid_credentials')
    await admin.patch(`users/${user.id}`, { disabled: false })
    await sleep(BOUND)
    refused(await user.get('auth/validate'), 401, 'unauthenticated')
    assert.equal((await logIn()).status, 200)
  })
})

describe('POST /auth/password', () => {
  it('needs the current password and keeps this session', async () => {
    const user = await world.user()
    const wrong = await user.post('auth/password', {
      current_password: 'not this one at all',
      new_password: 'another horse, another staple',
    })
    refused(wrong, 400, 'invalid')
    assert.equal(wrong.body.errors[0].pointer, '/current_password')
    assert.equal((await changePassword(user, first)).status, 204)
    assert.equal((await user.get('auth/validate')).status, 200)
    const logIn = (password: string) => world.anonymous.post('auth/login', { email: user.email, password })
    refused(await logIn(PASSWORD), 401, 'invalid_credentials')
    assert.equal((await logIn('another horse, another staple')).status, 200)
  })

  it('leaves no session to a log-in with the old password that was under way', async () => {
    const user = await world.user()
    const another = await elsewhere(user)
    // The change has replaced the password and waits to end this session; only then does the log-in come.
    const lock = { text: 'select from sessions where user_id = $1 for key share', values: [user.id] }
    const [changed, login] = await collide(world, lock, [
      () => changePassword(another, first),
      () => world.anonymous.post('auth/login', { email: user.email, password: PASSWORD }),
    ])
    assert.equal(changed!.status, 204)
    refused(login!, 401, 'invalid_credentials')
    const { rows } = await world.pool.query('select from sessions where user_id = $1', [user.id])
    assert.equal(rows.length, 1)
  })

  it('is done once when two sessions do it at the same moment', async () => {
    const user = await world.user()
    const sessions = [user, await elsewhere(user)]
    const lock = { text: 'select from users where id = $1 for update', values: [user.id] }
    const answers = await collide(
      world,
      lock,
      sessions.map((session) => () => changePassword(session, first)),
    )
    assert.deepEqual(answers.map(({ status }) => status).sort(), [204, 400])
  })
})
