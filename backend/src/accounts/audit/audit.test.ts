import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { hash } from '@node-rs/argon2'
import { v7 as uuid } from 'uuid'
import { PASSWORD, refused, start, type Actor } from '../../../test/harness.ts'
import { keepHouse } from '../../process/housekeeping.ts'
import { createAdmin, resetPassword } from '../auth/administration.ts'
import { recordAttempt } from './record.ts'

const world = await start({ TRUST_PROXY: '127.0.0.1' })
const admin = await world.user({ name: 'Ada Admin', role: 'admin' })
const HOME = { 'x-forwarded-for': '203.0.113.7' }
const WRONG = 'a wrong horse, a wrong staple'

/** What is on record about somebody's account, oldest first, without how the test made it. */
async function about(user: { id: string }, filter = '') {
  const answer = await admin.get(`audit?user=${user.id}${filter}`)
  assert.equal(answer.status, 200, JSON.stringify(answer.body))
  return answer.body.items
    .toReversed()
    .filter((entry: { address: unknown; source: string }) => entry.address || entry.source === 'command_line')
}
const kinds = (entries: { kind: string }[]) => entries.map(({ kind }) => kind)
const logIn = (email: string, password = PASSWORD, headers: Record<string, string> = HOME) =>
  world.anonymous.post('auth/login', { email, password }, headers)
const last = async (user: { id: string }) => (await about(user)).at(-1)

