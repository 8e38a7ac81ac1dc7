import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { SignJWT } from 'jose'
import { v7 as uuid } from 'uuid'
import { PASSWORD, refused, start } from '../../../test/harness.ts'

const world = await start({ REGISTRATION: 'invite' })
const admin = await world.user({ role: 'admin' })
const { anonymous } = world

let n = 0
const invite = async () =>
  (await admin.post('users', { email: `invited${++n}@example.com`, name: 'Ida' })).body
const accept = (invite_token: string, more: object = {}) =>
  anonymous.post('auth/register', { invite_token, name: 'Ida Invited', password: PASSWORD, ...more })
const logIn = (email: string, password = PASSWORD) => anonymous.post('auth/login', { email, password })

describe('where registration is by invitation', () => {
  it('nobody registers without one', async () => {
    const eve = { email: 'eve@example.com', name: 'Eve', password: PASSWORD }
    refused(await anonymous.post('auth/register', eve), 403, 'forbidden')
    assert.equal((await logIn(eve.email)).status, 401)
  })

  it('an administrator invites, and the invited person sets name and password and logs in', async () => {
    const invited = await invite()
    refused(await logIn(invited.email), 401, 'invalid_credentials')
    const { status, body } = await accept(invited.invite_token, { time_zone: 'Europe/Paris' })
    assert.equal(status, 201)
    assert.deepEqual(
      [body.id, body.email, body.name, body.time_zone, body.role],
      [invited.id, invited.email, 'Ida Invited', 'Europe/Paris', 'user'],
    )
    assert.equal((await logIn(invited.email)).status, 200)
  })

  it('an invitation is good once, also when ten use it at the same time', async () => {
    const { invite_token } = await invite()
    const answers = await Promise.all(Array.from({ length: 10 }, () => accept(invite_token)))
    assert.equal(answers.filter(({ status }) => status === 201).length, 1)
    for (const answer of answers.filter(({ status }) => status !== 201)) refused(answer, 400, 'invalid')
    refused(await accept(invite_token), 400, 'invalid')
  })

  it('an invitation is for its own e-mail address', async () => {
    const invited = await invite()
    refused(await accept(invited.invite_token, { email: 'other@example.com' }), 400, 'invalid')
    assert.equal(
      (await accept(invited.invite_token, { email: invited.email.toUpperCase() })).body.email,
      invited.email,
    )
  })

  it('an invitation ends after a week, and when the account is disabled or deleted', async () => {
    const expired = await invite()
    const [header = '', payload = ''] = expired.invite_token.split('.')
    const read = (part: string) => JSON.parse(Buffer.from(part, 'base64url').toString())
    const claims = read(payload)
    assert.equal(claims.exp - claims.iat, 7 * 86_400)
    const key = new TextEncoder().encode(world.config.jwtSecret)
    const late = await new SignJWT({ ...claims, exp: claims.iat - 10 })
      .setProtectedHeader(read(header))
      .sign(key)
    refused(await accept(late), 400, 'invalid')
    const [disabled, deleted] = [await invite(), await invite()]
    await admin.patch(`users/${disabled.id}`, { disabled: true })
    await admin.delete(`users/${deleted.id}`)
    for (const { invite_token } of [disabled, deleted]) refused(await accept(invite_token), 400, 'invalid')
  })

  it('the refusal is the same whatever is wrong with it', async () => {
    const used = await invite()
    await accept(used.invite_token)
    const answers = [await accept(used.invite_token), await accept('a.b.c'), await accept(admin.token)]
    for (const { body } of answers)
      assert.deepEqual({ ...body, request_id: '' }, { ...answers[0]!.body, request_id: '' })
  })
})

