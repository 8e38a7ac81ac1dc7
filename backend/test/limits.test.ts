// How much of something one person, or those of one project, can make: docs/operate.md, Limits.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { LIMITS } from '../src/database/errors.ts'
import { insertDeliveries } from '../src/trail/webhooks/delivery-queries.ts'
import { PASSWORD, refused, start, type Answer } from './harness.ts'

const world = await start()

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

  it('500 labels of a project, with those in the trash', async () => {
    const { owner, editor, project } = await world.team()
    await fill(
      `insert into labels (id, project_id, name, created_by, deleted_at) select gen_random_uuid(), $1, 'Label ' || n, $2, now() from generate_series(1, 499) n`,
      [project.id, owner.id],
    )
    await oneOf((n) => editor.post(`projects/${project.id}/labels`, { name: `Label ${n}` }))
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

it('Each limit has its trigger, says the same number everywhere, and is in the documentation', async () => {
  const docs = readFileSync(new URL('../../docs/operate.md', import.meta.url), 'utf8')
  const { rows } = await world.pool.query<{ name: string; definition: string }>(
    `select tgname as name, pg_get_triggerdef(oid) as definition from pg_trigger where tgfoid = 'refuse_beyond'::regproc`,
  )
  assert.deepEqual(rows.map(({ name }) => name).sort(), Object.keys(LIMITS).sort())
  for (const { name, definition } of rows) {
    const most = Number(/'(\d+)'\)$/.exec(definition)![1]).toLocaleString('en')
    assert(LIMITS[name]!.includes(` ${most} `), `${name}: ${LIMITS[name]}`)
    assert(docs.includes(`| ${most} |`), name)
  }
})
