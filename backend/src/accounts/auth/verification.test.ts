// Addresses that were proved, over two servers and a real SMTP server.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { PASSWORD, eventually, refused, start, type Actor } from '../../../test/harness.ts'
import { MAIL_FROM, openMailbox, tokenIn } from '../../../test/mailbox.ts'
import { collide } from '../../../test/races.ts'

const mailbox = await openMailbox()
const world = await start({ SMTP_URL: mailbox.url, MAIL_FROM, PUBLIC_URL: 'https://example.org' })
mailbox.deliver(world)

const verify = (token: string) => world.anonymous.post('auth/verify-email', { token })
const me = async (user: Actor) => (await user.get('users/me')).body
let people = 0

/** Somebody who has just registered, and the mail that came. */
async function newcomer() {
  const email = `newcomer${people++}@example.com`
  const { status, body } = await world.anonymous.post('auth/register', {
    email,
    name: 'Nia',
    password: PASSWORD,
  })
  assert.deepEqual([status, body.email_verified_at], [201, null])
  const { body: pair } = await world.anonymous.post('auth/login', { email, password: PASSWORD })
  const user = { ...world.client(pair.access_token), id: body.id as string, email } as Actor
  return { user, mail: await mailbox.newest(email) }
}

/** Asks for another address; answers the token that went there. */
async function wish(user: Actor, email: string) {
  const answer = await user.patch('users/me', { email, name: 'Renamed', current_password: PASSWORD })
  assert.deepEqual([answer.status, answer.body.email, answer.body.name], [200, user.email, 'Renamed'])
  return tokenIn(await mailbox.newest(email))
}

describe('The address of a new account', () => {
  it('is confirmed by the link that comes to it, once', async () => {
    const { user, mail } = await newcomer()
    assert.equal(mail.subject, 'Tasktrail: Confirm your e-mail address')
    assert.match(mail.text, /^https:\/\/example\.org\/verify-email#eyJ/m)
    assert.equal((await verify(tokenIn(mail))).status, 204)
    assert((await me(user)).email_verified_at)
    refused(await verify(tokenIn(mail)), 400, 'invalid')
  })

  it('is reached by nobody before that, and says no more than one that nobody has', async () => {
    const { user, mail } = await newcomer()
    const { owner, project } = await world.team()
    const add = (body: object) => owner.post(`projects/${project.id}/members`, body)
    const answers = [await add({ email: user.email }), await add({ email: 'nobody@example.com' })]
    for (const { status, body } of answers)
      assert.deepEqual(
        { status, ...body, request_id: '' },
        { status: 422, ...answers[1]!.body, request_id: '' },
      )
    await verify(tokenIn(mail))
    assert.equal((await add({ email: user.email })).status, 201)
  })

  it('gets another link when its owner asks, and none when it is confirmed', async () => {
    const { user, mail } = await newcomer()
    await world.pool.query(`update mails set sent_at = sent_at - interval '5 minutes' where user_id = $1`, [
      user.id,
    ])
    assert.equal((await user.post('auth/verify-email/link')).status, 204)
    const again = await mailbox.newest(user.email, 2)
    assert.equal((await verify(tokenIn(again))).status, 204)
    refused(await verify(tokenIn(mail)), 400, 'invalid')
    assert.equal((await user.post('auth/verify-email/link')).status, 204)
    const { rows } = await world.pool.query(`select from mails where user_id = $1`, [user.id])
    assert.equal(rows.length, 2)
  })

  it('is vouched for by administrators, and proved by a new password that came there', async () => {
    const admin = await world.user({ role: 'admin' })
    const { body } = await admin.post('users', {
      email: 'vouched@example.com',
      name: 'Vera',
      password: PASSWORD,
    })
    assert(body.email_verified_at)
    assert((await admin.patch(`users/${body.id}`, { email: 'vouched2@example.com' })).body.email_verified_at)
    const { user } = await newcomer()
    await world.anonymous.post('auth/password/forgot', { email: user.email })
    const token = tokenIn(await mailbox.newest(user.email, 2))
    assert.equal(
      (
        await world.anonymous.post('auth/password/reset', {
          token,
          new_password: 'a quieter horse, a newer staple',
        })
      ).status,
      204,
    )
    const { rows } = await world.pool.query(`select email_verified_at from users where id = $1`, [user.id])
    assert(rows[0].email_verified_at)
  })
})

describe('Another address', () => {
  it('becomes one’s own when the link is followed that goes there, and the old one is told', async () => {
    const user = await world.user()
    const email = `new.${user.email}`
    const token = await wish(user, email)
    assert.equal((await me(user)).email, user.email)
    assert.equal((await verify(token)).status, 204)
    const { email: now, email_verified_at } = await me(user)
    assert.equal(now, email)
    assert(email_verified_at)
    assert.equal((await mailbox.newest(user.email)).subject, 'Tasktrail: Your e-mail address was changed')
    assert.equal((await world.anonymous.post('auth/login', { email, password: PASSWORD })).status, 200)
  })

  it('of two that were asked for is the later one', async () => {
    const user = await world.user()
    const first = await wish(user, `first.${user.email}`)
    const second = await wish(user, `second.${user.email}`)
    refused(await verify(first), 400, 'invalid')
    assert.equal((await verify(second)).status, 204)
  })

  it('goes to one of two who want it', async () => {
    const [one, two] = [await world.user(), await world.user()]
    const email = `wanted.${one.email}`
    const first = await wish(one, email)
    await two.patch('users/me', { email, current_password: PASSWORD })
    const second = tokenIn(await mailbox.newest(email, 2))
    assert.equal((await verify(first)).status, 204)
    refused(await verify(second), 409, 'email_taken')
    assert.equal((await me(two)).email, two.email)
    refused(await two.patch('users/me', { email, current_password: PASSWORD }), 409, 'email_taken')
  })

  it('is taken once by two who follow the link at the same moment', async () => {
    const user = await world.user()
    const token = await wish(user, `twice.${user.email}`)
    const lock = { text: 'select from account_links where user_id = $1 for update', values: [user.id] }
    const answers = await collide(world, lock, [() => verify(token), () => verify(token)])
    assert.deepEqual(answers.map(({ status }) => status).sort(), [204, 400])
    await eventually(async () => assert.equal(mailbox.to(user.email).length, 1))
  })

  it('is void once the password or the address was changed otherwise', async () => {
    const admin = await world.user({ role: 'admin' })
    const ways: ((user: Actor) => Promise<unknown>)[] = [
      (user) =>
        user.post('auth/password', {
          current_password: PASSWORD,
          new_password: 'another horse, another staple',
        }),
      (user) => admin.patch(`users/${user.id}`, { email: `corrected.${user.email}` }),
      (user) => admin.patch(`users/${user.id}`, { disabled: true }),
    ]
    for (const act of ways) {
      const user = await world.user()
      const token = await wish(user, `late.${user.email}`)
      await act(user)
      refused(await verify(token), 400, 'invalid')
    }
  })
})

it('Where no mail is sent, an address changes at once, and reaches whoever has it', async () => {
  const silent = await start({ NODE_ENV: 'production' })
  const { owner, outsider, project } = await silent.team()
  const email = `new.${outsider.email}`
  const { body } = await outsider.patch('users/me', { email, current_password: PASSWORD })
  assert.deepEqual([body.email, body.email_verified_at], [email, null])
  assert.equal((await owner.post(`projects/${project.id}/members`, { email })).status, 201)
  refused(await outsider.post('auth/verify-email/link'), 403, 'forbidden')
})
