import assert from 'node:assert/strict'
import { createHmac, generateKeyPairSync } from 'node:crypto'
import { describe, it } from 'node:test'
import { v7 as uuid } from 'uuid'
import { dump } from '../../../test/dump.ts'
import { PASSWORD, refused, start } from '../../../test/harness.ts'
import { createTokens } from './tokens.ts'

const SECRET = 'the one that signs 0123456789abcdefghijk'
const ACCEPTED = 'the one that is accepted 0123456789abcde'
const world = await start({ JWT_SECRET_KEY: SECRET, JWT_SECRET_KEY_ACCEPTED: ACCEPTED })

type Part = Record<string, unknown>
const base64 = (part: Part) => Buffer.from(JSON.stringify(part)).toString('base64url')
const read = (token: string, part: 0 | 1): Part =>
  JSON.parse(Buffer.from(token.split('.')[part] ?? '', 'base64url').toString())

/** A token as anybody can make one. */
function mint(header: Part, payload: Part, key = SECRET, hash = 'sha256'): string {
  const signed = `${base64(header)}.${base64(payload)}`
  return `${signed}.${createHmac(hash, key).update(signed).digest('base64url')}`
}

const now = Math.floor(Date.now() / 1000)
const validate = (token: string) => world.client(token).get('auth/validate')

describe('an access token', async () => {
  const user = await world.user()
  const other = await world.user()
  const header = read(user.token, 0)
  const payload = read(user.token, 1)
  const without = (name: string, part = payload) =>
    Object.fromEntries(Object.entries(part).filter(([key]) => key !== name))
  const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey
  const pem = String(rsa.export({ type: 'spki', format: 'pem' }))
  const theirs = { kty: 'oct', k: Buffer.from('known to them').toString('base64url') }

  it('is taken when made with our key in every detail, or the tests below would show nothing', async () => {
    assert.equal((await validate(mint(header, payload))).status, 200)
    assert.deepEqual(without('kid', header), { alg: 'HS256', typ: 'at+jwt' })
    assert.deepEqual(Object.keys(payload).sort(), ['aud', 'exp', 'iat', 'iss', 'jti', 'sid', 'sub'])
  })

  const forgeries: Record<string, string> = {
    'no algorithm': mint({ ...header, alg: 'none' }, payload),
    'no algorithm and no signature': `${base64({ ...header, alg: 'none' })}.${base64(payload)}.`,
    'no algorithm, in capitals': mint({ ...header, alg: 'NONE' }, payload),
    'HS512 with our key': mint({ ...header, alg: 'HS512' }, payload, SECRET, 'sha512'),
    'HS384 with our key': mint({ ...header, alg: 'HS384' }, payload, SECRET, 'sha384'),
    'RS256, signed as if HS256': mint({ ...header, alg: 'RS256' }, payload),
    'HS256 with a public key': mint(header, payload, pem),
    'HS256 with another key': mint(header, payload, 'another secret 0123456789abcdefghijklmnop'),
    'HS256 with an empty key': mint(header, payload, ''),
    'the signature of another token': `${mint(header, { ...payload, sub: other.id })
      .split('.')
      .slice(0, 2)
      .join('.')}.${user.token.split('.')[2]}`,
    'a key of its own (jwk)': mint({ ...header, jwk: theirs }, payload, 'known to them'),
    'a key set of its own (jku)': mint(
      { ...header, jku: 'https://example.com/keys' },
      payload,
      'known to them',
    ),
    'a certificate of its own (x5u)': mint({ ...header, x5u: 'https://example.com/x' }, payload, pem),
    'a certificate chain of its own (x5c)': mint({ ...header, x5c: ['MIIB'] }, payload, pem),
    'an unknown key id': mint({ ...header, kid: 'unknown' }, payload),
    'a key id that is a path': mint({ ...header, kid: '../../../dev/null' }, payload, ''),
    'an empty key id': mint({ ...header, kid: '' }, payload),
    'no key id': mint(without('kid', header), payload),
    'an unknown critical extension': mint({ ...header, crit: ['b64', 'ours'], ours: 1 }, payload),
    'no type': mint(without('typ', header), payload),
    'the plain type': mint({ ...header, typ: 'JWT' }, payload),
    'another type': mint({ ...header, typ: 'refresh+jwt' }, payload),
    'no issuer': mint(header, without('iss')),
    'another issuer': mint(header, { ...payload, iss: 'other' }),
    'no audience': mint(header, without('aud')),
    'another audience': mint(header, { ...payload, aud: 'tasktrail/refresh' }),
    'no end': mint(header, without('exp')),
    'an end that is text': mint(header, { ...payload, exp: String(now + 900) }),
    'an end beyond the leeway ago': mint(header, { ...payload, exp: now - 10 }),
    'a beginning in the future': mint(header, { ...payload, nbf: now + 90 }),
    'no time of issue': mint(header, without('iat')),
    'no id': mint(header, without('jti')),
    'no subject': mint(header, without('sub')),
    'no session': mint(header, without('sid')),
    'somebody else’s subject': mint(header, { ...payload, sub: other.id }),
    'somebody else’s session': mint(header, { ...payload, sid: other.sessionId }),
    'a session that never was': mint(header, { ...payload, sid: uuid() }),
  }
  for (const [what, token] of Object.entries(forgeries)) {
    it(`is refused with ${what}`, async () => {
      const answer = await validate(token)
      refused(answer, 401, 'unauthenticated')
      assert.match(answer.headers.get('www-authenticate') ?? '', /^Bearer/)
    })
  }
})

