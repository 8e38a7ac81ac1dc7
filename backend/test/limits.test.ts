// How much of something one person, or those of one project, can make: docs/operate.md, Limits.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { createThrottle, deleteOldCounts, guessAt } from '../src/accounts/auth/throttle.ts'
import { LIMITS } from '../src/database/errors.ts'
import { LARGEST_BODY } from '../src/http/body-limit.ts'
import { MOST_KEYS } from '../src/http/idempotency.ts'
import { keepHouse } from '../src/process/housekeeping.ts'
import { insertDeliveries } from '../src/trail/webhooks/delivery-queries.ts'
import { PASSWORD, refused, start, type Answer } from './harness.ts'

const world = await start()
const docs = readFileSync(new URL('../../docs/operate.md', import.meta.url), 'utf8')

/** Fills a table without its triggers, all but the last row that there may be room for. */
async function fill(statement: string, values: unknown[]): Promise<void> {
  const client = await world.pool.connect()
  try {
    await client.query('begin')
    await client.query('set local session_replication_role = replica')
    await client.query(statement, values)
    await client.query('commit')
  } finally {
    client.release()
  }
}

/** While somebody else is taking the last place, waits for them, and is refused. */
async function waitsFor(statement: string, values: unknown[], adding: () => Promise<Answer>) {
  const client = await world.pool.connect()
  try {
    await client.query('begin')
    await client.query('select record_as(null, gen_random_uuid())')
    await client.query(statement, values)
    const answer = adding()
    await world.blocked()
    await client.query('commit')
    refused(await answer, 409, 'limit_reached')
  } finally {
    await client.query('rollback')
    client.release()
  }
}

/** Of many who add one at once, over two servers, one gets the last place. */
async function oneOf(adding: (n: number) => Promise<Answer>) {
  const answers = await Promise.all(Array.from({ length: 8 }, (_, n) => adding(n)))
  assert.equal(answers.filter(({ status }) => status === 201).length, 1)
  for (const answer of answers) if (answer.status !== 201) refused(answer, 409, 'limit_reached')
}

