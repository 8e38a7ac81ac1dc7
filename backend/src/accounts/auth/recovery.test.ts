// Forgotten passwords, over two servers and a real SMTP server.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { PASSWORD, eventually, refused, start, type Actor } from '../../../test/harness.ts'
import { MAIL_FROM, openMailbox, tokenIn } from '../../../test/mailbox.ts'
import { collide } from '../../../test/races.ts'

const mailbox = await openMailbox()
const PUBLIC_URL = 'https://example.org/tasks'
const world = await start({ SMTP_URL: mailbox.url, MAIL_FROM, PUBLIC_URL })
mailbox.deliver(world)

const NEW = 'a quieter horse, a newer staple'
const forget = (email: string, headers: Record<string, string> = {}) =>
  world.anonymous.post('auth/password/forgot', { email }, headers)
const reset = (token: string, new_password = NEW) =>
  world.anonymous.post('auth/password/reset', { token, new_password })
const logIn = (user: Actor, password: string) =>
  world.anonymous.post('auth/login', { email: user.email, password })

/** Somebody with a link. */
async function forgetful() {
  const user = await world.user()
  assert.equal((await forget(user.email)).status, 204)
  return { user, token: tokenIn(await mailbox.newest(user.email)) }
}

const age = (user: Actor) =>
  world.pool.query(`update mails set sent_at = sent_at - interval '5 minutes' where user_id = $1`, [user.id])

