import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { loadConfig } from '../../config.ts'
import { collide } from '../../../test/races.ts'
import { eventually, PASSWORD, refused, start, type World } from '../../../test/harness.ts'

const world = await start()

/** Somebody with a session as a log-in makes it. */
async function loggedIn(on: World = world) {
  const user = await on.user()
  const { body } = await on.anonymous.post('auth/login', { email: user.email, password: PASSWORD })
  const { rows } = await on.pool.query<{ id: string }>(
    'select id from sessions where user_id = $1 and id <> $2',
    [user.id, user.sessionId],
  )
  return { user, sessionId: rows[0]?.id ?? '', access: body.access_token, refresh: body.refresh_token, body }
}
const refresh = (refresh_token: string, on: World = world) =>
  on.anonymous.post('auth/refresh', { refresh_token })
const validate = (token: string, on: World = world) => on.client(token).get('auth/validate')
const sessionOf = async (id: string) =>
  (await world.pool.query('select counter from sessions where id = $1', [id])).rows[0]
const age = (id: string, seconds: number) =>
  world.pool.query(
    'update sessions set refreshed_at = refreshed_at - make_interval(secs => $2) where id = $1',
    [id, seconds],
  )

describe('POST /auth/refresh', () => {
  it('exchanges a refresh token for new tokens of the same session, which ends when it would have', async () => {
    const { refresh: first, body: login, sessionId } = await loggedIn()
    const { status, body } = await refresh(first)
    assert.equal(status, 200)
    assert.notEqual(body.refresh_token, first)
    assert(body.refresh_expires_in <= login.refresh_expires_in)
    assert.equal((await validate(body.access_token)).body.session_id, sessionId)
  })

  it('answers the current token to whoever lost the answer and asks again within ten seconds', async () => {
    const { refresh: first, sessionId } = await loggedIn()
    await refresh(first)
    await age(sessionId, 9)
    const again = await refresh(first)
    assert.equal(again.status, 200)
    assert.deepEqual(await sessionOf(sessionId), { counter: 2 })
    assert.equal((await refresh(again.body.refresh_token)).status, 200)
  })

  it('ends the session, although the request fails, when the token before comes later than that', async () => {
    const { refresh: first, access, sessionId } = await loggedIn()
    const { body: second } = await refresh(first)
    await age(sessionId, 11)
    const reused = await refresh(first)
    refused(reused, 401, 'unauthenticated')
    assert.equal(reused.headers.get('www-authenticate'), 'Bearer error="invalid_token"')
    assert.equal(await sessionOf(sessionId), undefined)
    refused(await refresh(second.refresh_token), 401, 'unauthenticated')
    for (const token of [access, second.access_token])
      await eventually(async () => refused(await validate(token), 401, 'unauthenticated'), 1_500)
  })

  it('ends the session when an older token comes, however soon', async () => {
    const { refresh: first, sessionId } = await loggedIn()
    const { body: second } = await refresh(first)
    const { body: third } = await refresh(second.refresh_token)
    refused(await refresh(first), 401, 'unauthenticated')
    assert.equal(await sessionOf(sessionId), undefined)
    refused(await refresh(third.refresh_token), 401, 'unauthenticated')
  })

  it('leaves the other sessions of the user alone when it ends one', async () => {
    const { user, refresh: first, sessionId } = await loggedIn()
    await refresh(first)
    await age(sessionId, 11)
    await refresh(first)
    assert.equal((await validate(user.token)).status, 200)
  })

  it('goes on as one chain when twenty ask at once', async () => {
    const { refresh: first, sessionId } = await loggedIn()
    const answers = await Promise.all(Array.from({ length: 20 }, () => refresh(first)))
    assert.deepEqual(new Set(answers.map(({ status }) => status)), new Set([200]))
    assert.deepEqual(await sessionOf(sessionId), { counter: 2 })
  })

  it('goes on as one chain when two are let at the session at the same moment', async () => {
    const { refresh: first, sessionId } = await loggedIn()
    const lock = { text: 'select from sessions where id = $1 for update', values: [sessionId] }
    const answers = await collide(world, lock, [() => refresh(first), () => refresh(first)])
    assert.deepEqual(
      answers.map(({ status }) => status),
      [200, 200],
    )
    assert.deepEqual(await sessionOf(sessionId), { counter: 2 })
    assert.equal((await refresh(answers[0]!.body.refresh_token)).status, 200)
  })

  it('refuses what is no refresh token', async () => {
    for (const token of ['', 'a.b.c', 'x'.repeat(2000)]) refused(await refresh(token), 401, 'unauthenticated')
    refused(await refresh('x'.repeat(2001)), 400, 'invalid')
    refused(await world.anonymous.post('auth/refresh', {}), 400, 'invalid')
  })
})