describe('there are at most', () => {
  it('20 webhooks of a project', async () => {
    const { owner, project } = await world.team()
    const add = (n: number) =>
      owner.post(`projects/${project.id}/webhooks`, { url: `https://example.com/${n}` })
    for (let n = 0; n < 19; n++) assert.equal((await add(n)).status, 201)
    await oneOf(add)
    const { body } = await owner.get(`projects/${project.id}/webhooks?total=true`)
    assert.equal(body.total, 20)
    await owner.delete(`projects/${project.id}/webhooks/${body.items[0].id}`)
    await waitsFor(
      `insert into webhooks (id, project_id, url, secret, last_seq, created_by) values (gen_random_uuid(), $1, 'https://example.com/', '', 0, $2)`,
      [project.id, owner.id],
      () => add(20),
    )
  })

  it('50 custom fields of a project, of which one with more than 2,000 values stays', async () => {
    const { owner, project } = await world.team()
    await fill(
      `insert into fields (id, project_id, key, name, type, position, created_by) select gen_random_uuid(), $1, 'field_' || n, 'Field ' || n, 'number', n, $2 from generate_series(1, 49) n`,
      [project.id, owner.id],
    )
    await oneOf((n) => owner.post(`projects/${project.id}/fields`, { name: `Number ${n}`, type: 'number' }))
    const { body: task } = await owner.post(`projects/${project.id}/tasks`, { title: 'A task' })
    await world.pool.query(
      `insert into field_values (task_id, project_id, key, number) select $1, $2, 'field_1', n from generate_series(1, 2001) n`,
      [task.id, project.id],
    )
    refused(await owner.delete(`projects/${project.id}/fields/field_1`), 409, 'limit_reached')
    await world.pool.query('delete from field_values where task_id = $1', [task.id])
    assert.equal((await owner.delete(`projects/${project.id}/fields/field_1`)).status, 204)
  })

  it('500 labels of a project, with those in the trash', async () => {
    const { owner, editor, project } = await world.team()
    await fill(
      `insert into labels (id, project_id, name, created_by, deleted_at) select gen_random_uuid(), $1, 'Label ' || n, $2, now() from generate_series(1, 499) n`,
      [project.id, owner.id],
    )
    await oneOf((n) => editor.post(`projects/${project.id}/labels`, { name: `Label ${n}` }))
  })

  it('100 views of a project, with those in the trash', async () => {
    const { owner, editor, project } = await world.team()
    await fill(
      `insert into views (id, project_id, name, created_by, deleted_at) select gen_random_uuid(), $1, 'View', $2, now() from generate_series(1, 99) n`,
      [project.id, owner.id],
    )
    await oneOf(() => editor.post(`projects/${project.id}/views`, { name: 'View' }))
  })

  it('100 views of a person', async () => {
    const somebody = await world.user()
    await fill(
      `insert into personal_views (id, name, created_by) select gen_random_uuid(), 'View', $1 from generate_series(1, 99)`,
      [somebody.id],
    )
    await oneOf(() => somebody.post('views', { name: 'View' }))
  })

  it('1,000 members of a project', async () => {
    const { owner, project } = await world.team()
    await fill(
      `insert into project_members (project_id, user_id, role) select $1, gen_random_uuid(), 'viewer' from generate_series(1, 996)`,
      [project.id],
    )
    const people = await Promise.all(Array.from({ length: 8 }, () => world.user()))
    await oneOf((n) => owner.post(`projects/${project.id}/members`, { user_id: people[n]!.id }))
  })

  it('10,000 projects of one person', async () => {
    const person = await world.user()
    await fill(
      `insert into projects (id, key, name, created_by) select gen_random_uuid(), 'X' || n, 'x', $1 from generate_series(1, 9999) as n`,
      [person.id],
    )
    await waitsFor(
      `insert into projects (id, key, name, created_by) values (gen_random_uuid(), 'BESIDE', 'x', $1)`,
      [person.id],
      () => person.post('projects', { name: 'x', key: 'LATE' }),
    )
    await fill(`delete from projects where key = 'X1'`, [])
    await oneOf((n) => person.post('projects', { name: `One more ${n}`, key: `LAST${n}` }))
    assert.equal((await (await world.user()).post('projects', { name: 'x' })).status, 201)
  })

  it('100 bots of a project', async () => {
    const { owner, project } = await world.team()
    await fill(
      `insert into users (id, kind, name, bot_project_id) select gen_random_uuid(), 'bot', 'Robot', $1 from generate_series(1, 99)`,
      [project.id],
    )
    await oneOf(() => owner.post('bots', { name: 'Robot', project_id: project.id }))
  })

  it('1,000 tokens of one user, with those that ended lately', async () => {
    const person = await world.user()
    await fill(
      `insert into tokens (id, user_id, name, hash, scopes, expires_at) select gen_random_uuid(), $1, 'Old', '', '{}', now() - interval '1 day' from generate_series(1, 999)`,
      [person.id],
    )
    await oneOf(() => person.post('tokens', { name: 'New', scopes: ['tasks:read'] }))
    await fill(`update tokens set expires_at = now() - interval '31 days' where name = 'Old'`, [])
    await keepHouse(world.servers[0]!.db, world.config)
    assert.equal((await person.post('tokens', { name: 'New', scopes: ['tasks:read'] })).status, 201)
  })

  it('100 log-ins of one user, of which the one that was unused for longest ends', async () => {
    const person = await world.user()
    await fill(
      `insert into sessions (id, user_id, created_at, expires_at) select gen_random_uuid(), $1, now() - interval '1 day', now() + interval '1 day' from generate_series(1, 99)`,
      [person.id],
    )
    await world.pool.query(`update sessions set refreshed_at = now() - interval '1 hour' where id = $1`, [
      person.sessionId,
    ])
    const logIn = () => world.anonymous.post('auth/login', { email: person.email, password: PASSWORD })
    const answers = await Promise.all([logIn(), logIn(), logIn()])
    for (const { status, body } of answers) {
      assert.equal(status, 200)
      assert.equal((await world.client(body.access_token).get('users/me')).status, 200)
    }
    const { rows } = await world.pool.query(
      'select count(*)::int as count, bool_or(id = $2) as kept from sessions where user_id = $1',
      [person.id, person.sessionId],
    )
    assert.deepEqual(rows[0], { count: 100, kept: false })
  })

  it('10,000 deliveries of a webhook that wait; the rest wait in the trail', async () => {
    const { owner, project } = await world.team()
    const { body: webhook } = await owner.post(`projects/${project.id}/webhooks`, {
      url: 'https://example.com/',
    })
    await fill(
      `insert into webhook_deliveries (id, webhook_id, seq) select gen_random_uuid(), $1, 0 from generate_series(1, 10000)`,
      [webhook.id],
    )
    await owner.post(`projects/${project.id}/tasks`, { title: 'x' })
    await owner.get('changes')
    const pending = async () => {
      await insertDeliveries(world.servers[0]!.db)
      const { rows } = await world.pool.query(
        `select count(*)::int as count from webhook_deliveries where webhook_id = $1 and status = 'pending'`,
        [webhook.id],
      )
      return rows[0].count as number
    }
    assert.equal(await pending(), 10_000)
    await world.pool.query(
      `update webhook_deliveries set status = 'failed' where id in (select id from webhook_deliveries where webhook_id = $1 limit 5000)`,
      [webhook.id],
    )
    const then = await pending()
    assert(then > 5_000 && then < 5_010, String(then))
  })
})

