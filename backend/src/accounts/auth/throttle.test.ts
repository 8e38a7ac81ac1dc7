// Guessing, on two servers that count together. The peer is a trusted proxy here, so a test can come from anywhere.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { eventually, PASSWORD, refused, start, type Answer } from '../../../test/harness.ts'
import type { ApiError } from '../../errors.ts'
import { resetPassword } from './administration.ts'
import { createThrottle, guessAt } from './throttle.ts'

const world = await start({
  RATE_LIMIT: 'on',
  RATE_LIMIT_PER_MINUTE: '1000000',
  TRUST_PROXY: '127.0.0.1',
})

let hosts = 0
/** An address from which nobody came before. */
const elsewhere = () => `10.0.${Math.floor(++hosts / 250)}.${hosts % 250}`
const guess = (email: string, from: string, password = 'a wrong horse battery') =>
  world.anonymous.post('auth/login', { email, password }, { 'x-forwarded-for': from })
const logIn = (email: string, from: string) => guess(email, from, PASSWORD)
const tally = (answers: readonly Answer[], status: number) =>
  answers.filter((answer) => answer.status === status).length

function refusedForNow(answer: Answer): void {
  refused(answer, 429, 'rate_limited')
  assert(Number(answer.headers.get('retry-after')) > 0)
  assert.match(answer.headers.get('ratelimit') ?? '', /^"[\w+]+";r=0;t=\d+$/)
}

/** As if those accounts at which somebody has guessed had had as many guesses as two hundred sources can make. */
const exhaust = () =>
  world.pool.query(
    `update throttles set free_at = now() + interval '17 seconds', resets_at = now() + interval '1 day'
     where free_at between now() - interval '25 hours' and now() - interval '20 hours'`,
  )

