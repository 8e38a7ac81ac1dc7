import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { collide } from '../../../test/races.ts'
import { PASSWORD, refused, start } from '../../../test/harness.ts'

const world = await start()

describe('changing the e-mail address and deleting the account', () => {
  it('ask for the password again', async () => {
    const user = await world.user()
    const email = `new.${user.email}`
    for (const [more, message] of [
      [{}, 'is required'],
      [{ current_password: 'a wrong horse battery' }, 'is wrong'],
    ] as const)
      for (const answer of [
        await user.patch('users/me', { email, name: 'Eve', ...more }),
        await user.delete('users/me', {}, more),
      ]) {
        refused(answer, 400, 'invalid')
        assert.deepEqual(answer.body.errors, [{ pointer: '/current_password', message }])
      }
    refused(await user.delete('users/me'), 400, 'invalid')
    assert.deepEqual((await user.get('users/me')).body.email, user.email)
    // What was no change of address needs none.
    assert.equal((await user.patch('users/me', { email: user.email, name: 'Ada' })).body.name, 'Ada')
    const { status, body } = await user.patch('users/me', { email, current_password: PASSWORD })
    // It changes when the link is followed that goes there (verification.test.ts).
    assert.deepEqual([status, body.email], [200, user.email])
    assert.equal((await user.leave()).status, 204)
    assert.equal((await user.get('users/me')).status, 401)
  })
})

describe('an administrator', () => {
  it('has no way around their own password under /users/{id}', async () => {
    const [admin, other] = await Promise.all([world.user({ role: 'admin' }), world.user()])
    const email = `new.${admin.email}`
    for (const answer of [
      await admin.patch(`users/${admin.id}`, { email }),
      await admin.delete(`users/${admin.id.toUpperCase()}`),
      await admin.post(`users/${admin.id}/invitation`),
    ])
      refused(answer, 403, 'forbidden')
    // What is no change, and the accounts of others, take no password.
    const same = { email: admin.email, name: 'Ada' }
    assert.equal((await admin.patch(`users/${admin.id}`, same)).body.name, 'Ada')
    assert.equal((await admin.patch(`users/${other.id}`, { email })).body.email, email)
    assert.equal((await admin.delete(`users/${other.id}`)).status, 204)
  })
})

describe('/users/me', () => {
  it('shows and changes the account, field by field', async () => {
    const user = await world.user({ name: 'Ada' })
    const { body: before, headers } = await user.get('users/me')
    assert.equal(headers.get('etag'), '"1"')
    const changed = await user.patch('users/me', { time_zone: 'Asia/Kolkata' })
    assert.deepEqual(changed.body, {
      ...before,
      time_zone: 'Asia/Kolkata',
      version: 2,
      updated_at: changed.body.updated_at,
    })
    assert.equal((await user.patch('users/me', { name: 'Ada' })).body.version, 2, 'no change, no version')
  })

  it('takes no role, no disabling, nothing that is not one’s own to say', async () => {
    const user = await world.user()
    for (const field of ['role', 'disabled', 'disabled_at', 'id', 'version', 'password', 'created_at']) {
      const answer = await user.patch('users/me', { [field]: 'admin' })
      refused(answer, 400, 'invalid')
      assert.equal(answer.body.errors[0].pointer, `/${field}`)
    }
    assert.equal((await user.get('users/me')).body.version, 1)
  })

  it('refuses an e-mail address that is taken, whatever its case', async () => {
    const [user, other] = [await world.user(), await world.user()]
    refused(
      await user.patch('users/me', { email: other.email.toUpperCase(), current_password: PASSWORD }),
      409,
      'email_taken',
    )
    assert.equal(
      (await user.patch('users/me', { email: user.email.toUpperCase(), current_password: PASSWORD })).status,
      200,
    )
  })

  it('heeds If-Match when changing and when deleting', async () => {
    const user = await world.user()
    await user.patch('users/me', { name: 'Second' })
    const stale = { 'if-match': '"1"' }
    refused(await user.patch('users/me', { name: 'Third' }, stale), 412, 'precondition_failed')
    refused(await user.leave(stale), 412, 'precondition_failed')
    assert.equal((await user.get('users/me')).body.name, 'Second')
    assert.equal((await user.leave({ 'if-match': '"2"' })).status, 204)
  })
})