describe('GET /audit', () => {
  it('tells of a log-in: who, when, from which address, with what', async () => {
    const ada = await world.user({ name: 'Ada' })
    const before = Date.now()
    const { body } = await logIn(ada.email, PASSWORD, { ...HOME, 'user-agent': 'a browser' })
    const [entry, ...more] = await about(ada)
    assert.equal(more.length, 0)
    const { id, at, last_at, session_id, ...rest } = entry
    assert.deepEqual(rest, {
      kind: 'login.succeeded',
      source: 'api',
      actor: { id: ada.id, name: 'Ada', kind: 'person' },
      user: { id: ada.id, name: 'Ada', kind: 'person' },
      address: '203.0.113.7',
      token_id: null,
      operation_id: null,
      details: { user_agent: 'a browser' },
      count: 1,
    })
    assert(Date.parse(at) >= before - 1 && at === last_at && id)
    const { body: mine } = await world.client(body.access_token).get('auth/validate')
    assert.equal(session_id, mine.session_id)
  })

  it('tells how each session ended, and who ended it', async () => {
    const eva = await world.user()
    const session = async () => {
      const { body } = await logIn(eva.email)
      return { refresh_token: body.refresh_token, client: world.client(body.access_token) }
    }
    const ended = async (reason: string, actor: Actor | null = eva) => {
      const { kind, details, actor: by, address } = await last(eva)
      assert.deepEqual(
        { kind, reason: details.reason, by: by?.id ?? null, address },
        { kind: 'session.ended', reason, by: actor?.id ?? null, address: '203.0.113.7' },
      )
    }
    const { client } = await session()
    assert.equal((await client.post('auth/logout', undefined, HOME)).status, 204)
    await ended('logged_out')

    const other = await session()
    const { body: here } = await other.client.get('auth/validate')
    assert.equal((await eva.delete(`auth/sessions/${here.session_id}`, HOME)).status, 204)
    await ended('ended_by_user')

    await session()
    assert.equal((await eva.delete('auth/sessions', HOME)).status, 204)
    await ended('ended_by_user')

    await session()
    const tokens = await session()
    await world.anonymous.post('auth/refresh', { refresh_token: tokens.refresh_token }, HOME)
    await world.pool.query(`update sessions set refreshed_at = refreshed_at - interval '11 seconds'`)
    refused(
      await world.anonymous.post('auth/refresh', { refresh_token: tokens.refresh_token }, HOME),
      401,
      'unauthenticated',
    )
    await ended('refresh_token_reused', null)

    assert.equal((await admin.delete(`users/${eva.id}/sessions`, HOME)).status, 204)
    await ended('ended_by_admin', admin)
  })

  it('tells nothing of a session that expired by itself', async () => {
    const idle = await world.user()
    const { body } = await logIn(idle.email)
    await world.pool.query(
      `update sessions set expires_at = now() - interval '1 second' where user_id = $1`,
      [idle.id],
    )
    refused(
      await world.anonymous.post('auth/refresh', { refresh_token: body.refresh_token }, HOME),
      401,
      'unauthenticated',
    )
    await logIn(idle.email)
    await world.pool.query(
      `update sessions set expires_at = now() - interval '1 second' where user_id = $1`,
      [idle.id],
    )
    await keepHouse(world.servers[0]!.db, world.config)
    assert.deepEqual(kinds(await about(idle)), ['login.succeeded', 'login.succeeded'])
  })

  it('tells of changes of password and e-mail address without either', async () => {
    const eva = await world.user()
    await logIn(eva.email)
    const change = { current_password: PASSWORD, new_password: 'another horse, another staple' }
    assert.equal((await eva.post('auth/password', change, HOME)).status, 204)
    const email = `${uuid()}@example.com`
    assert.equal(
      (await eva.patch('users/me', { email, current_password: change.new_password }, HOME)).status,
      200,
    )
    await world.confirm(eva.id)
    assert.equal((await eva.patch('users/me', { name: 'Renamed' }, HOME)).status, 200)
    const entries = await about(eva)
    assert.deepEqual(kinds(entries), [
      'login.succeeded',
      'password.changed',
      'session.ended',
      'email.changed',
    ])
    const { rows } = await world.pool.query(
      `select string_agg(to_json(audit_entries)::text, ' ') as text from audit_entries`,
    )
    for (const secret of [PASSWORD, change.new_password, email, eva.email, '$argon2'])
      assert(!rows[0].text.includes(secret) && !JSON.stringify(entries).includes(secret), secret)
  })

  it('tells nothing of a password that is only hashed anew', async () => {
    const old = await world.user()
    const weak = await hash(PASSWORD, { memoryCost: 64, timeCost: 1, parallelism: 1 })
    await world.pool.query(`update users set password_hash = $2 where id = $1 and record_as(null, $3)`, [
      old.id,
      weak,
      uuid(),
    ])
    assert.equal((await logIn(old.email)).status, 200)
    const { rows } = await world.pool.query(
      `select password_hash <> $2 as upgraded from users where id = $1`,
      [old.id, weak],
    )
    assert.equal(rows[0].upgraded, true)
    assert.deepEqual(kinds(await about(old)), ['login.succeeded'])
  })

  it('tells of registration, invitation and what administrators do to accounts, one entry for each', async () => {
    const { body: registered } = await world.anonymous.post(
      'auth/register',
      { email: `${uuid()}@example.com`, name: 'Self', password: PASSWORD },
      HOME,
    )
    assert.deepEqual(kinds(await about(registered)), ['user.registered'])
    const entry = await last(registered)
    assert.equal(entry.actor.id, registered.id)

    const { body: made } = await admin.post(
      'users',
      { email: `${uuid()}@example.com`, name: 'Invited' },
      HOME,
    )
    const accepted = await world.anonymous.post(
      'auth/register',
      { invite_token: made.invite_token, name: 'Came', password: PASSWORD },
      HOME,
    )
    assert.equal(accepted.status, 201)
    for (const change of [
      { role: 'admin' },
      { disabled: true },
      { disabled: false },
      { name: 'Other', time_zone: 'Europe/Paris' },
      { role: 'user', disabled: true },
    ])
      assert.equal((await admin.patch(`users/${made.id}`, change, HOME)).status, 200)
    assert.equal((await admin.patch(`users/${made.id}`, { disabled: false }, HOME)).status, 200)
    assert.equal((await admin.post(`users/${made.id}/invitation`, undefined, HOME)).status, 201)
    assert.equal((await admin.post(`users/${made.id}/invitation`, undefined, HOME)).status, 201)
    assert.equal((await admin.delete(`users/${made.id}`, HOME)).status, 204)
    const entries = await about(made)
    assert.deepEqual(kinds(entries), [
      'user.created', 'user.invited', 'invitation.accepted', 'user.role_changed', 'user.disabled', 'user.enabled',
      'user.updated', 'user.role_changed', 'user.disabled', 'user.enabled', 'password.removed', 'user.invited',
      'user.invited', 'user.deleted',
    ]) // prettier-ignore
    assert.deepEqual(entries[3].details, { role: 'admin', previous_role: 'user' })
    assert.deepEqual(entries[6].details, { fields: ['name', 'time_zone'] })
    for (const { kind, actor, user, address } of entries) {
      assert.equal(actor.id, kind === 'invitation.accepted' ? made.id : admin.id, kind)
      assert.deepEqual([user.name, address], ['Deleted user', '203.0.113.7'], kind)
    }
  })

  it('tells of what is done at the command line', async () => {
    const email = `${uuid()}@example.com`
    const db = world.servers[0]!.db
    await createAdmin(db, { email, name: 'Root' }, 8, PASSWORD)
    const { rows } = await world.pool.query(`select id from users where email = $1`, [email])
    await logIn(email)
    await resetPassword(db, email, 8)
    const entries = await about(rows[0])
    assert.deepEqual(
      entries.map(({ kind, source }: { kind: string; source: string }) => `${kind} ${source}`),
      [
        'user.created command_line',
        'login.succeeded api',
        'password.changed command_line',
        'session.ended command_line',
      ],
    )
    assert.equal(entries[2].actor, null)
  })

  it('names the operation, the same as the trail', async () => {
    const eva = await world.user()
    const { headers } = await admin.patch(`users/${eva.id}`, { role: 'admin' }, HOME)
    assert.equal((await last(eva)).operation_id, headers.get('operation-id'))
  })

  it('has no entry for what was refused or undone', async () => {
    const eva = await world.user()
    refused(
      await admin.patch(`users/${eva.id}`, { role: 'admin' }, { ...HOME, 'if-match': '"99"' }),
      412,
      'precondition_failed',
    )
    assert.deepEqual(await about(eva), [])
  })

  it('is for administrators, and pages through a filter without gaps', async () => {
    const { viewer, admin: another } = await world.team()
    refused(await viewer.get('audit'), 403, 'forbidden')
    const eva = await world.user()
    for (const role of ['admin', 'user', 'admin', 'user', 'admin'])
      await another.patch(`users/${eva.id}`, { role }, HOME)
    const all = (await about(eva)).map(({ id }: { id: string }) => id)
    assert.equal(all.length, 5)
    const seen: string[] = []
    let next: string | null = ''
    while (next !== null) {
      const { body }: { body: any } = await admin.get(
        `audit?actor=${another.id}&kind=user.role_changed&limit=2&total=true${next && `&cursor=${next}`}`,
      )
      assert.equal(body.total, 5)
      seen.push(...body.items.map(({ id }: { id: string }) => id))
      next = body.next_cursor
    }
    assert.deepEqual(seen.toReversed(), all)
    const [first, second] = await about(eva)
    const ids = (entries: { id: string }[]) => entries.map(({ id }) => id)
    assert.deepEqual(ids(await about(eva, `&until=${second.at}`)), [first.id])
    assert.deepEqual(ids(await about(eva, `&since=${second.at}`)), all.slice(1))
    assert.deepEqual(await about(eva, '&kind=login.failed'), [])
    refused(await admin.get('audit?kind=nonsense'), 400, 'invalid')
    refused(await admin.get('audit?since=0000-01-01T00:00:00Z'), 400, 'invalid')
    refused(await admin.get('audit?actor=nobody'), 400, 'invalid')
  })
})