describe('guessing at an account', () => {
  it('stops after ten from one place, on both servers, and is open to its owner in another', async () => {
    const { email } = await world.user()
    const [guesser, owner] = [elsewhere(), elsewhere()]
    for (let i = 0; i < 10; i++) refused(await guess(email, guesser), 401, 'invalid_credentials')
    for (let i = 0; i < 4; i++) refusedForNow(await logIn(email, guesser))
    assert.equal((await logIn(email, owner)).status, 200)
    assert.equal((await guess(email, guesser)).status, 429)
  })

  it('gets no more than ten looked at when a hundred come at once', async () => {
    const { email } = await world.user()
    const from = elsewhere()
    const answers = await Promise.all(Array.from({ length: 100 }, () => guess(email, from)))
    assert.equal(tally(answers, 401), 10)
    assert.equal(tally(answers, 429), 90)
  })

  it('does not depend on how the address is written', async () => {
    const { email } = await world.user()
    const from = elsewhere()
    for (let i = 0; i < 10; i++) await guess(i % 2 ? email.toUpperCase() : ` ${email} `, from)
    refusedForNow(await guess(email, from))
  })

  it('counts together what Unicode calls one address, also where letters have several small ones', async () => {
    const spellings = ['İİİ', 'i̇İİ', 'İi̇İ', 'İİi̇', 'i̇i̇İ', 'I\u0307İİ', 'i̇i̇i̇'].flatMap((local) =>
      ['bücher.test', 'BU\u0308CHER.test', 'xn--bcher-kva.test'].map((domain) => `${local}@${domain}`),
    )
    const login = { email: spellings[0]!, name: 'Ada', password: PASSWORD }
    const registers = { 'x-forwarded-for': elsewhere() }
    for (const there of [false, true]) {
      if (there) assert.equal((await world.anonymous.post('auth/register', login, registers)).status, 201)
      const from = elsewhere()
      for (let i = 0; i < 10; i++) refused(await guess(spellings[i]!, from), 401, 'invalid_credentials')
      for (const each of spellings) refusedForNow(await logIn(each, from))
    }
    assert.equal((await logIn(spellings.at(-1)!, elsewhere())).status, 200)
  })

  it('is the same for an account that does not exist', async () => {
    const from = elsewhere()
    for (let i = 0; i < 10; i++) refused(await guess('nobody@example.com', from), 401, 'invalid_credentials')
    refusedForNow(await guess('nobody@example.com', from))
  })

  it('starts from nothing after the right password', async () => {
    const { email } = await world.user()
    const from = elsewhere()
    for (let i = 0; i < 9; i++) await guess(email, from)
    assert.equal((await logIn(email, from)).status, 200)
    for (let i = 0; i < 9; i++) assert.equal((await guess(email, from)).status, 401)
  })

  it('is charged to nobody once it is refused, and the wait is a minute', async () => {
    const { email } = await world.user()
    const guesser = elsewhere()
    for (let i = 0; i < 10; i++) refused(await guess(email, guesser), 401, 'invalid_credentials')
    for (const answer of await Promise.all(Array.from({ length: 95 }, () => guess(email, guesser)))) {
      refusedForNow(answer)
      assert(Number(answer.headers.get('retry-after')) <= 60)
    }
    assert.equal((await logIn(email, elsewhere())).status, 200)
    const { email: another } = await world.user()
    assert.equal((await logIn(another, guesser)).status, 200, 'nor to the source')
  })

  it('waits twice as long after each further wrong one, an hour at most', async () => {
    const { email } = await world.user()
    const guesser = elsewhere()
    for (let i = 0; i < 10; i++) refused(await guess(email, guesser), 401, 'invalid_credentials')
    const waits: number[] = []
    for (let i = 0; i < 9; i++) {
      waits.push(Math.ceil(Number((await guess(email, guesser)).headers.get('retry-after')) / 60))
      // As if the wait were over.
      await world.pool.query(`update throttles set free_at = 'epoch' where free_at > now()`)
      refused(await guess(email, guesser), 401, 'invalid_credentials')
    }
    assert.deepEqual(waits, [1, 2, 4, 8, 16, 32, 60, 60, 60])
  })

  it('does not keep the owner out who comes from a new address while two hundred sources go on guessing', async () => {
    const { id, email } = await world.user()
    const throttles = world.servers.map(({ db }) => createThrottle(db, world.config.jwtSecret, true))
    const sources = Array.from({ length: 200 }, elsewhere)
    let looked = 0
    let over = false
    const attack = async (mine: readonly string[]) => {
      for (let turn = 0; turn < 12 || !over; turn++)
        for (const source of mine) {
          const charged = throttles[turn % 2]!.charge(guessAt({ id, generation: 0 }, source))
          await charged.then(() => looked++, (error: ApiError) => assert.equal(error.code, 'rate_limited')) // prettier-ignore
          if (turn >= 12 && over) return
        }
    }
    const attacks = Array.from({ length: 8 }, (_, i) => attack(sources.filter((_source, n) => n % 8 === i)))
    await eventually(async () => assert(looked >= 1900), 30_000)
    assert.equal((await logIn(email, elsewhere())).status, 200)
    over = true
    await Promise.all(attacks)
    assert.equal(looked, 2000, 'ten for each source')
    assert.equal((await logIn(email, elsewhere())).status, 200)
  })

  it('waits for a short while when far more sources guess, except where the owner has been before', async () => {
    const { email } = await world.user()
    const home = elsewhere()
    assert.equal((await logIn(email, home)).status, 200)
    refused(await guess(email, elsewhere()), 401, 'invalid_credentials')
    await exhaust()
    const late = await logIn(email, elsewhere())
    refusedForNow(late)
    assert(Number(late.headers.get('retry-after')) <= 18)
    assert.equal((await logIn(email, home)).status, 200)
    for (let i = 0; i < 10; i++) refused(await guess(email, home), 401, 'invalid_credentials')
    refusedForNow(await logIn(email, home))
  })

  it('counts the networks of one IPv6 site together, and leaves others alone', async () => {
    const { email } = await world.user()
    const answers = await Promise.all(
      Array.from({ length: 45 }, (_, i) => guess(email, `2001:db8:7:${i}::1`)),
    )
    assert.deepEqual([tally(answers, 401), tally(answers, 429)], [40, 5])
    assert.equal((await logIn(email, '2001:db8:8::1')).status, 200)
  })

  it('is forgotten when the operator resets the password, where it was guessed too', async () => {
    const { email } = await world.user()
    const from = elsewhere()
    for (let i = 0; i < 10; i++) refused(await guess(email, from), 401, 'invalid_credentials')
    refusedForNow(await logIn(email, from))
    await exhaust()
    const { password } = await resetPassword(world.servers[0]!.db, email, 8)
    assert.equal((await guess(email, from, password)).status, 200)
  })

  it('opens again when an administrator invites the user to set a new password', async () => {
    const admin = await world.user({ role: 'admin' })
    const { id, email } = await world.user()
    await guess(email, elsewhere())
    await exhaust()
    refusedForNow(await logIn(email, elsewhere()))
    const { body } = await admin.post(`users/${id}/invitation`)
    const { status } = await world.anonymous.post(
      'auth/register',
      { invite_token: body.invite_token, name: 'Ada', password: PASSWORD },
      { 'x-forwarded-for': elsewhere() },
    )
    assert.equal(status, 201)
    assert.equal((await logIn(email, elsewhere())).status, 200)
  })
})