describe('/users for administrators', () => {
  it('lists fifty unless asked otherwise, and every one once on the way through', async () => {
    const admin = await world.user({ role: 'admin' })
    const made = await Promise.all(Array.from({ length: 55 }, () => world.user({ name: 'Lister' })))
    const first = await admin.get('users?q=lister&total=true')
    assert.deepEqual([first.body.items.length, first.body.total], [50, 55])
    const second = await admin.get(`users?q=lister&cursor=${first.body.next_cursor}`)
    const ids = [...first.body.items, ...second.body.items].map(({ id }) => id)
    assert.deepEqual(ids.sort(), made.map(({ id }) => id).sort())
    assert.equal(second.body.next_cursor, null)
  })

  it('filters by role, by being disabled, and by text in name or address', async () => {
    const admin = await world.user({ role: 'admin', name: 'Filter 100% Admin' })
    const disabled = await world.user({ name: 'Filter_Disabled' })
    await admin.patch(`users/${disabled.id}`, { disabled: true })
    const ids = async (query: string) =>
      (await admin.get(`users?${query}`)).body.items.map(({ id }: { id: string }) => id)
    assert.deepEqual(await ids('q=filter&role=admin'), [admin.id])
    assert.deepEqual(await ids('q=filter&disabled=true'), [disabled.id])
    assert.deepEqual(await ids('q=FILTER&disabled=false'), [admin.id])
    assert.deepEqual(await ids(`q=${disabled.email.toUpperCase()}`), [disabled.id])
    assert.deepEqual([await ids('q=100%25'), await ids('q=r_d')], [[admin.id], [disabled.id]])
  })

  it('never show a password hash, and sort or filter by nothing secret', async () => {
    const admin = await world.user({ role: 'admin' })
    for (const query of ['sort=password', 'password=x', 'filter[password]=x', 'email=x'])
      refused(await admin.get(`users?${query}`), 400, 'invalid')
    const { body } = await admin.get('users?limit=1')
    assert.deepEqual(Object.keys(body.items[0]).sort(), [
      'created_at',
      'disabled_at',
      'email',
      'email_verified_at',
      'id',
      'kind',
      'name',
      'role',
      'time_zone',
      'updated_at',
      'version',
    ])
  })

  it('create users who log in with the given password, and change role and state', async () => {
    const admin = await world.user({ role: 'admin' })
    const made = await admin.post('users', {
      email: 'made@example.com',
      name: 'Max',
      role: 'admin',
      password: 'another horse, another staple',
    })
    assert.equal(made.status, 201)
    assert.equal(made.body.invite_token, undefined)
    assert.equal(made.headers.get('location'), `/api/v1/users/${made.body.id}`)
    const login = { email: 'made@example.com', password: 'another horse, another staple' }
    assert.equal((await world.anonymous.post('auth/login', login)).body.user.role, 'admin')
    assert.equal((await admin.patch(`users/${made.body.id}`, { role: 'user' })).body.role, 'user')
  })

  it('disabling twice is one change', async () => {
    const [admin, user] = [await world.user({ role: 'admin' }), await world.user()]
    const first = await admin.patch(`users/${user.id}`, { disabled: true })
    const second = await admin.patch(`users/${user.id}`, { disabled: true })
    assert.deepEqual(second.body, first.body)
    assert.equal((await admin.patch(`users/${user.id}`, { disabled: false })).body.disabled_at, null)
  })

  it('say who changed the same field since base_version', async () => {
    const [admin, user] = [await world.user({ role: 'admin' }), await world.user()]
    await admin.patch(`users/${user.id}`, { disabled: true })
    const late = await admin.patch(`users/${user.id}?base_version=1`, { disabled: false })
    refused(late, 409, 'version_conflict')
    assert.equal(late.body.errors[0].pointer, '/disabled_at')
    assert.equal((await admin.patch(`users/${user.id}?base_version=1`, { role: 'admin' })).status, 200)
  })
})

describe('the last administrator', async () => {
  const small = await start()
  const [one, two] = [await small.user({ role: 'admin' }), await small.user({ role: 'admin' })]
  const admins = async () =>
    (
      await small.pool.query(
        `select count(*)::int from users where role = 'admin' and disabled_at is null and deleted_at is null`,
      )
    ).rows[0].count
  const restore = () =>
    small.pool.query(
      `update users set role = 'admin', disabled_at = null where id = any ($1) and record_as(null, id)`,
      [[one.id, two.id]],
    )
  const lock = { text: 'select from users where id = any ($1) for update', values: [[one.id, two.id]] }

  const ways = {
    demoting: [
      () => one.patch(`users/${two.id}`, { role: 'user' }),
      () => two.patch(`users/${one.id}`, { role: 'user' }),
    ],
    disabling: [
      () => one.patch(`users/${two.id}`, { disabled: true }),
      () => two.patch(`users/${one.id}`, { disabled: true }),
    ],
    'demoting themselves and': [
      () => one.patch(`users/${one.id}`, { role: 'user' }),
      () => two.patch(`users/${two.id}`, { role: 'user' }),
    ],
  }
  for (const [what, calls] of Object.entries(ways)) {
    it(`is left when two are ${what} each other at the same moment`, async () => {
      await restore()
      const answers = await collide(small, lock, calls)
      assert.deepEqual(answers.map(({ status }) => status).sort(), [200, 409])
      refused(
        answers.find(({ status }) => status === 409)!,
        409,
        'last_admin',
      )
      assert.equal(await admins(), 1)
    })
  }

  it('can neither be demoted, nor disabled, nor deleted, and an invited one does not count', async () => {
    await restore()
    await small.pool.query(`update users set role = 'user' where id = $1 and record_as(null, $1)`, [two.id])
    await one.post('users', { email: 'later@example.com', name: 'Lea', role: 'admin' })
    for (const answer of [
      await one.patch(`users/${one.id}`, { role: 'user' }),
      await one.patch(`users/${one.id}`, { disabled: true }),
      await one.leave(),
    ])
      refused(answer, 409, 'last_admin')
    assert.equal((await one.get('users?limit=1')).status, 200)
  })
})