describe('What is kept of requests', () => {
  it('is the newest 100,000 keys of each user', async () => {
    const [busy, calm] = [await world.user(), await world.user()]
    const keys = (user: string, count: number, age: string) =>
      world.pool.query(
        `insert into idempotency_keys (user_id, route, key, fingerprint, status, headers, body, created_at)
         select $1, '/projects', n, '', 201, '{}', '', now() - $3::interval - n * interval '1 millisecond' from generate_series(1, $2::int) as n`,
        [user, count, age],
      )
    await keys(busy.id, MOST_KEYS + 3, '1 hour')
    await keys(calm.id, 3, '1 hour')
    const header = { 'idempotency-key': 'newest' }
    const create = () => busy.post('projects', { name: 'Once' }, header)
    const { body: first } = await create()
    await keepHouse(world.servers[0]!.db, world.config)
    const { rows } = await world.pool.query(
      `select user_id, count(*)::int as count from idempotency_keys where user_id = any ($1) group by 1 order by 2`,
      [[busy.id, calm.id]],
    )
    assert.deepEqual(rows, [
      { user_id: calm.id, count: 3 },
      { user_id: busy.id, count: MOST_KEYS },
    ])
    assert.deepEqual((await create()).body, first)
    assert(docs.includes(`a day, and ${MOST_KEYS.toLocaleString('en')} of one user`))
  })

  it('is nothing of a guess that is refused, and of the others a counter or two until the day is over', async () => {
    await world.pool.query('delete from throttles')
    const [{ db }] = world.servers as [(typeof world.servers)[0]]
    const throttle = createThrottle(db, world.config.jwtSecret, true)
    let refusals = 0
    for (let n = 0; n < 300; n++)
      await throttle
        .charge(guessAt({ id: `stranger ${n}`, generation: 0 }, '192.0.2.7'))
        .catch(() => refusals++)
    // One more is looked at every nine seconds.
    assert(refusals > 190, String(refusals))
    const count = async () => (await world.pool.query('select from throttles')).rows.length
    assert.equal(await count(), 2 * (300 - refusals) + 1)
    const { rows } = await world.pool.query(
      `select max(resets_at) <= now() + interval '1 day' as soon from throttles`,
    )
    assert(rows[0].soon)
    await world.pool.query(`update throttles set resets_at = resets_at - interval '1 day'`)
    await deleteOldCounts(db)
    assert.equal(await count(), 0)
  })

  it('is at most two bodies of each change', async () => {
    const { owner, editor, viewer, project } = await world.team()
    const full = (letter: string) => ({
      title: letter.repeat(500),
      description: letter.repeat(100_000),
      assignee_ids: [owner.id, editor.id, viewer.id],
    })
    const { status, body } = await editor.post(`projects/${project.id}/tasks`, full('😀'))
    assert.equal(status, 201)
    assert.equal((await editor.patch(`tasks/${body.id}`, full('🎉'))).status, 200)
    await editor.get('changes')
    const { rows } = await world.pool.query(
      `select octet_length(before::text) + octet_length(after::text) as bytes from events where resource_id = $1 and kind = 'task.updated'`,
      [body.id],
    )
    assert(rows[0].bytes > 800_000 && rows[0].bytes < 2 * LARGEST_BODY, String(rows[0].bytes))
    assert(docs.includes(`one event in the trail | ${(2 * LARGEST_BODY) / 2 ** 20} MiB`))
  })
})

it('Each limit has its trigger, says the same number everywhere, and is in the documentation', async () => {
  const { rows } = await world.pool.query<{ name: string; definition: string }>(
    `select tgname as name, pg_get_triggerdef(oid) as definition from pg_trigger where tgfoid in ('refuse_beyond'::regproc, 'take_label_off'::regproc, 'take_field_off'::regproc)`,
  )
  assert.deepEqual(rows.map(({ name }) => name).sort(), Object.keys(LIMITS).sort())
  for (const { name, definition } of rows) {
    const most = Number(/'(\d+)'\)$/.exec(definition)![1]).toLocaleString('en')
    assert(LIMITS[name]!.includes(` ${most} `), `${name}: ${LIMITS[name]}`)
    assert(docs.includes(`| ${most} |`), name)
  }
})