describe('a source', () => {
  it('may guess at a hundred accounts, and its right passwords do not count', async () => {
    const from = elsewhere()
    const { email } = await world.user()
    assert.equal((await logIn(email, from)).status, 200)
    // A refresh token is checked like a password, and faster.
    const refresh = () =>
      world.anonymous.post('auth/refresh', { refresh_token: 'a.b.c' }, { 'x-forwarded-for': from })
    const answers = await Promise.all(Array.from({ length: 105 }, refresh))
    assert.equal(tally(answers, 401), 100)
    assert.equal(tally(answers, 429), 5)
    const { email: another } = await world.user()
    refusedForNow(await logIn(another, from))
    assert.equal((await logIn(email, from)).status, 200, 'who has been here before')
  })
})

describe('fifty wrong tries', () => {
  it('are too many for the change of a password', async () => {
    const user = await world.user()
    const headers = { 'x-forwarded-for': elsewhere() }
    const change = () =>
      user.post('auth/password', { current_password: 'a wrong horse', new_password: PASSWORD }, headers)
    const answers = await Promise.all(Array.from({ length: 50 }, change))
    assert.deepEqual([tally(answers, 400), tally(answers, 429)], [10, 40])
    refusedForNow(await guess(user.email, headers['x-forwarded-for']))
  })

  it('are too many for what asks for the password again', async () => {
    const user = await world.user()
    const headers = { 'x-forwarded-for': elsewhere() }
    const wrong = { current_password: 'a wrong horse' }
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, i) =>
        i % 2
          ? user.delete('users/me', headers, wrong)
          : user.patch('users/me', { email: `x${user.email}`, ...wrong }, headers),
      ),
    )
    assert.deepEqual([tally(answers, 400), tally(answers, 429)], [10, 40])
    refusedForNow(await user.leave(headers))
    refusedForNow(await logIn(user.email, headers['x-forwarded-for']))
  })

  it('are too many for registrations and invitations', async () => {
    const headers = { 'x-forwarded-for': elsewhere() }
    const accept = () =>
      world.anonymous.post(
        'auth/register',
        { invite_token: 'a.b.c', name: 'Eve', password: PASSWORD },
        headers,
      )
    const answers = await Promise.all(Array.from({ length: 50 }, accept))
    assert.deepEqual([tally(answers, 400), tally(answers, 429)], [30, 20])
    const register = { email: 'late@example.com', name: 'Eve', password: PASSWORD }
    refusedForNow(await world.anonymous.post('auth/register', register, headers))
  })

  it('are too many for asking who has an account, whether the answer would be yes or no', async () => {
    const { owner, outsider, project } = await world.team()
    const add = (email: string) => owner.post(`projects/${project.id}/members`, { email })
    for (let i = 0; i < 30; i++) refused(await add(`stranger${i}@example.com`), 422, 'no_such_user')
    refusedForNow(await add('stranger@example.com'))
    refusedForNow(await add(outsider.email))
    refusedForNow(await owner.patch('users/me', { email: outsider.email, current_password: PASSWORD }))
  })

  it('are too many for asking which project keys are in use, whether the answer would be yes or no', async () => {
    const { owner, outsider, project } = await world.team()
    const { body: own } = await outsider.post('projects', { name: 'Own' })
    const create = (key: string) => outsider.post('projects', { name: 'Another', key })
    const change = (key: string) => outsider.patch(`projects/${own.id}`, { key })
    for (let i = 0; i < 15; i++) {
      refused(await create(project.key), 409, 'key_taken')
      refused(await change(project.key), 409, 'key_taken')
    }
    for (const key of [project.key, 'FREE1']) {
      refusedForNow(await create(key))
      refusedForNow(await change(key))
    }
    assert.equal((await outsider.post('projects', { name: 'Another' })).status, 201)
    assert.equal((await outsider.patch(`projects/${own.id}`, { name: 'Still mine' })).status, 200)
    assert.equal((await owner.post('projects', { name: 'Another', key: 'FREE1' })).status, 201)
  })

  it('are not counted where they are right', async () => {
    const { owner, project } = await world.team()
    for (let i = 0; i < 35; i++) {
      const { status, body } = await owner.post('projects', { name: 'Mine', key: `MINE${i}` })
      assert.equal(status, 201)
      assert.equal((await owner.patch(`projects/${body.id}`, { key: `OURS${i}` })).status, 200)
    }
    const users = await Promise.all(Array.from({ length: 35 }, () => world.user()))
    for (const { email } of users)
      assert.equal((await owner.post(`projects/${project.id}/members`, { email })).status, 201)
  })

  it('are not counted where they repeat a request, one after the other or at once', async () => {
    const { owner, outsider, project } = await world.team()
    const add = (email: string, key: string) =>
      owner.post(`projects/${project.id}/members`, { email }, { 'idempotency-key': key })
    for (let i = 0; i < 35; i++) assert.equal((await add(outsider.email, 'again')).status, 201)
    const { email } = await world.user()
    const answers = await Promise.all(Array.from({ length: 20 }, () => add(email, 'at-once')))
    assert.equal(tally(answers, 201) + tally(answers, 409), 20)
    for (let i = 0; i < 29; i++) refused(await add(`stranger${i}@example.com`, `${i}`), 422, 'no_such_user')

    const headers = { 'x-forwarded-for': elsewhere(), 'idempotency-key': 'register' }
    const register = { email: 'repeated@example.com', name: 'Rae', password: PASSWORD }
    for (let i = 0; i < 35; i++)
      assert.equal((await world.anonymous.post('auth/register', register, headers)).status, 201)

    const user = await world.user()
    const change = { current_password: PASSWORD, new_password: 'another horse, another staple' }
    for (let i = 0; i < 15; i++)
      assert.equal(
        (await user.post('auth/password', change, { ...headers, 'idempotency-key': 'change' })).status,
        204,
      )
  })

  it('leave connections to others when they come with keys, each holding a transaction', async () => {
    const headers = () => ({ 'x-forwarded-for': elsewhere(), 'idempotency-key': `k${hosts}` })
    const answers = await Promise.all(
      Array.from({ length: 24 }, (_, i) =>
        world.anonymous.post(
          'auth/register',
          { email: `keyed${i}@example.com`, name: 'Kay', password: PASSWORD },
          headers(),
        ),
      ),
    )
    assert.equal(tally(answers, 201), 24)
  })
})