describe('A forgotten password', () => {
  it('is replaced with a link that comes by mail, which ends all log-ins and is told of', async () => {
    const user = await world.user()
    assert.deepEqual([(await forget(` ${user.email.toUpperCase()} `)).status], [204])
    const mail = await mailbox.newest(user.email)
    assert.equal(mail.subject, 'Tasktrail: Your new password')
    assert.equal(mail.from, MAIL_FROM)
    assert.match(mail.headers, /^Auto-Submitted: auto-generated$/im)
    assert.match(mail.text, /^https:\/\/example\.org\/tasks\/reset-password#eyJ\S+$/m)
    assert(mail.html.includes(`href="${PUBLIC_URL}/reset-password#`))
    assert.doesNotMatch(mail.html, /<img|src=/)

    assert.equal((await reset(tokenIn(mail))).status, 204)
    assert.equal((await user.get('users/me')).status, 401)
    refused(await logIn(user, PASSWORD), 401, 'invalid_credentials')
    assert.equal((await logIn(user, NEW)).status, 200)
    assert.equal((await mailbox.newest(user.email, 2)).subject, 'Tasktrail: Your password was changed')
    refused(await reset(tokenIn(mail), PASSWORD), 400, 'invalid')
  })

  it('is asked for with the same answer and the same work whether there is an account or not', async () => {
    const [known, disabled] = [await world.user(), await world.user()]
    const admin = await world.user({ role: 'admin' })
    await admin.patch(`users/${disabled.id}`, { disabled: true })
    const { body: invited } = await admin.post('users', { email: 'ida@example.com', name: 'Ida' })
    const answers = []
    const before = mailbox.mails.length
    for (const email of [known.email, disabled.email, invited.email, 'nobody@example.com', 'no address']) {
      const { status, body, headers } = await forget(email)
      answers.push({ status, body, headers: [...headers.keys()].sort().join() })
    }
    for (const answer of answers) assert.deepEqual(answer, answers[0])
    await mailbox.newest(known.email)
    await eventually(async () => {
      const { rows } = await world.pool.query(
        `select from mails where sent_at is null and given_up_at is null`,
      )
      assert.equal(rows.length, 0)
    })
    assert.equal(mailbox.mails.length, before + 1)
    const { rows } = await world.pool.query(`select count(*)::int as count from mails where user_id is null`)
    assert.equal(rows[0].count, 4)
  })

  it('has one mail however often and on however many servers it is asked for, and a link that stays good', async () => {
    const user = await world.user()
    const answers = await Promise.all(Array.from({ length: 8 }, () => forget(user.email)))
    for (const { status } of answers) assert.equal(status, 204)
    const first = tokenIn(await mailbox.newest(user.email))
    await forget(user.email)
    await age(user)
    await forget(user.email)
    const second = tokenIn(await mailbox.newest(user.email, 2))
    // Asking once more, which anybody can, takes nothing away; using one of them uses up all.
    assert.equal((await reset(first)).status, 204)
    refused(await reset(second), 400, 'invalid')
  })

  it('is set once by two who have the same link at the same moment', async () => {
    const { user, token } = await forgetful()
    const lock = { text: 'select from account_links where user_id = $1 for update', values: [user.id] }
    const answers = await collide(world, lock, [() => reset(token), () => reset(token, PASSWORD)])
    assert.deepEqual(answers.map(({ status }) => status).sort(), [204, 400])
  })

  const voided: Record<string, (user: Actor, admin: Actor) => Promise<unknown>> = {
    'the password was changed otherwise': (user) =>
      user.post('auth/password', {
        current_password: PASSWORD,
        new_password: 'another horse, another staple',
      }),
    'the address was changed': (user, admin) => admin.patch(`users/${user.id}`, { email: `x.${user.email}` }),
    'the account was disabled': (user, admin) => admin.patch(`users/${user.id}`, { disabled: true }),
    'the account was deleted': (user, admin) => admin.delete(`users/${user.id}`),
    'an hour is over': (user) =>
      world.pool.query(`update account_links set expires_at = now() where user_id = $1`, [user.id]),
  }
  for (const [why, act] of Object.entries(voided))
    it(`is not set with a link once ${why}`, async () => {
      const { user, token } = await forgetful()
      await act(user, await world.user({ role: 'admin' }))
      refused(await reset(token), 400, 'invalid')
    })

  it('is set with no token of another kind, and a link opens nothing else', async () => {
    const { user, token } = await forgetful()
    const admin = await world.user({ role: 'admin' })
    const { body: invited } = await admin.post('users', { email: 'otto@example.com', name: 'Otto' })
    const { body: pair } = await logIn(user, PASSWORD)
    for (const other of [pair.access_token, pair.refresh_token, invited.invite_token, 'a.b.c', ''])
      refused(await reset(other), 400, 'invalid')
    assert.equal((await world.client(token).get('users/me')).status, 401)
    refused(await world.anonymous.post('auth/refresh', { refresh_token: token }), 401, 'unauthenticated')
    const register = { invite_token: token, name: 'Eve', password: NEW }
    refused(await world.anonymous.post('auth/register', register), 400, 'invalid')
  })

  it('has to be a good one, and a refused one does not use up the link', async () => {
    const { token } = await forgetful()
    const answer = await reset(token, 'password1')
    refused(answer, 400, 'invalid')
    assert.equal(answer.body.errors[0].pointer, '/new_password')
    assert.equal((await reset(token)).status, 204)
  })

  it('leaves no secret in the database', async () => {
    const { user, token } = await forgetful()
    const { rows } = await world.pool.query(
      `select mails::text as mail, account_links::text as link from mails, account_links
       where mails.user_id = $1 and account_links.user_id = $1`,
      [user.id],
    )
    const [, payload, signature] = token.split('.')
    for (const part of [payload, signature]) assert(!JSON.stringify(rows).includes(part!))
  })

  it('is written about in the language that the reader prefers, if it is one of ours', async () => {
    for (const [accepted, subject] of [
      ['de-CH, en;q=0.5', 'Tasktrail: Ihr neues Passwort'],
      ['es, fr;q=0.9, de;q=0.8', 'Tasktrail: Votre nouveau mot de passe'],
      ['pt', 'Tasktrail: Your new password'],
    ] as const) {
      const user = await world.user()
      await forget(user.email, { 'accept-language': accepted })
      assert.equal((await mailbox.newest(user.email)).subject, subject)
    }
  })

  it('has a page for the link, which keeps the token out of logs', async () => {
    const { status, body, headers } = await world.anonymous.get('/reset-password')
    assert.equal(status, 200)
    assert.match(body, /data-post="api\/v1\/auth\/password\/reset"/)
    assert.equal(headers.get('referrer-policy'), 'no-referrer')
    assert.equal((await world.anonymous.get('/docs/link.js')).status, 200)
  })
})

describe('asking for new passwords', () => {
  it('is bounded for each address and each place it comes from', async () => {
    const strict = await start({
      RATE_LIMIT: 'on',
      RATE_LIMIT_PER_MINUTE: '1000000',
      TRUST_PROXY: '127.0.0.1',
    })
    const ask = (email: string, from: string) =>
      strict.anonymous.post('auth/password/forgot', { email }, { 'x-forwarded-for': from })
    const user = await strict.user()
    for (const email of [user.email, 'nobody@example.com']) {
      for (let n = 0; n < 5; n++) assert.equal((await ask(email, `10.1.0.${n}`)).status, 204)
      refused(await ask(email.toUpperCase(), '10.1.0.9'), 429, 'rate_limited')
    }
    for (let n = 0; n < 30; n++) assert.equal((await ask(`a${n}@example.com`, '10.2.0.1')).status, 204)
    refused(await ask('b@example.com', '10.2.0.1'), 429, 'rate_limited')
  })

  it('is refused where no mail is sent, which clients can know', async () => {
    const silent = await start({ NODE_ENV: 'production' })
    refused(await silent.anonymous.post('auth/password/forgot', { email: 'a@example.com' }), 403, 'forbidden')
    assert.equal((await silent.anonymous.get('capabilities')).body.mail, false)
    assert.equal((await world.anonymous.get('capabilities')).body.mail, true)
  })
})