describe('a session', () => {
  it('ends at its time, however often it is refreshed, and nobody has to clear it away', async () => {
    const short = await start({ JWT_REFRESH_TTL: '2' })
    const { access, refresh: first, body } = await loggedIn(short)
    assert(body.refresh_expires_in <= 2)
    const begun = Date.now()
    let token = first
    while (Date.now() - begun < 1_500) {
      await sleep(300)
      token = (await refresh(token, short)).body.refresh_token ?? token
    }
    await sleep(begun + 2_200 - Date.now())
    refused(await refresh(token, short), 401, 'unauthenticated')
    await eventually(async () => refused(await validate(access, short), 401, 'unauthenticated'), 1_500)
  })

  it('ends when it is not refreshed for long, and its access token with it', async () => {
    const idle = await start({ SESSION_IDLE_TTL: '1' })
    const { access, refresh: first } = await loggedIn(idle)
    await sleep(1_100)
    refused(await refresh(first, idle), 401, 'unauthenticated')
    await eventually(async () => refused(await validate(access, idle), 401, 'unauthenticated'), 1_500)
  })

  it('has access tokens of fifteen minutes at most', () => {
    const url = 'postgres://localhost/x'
    assert.throws(() => loadConfig({ DATABASE_URL: url, JWT_ACCESS_TTL: '901' }), /JWT_ACCESS_TTL/)
    assert.equal(world.config.accessTtl, 900)
  })
})

describe('GET /auth/sessions', () => {
  it('lists my sessions, newest first and this one marked, and nobody else’s', async () => {
    const { user, sessionId } = await loggedIn()
    await loggedIn()
    const { body } = await user.get('auth/sessions')
    assert.deepEqual(
      body.items.map(({ id, current }: { id: string; current: boolean }) => [id, current]),
      [
        [sessionId, false],
        [user.sessionId, true],
      ],
    )
    assert.equal(body.items[0].ip, '127.0.0.1')
  })

  it('leaves out those that have ended by themselves', async () => {
    const { user, sessionId } = await loggedIn()
    await age(sessionId, 8 * 86_400)
    const { body } = await user.get('auth/sessions')
    assert.equal(body.items.length, 1)
  })
})

describe('DELETE /auth/sessions', () => {
  it('ends one of mine, and never anybody else’s', async () => {
    const [mine, theirs] = [await loggedIn(), await loggedIn()]
    refused(await mine.user.delete(`auth/sessions/${theirs.sessionId}`), 404, 'not_found')
    assert.equal((await validate(theirs.access)).status, 200)
    assert.equal((await mine.user.delete(`auth/sessions/${mine.sessionId}`)).status, 204)
    refused(await refresh(mine.refresh), 401, 'unauthenticated')
    await eventually(async () => refused(await validate(mine.access), 401, 'unauthenticated'), 1_500)
  })

  it('ends all of mine but this one', async () => {
    const { user, access } = await loggedIn()
    assert.equal((await user.delete('auth/sessions')).status, 204)
    await eventually(async () => refused(await validate(access), 401, 'unauthenticated'), 1_500)
    assert.equal((await validate(user.token)).status, 200)
  })
})
