// The outbox: two processes that send from one table, to a real SMTP server.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { eventually, start } from '../../test/harness.ts'
import { MAIL_FROM, openMailbox, type Mailbox } from '../../test/mailbox.ts'
import { countMails, listGivenUp, post, retryGivenUp, takeDue } from './outbox.ts'
import { terminal } from './transport.ts'

const mailbox = await openMailbox()
const TOKEN = 'a token for metrics, long enough'
const world = await start({
  SMTP_URL: mailbox.url,
  MAIL_FROM,
  PUBLIC_URL: 'https://example.org',
  METRICS_TOKEN: TOKEN,
})
const { db } = world.servers[0]!

let causes = 0
/** Puts a mail to somebody new into the outbox. */
async function write(userId?: string, cause = `cause ${causes++}`, ttl = 3600) {
  const user = userId === undefined ? await world.user() : { id: userId, email: `${userId}@example.com` }
  const to = { userId: user.id, address: user.email }
  await post(db, { kind: 'password_changed', to, cause, language: 'en', ttl })
  return user
}

/** Makes what waits for its next attempt due now. */
const hurry = () =>
  world.pool.query(
    `update mails set due_at = now() where sent_at is null and given_up_at is null and due_at < now() + interval '1 minute'`,
  )
const rowOf = async (userId: string) =>
  (await world.pool.query(`select * from mails where user_id = $1`, [userId])).rows[0]
const messageId = ({ headers }: Mailbox['mails'][number]) => /^Message-ID: (.*)$/im.exec(headers)?.[1]

describe('A mail', () => {
  it('that a process took and never sent is sent by another', async () => {
    const user = await write()
    assert.equal((await takeDue(db, 10, 60)).length, 1)
    mailbox.deliver(world)
    await new Promise((resolve) => setTimeout(resolve, 200))
    assert.equal(mailbox.to(user.email).length, 0)
    await hurry()
    await mailbox.newest(user.email)
  })

  it('goes out once, of many that two processes share', async () => {
    const users = await Promise.all(Array.from({ length: 40 }, () => write()))
    await eventually(async () => assert.equal((await countMails(db)).waiting, 0), 20_000)
    for (const { email } of users) assert.equal(mailbox.to(email).length, 1)
  })

  it('is not written if what it tells of is not done', async () => {
    const { id } = await world.user()
    const failing = db.transaction(async (tx) => {
      await post(tx, {
        kind: 'password_changed',
        to: { userId: id, address: 'x@example.com' },
        cause: id,
        language: 'en',
        ttl: 60,
      })
      throw new Error('undone')
    })
    await assert.rejects(failing, /undone/)
    assert.equal(await rowOf(id), undefined)
  })

  it('is tried again, with the same Message-ID, while the server says later', async () => {
    mailbox.refusals.push({ responseCode: 451, message: 'come back later' })
    const user = await write()
    await eventually(async () => assert.match((await rowOf(user.id)).error ?? '', /come back later/))
    assert.equal(mailbox.to(user.email).length, 0)
    await hurry()
    const mail = await mailbox.newest(user.email)
    assert.equal(messageId(mail), `<${(await rowOf(user.id)).id}@example.org>`)
    await eventually(async () => assert.equal((await rowOf(user.id)).error, null))
  })

  it('that is refused for good is given up, which the operator sees and can take back', async () => {
    mailbox.refusals.push({ responseCode: 550, message: 'no such mailbox' })
    const user = await write()
    await eventually(async () => assert.equal((await countMails(db)).given_up, 1))
    const [given] = await listGivenUp(db)
    assert.equal(given?.address, user.email)
    assert.match(given.error, /no such mailbox/)
    const { body } = await world.anonymous.get('/metrics', { authorization: `Bearer ${TOKEN}` })
    assert.match(body, /^tasktrail_mails_given_up 1$/m)
    assert.match(body, /^tasktrail_mails_waiting 0$/m)
    assert.equal(await retryGivenUp(db), 1)
    await mailbox.newest(user.email)
    assert.equal((await countMails(db)).given_up, 0)
  })

  it('that is no longer of use is not sent', async () => {
    const user = await write(undefined, 'late', 0)
    await eventually(async () => assert.equal((await rowOf(user.id)).error, 'it was no longer of use'))
    assert.equal(mailbox.to(user.email).length, 0)
  })

  it('tells of one cause once, however often that is said', async () => {
    const user = await world.user()
    for (let i = 0; i < 3; i++) await write(user.id, 'the same')
    await mailbox.newest(user.email)
    await write(user.id, 'the same')
    await write(user.id, 'another')
    await mailbox.newest(user.email, 2)
  })

  it('goes with the account that it was for', async () => {
    const user = await world.user()
    await write(user.id)
    await eventually(async () => assert((await rowOf(user.id)).sent_at))
    assert.equal((await user.leave()).status, 204)
    assert.equal(await rowOf(user.id), undefined)
  })

  it('is printed where one develops', async () => {
    const printed: string[] = []
    const mail = { subject: 'Hello', text: 'One\n\nTwo\n', html: '' }
    await terminal((text) => void printed.push(text)).send({ id: 'x', to: 'ada@example.com' }, mail)
    assert.deepEqual(printed, ['\nMail to ada@example.com: Hello\n  One\n\n  Two\n\n'])
  })
})
