// What Unicode and DNS call one e-mail address is one account, wherever an address is typed.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { v7 as uuid } from 'uuid'
import { PASSWORD, refused, start } from '../../../test/harness.ts'
import { loadConfig } from '../../config.ts'
import { createAdmin, resetPassword } from '../auth/administration.ts'
import { respellAddresses } from './respell-addresses.ts'

const world = await start({ REGISTRATION: 'open' })
const { anonymous } = world
const { db } = world.servers[0]!

let n = 0
/** One address in several spellings, the stored one first. */
function spellings(): [string, ...string[]] {
  const local = `jose\u0301${++n}`
  return [
    `josé${n}@xn--bcher-kva.test`,
    `${local}@bücher.test`,
    `${local.toUpperCase()}@BU\u0308CHER.Test`,
    `josé${n}@XN--BCHER-KVA.test`,
  ]
}
const logIn = (email: string) => anonymous.post('auth/login', { email, password: PASSWORD })
const register = (email: string) =>
  anonymous.post('auth/register', { email, name: 'Ada', password: PASSWORD })

describe('an e-mail address', () => {
  it('is answered in its one spelling, is taken in every other, and logs in in each', async () => {
    const all = spellings()
    const { status, body } = await register(all[1]!)
    assert.deepEqual([status, body.email], [201, all[0]])
    for (const each of all) {
      refused(await register(each), 409, 'email_taken')
      assert.equal((await logIn(each)).status, 200)
      assert.equal((await logIn(` ${each} `)).status, 200)
    }
  })

  it('names its account where somebody is added, invited, changed, or helped at the command line', async () => {
    const { owner, admin, project } = await world.team()
    const [, ...typed] = spellings()
    const { body: user } = await admin.post('users', { email: typed[0], name: 'Ada' })
    const invited = { email: typed[1], name: 'Ada', password: PASSWORD, invite_token: user.invite_token }
    assert.equal((await anonymous.post('auth/register', invited)).status, 201)
    const member = await owner.post(`projects/${project.id}/members`, { email: typed[2] })
    assert.deepEqual([member.status, member.body.user_id], [201, user.id])
    await resetPassword(db, typed[1]!, 8, PASSWORD)
    assert.equal((await logIn(typed[0]!)).status, 200)
    const change = { email: typed[0], current_password: PASSWORD }
    refused(await owner.patch('users/me', change), 409, 'email_taken')
    refused(await admin.patch(`users/${owner.id}`, { email: typed[1] }), 409, 'email_taken')
    await assert.rejects(createAdmin(db, { email: typed[2]!, name: 'Root' }, 8), {
      constraint: 'users_email_key',
    })
  })

  it('is no change in another spelling', async () => {
    const all = spellings()
    await register(all[0])
    const { body: login } = await logIn(all[0])
    const { status, body } = await world.client(login.access_token).patch('users/me', { email: all[2] })
    assert.deepEqual([status, body.version], [200, login.user.version])
  })

  it('is refused by name where DNS can have no such domain', async () => {
    for (const email of ['ada@a..b', 'ada@127.1', 'ada@xn--a', 'ada@b.c.', `ada@${'ü'.repeat(240)}.test`]) {
      const answer = await register(email)
      refused(answer, 400, 'invalid')
      assert.equal(answer.body.errors[0].pointer, '/email')
      refused(await logIn(email), 401, 'invalid_credentials')
    }
    assert.throws(() => loadConfig({ DATABASE_URL: world.url, ADMIN_EMAIL: 'ada@a..b' }), /ADMIN_EMAIL/)
    assert.equal(
      loadConfig({ DATABASE_URL: world.url, ADMIN_EMAIL: 'Root@Bücher.test' }).adminEmail,
      'root@xn--bcher-kva.test',
    )
  })
})

describe('an address that an earlier version stored as it was typed', () => {
  /** As that version would: neither normal nor the small letters that JavaScript knows. */
  async function store(email: string): Promise<string> {
    const { id } = await world.user()
    await world.pool.query('update users set email = $2 where id = $1 and record_as(null, $3)', [
      id,
      email,
      uuid(),
    ])
    return id
  }
  const emailOf = async (id: string) =>
    (await world.pool.query('select email from users where id = $1', [id])).rows[0].email as string
  const userOf = async (email: string) => (await logIn(email)).body.user?.id as string | undefined

  it('gets its one spelling at the next start, and logs in before and after', async () => {
    const [normal, decomposed, loud] = spellings()
    const ascii = await store('Grace@Example.com')
    const id = await store(loud!)
    assert.equal(await userOf('grace@example.COM'), ascii)
    assert.equal(await userOf(loud!), id)
    const told: string[] = []
    await respellAddresses(db, (line) => told.push(line))
    assert.deepEqual([await emailOf(id), await emailOf(ascii), told], [normal, 'grace@example.com', []])
    for (const each of [normal, decomposed!, loud!]) assert.equal(await userOf(each), id)
    const { rows } = await world.pool.query('select version from users where id = $1', [id])
    await respellAddresses(db, (line) => told.push(line))
    assert.deepEqual((await world.pool.query('select version from users where id = $1', [id])).rows, rows)
  })

  it('stays where another account has it too, and each is found by its own', async () => {
    const [normal, decomposed] = spellings()
    const [first, second] = [await store(normal), await store(decomposed!)]
    const told: string[] = []
    await respellAddresses(db, (line) => told.push(line))
    assert.match(told.join(), new RegExp(`^[^,]*${second}[^@]*$`), 'says whose it is, and no address')
    assert.deepEqual([await userOf(normal), await userOf(decomposed!)], [first, second])
    assert.deepEqual([await emailOf(first), await emailOf(second)], [normal, decomposed])
  })

  it('stays as it is where it is no address', async () => {
    const id = await store('Root@localhost.')
    const told: string[] = []
    await respellAddresses(db, (line) => told.push(line))
    assert(!told.join().includes(id))
    assert.deepEqual([await emailOf(id), await userOf('Root@localhost.')], ['Root@localhost.', id])
  })
})