describe('POST /users/{id}/invitation', () => {
  it('takes the password and the sessions away until a new password is set', async () => {
    const user = await world.user()
    const { status, headers, body } = await admin.post(`users/${user.id}/invitation`)
    assert.equal(status, 201)
    assert.equal(headers.get('location'), `/api/v1/users/${user.id}`)
    refused(await logIn(user.email), 401, 'invalid_credentials')
    assert.equal((await accept(body.invite_token, { password: 'another horse, another staple' })).status, 201)
    assert.equal((await logIn(user.email, 'another horse, another staple')).status, 200)
  })

  it('does not bring an earlier invitation back to life', async () => {
    const invited = await invite()
    await accept(invited.invite_token)
    const { body: second } = await admin.post(`users/${invited.id}/invitation`)
    refused(await accept(invited.invite_token), 400, 'invalid')
    assert.equal((await accept(second.invite_token)).status, 201)
  })

  it('replaces one that was lost, and only the newest is good', async () => {
    const invited = await invite()
    const { body: second } = await admin.post(`users/${invited.id}/invitation`)
    const { body: third } = await admin.post(`users/${invited.id}/invitation`)
    for (const { invite_token } of [invited, second]) refused(await accept(invite_token), 400, 'invalid')
    assert.equal((await accept(third.invite_token)).status, 201)
  })

  it('wins over an older invitation that is being accepted', async () => {
    const invited = await invite()
    const other = await world.pool.connect()
    await other.query('begin')
    await other.query('update account_invitations set id = $2 where user_id = $1', [invited.id, uuid()])
    const accepting = accept(invited.invite_token)
    await world.blocked()
    await other.query('commit')
    other.release()
    refused(await accepting, 400, 'invalid')
    refused(await logIn(invited.email), 401, 'invalid_credentials')
  })

  it('is the only way in after the e-mail address was corrected', async () => {
    const invited = await invite()
    const corrected = `corrected.${invited.email}`
    assert.equal((await admin.patch(`users/${invited.id}`, { name: 'Ida' })).status, 200)
    assert.equal((await admin.patch(`users/${invited.id}`, { email: corrected })).status, 200)
    refused(await accept(invited.invite_token), 400, 'invalid')
    const { body } = await admin.post(`users/${invited.id}/invitation`)
    assert.equal((await accept(body.invite_token)).body.email, corrected)
  })

  it('is still good if the version before made it', async () => {
    const invited = await invite()
    await world.pool.query('delete from account_invitations where user_id = $1', [invited.id])
    refused(await accept(invited.invite_token), 400, 'invalid')
    const before = await world.tokens.signInvite({ userId: invited.id, generation: 0, invitation: null })
    assert.equal((await accept(before)).status, 201)
  })

  it('is refused for a disabled user, nobody, and oneself', async () => {
    const disabled = await world.user()
    await admin.patch(`users/${disabled.id}`, { disabled: true })
    refused(await admin.post(`users/${disabled.id}/invitation`), 403, 'forbidden')
    refused(await admin.post(`users/${uuid()}/invitation`), 404, 'not_found')
    refused(await admin.post(`users/${admin.id}/invitation`), 403, 'forbidden')
    assert.equal((await admin.get('users/me')).status, 200)
  })
})

describe('in production', () => {
  it('registration is by invitation unless the operator says otherwise', async () => {
    const eve = { email: 'eve@example.com', name: 'Eve', password: PASSWORD }
    for (const [env, status] of [
      [{}, 403],
      [{ REGISTRATION: '' }, 403],
      [{ REGISTRATION: 'open' }, 201],
    ] as const) {
      const production = await start({ NODE_ENV: 'production', ...env })
      assert.equal((await production.anonymous.post('auth/register', eve)).status, status)
    }
  })
})

describe('where registration is closed', () => {
  it('no path leads to an account but that of an administrator who sets the password', async () => {
    const closed = await start({ REGISTRATION: 'closed' })
    const root = await closed.user({ role: 'admin' })
    const user = await closed.user()
    const register = (body: object) => closed.anonymous.post('auth/register', body)
    const eve = { email: 'eve@example.com', name: 'Eve', password: PASSWORD }
    refused(await register(eve), 403, 'forbidden')
    await closed.pool.query('update users set password_hash = null where id = $1 and record_as(null, $1)', [
      user.id,
    ])
    const invite_token = await closed.tokens.signInvite({ userId: user.id, generation: 2, invitation: null })
    refused(await register({ invite_token, name: 'Eve', password: PASSWORD }), 403, 'forbidden')
    const invited = await root.post('users', { email: eve.email, name: 'Eve' })
    refused(invited, 400, 'invalid')
    assert.equal(invited.body.errors[0].pointer, '/password')
    refused(await root.post(`users/${user.id}/invitation`), 400, 'invalid')
    assert.equal((await root.post('users', eve)).status, 201)
    assert.equal(
      (await closed.anonymous.post('auth/login', { email: eve.email, password: PASSWORD })).status,
      200,
    )
  })
})