describe('a token of one kind', () => {
  it('passes for no other', async () => {
    const user = await world.user()
    const admin = await world.user({ role: 'admin' })
    const { body: invited } = await admin.post('users', { email: 'kind@example.com', name: 'Kim' })
    const refresh = await world.tokens.signRefresh(
      { userId: user.id, sessionId: user.sessionId, counter: 1 },
      now + 900,
    )
    const uses = {
      access: validate,
      refresh: (token: string) => world.anonymous.post('auth/refresh', { refresh_token: token }),
      // An unknown parameter is refused once the ticket is taken, so that no stream has to be closed.
      ticket: (token: string) => world.anonymous.get(`events?ticket=${token}&unknown=1`),
      invite: (token: string) =>
        world.anonymous.post('auth/register', { invite_token: token, name: 'Kim', password: PASSWORD }),
    }
    const { body: ticket } = await user.post('events/ticket')
    const tokens = {
      access: user.token,
      refresh,
      ticket: ticket.ticket as string,
      invite: invited.invite_token as string,
    }
    for (const [kind, token] of Object.entries(tokens)) {
      for (const [use, attempt] of Object.entries(uses)) {
        const { status } = await attempt(token)
        const taken = { access: 200, refresh: 200, ticket: 400, invite: 201 }[use]
        const expected = kind === use ? taken : use === 'invite' ? 400 : 401
        assert.equal(status, expected, `${kind} used as ${use}`)
      }
    }
  })
})

describe('the secret', () => {
  it('can be exchanged: tokens signed with the accepted one work, and are replaced by ones of ours', async () => {
    const user = await world.user()
    const before = createTokens(ACCEPTED, 900)
    assert.equal((await validate(await before.signAccess(user.id, user.sessionId))).status, 200)
    const refresh_token = await before.signRefresh(
      { userId: user.id, sessionId: user.sessionId, counter: 1 },
      now + 900,
    )
    const { status, body } = await world.anonymous.post('auth/refresh', { refresh_token })
    assert.equal(status, 200)
    assert.equal(read(body.access_token, 0)['kid'], read(user.token, 0)['kid'])
    assert.equal(read(body.refresh_token, 0)['kid'], read(user.token, 0)['kid'])
  })

  it('stops working once it is retired', async () => {
    const user = await world.user()
    const retired = createTokens('one of long ago 0123456789abcdefghijklm', 900)
    const token = await retired.signAccess(user.id, user.sessionId)
    assert.equal(await createTokens(SECRET, 900, ACCEPTED).verifyAccess(token), undefined)
    refused(await validate(token), 401, 'unauthenticated')
  })
})

describe('the database', () => {
  it('holds nothing that authenticates anybody', async () => {
    const admin = await world.user({ role: 'admin' })
    const { email } = await world.user()
    await world.anonymous.post('auth/login', { email, password: PASSWORD })
    await world.anonymous.post('auth/login', { email, password: 'a wrong horse battery' })
    const { body: user } = await admin.post(
      'users',
      { email: 'dump@example.com', name: 'Dee' },
      { 'idempotency-key': uuid() },
    )
    const values = [...(await dump(world))].filter((value) => value.length >= 8)
    assert(
      values.includes(email) && values.some((value) => value.startsWith('$argon2id$')),
      'the dump is whole',
    )
    assert(!values.includes(user.invite_token) && !values.includes(admin.token))
    for (const value of values) {
      // A header can carry only some of them; a body carries all.
      if (/^[\x21-\x7e]+$/.test(value)) assert.equal((await validate(value)).status, 401, value)
      // Past the watch over the log, which takes whatever is sent as a token for a secret.
      const refresh = await fetch(`${world.origins[0]}/api/v1/auth/refresh`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ refresh_token: value.slice(0, 2000) }),
      })
      assert.equal(refresh.status, 401, value)
      await refresh.body?.cancel()
    }
    for (const value of values.filter((each) => each.startsWith('$argon2'))) {
      const login = await world.anonymous.post('auth/login', { email, password: value })
      assert.equal(login.status, 401, value)
    }
  })
})
