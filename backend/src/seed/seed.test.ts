import assert from 'node:assert/strict'
import { after, describe, it } from 'node:test'
import pg from 'pg'
import { createDatabase } from '../../test/database.ts'
import { refused, start } from '../../test/harness.ts'
import { seed } from './seed.ts'
import { PEOPLE, WHO } from './story.ts'

const SECRET = 'for the tests only'
const NOW = Date.UTC(2026, 10, 24, 15, 30)
const TABLES = [
  'users',
  'projects',
  'project_members',
  'statuses',
  'fields',
  'labels',
  'tasks',
  'comments',
  'time_entries',
  'views',
  'personal_views',
  'task_numbers',
  'task_counts',
  'events',
  'trail',
]

const world = await start()
const answer = await seed(world.url, SECRET, NOW)
const password = /demo-\S+/.exec(answer)?.[0] ?? ''
const inBerlin = await world.anonymous.post('auth/login', { email: 'jonas@heron.example', password })

const query = async (statement: string) => (await world.pool.query(statement)).rows

/** Everything in the tables; what hashing a password or a connection's number makes different each time is left out. */
async function contents(pool: pg.Pool | pg.Client): Promise<unknown> {
  const tables = TABLES.map((table) =>
    pool.query(`select md5(string_agg(row, ',' order by row)) from (
      select (to_jsonb(t) - array['password_hash', 'slot'])::text as row from ${table} t) as rows`),
  )
  return (await Promise.all(tables)).map(({ rows }) => rows[0])
}

