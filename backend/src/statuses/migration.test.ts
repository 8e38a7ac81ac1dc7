// What 0020_statuses.sql and 0021_categories.sql make of a database that is in use.
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { after, it } from 'node:test'
import pg from 'pg'
import { v7 as uuid } from 'uuid'
import { databaseUrl, SERVER_URL } from '../../test/database.ts'
import { migrate } from '../database/migrate.ts'

const name = `test_${randomBytes(6).toString('hex')}`
const admin = new pg.Client({ connectionString: SERVER_URL })
await admin.connect()
await admin.query(`create database ${name}`)
await migrate(databaseUrl(name), undefined, undefined, '0019_audit.sql')
const client = new pg.Client({ connectionString: databaseUrl(name) })
await client.connect()
after(async () => {
  await client.end()
  await admin.query(`drop database ${name} with (force)`)
  await admin.end()
})

it('A database from before statuses keeps every task as it is, and its projects get four statuses on record', async () => {
  const [user, project, gone] = [uuid(), uuid(), uuid()]
  const recorded = `record_as('${user}', '${uuid()}')`
  for (const statement of [
    `insert into users (id, email, name) select '${user}', 'a@example.com', 'A' where ${recorded}`,
    `insert into projects (id, key, name, created_by, deleted_at)
     select id, key, key, '${user}', deleted_at from (values ('${project}'::uuid, 'HERE', null), ('${gone}', 'GONE', now())) as p (id, key, deleted_at) where ${recorded}`,
    // More than one batch.
    `insert into tasks (id, project_id, number, title, position, created_by, status, completed_at, deleted_at)
     select gen_random_uuid(), case n % 2 when 0 then '${project}'::uuid else '${gone}' end, n, 'T', n, '${user}', word,
            case word when 'done' then now() end, case n % 7 when 0 then now() end
     from generate_series(1, 4500) n, lateral (select (array['todo', 'in_progress', 'done', 'cancelled'])[1 + n % 4]) as state (word)
     where ${recorded}`,
  ])
    await client.query(statement)
  const tasks = `select md5(string_agg((to_jsonb(tasks) - '{category,label_ids,parent_id,estimate_minutes,fields}'::text[])::text, '' order by id)) as all, count(*) from tasks`
  const events = 'select count(*)::int as count from pending_events'
  const before = (await client.query(tasks)).rows
  const counts = 'select project_id, status, sum(count) from task_counts group by 1, 2 order by 1, 2'
  const counted = (await client.query(counts)).rows
  const recordedBefore = (await client.query(events)).rows[0].count

  await migrate(databaseUrl(name))

  assert.deepEqual((await client.query(tasks)).rows, before)
  assert.deepEqual((await client.query('select from tasks where category <> status')).rows, [])
  assert.deepEqual((await client.query(counts)).rows, counted)
  const { rows } = await client.query(
    `select project_id, array_agg(key order by position) as keys from statuses group by 1 order by 1`,
  )
  const keys = ['todo', 'in_progress', 'done', 'cancelled']
  assert.deepEqual(
    rows,
    [project, gone].sort().map((project_id) => ({ project_id, keys })),
  )
  assert.equal((await client.query(events)).rows[0].count, recordedBefore + 8)
  // The triggers are on again.
  await client.query(
    `update tasks set status = 'done' where status = 'todo' and deleted_at is null and ${recorded}`,
  )
  assert.equal((await client.query('select from tasks where category <> status')).rowCount, 0)
  const { rowCount } = await client.query(`select from tasks where version = 2 and completed_at is not null`)
  assert((rowCount ?? 0) > 500)
})
