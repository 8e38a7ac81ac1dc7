// Fills the demonstration workspace by replaying its people's changes one by one. So versions, counts and the trail are
// those of real work; only the times are set in the past.
import { createHmac } from 'node:crypto'
import pg from 'pg'
import { hashPassword, verifyPassword } from '../accounts/auth/passwords.ts'
import { assign, identifier, join, raw, sql, type Sql } from '../database/sql.ts'
import { recordAs } from '../trail/trail.ts'
import { instant } from './calendar.ts'
import { PEOPLE, projectId, PROJECTS, userId, WHO, type Who } from './story.ts'
import type { Step } from './task-life.ts'
import { tellStory } from './timeline.ts'

/**
 * Creates the demonstration workspace unless it exists, and returns the message for the person who asked for it. The
 * password of its users derives from the instance's secret: it is the same every time, and nobody else can know it.
 */
export async function seed(url: string, secret: string, now = Date.now()): Promise<string> {
  const password = `demo-${createHmac('sha256', secret).update('demonstration').digest('base64url').slice(0, 12)}`
  const passwordHash = await hashPassword(password)
  // Pipelined, because none of ten thousand statements has to wait for the answer to the one before.
  const client = new pg.Client({ connectionString: url, pipeline: true })
  await client.connect()
  try {
    await client.query('begin')
    await client.query(`select pg_advisory_xact_lock(hashtext('demonstration'))`)
    const stored = await findPasswordHash(client)
    if (stored === undefined) await replay(client, tellStory(now, passwordHash))
    await client.query('commit')
    await numberEvents(client)
    const changed = stored !== undefined && !(await verifyPassword(stored, password))
    return await describe(client, stored !== undefined, changed ? undefined : password)
  } finally {
    await client.end()
  }
}

/** Undefined if the demonstration's first user is not there, and so nothing of it. */
async function findPasswordHash(client: pg.Client): Promise<string | null | undefined> {
  const { rows } = await client.query<{ password_hash: string | null }>(
    'select password_hash from users where id = $1',
    [userId('ines')],
  )
  return rows[0]?.password_hash
}

async function replay(client: pg.Client, steps: readonly Step[]): Promise<void> {
  const keys = await chooseKeys(client)
  await client.query(TURN_CLOCK_BACK)
  const names = new Map<string, string>()
  await Promise.all(
    steps.map((step) => {
      const { text, values } = statement(step, keys)
      const name = names.get(text) ?? `demo${names.size}`
      names.set(text, name)
      return client.query({ name, text, values: [...values] })
    }),
  )
  await client.query(RESTORE_CLOCK)
  await client.query(
    `insert into task_numbers (project_id, last_number)
     select project_id, max(number) from tasks where project_id = any ($1) group by project_id`,
    [steps.filter(({ table, id }) => table === 'projects' && !id).map(({ values }) => values['id'])],
  )
}

const CLOCK = 'tasktrail.demonstration_at'

function statement(
  { at, actor, operation, table, id, values }: Step,
  keys: ReadonlyMap<unknown, string>,
): Sql {
  const author = sql`${recordAs({ id: actor, operation })} and set_config('${raw(CLOCK)}', ${instant(at)}, true) is not null`
  if (id !== undefined) {
    return sql`update ${raw(table)} set ${assign(table, values)} where id = ${id} and ${author}`
  }
  const row = Object.entries({ ...values, ...(table === 'projects' && { key: keys.get(values['key']) }) })
  const columns = row.map(([name]) => identifier(name))
  const inserted = row.map(([, value]) => sql`${value}`)
  return sql`insert into ${raw(table)} (${join(columns, ', ')}) select ${join(inserted, ', ')} where ${author}`
}

/** The projects' keys, numbered where a project of somebody's own has the key already. */
async function chooseKeys(client: pg.Client): Promise<ReadonlyMap<unknown, string>> {
  const { rows } = await client.query<{ key: string }>('select key from projects')
  const taken = new Set(rows.map(({ key }) => key))
  return new Map(
    PROJECTS.map(({ key }) => {
      let free = key
      for (let n = 2; taken.has(free); n++) free = `${key}${n}`
      return [key, free]
    }),
  )
}

// The trail's own triggers stay on and come first in the alphabet; these then correct the time they wrote.
const CHANGED_TABLES = ['users', 'projects', 'project_members', 'labels', 'tasks', 'comments', 'time_entries']
const TURN_CLOCK_BACK = `
  create function pg_temp.demonstration_clock() returns trigger language plpgsql as $$
  begin
    if tg_table_name = 'pending_events' then
      new.at := current_setting('${CLOCK}');
    elsif new.version > old.version then
      new.updated_at := current_setting('${CLOCK}');
    end if;
    return new;
  end $$;
  create trigger zz_demonstration before insert on pending_events for each row execute function pg_temp.demonstration_clock();
  ${CHANGED_TABLES.map((table) => `create trigger zz_demonstration before update on ${table} for each row execute function pg_temp.demonstration_clock();`).join('\n')}`
const RESTORE_CLOCK = ['pending_events', ...CHANGED_TABLES]
  .map((table) => `drop trigger zz_demonstration on ${table};`)
  .join('\n')

/** Numbers all events now: otherwise the first readers of the trail would number them in many small batches. */
async function numberEvents(client: pg.Client): Promise<void> {
  await client.query('select number_events(1000000)')
}

async function describe(client: pg.Client, again: boolean, password: string | undefined): Promise<string> {
  const ids = PROJECTS.map((_, n) => projectId(n))
  const { rows } = await client.query<{ tasks: string; events: string }>(
    `select (select count(*) from tasks where project_id = any ($1)) as tasks,
            (select count(*) from events where project_id = any ($1)) as events`,
    [ids],
  )
  const people = WHO.map(
    (who) => `  ${PEOPLE[who].email.padEnd(24)}${PEOPLE[who].name.padEnd(18)}${roleOf(who)}`,
  )
  return [
    `${again ? 'The demonstration workspace is there already; nothing was changed' : 'The demonstration workspace is ready'}: ` +
      `${WHO.length} users, ${PROJECTS.length} projects, ${rows[0]?.tasks} tasks, ${rows[0]?.events} events.`,
    '',
    password === undefined
      ? 'Log in with these addresses; their password has been changed since:'
      : `Log in with the password ${password} and any of these:`,
    '',
    ...people,
  ].join('\n')
}

function roleOf(who: Who): string {
  const owned = PROJECTS.filter(({ owners }) => owners.includes(who)).map(({ key }) => key)
  if (PEOPLE[who].until < 0) return 'has left, cannot log in'
  return owned.length > 0 ? `owns ${owned.join(', ')}` : ''
}