describe('the demonstration workspace', () => {
  it('is the same wherever it is made at the same time', async () => {
    const other = await createDatabase()
    // Not a pool: its end does not wait for the connections, and dropping the database then fails them.
    const client = new pg.Client({ connectionString: other.url })
    await client.connect()
    after(async () => {
      await client.end()
      await other.drop()
    })
    await seed(other.url, SECRET, NOW)
    assert.deepEqual(await contents(client), await contents(world.pool))
  })

  it('is not touched by a second run, and not by two at once', async () => {
    const before = await contents(world.pool)
    const [again] = await Promise.all([seed(world.url, SECRET), seed(world.url, SECRET)])
    assert.deepEqual(await contents(world.pool), before)
    assert.match(again, /there already; nothing was changed/)
    assert(again.includes(password))
  })

  it('has versions, times, counts and numbers as if people had done it all through the API', async () => {
    const wrong = await query(`
      select id from tasks
      where version <> (select count(*) from events where resource_id = tasks.id)
         or updated_at <> (select max(at) from events where resource_id = tasks.id)
         or (completed_at is not null) <> (category = 'done')
         or number > (select last_number from task_numbers where project_id = tasks.project_id)
         or not assignee_ids <@ (select array_agg(user_id) from project_members where project_id = tasks.project_id)`)
    assert.deepEqual(wrong, [])
    const miscounted = await query(`
      select project_id, status, sum(count) from task_counts group by 1, 2
      except select project_id, category, count(*) from tasks where deleted_at is null group by 1, 2
      except select id, status, 0 from projects, unnest(array['todo', 'in_progress', 'done', 'cancelled']) as status`)
    assert.deepEqual(miscounted, [])
  })

  it('has conversations of people who were there, with mentions and corrections', async () => {
    const [{ talks, mentions, corrected, strangers, late }] = await query(`
      select count(distinct task_id)::int as talks, count(*) filter (where mention_ids <> '{}')::int as mentions,
             count(edited_at)::int as corrected,
             count(*) filter (where not exists (
               select from project_members where project_id = comments.project_id and user_id = comments.created_by and role <> 'viewer'))::int as strangers,
             count(*) filter (where comments.created_at < tasks.created_at or comments.project_id <> tasks.project_id)::int as late
      from comments join tasks on tasks.id = task_id`)
    assert(talks > 500 && mentions > 300 && corrected > 30, JSON.stringify({ talks, mentions, corrected }))
    assert.deepEqual({ strangers, late }, { strangers: 0, late: 0 })
    assert.deepEqual(
      await query(
        'select id from comments where version <> (select count(*) from events where resource_id = comments.id)',
      ),
      [],
    )
  })

  it('has custom fields in two projects, whose values are in the index', async () => {
    const rows = await query(`
      select projects.key, count(distinct field_values.key)::int as fields, count(*)::int as values
      from field_values join fields using (project_id, key) join projects on projects.id = project_id group by 1 order by 1`)
    assert.deepEqual(
      rows.map(({ key, fields }: any) => [key, fields]),
      [
        ['DAILY', 2],
        ['SHOP', 3],
      ],
    )
    assert(
      rows.every(({ values }: any) => values > 200),
      JSON.stringify(rows),
    )
  })

  it('has views, one of a project and one of its own person, that find tasks', async () => {
    const jonas = world.client(inBerlin.body.access_token)
    const { items: own } = (await jonas.get('views')).body
    const { items: shared } = (await jonas.get('projects/SHOP/views')).body
    assert.deepEqual([own.length, shared.length], [1, 1])
    for (const { id } of [...own, ...shared]) assert.equal((await jonas.get(`views/${id}/tasks`)).status, 200)
    assert((await jonas.get(`views/${shared[0].id}/tasks`)).body.items.length > 0)
  })

  it('has hours that people who were there logged on tasks that were estimated', async () => {
    const [{ people, entries, estimated, wrong }] = await query(`
      select count(distinct time_entries.created_by)::int as people, count(*)::int as entries, count(estimate_minutes)::int as estimated,
             count(*) filter (where started_at < tasks.created_at or ended_at <> time_entries.created_at or not exists (
               select from project_members m where m.project_id = time_entries.project_id and m.user_id = time_entries.created_by and role <> 'viewer'))::int as wrong
      from time_entries join tasks on tasks.id = task_id`)
    assert(people > 4 && entries > 300, JSON.stringify({ people, entries }))
    assert.deepEqual({ estimated, wrong }, { estimated: entries, wrong: 0 })
  })

  it('spreads over half a year, in the order of the trail', async () => {
    const [{ disorder, days, future }] = await query(`
      select count(*) filter (where at < earlier) as disorder, count(*) filter (where at > '${new Date(NOW).toISOString()}') as future,
             count(distinct at::date) as days
      from (select at, lag(at) over (order by seq) as earlier from events) as e`)
    assert.deepEqual({ disorder, future }, { disorder: '0', future: '0' })
    assert(Number(days) > 120, `${days} days`)
  })

  it('leaves the clock and the triggers as they were', async () => {
    assert.deepEqual(await query(`select tgname from pg_trigger where tgname like '%demonstration%'`), [])
    const { body } = await (await world.user()).post('projects', { name: 'Today' })
    const age = Date.now() - Date.parse(body.created_at)
    assert(Math.abs(age) < 60_000, body.created_at)
  })

  it('is seen by each of its people as far as they belong to it', async () => {
    assert.equal(inBerlin.status, 200, JSON.stringify(inBerlin.body))
    const jonas = world.client(inBerlin.body.access_token)
    const { body } = await jonas.get('projects?archived=false')
    const keys = body.items.map(({ key }: { key: string }) => key)
    assert.deepEqual(keys.sort(), ['APP', 'BUILD', 'SHOP'])
    refused(await jonas.get('projects/TEAM'), 404, 'not_found')
    refused(
      await world.anonymous.post('auth/login', { email: 'tomas@heron.example', password }),
      401,
      'invalid_credentials',
    )
  })

  it('lets every one of its people edit what they edited', async () => {
    const strangers = await query(`
      select distinct u.name from events e join users u on u.id = e.actor_id
      where e.kind like 'task.%' and not exists (
        select from project_members m where m.project_id = e.project_id and m.user_id = e.actor_id and m.role <> 'viewer')`)
    assert.deepEqual(strangers, [])
    assert.equal(new Set(WHO.map((who) => PEOPLE[who].email)).size, 12)
  })
})
