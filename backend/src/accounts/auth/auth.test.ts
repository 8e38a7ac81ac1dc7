import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { median } from '../../../test/measure.ts'
import { PASSWORD, refused, start } from '../../../test/harness.ts'

const world = await start()
const { anonymous } = world

const logIn = (email: string, password = PASSWORD) => anonymous.post('auth/login', { email, password })
const register = (email: string, more: object = {}) =>
  anonymous.post('auth/register', { email, name: 'Ada', password: PASSWORD, ...more })
const countUsers = async () => (await world.pool.query('select count(*)::int from users')).rows[0].count

describe('POST /auth/register', () => {
  it('creates an ordinary account that can log in', async () => {
    const answer = await register('ada@example.com', { time_zone: 'Europe/London' })
    assert.equal(answer.status, 201)
    const { id, created_at, updated_at, ...rest } = answer.body
    assert.deepEqual(rest, {
      kind: 'person',
      email: 'ada@example.com',
      name: 'Ada',
      role: 'user',
      time_zone: 'Europe/London',
      email_verified_at: null,
      disabled_at: null,
      version: 1,
    })
    assert.equal(typeof id + typeof created_at + typeof updated_at, 'stringstringstring')
    assert.equal((await logIn('ada@example.com')).status, 200)
  })

  it('refuses a role, and whatever else is not the client’s to say, by name, and stores nothing', async () => {
    const before = await countUsers()
    for (const field of ['role', 'id', 'user_type', 'is_admin', 'disabled_at', 'version', 'created_at']) {
      const answer = await register('eve@example.com', { [field]: 'admin' })
      refused(answer, 400, 'invalid')
      assert.equal(answer.body.errors[0].pointer, `/${field}`)
    }
    assert.equal(await countUsers(), before)
  })

  it('takes an e-mail address once, whatever its case, though twenty ask at the same time', async () => {
    const before = await countUsers()
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, i) => register(i % 2 ? 'Grace@Example.com' : 'grace@example.com')),
    )
    assert.deepEqual(answers.map(({ status }) => status).sort(), [201, ...Array<number>(19).fill(409)])
    for (const answer of answers.filter(({ status }) => status === 409)) refused(answer, 409, 'email_taken')
    assert.equal(await countUsers(), before + 1)
  })

  it('refuses spaces around an e-mail address instead of storing them', async () => {
    for (const email of [' spaced@example.com', 'spaced@example.com ', 'spa ced@example.com'])
      refused(await register(email), 400, 'invalid')
  })

  it('takes as long for a taken address as for a free one', async () => {
    let n = 0
    const [taken, free] = await median(9, [
      () => register('ada@example.com'),
      () => register(`free${n++}@example.com`),
    ])
    assert(taken / free > 0.5 && taken / free < 2, `${taken} ms and ${free} ms`)
  })
})

describe('POST /auth/login', () => {
  it('answers tokens in the body and sets no cookie', async () => {
    const { email } = await world.user()
    const { status, headers, body } = await logIn(email)
    assert.equal(status, 200)
    assert.deepEqual(
      [body.token_type, body.expires_in, body.user.email, headers.get('set-cookie')],
      ['Bearer', 900, email, null],
    )
    assert.equal(headers.get('cache-control'), 'no-store')
    assert.equal((await world.client(body.access_token).get('auth/validate')).body.user.email, email)
  })

  it('does not mind the case of the e-mail address, or a space after it', async () => {
    const { email } = await world.user()
    for (const typed of [email.toUpperCase(), `${email} `]) assert.equal((await logIn(typed)).status, 200)
  })

  it('says the same to a wrong password, an unknown address, an invited and a disabled user', async () => {
    const admin = await world.user({ role: 'admin' })
    const [known, disabled] = [await world.user(), await world.user()]
    await admin.patch(`users/${disabled.id}`, { disabled: true })
    const { body: invited } = await admin.post('users', { email: 'invited@example.com', name: 'Ida' })
    const answers = [
      await logIn(known.email, 'a wrong horse battery'),
      await logIn('nobody@example.com'),
      await logIn(invited.email),
      await logIn(disabled.email),
    ]
    const shapes = answers.map(({ status, headers, body }) => ({
      status,
      names: [...headers.keys()],
      challenge: headers.get('www-authenticate'),
      body: { ...body, request_id: '' },
    }))
    for (const shape of shapes) assert.deepEqual(shape, shapes[0])
    refused(answers[0]!, 401, 'invalid_credentials')
    assert.equal(shapes[0]!.challenge, 'Bearer')
  })

  it('takes as long for an unknown address as for a wrong password', async () => {
    const { email } = await world.user()
    const [wrong, unknown] = await median(9, [
      () => logIn(email, 'a wrong horse battery'),
      () => logIn('nobody@example.com'),
    ])
    assert(wrong / unknown > 0.5 && wrong / unknown < 2, `${wrong} ms and ${unknown} ms`)
  })
})

describe('GET /auth/validate', () => {
  it('says who I am, which session this is, and when the token ends', async () => {
    const user = await world.user()
    const { body } = await user.get('auth/validate')
    assert.deepEqual([body.user.id, body.session_id], [user.id, user.sessionId])
    const left = Date.parse(body.expires_at) - Date.now()
    assert(left > 890_000 && left <= 900_000, `${left} ms left`)
  })

  it('honours no credential in a URL', async () => {
    const { token } = await world.user()
    for (const name of ['access_token', 'token', 'jwt', 'authorization']) {
      const answer = await anonymous.get(`auth/validate?${name}=${token}`)
      refused(answer, 401, 'unauthenticated')
      assert.equal(answer.headers.get('www-authenticate'), 'Bearer')
    }
  })

  it('challenges without a token, and says so when there is one that is not good', async () => {
    const challenges = [
      [undefined, 'Bearer'],
      ['Basic YWRhOnB3', 'Bearer'],
      ['Bearer', 'Bearer'],
      ['Bearer a.b.c', 'Bearer error="invalid_token"'],
    ] as const
    for (const [authorization, challenge] of challenges) {
      const answer = await anonymous.get('auth/validate', authorization ? { authorization } : {})
      refused(answer, 401, 'unauthenticated')
      assert.equal(answer.headers.get('www-authenticate'), challenge)
    }
  })
})

describe('POST /auth/logout', () => {
  it('is no GET, which a link or an image could call', async () => {
    const user = await world.user()
    const answer = await user.get('auth/logout')
    refused(answer, 405, 'method_not_allowed')
    assert(!answer.headers.get('allow')?.includes('GET'))
    assert.equal((await user.get('auth/validate')).status, 200)
  })
})