describe('a refused attempt', () => {
  it('is on record under the account it was made at, one entry for each network and hour', async () => {
    const eva = await world.user({ name: 'Eva' })
    for (const from of ['2001:db8:1:2::1', '2001:db8:1:2::2', '198.51.100.9'])
      refused(
        await logIn(eva.email.toUpperCase(), WRONG, { 'x-forwarded-for': from }),
        401,
        'invalid_credentials',
      )
    const entries = await about(eva)
    assert.deepEqual(
      entries.map(({ kind, actor, user, address, count }: any) => [kind, actor, user.name, address, count]),
      [
        ['login.failed', null, 'Eva', '2001:db8:1:2::1', 2],
        ['login.failed', null, 'Eva', '198.51.100.9', 1],
      ],
    )
    assert(entries[0].last_at > entries[0].at)
  })

  it('with an e-mail address that nobody has keeps nothing of what was typed', async () => {
    const typed = 'my secret passphrase@nowhere'
    refused(await logIn(typed, WRONG, { 'x-forwarded-for': '198.51.100.77' }), 401, 'invalid_credentials')
    const { body } = await admin.get('audit?kind=login.failed')
    const entry = body.items.find(({ address }: { address: string }) => address === '198.51.100.77')
    assert.equal(entry.user, null)
    const { rows } = await world.pool.query(
      `select string_agg(to_json(audit_entries)::text, ' ') as text from audit_entries`,
    )
    assert(!rows[0].text.includes('secret passphrase') && !rows[0].text.includes(WRONG))
  })

  it('of somebody whose account is disabled is one too', async () => {
    const eva = await world.user()
    await admin.patch(`users/${eva.id}`, { disabled: true }, HOME)
    refused(await logIn(eva.email), 401, 'invalid_credentials')
    assert.equal((await last(eva)).kind, 'login.failed')
  })

  for (const [how, headers] of [
    ['', HOME],
    [', also where a repeated request is recognised', { ...HOME, 'idempotency-key': uuid() }],
  ] as const)
    it(`at the current password is on record${how}`, async () => {
      const eva = await world.user()
      refused(
        await eva.post(
          'auth/password',
          { current_password: WRONG, new_password: 'another horse, another staple' },
          headers,
        ),
        400,
        'invalid',
      )
      const { kind, actor, address } = await last(eva)
      assert.deepEqual([kind, actor.id, address], ['password.refused', eva.id, '203.0.113.7'])
    })

  it('is only counted for its account when the day has a thousand entries, so that strangers fill no table', async () => {
    const db = world.servers[0]!.db
    const [eva, bob] = [await world.user(), await world.user()]
    const attempt = (userId: string | null, address: string) =>
      recordAttempt(db, { kind: 'login.failed', actorId: null, userId, address })
    const size = async () =>
      (await world.pool.query(`select count(*)::int as count from audit_entries`)).rows[0].count
    for (let i = 0; i < 1016; i += 8)
      await Promise.all(
        Array.from({ length: 8 }, (_, j) => attempt(null, `10.0.${(i + j) >> 8}.${(i + j) & 255}`)),
      )
    const full = await size()
    for (let i = 0; i < 50; i++)
      for (const userId of [eva.id, bob.id, null]) await attempt(userId, `10.9.0.${i}`)
    // Those of nobody's account have their entry for the day already.
    assert.equal(await size(), full + 2)
    const { body } = await admin.get(`audit?user=${eva.id}&kind=login.failed`)
    assert.deepEqual(
      body.items.map(({ address, count }: any) => [address, count]),
      [[null, 50]],
    )
  })
})

describe('the audit', () => {
  it('is kept for AUDIT_RETENTION_DAYS and then forgotten, however much it is', async () => {
    const { rows } = await world.pool.query(
      `insert into audit_entries (kind, source, user_id, at)
       select 'user.updated', 'api', $1, now() - make_interval(days => case when n = 1 then 364 else 366 end)
       from generate_series(1, 2500) as n returning user_id`,
      [uuid()],
    )
    const db = world.servers[0]!.db
    await Promise.all([keepHouse(db, world.config), keepHouse(db, world.config)])
    const { body } = await admin.get(`audit?user=${rows[0].user_id}&total=true`)
    assert.equal(body.total, 1)
  })

  it('has entries also of the release before, which does not say from where', async () => {
    const eva = await world.user()
    await world.pool.query(`delete from sessions where user_id = $1`, [eva.id])
    const { body } = await admin.get(`audit?user=${eva.id}&limit=1`)
    assert.deepEqual([body.items[0].kind, body.items[0].details], ['session.ended', {}])
  })
})
