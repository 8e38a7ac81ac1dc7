import assert from 'node:assert/strict'
import { request as httpRequest } from 'node:http'
import { describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { hash } from '@node-rs/argon2'
import { PASSWORD, refused, start, type Answer } from '../../../test/harness.ts'
import { createAdmin, resetPassword } from './administration.ts'
import { ensureFirstAdmin } from './first-admin.ts'
import { checkNewPassword, needsRehash, verifyPassword } from './passwords.ts'

const world = await start()
const { anonymous } = world

let n = 0
const register = (password: string, email = `user${++n}@example.com`) =>
  anonymous.post('auth/register', { email, name: 'Ada', password })
const logIn = (email: string, password = PASSWORD) => anonymous.post('auth/login', { email, password })
const check = (password: string, min = 8) => checkNewPassword(password, 'ada.l@example.com', min, '/password')

describe('a new password', () => {
  it('has the configured number of characters at least, counted as people count them', () => {
    check('x9 !q-ü4')
    assert.throws(() => check('x9 !q-ü'), /at least 8 characters/)
    assert.throws(() => check('🐎🔋🧷🍀'), /at least 8 characters/)
    check('🐎🔋🧷🍀🐎🔋🧷🌧')
    check('a quieter horse', 15)
    assert.throws(() => check('a quiete horse', 15), /at least 15 characters/)
  })

  const easy = {
    'is among the first that are guessed': [
      'password',
      'PassWord',
      'password1',
      'Password123!',
      'passwordpassword',
      'x9!x9!x9!x9!',
      'Dragon1234',
      'qwertyuiop',
      '1234567890',
      'trustno1',
      'aaaaaaaaaaaa',
      'abababababab',
    ],
    'is a run of neighbouring characters': ['abcdefghij', 'zyxwvuts', '23456789:;<'],
    'is made of your e-mail address or the name of this product': [
      'ada.l12345678'.slice(0, 12),
      'Tasktrail',
      'tasktrail2026!',
    ],
  }
  for (const [why, passwords] of Object.entries(easy)) {
    for (const password of passwords) {
      it(`is not ${password}, which ${why}`, () =>
        assert.throws(() => check(password), { message: new RegExp(why) }))
    }
  }

  it('may be anything else: no rule asks for capitals, digits or signs', () => {
    for (const password of [
      'kettle walnut ferry',
      'жираф на велосипеде',
      'tr0ub4dor&3',
      ' leading and trailing ',
    ])
      check(password)
  })

  it('is checked when registering and when changing it, with a pointer to the field', async () => {
    const refusal = await register('password1')
    refused(refusal, 400, 'invalid')
    assert.equal(refusal.body.errors[0].pointer, '/password')
    const user = await world.user()
    const change = await user.post('auth/password', { current_password: PASSWORD, new_password: 'password1' })
    refused(change, 400, 'invalid')
    assert.equal(change.body.errors[0].pointer, '/new_password')
    const admin = await world.user({ role: 'admin' })
    const made = await admin.post('users', { email: 'made@example.com', name: 'Max', password: 'password1' })
    refused(made, 400, 'invalid')
  })

  it('is refused beyond 256 characters before anything is hashed', async () => {
    const begun = performance.now()
    refused(await register('ü'.repeat(257)), 400, 'invalid')
    refused(await register('x'.repeat(10_000)), 400, 'invalid')
    refused(await logIn('user@example.com', 'x'.repeat(1_000_000)), 413, 'body_too_large')
    assert(performance.now() - begun < 1_000)
    assert.equal((await register('ü7'.repeat(128))).status, 400, 'two characters over and over')
    assert.equal((await register('kettle walnut 7é'.repeat(16))).status, 201)
  })
})

describe('a password', () => {
  it('counts to its last character, space and code point', async () => {
    const long = `${'kettle walnut ferry '.repeat(5)}🐎 `
    const email = 'long@example.com'
    assert.equal((await register(long, email)).status, 201)
    for (const other of [
      long.trimEnd(),
      `${long} `,
      long.toUpperCase(),
      long.slice(0, 72),
      long.replace('🐎', '🐴'),
    ])
      refused(await logIn(email, other), 401, 'invalid_credentials')
    assert.equal((await logIn(email, long)).status, 200)
  })

  it('is stored as Argon2id with at least 19 MiB and two passes, salted', async () => {
    const stored = await Promise.all(
      [1, 2].map(async () => {
        const { body } = await register(PASSWORD)
        return (await world.pool.query('select password_hash from users where id = $1', [body.id])).rows[0]
          .password_hash
      }),
    )
    for (const each of stored) {
      const [, m, t, p, salt, tag] =
        /^\$argon2id\$v=19\$m=(\d+),t=(\d+),p=(\d+)\$([^$]+)\$([^$]+)$/.exec(each) ?? []
      assert(Number(m) >= 19_456 && Number(t) >= 2 && Number(p) === 1)
      assert.deepEqual(
        [salt, tag].map((part) => Buffer.from(part ?? '', 'base64').length),
        [16, 32],
      )
    }
    assert.notEqual(stored[0], stored[1])
  })

  it('is hashed anew with today’s parameters at the log-in after they changed', async () => {
    const user = await world.user()
    const old = await hash(PASSWORD, { memoryCost: 8_192, timeCost: 1, parallelism: 1 })
    assert(needsRehash(old))
    const { rows } = await world.pool.query(
      'update users set password_hash = $2 where id = $1 and record_as(null, $1) returning id',
      [user.id, old],
    )
    assert.equal(rows.length, 1)
    const stored = async () =>
      (await world.pool.query('select password_hash from users where id = $1', [user.id])).rows[0]
        .password_hash
    refused(await logIn(user.email, 'a wrong horse battery'), 401, 'invalid_credentials')
    assert.equal(await stored(), old)
    const logins = await Promise.all([logIn(user.email), logIn(user.email), logIn(user.email)])
    assert(logins.some(({ status }) => status === 200))
    assert(!needsRehash(await stored()))
    assert.equal((await logIn(user.email)).status, 200)
  })
})

describe('a password that Unicode can spell in several ways', () => {
  const [composed, decomposed] = ['ein schönes Café im Å', 'ein scho\u0308nes\u00a0Cafe\u0301 im\u3000\u212b']
  const { db } = world.servers[0]!
  const storedFor = async (email: string) =>
    (await world.pool.query('select password_hash, version from users where email = $1', [email])).rows[0]
  const opens = async (email: string) => {
    for (const typed of [composed, decomposed]) assert.equal((await logIn(email, typed)).status, 200)
    refused(await logIn(email, composed.toUpperCase()), 401, 'invalid_credentials')
  }

  it('is one and the same wherever it is set', async () => {
    const admin = await world.user({ role: 'admin' })
    for (const set of [composed, decomposed]) {
      const email = `user${++n}@example.com`
      assert.equal((await register(set, email)).status, 201)
      await opens(email)
      const byAdmin = `user${++n}@example.com`
      assert.equal((await admin.post('users', { email: byAdmin, name: 'Max', password: set })).status, 201)
      await opens(byAdmin)
      const changes = await world.user()
      const change = { current_password: PASSWORD, new_password: set }
      assert.equal((await changes.post('auth/password', change)).status, 204)
      await opens(changes.email)
      const shell = { email: `user${++n}@example.com`, name: 'Root' }
      assert.equal(await createAdmin(db, shell, 8, set), set)
      await opens(shell.email)
      const reset = await world.user()
      await resetPassword(db, reset.email, 8, set)
      await opens(reset.email)
    }
    await world.pool.query(
      `update users set role = 'user' where role = 'admin' and record_as(null, gen_random_uuid())`,
    )
    const config = { ...world.config, adminEmail: 'root@example.com', adminPassword: decomposed }
    assert.equal(await ensureFirstAdmin(db, config), undefined)
    await opens('root@example.com')
  })

  it('is one and the same wherever it is asked for again', async () => {
    const user = await world.user()
    await resetPassword(db, user.email, 8, composed)
    const { access_token } = (await logIn(user.email, composed)).body
    const actor = world.client(access_token)
    const change = { email: `user${++n}@example.com`, current_password: decomposed }
    assert.equal((await actor.patch('users/me', change)).status, 200)
    assert.equal(
      (await actor.post('auth/password', { current_password: decomposed, new_password: PASSWORD })).status,
      204,
    )
    assert.equal((await actor.leave()).status, 204)
  })

  it('still opens what it was hashed for as it was typed, and is hashed anew by that, once', async () => {
    const user = await world.user()
    const old = await hash(`${decomposed}\t`, { memoryCost: 19_456, timeCost: 2, parallelism: 1 })
    await world.pool.query('update users set password_hash = $2 where id = $1 and record_as(null, $1)', [
      user.id,
      old,
    ])
    const change = { email: `user${++n}@example.com`, current_password: `${decomposed}\t` }
    assert.equal((await user.patch('users/me', change)).status, 200)
    await world.confirm(user.id)
    refused(await logIn(change.email, composed), 401, 'invalid_credentials')
    assert.equal((await storedFor(change.email)).password_hash, old)
    assert.equal((await logIn(change.email, `${decomposed}\t`)).status, 200)
    const upgraded = await storedFor(change.email)
    assert.notEqual(upgraded.password_hash, old)
    for (const typed of [composed, decomposed])
      assert.equal((await logIn(change.email, `${typed}\t`)).status, 200)
    assert.deepEqual(await storedFor(change.email), upgraded)
  })

  it('is looked up once where it is typed as it is hashed, and as often whether there is a user or not', async () => {
    const stored = await hash(PASSWORD, { memoryCost: 8, timeCost: 1, parallelism: 1 })
    for (const [who, typed, right] of [
      [stored, PASSWORD, true],
      [stored, decomposed, false],
      [await hash(decomposed, { memoryCost: 8, timeCost: 1, parallelism: 1 }), decomposed, 'as_typed'],
      [null, decomposed, false],
      [undefined, 'ascii', false],
    ] as const)
      assert.equal(await verifyPassword(who, typed), right)
  })

  it('has no control characters when it is new', async () => {
    const refusal = await register('kettle\twalnut ferry')
    refused(refusal, 400, 'invalid')
    assert.deepEqual(refusal.body.errors, [
      { pointer: '/password', message: 'must not have control characters' },
    ])
  })
})

describe('a flood of log-ins', () => {
  it('is turned away past a bound, while other requests keep being answered', async () => {
    const user = await world.user()
    const waits: number[] = []
    let flooding = true
    const flood = Promise.all(
      Array.from({ length: 200 }, () => logIn(user.email, 'a wrong horse battery')),
    ).finally(() => (flooding = false))
    while (flooding) {
      const begun = performance.now()
      assert.equal((await user.get('users/me')).status, 200)
      waits.push(performance.now() - begun)
    }
    const answers: Answer[] = await flood
    const turnedAway = answers.filter(({ status }) => status === 503)
    assert(turnedAway.length > 0 && turnedAway.length < 200, `${turnedAway.length} turned away`)
    for (const answer of turnedAway) assert(Number(answer.headers.get('retry-after')) > 0)
    assert(answers.every(({ status }) => status === 503 || status === 401))
    const slowest = Math.max(...waits)
    assert(waits.length > 3 && slowest < 10_000, `${waits.length} answers, the slowest after ${slowest} ms`)
  })

  it('keeps its place while clients hang up, and lets others in when it is over', async () => {
    const user = await world.user()
    const body = JSON.stringify({ email: user.email, password: 'a wrong horse battery' })
    const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }
    const hangUp = async () => {
      const request = httpRequest(`${world.origins[0]}/api/v1/auth/login`, { method: 'POST', headers })
      request.on('error', () => undefined)
      await new Promise((sent) => request.end(body, () => sent(undefined)))
      await sleep(20)
      request.destroy()
    }
    await Promise.all(Array.from({ length: 40 }, hangUp))
    assert.equal((await logIn(user.email)).status, 200)
  })
})
