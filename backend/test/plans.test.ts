// Every list and lookup finds its rows by an index, whatever values it is asked for: the statements of the query
// functions are explained as the server prepares them, over as many rows as make the planner choose with care.
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import pg from 'pg'
import { v7 as uuid } from 'uuid'
import { deleteOldEntries, listEntries } from '../src/accounts/audit/queries.ts'
import { recordAttempt } from '../src/accounts/audit/record.ts'
import { findCredentials, findSessionUser, listSessions } from '../src/accounts/auth/queries.ts'
import { listBots } from '../src/accounts/bots/queries.ts'
import {
  endLeakedToken,
  endTokens,
  findTokenUser,
  findTokenUsers,
  listTokens,
} from '../src/accounts/tokens/queries.ts'
import {
  countComments,
  deleteComment,
  findComment,
  insertComment,
  listComments,
  restoreComment,
  updateComment,
} from '../src/comments/queries.ts'
import {
  countBytes,
  deleteFile,
  findFile,
  findPlace,
  listFiles,
  restoreFile,
  takeUnclaimed,
  updateFile,
} from '../src/files/queries.ts'
import { listEvents } from '../src/trail/changes/queries.ts'
import { pageStates, listStates } from '../src/trail/changes/state.ts'
import type { Db } from '../src/database/db.ts'
import { NOUNS } from '../src/nouns.ts'
import { listProjectHistory, listTaskHistory } from '../src/trail/history/queries.ts'
import { listLinks } from '../src/links/queries.ts'
import { findMember, listMembers } from '../src/members/queries.ts'
import type { Viewer } from '../src/policy.ts'
import { findField, listFields } from '../src/fields/queries.ts'
import { countTasksUpTo, findStatus, listStatuses } from '../src/statuses/queries.ts'
import { findProject, listProjects } from '../src/projects/queries.ts'
import type { Sql } from '../src/database/sql.ts'
import type { Status } from '../src/statuses/schema.ts'
import { search } from '../src/search/queries.ts'
import { listTasks } from '../src/tasks/list-queries.ts'
import { findTask, insertTask, updateTask } from '../src/tasks/queries.ts'
import { SORTS, type Task } from '../src/tasks/schema.ts'
import { copyTree, deleteTask, moveTask, restoreTask } from '../src/tasks/tree-queries.ts'
import { sumTime } from '../src/time-entries/report-queries.ts'
import { findTimer, insertTimeEntry, listTimeEntries, updateTimeEntry } from '../src/time-entries/queries.ts'
import { zoneOf } from '../src/tasks/due.ts'
import { listPersonalViews } from '../src/views/personal-queries.ts'
import { listViews } from '../src/views/queries.ts'
import { createDatabase } from './database.ts'

const TASKS = 20_000
const PROJECTS = 4_000
const USERS = 2_000

const [viewer, project, task, session] = [uuid(), uuid(), uuid(), uuid()]
const someone: Viewer = {
  id: viewer,
  role: 'user',
  session_id: session,
  operation: uuid(),
  address: '192.0.2.1',
}
/** Somebody by a token for some projects. */
const program: Viewer = {
  ...someone,
  token: { id: session, scopes: ['tasks:write'], project_ids: [project], bot: false },
}
const database = await createDatabase()
const client = new pg.Client({ connectionString: database.url })
/** An empty database, with statistics that say so. */
const emptyDatabase = await createDatabase()
const emptyClient = new pg.Client({ connectionString: emptyDatabase.url })

before(async () => {
  await client.connect()
  // Without triggers, and ids that repeat in each run.
  await client.query('set session_replication_role = replica')
  // However busy the machine is.
  await client.query('set statement_timeout = 0')
  await client.query(`
    create function pg_temp.id(kind text, n bigint) returns uuid language sql immutable return md5(kind || n)::uuid;
    insert into users (id, email, name)
    select case n when 1 then '${viewer}' else pg_temp.id('user', n) end, n || '@example.com', 'Somebody' from generate_series(1, ${USERS}) n;
    insert into sessions (id, user_id, expires_at)
    select case n when 1 then '${session}' else pg_temp.id('session', n) end, case n when 1 then '${viewer}' else pg_temp.id('user', n) end, now() + interval '1 day'
    from generate_series(1, ${USERS}) n;
    insert into tokens (id, user_id, name, hash, scopes, expires_at)
    select pg_temp.id('token', n), pg_temp.id('user', n % 200), 'Program', '', '{tasks:read}', now() + interval '1 day' from generate_series(1, ${USERS}) n;
    insert into projects (id, key, name, created_by)
    select case n when 1 then '${project}' else pg_temp.id('project', n) end, 'P' || n, 'Project', '${viewer}' from generate_series(1, ${PROJECTS}) n;
    insert into project_keys (key, project_id) select key, id from projects;
    insert into project_members (project_id, user_id, role)
    select case n % ${PROJECTS} when 1 then '${project}' else pg_temp.id('project', 1 + (n - 1) % ${PROJECTS}) end, pg_temp.id('user', n), 'editor' from generate_series(2, ${USERS}) n
    union all select case n when 1 then '${project}' else pg_temp.id('project', n) end, '${viewer}', 'owner' from generate_series(1, 20) n;
    insert into task_numbers (project_id, last_number) select id, ${TASKS} from projects;
    select add_statuses(id) from projects;
    insert into fields (id, project_id, key, name, type, position, created_by)
    select gen_random_uuid(), id, 'field_' || n, 'Field ' || n, 'number', n, '${viewer}' from projects cross join generate_series(1, 20) n;
    insert into tasks (id, project_id, number, title, position, created_by, assignee_ids, created_at, updated_at, status, category, parent_id)
    select case n when 10 then '${task}' else pg_temp.id('task', n) end,
      case when n % 10 = 0 then '${project}' else pg_temp.id('project', 2 + n % ${PROJECTS - 1}) end, n, 'Task ' || n, n,
      '${viewer}', array[pg_temp.id('user', 2 + n % 1000)], now() - n * interval '1 minute', now() - n * interval '1 minute', case n % 100 when 1 then 'todo' else 'done' end, case n % 100 when 1 then 'todo' else 'done' end,
      case when n % 3 = 0 then pg_temp.id('task', n % 700) end
    from generate_series(1, ${TASKS}) n;
    insert into comments (id, project_id, task_id, body, created_by, created_at)
    select pg_temp.id('comment', 10 * number + n), project_id, id, 'Comment', '${viewer}', now() - n * interval '1 minute'
    from tasks cross join generate_series(1, 10) n where number <= 2000;
    insert into links (id, project_id, task_id, kind, other_id, created_by)
    select pg_temp.id('link', 10 * number + n), project_id, id, case n % 2 when 0 then 'blocks' else 'blocked_by' end,
      pg_temp.id('task', number + n), '${viewer}'
    from tasks cross join generate_series(1, 3) n where number <= 2000;
    insert into time_entries (id, project_id, task_id, started_at, ended_at, created_by)
    select pg_temp.id('time', 10 * number + n), project_id, id, now() - n * number * interval '1 minute', now(), '${viewer}'
    from tasks cross join generate_series(1, 3) n where number <= 2000;
    insert into search_documents (project_id, id, kind, words) select project_id, id, 'task', search_vector(project_id, title, description) from tasks where number <= 5000;
    insert into files (id, project_id, task_id, comment_id, name, media_type, size, sha256, created_by, created_at)
    select id, project_id, task_id, id, 'File', 'text/plain', 1, '', created_by, created_at from comments;
    insert into task_updates (project_id, updated_at, task_id) select project_id, updated_at, id from tasks;
    insert into events (seq, at, operation_id, kind, project_id, resource_id, version, before, after)
    select n, now(), pg_temp.id('operation', n), 'task.updated', project_id, id, 2, '{}', '{}'
    from (select id, project_id, row_number() over () as n from tasks) as each;
    update trail set last_seq = ${TASKS};
    insert into audit_entries (kind, source, actor_id, user_id, at, address, attempts_key)
    select case n % 20 when 0 then 'login.failed' else 'login.succeeded' end, 'api',
      case n % 20 when 0 then null else pg_temp.id('user', n % ${USERS}) end, case n % 100 when 1 then '${viewer}' else pg_temp.id('user', n % ${USERS}) end,
      now() - n * interval '20 minutes', '192.0.2.1', case n % 20 when 0 then n::text end
    from generate_series(1, 30000) n;`)
  await client.query('reset session_replication_role')
  await client.query('analyze')
  await emptyClient.connect()
  await emptyClient.query('vacuum analyze')
})

after(async () => {
  await client.end()
  await database.drop()
  await emptyClient.end()
  await emptyDatabase.drop()
})

/** The statements that a query function sends. */
async function statements(run: (db: Db) => Promise<unknown>): Promise<Sql[]> {
  const sent: Sql[] = []
  const queryable = { query: async (statement: Sql) => (sent.push(statement), [{}]) }
  const db: Db = { read: queryable, write: queryable, transaction: (work) => work(db) }
  await run(db)
  return sent
}

let prepared = 0

/** The plans of what it sends, for the values given and for any values: a prepared statement may get either. */
async function plans(run: (db: Db) => Promise<unknown>, on = client): Promise<string> {
  const found: string[] = []
  for (const { text, values } of await statements(run)) {
    const name = `plan_${++prepared}`
    await on.query(`prepare ${name} as ${text}`)
    const given = values.map((value) => {
      if (value === null) return 'null'
      return pg.escapeLiteral(Array.isArray(value) ? `{${value.join(',')}}` : `${value as string | number}`)
    })
    for (const mode of ['force_custom_plan', 'force_generic_plan']) {
      await on.query(`set plan_cache_mode = ${mode}`)
      const { rows } = await on.query(
        `explain execute ${name}${given.length > 0 ? `(${given.join(', ')})` : ''}`,
      )
      found.push(`${mode}\n${rows.map((row) => row['QUERY PLAN']).join('\n')}`)
    }
  }
  return found.join('\n\n')
}

const page = [undefined, 50] as const
const later = { key: '2026-01-01T00:00:00Z', id: task }

describe('by an index and never by reading a table through', () => {
  const uses = (
    name: string,
    index: RegExp,
    run: (db: Db) => Promise<unknown>,
    not = /Seq Scan on tasks/,
  ) => {
    void it(name, async () => {
      const plan = await plans(run)
      assert.doesNotMatch(
        plan,
        /Seq Scan on (tasks|search_documents|comments|files|time_entries|unclaimed_contents|projects|project_members|links|events|users|sessions|audit_entries)\b/,
        plan,
      )
      assert.doesNotMatch(plan, not, plan)
      for (const each of plan.split('\n\n')) assert.match(each, index, each)
      // It is kept when the table fills. (There is one row of `trail`, and few webhooks that any statement looks through.)
      const early = await plans(run, emptyClient)
      assert.doesNotMatch(early, /Seq Scan on (?!trail|webhooks)/, early)
    })
  }

  // Both are by id, and unique.
  const byId = /using tasks_(pkey|project_key)/
  uses('a task is found by its id', byId, (db) => findTask(db, someone, task))
  uses(
    'a task is found by its reference, without a look into each of my projects',
    /using project_keys_pkey[^]*using tasks_number_key/,
    (db) => findTask(db, someone, 'P1-10'),
    /Index Cond: \(user_id = \S+\)$/m,
  )
  for (const inProject of [{}, { project: 'P1' }])
    uses(
      `a search ${'project' in inProject ? 'in a project' : 'in all of mine'} reads words and the newest documents`,
      /using search_documents_pkey[^]*Bitmap Index Scan on search_documents_words_idx[^]*Bitmap Index Scan on search_documents_words_idx[^]*using tasks_(pkey|project_key)/,
      (db) => search(db, someone, { q: 'task ti', ...inProject }),
    )
  uses('a search for a reference finds it by its number', /using tasks_number_key/, (db) =>
    search(db, someone, { q: 'P1-10' }),
  )
  uses('a task is changed', byId, (db) => updateTask(db, someone, task, { title: 'New' }, {}))
  const byTree = /^(?=[^]*using tasks_parent_idx)(?=[^]*using tasks_(pkey|project_key))/
  const through = /Seq Scan|Hash Join|Merge Join/
  uses('a task is deleted with its subtasks', byTree, (db) => deleteTask(db, someone, task, {}), through)
  // The first statement of these two holds the project, the second one finds the tasks.
  const second = async (run: (db: Db) => Promise<unknown>, db: Db) => {
    const [, statement] = await statements(run)
    assert(statement)
    await db.write.query(statement)
  }
  uses(
    'a task is restored with its subtasks',
    /Recursive Union[^]*using tasks_(parent|trash)_idx/,
    (db) => second((to) => restoreTask(to, someone, task, {}), db),
    through,
  )
  const moving = { id: task, project_id: project, assignee_ids: [viewer] } as unknown as Task
  uses(
    'a task is moved with its subtasks',
    byTree,
    (db) => second((to) => moveTask(to, someone, moving, { project_id: viewer }, {}), db),
    /Seq Scan|Merge Join/,
  )
  uses(
    'the subtasks of a task are listed',
    /using tasks_parent_idx/,
    async (db) => {
      await listTasks(db, someone, undefined, { parent: task, sort: 'due' }, ...page)
      await listTasks(db, someone, project, { parent: 'P1-10' }, ...page)
    },
    /tasks_(position|due_on|due_at|due_none)_idx/,
  )
  uses('the tasks that hang on none are listed', /using tasks_position_idx/, (db) =>
    listTasks(db, someone, project, { parent: 'NONE' }, ...page),
  )
  uses(
    'a task is copied with its subtasks',
    /tasks_(pkey|project_key)/,
    async (db) => void (await copyTree(db, someone, [task, viewer], [uuid(), uuid()], undefined)),
  )
  uses('a task is created', /using task_numbers_pkey/, (db) =>
    insertTask(db, someone, project, uuid(), { title: 'New' }),
  )

  for (const sort of SORTS) {
    const index =
      sort === 'updated'
        ? /using task_updates_pkey/
        : sort === 'due'
          ? /^(?=[^]*using tasks_due_on_idx)(?=[^]*using tasks_due_at_idx)(?=[^]*using tasks_due_none_idx)/
          : new RegExp(`using tasks_${sort}_idx`)
    for (const order of [sort, `-${sort}`] as const) {
      uses(`a project's tasks are listed by ${order}`, index, (db) =>
        listTasks(db, someone, project, { sort: order }, ...page),
      )
      uses(`all tasks are listed by ${order}`, index, (db) =>
        listTasks(db, someone, undefined, { sort: order }, ...page),
      )
    }
  }
  uses('a later page begins where the one before ended', /using task_updates_pkey/, (db) =>
    listTasks(db, someone, project, { sort: 'updated' }, later, 50),
  )
  uses(
    'a later page of what is due begins where the one before ended',
    /tasks_due_on_idx[^]*Index Cond: [^\n]*ROW[^]*tasks_due_at_idx[^]*Index Cond: [^\n]*ROW[^]*tasks_due_none_idx[^]*Index Cond: [^\n]*id >/,
    (db) => listTasks(db, someone, project, { sort: 'due' }, later, 50),
  )
  uses(
    'my tasks are found by who they are assigned to, without reading a project through',
    /on tasks_assignees_idx/,
    (db) => listTasks(db, someone, undefined, { assignee: 'me', sort: 'due' }, ...page),
    /tasks_(number_key|due_idx)/,
  )

  for (const archived of ['any', 'false'] as const) {
    const open = { status: ['todo', 'in_progress'], archived }
    for (const [which, where] of [
      ['a project', project],
      ['all projects', undefined],
    ] as const) {
      uses(`a board of ${which} is listed column by column`, /using tasks_status_idx/, (db) =>
        listTasks(db, someone, where, open, ...page),
      )
      uses(`what is open in ${which} is listed`, /using tasks_status_idx/, (db) =>
        listTasks(db, someone, where, { category: ['todo'], sort: '-position', archived }, ...page),
      )
    }
  }
  uses(
    'a later page of a column begins where the one before ended',
    /using tasks_status_idx[^]*Index Cond: [^\n]*ROW/,
    (db) => listTasks(db, someone, project, { status: ['todo'] }, { key: 7, id: task }, 50),
  )
  const status = { project_id: project, key: 'todo' } as Status
  uses('whether tasks have a status is known', /using tasks_status_idx/, (db) =>
    countTasksUpTo(db, status, 5),
  )
  uses('the statuses of a project are listed', /statuses_position_idx/, (db) =>
    listStatuses(db, someone, project, ...page),
  )
  uses('my own views are listed', /personal_views_owner_idx/, (db) => listPersonalViews(db, someone, ...page))
  uses('the custom fields of a project are listed', /fields_position_idx/, (db) =>
    listFields(db, someone, project, ...page),
  )
  uses('a custom field is found', /fields_key_key/, (db) => findField(db, someone, project, 'cost'))
  uses('the views of a project are listed', /views_project_idx|views_pkey/, (db) =>
    listViews(db, someone, project, ...page),
  )
  uses('a status is found', /statuses_key_key/, (db) => findStatus(db, someone, project, 'todo'))
  uses(
    'tasks are found by their labels, without reading a project through',
    /on tasks_labels_idx/,
    async (db) => {
      await listTasks(db, someone, undefined, { label: [uuid(), uuid()] }, ...page)
      await listTasks(db, someone, project, { label: [uuid()], sort: 'due' }, ...page)
    },
    /tasks_(number_key|position_idx|due_idx)/,
  )
  const filtered = (
    name: string,
    index: RegExp,
    filter: Parameters<typeof listTasks>[3],
    not?: RegExp,
    of?: string,
  ) => uses(`tasks are filtered by ${name}`, index, (db) => listTasks(db, someone, of, filter, ...page), not)
  filtered(
    'assignee',
    /on tasks_assignees_idx/,
    { filter: 'assignee = me and priority = high' },
    /tasks_position_idx/,
  )
  filtered(
    'label',
    /on tasks_labels_idx[^]*labels_name_key|labels_name_key[^]*on tasks_labels_idx/,
    { filter: 'label in (bug, "Needs review") and not status = done' },
    /tasks_position_idx|tasks_status_idx/,
  )
  for (const filter of [
    'status = todo and assignee is empty',
    'category != done and due < today',
    'not (status = done or category = cancelled)',
  ])
    for (const sort of ['position', '-position'] as const)
      filtered(`${filter} in the order of ${sort}`, /using tasks_status_idx/, { filter, sort })
  filtered('parent', /tasks_parent_idx/, { filter: 'parent = P1-10 and not overdue' }, /tasks_position_idx/)
  filtered('reference', /tasks_number_key/, { filter: 'ref in (P1-10, P1-20)' }, /tasks_position_idx/)
  for (const filter of ['updated >= start of week', 'updated > now-3h and priority = high'])
    for (const sort of ['updated', '-updated'] as const)
      filtered(
        `${filter} in the order of ${sort}`,
        /using task_updates_pkey[^]*?Index Cond: [^\n]*updated_at >/,
        { filter, sort },
      )
  for (const sort of ['created', '-created'] as const)
    filtered(
      `created in the order of ${sort}`,
      /using tasks_created_idx[^]*?Index Cond: [^\n]*created_at </,
      {
        filter: 'created < today',
        sort,
      },
    )
  for (const filter of [
    'due < today and not completed > now-1d',
    'overdue',
    'due >= today and due <= today+1w',
  ])
    for (const sort of ['due', '-due'] as const)
      filtered(
        `${filter} in the order of ${sort}`,
        /tasks_due_on_idx[^]*?Index Cond: [^\n]*due_on (<|>=)[^]*tasks_due_at_idx[^]*?Index Cond: [^\n]*due_at (<|>=)/,
        { filter, sort },
      )
  filtered(
    'project',
    /One-Time Filter|tasks_position_idx[^]*Index Cond: [^\n]*project_id = [^\n]*project_id = /,
    {
      filter: 'project = P2',
    },
  )

  for (const sort of ['created', '-created'] as const)
    uses(`the comments on a task are listed by ${sort}`, /using comments_task_idx/, async (db) => {
      await listComments(db, someone, task, { sort }, ...page)
      await listComments(db, someone, 'P1-10', { sort }, later, 50)
    })
  uses('the comments on a task are counted', /(using|on) comments_task_idx/, async (db) => {
    await countComments(db, someone, task)
    await findTask(db, someone, task, { include: ['counts'] })
    await listTasks(db, someone, undefined, { include: ['counts'] }, ...page)
  })
  uses('the links of a task are listed', /links_pair_key/, (db) =>
    listLinks(db, someone, task, undefined, 50),
  )
  uses('blocked tasks are listed', /links_pair_key/, (db) =>
    listTasks(db, someone, project, { blocked: true }, ...page),
  )
  uses('the time spent on a task is listed', /time_entries_task_idx/, async (db) => {
    await listTimeEntries(db, someone, task, ...page)
    await listTimeEntries(db, someone, 'P1-10', later, 50)
    await findTask(db, someone, task, { include: ['counts'] })
  })
  for (const group_by of ['user', 'project', 'task'] as const)
    for (const within of [{}, { project: 'P1', user: viewer }])
      uses(
        `the time spent ${'project' in within ? 'in a project' : 'in all of mine'} is summed up by ${group_by}`,
        /time_entries_started_idx/,
        (db) =>
          sumTime(
            db,
            someone,
            { from: '2026-01-01', to: later.key, group_by, ...within },
            zoneOf(someone, {}),
          ),
      )
  uses('my timer is found', /time_entries_running_key/, (db) => findTimer(db, someone))
  uses('time is logged', /using tasks_(pkey|project_key)/, (db) =>
    insertTimeEntry(db, someone, task, uuid(), {}),
  )
  uses('a time entry is changed', /using time_entries_pkey/, (db) =>
    updateTimeEntry(db, someone, task, { note: 'x' }, {}),
  )
  uses('a comment is found', /using comments_pkey/, (db) => findComment(db, someone, task))
  uses('a comment is added', /using tasks_(pkey|project_key)/, (db) =>
    insertComment(db, someone, task, uuid(), 'x'),
  )
  uses('a comment is changed', /using comments_pkey/, async (db) => {
    await updateComment(db, someone, task, { body: `@[X](${viewer})` }, {})
    await deleteComment(db, someone, task, {})
    await restoreComment(db, someone, task, {})
  })

  uses('the files on a task are listed', /using files_task_idx/, async (db) => {
    await listFiles(db, someone, { task }, ...page)
    await listFiles(db, someone, { task: 'P1-10' }, later, 50)
  })
  uses('the files on a comment are listed', /using files_comment_idx/, (db) =>
    listFiles(db, someone, { comment: task }, later, 50),
  )
  uses('what a file is put on is found', /using (tasks_project_key|comments_pkey)/, async (db) => {
    await findPlace(db, someone, { task })
    await findPlace(db, someone, { comment: task })
  })
  uses('the bytes of a project are added up', /(using|on) files_project_idx/, (db) => countBytes(db, project))
  uses('a file is found and changed', /using files_pkey/, async (db) => {
    await findFile(db, someone, task)
    await updateFile(db, someone, task, { name: 'x' }, {})
    await deleteFile(db, someone, task, {})
    await restoreFile(db, someone, task, {})
  })
  uses('contents that nobody claimed are found', /unclaimed_contents_(pkey|since_idx)/, (db) =>
    takeUnclaimed(db),
  )

  uses('a project is found by its id', /using projects_pkey/, (db) => findProject(db, someone, project))
  uses('a project is found by its key', /using project_keys_pkey/, (db) => findProject(db, someone, 'P1'))
  uses('my projects are listed', /project_members_user_idx/, (db) => listProjects(db, someone, {}, ...page))
  uses('the members of a project are listed', /project_members_pkey/, (db) =>
    listMembers(db, project, ...page),
  )
  uses('a member is found', /project_members_(pkey|user_idx)/, (db) => findMember(db, project, viewer))

  uses('a session is found', /using sessions_(pkey|user_idx)/, (db) =>
    findSessionUser(db, session, viewer, 3600),
  )
  const apart = /Seq Scan on (tokens|users|projects)/
  uses(
    'who sends a token is known',
    /tokens_pkey/,
    (db) => findTokenUser(db, { id: task, userId: viewer }),
    apart,
  )
  uses(
    'what became of the tokens of streams is known',
    /tokens_pkey/,
    (db) => findTokenUsers(db, [task]),
    apart,
  )
  uses('my tokens are listed', /tokens_user_idx/, (db) => listTokens(db, someone, later, 50), apart)
  uses(
    'the tokens of a user are ended',
    /tokens_user_idx/,
    (db) => endTokens(db, someone, viewer, 'ended_by_admin'),
    apart,
  )
  uses(
    'a token is ended with what descends from it',
    /tokens_ancestors_idx/,
    (db) => endLeakedToken(db, someone, task),
    apart,
  )
  uses(
    'the bots that I manage are listed, by my projects',
    /users_bot_project_idx/,
    (db) => listBots(db, someone, {}, later, 50),
    apart,
  )
  uses(
    'all bots are listed',
    /users_bots_idx/,
    (db) => listBots(db, { ...someone, role: 'admin' }, {}, later, 50),
    apart,
  )
  uses('a task is found by a token for some projects', byId, (db) => findTask(db, program, task))
  uses('tasks are listed by a token for some projects', /using tasks_created_idx/, (db) =>
    listTasks(db, program, undefined, { sort: 'created' }, ...page),
  )
  uses('the latest changes are read by a token for some projects', /events_pkey/, (db) =>
    listEvents(db, program, TASKS - 10, 51, true),
  )
  uses('my sessions are listed', /sessions_user_idx/, (db) => listSessions(db, someone, 3600))
  uses('a user is found by e-mail', /using users_email_key/, (db) => findCredentials(db, 'a@example.com'))

  const filters = {
    at: {},
    kind: { kind: 'login.failed' },
    actor: { actor: viewer },
    user: { user: viewer },
  } as const
  for (const [by, filter] of Object.entries(filters)) {
    const since = { since: '2026-01-01T00:00:00Z', until: '2026-02-01T00:00:00Z' }
    uses(
      `the audit is listed by ${by}`,
      new RegExp(`audit_entries_${by}_idx`),
      async (db) => {
        await listEntries(db, filter, ...page)
        await listEntries(db, { ...filter, ...since }, later, 50)
      },
      /Sort/,
    )
  }
  uses('a wrong password is recorded', /audit_entries_attempts_idx/, (db) =>
    recordAttempt(db, { kind: 'login.failed', actorId: null, userId: viewer, address: '192.0.2.1' }),
  )
  uses(
    'what the audit no longer keeps is found',
    /audit_entries_at_idx/,
    (db) => deleteOldEntries(db, 365),
    /Sort/,
  )

  uses('changes long ago are read, project by project', /events_project_idx/, (db) =>
    listEvents(db, someone, 100, 51, false),
  )
  uses(
    'the latest changes are read, without a look into each of my projects',
    /events_pkey/,
    (db) => listEvents(db, someone, TASKS - 10, 51, true),
    /events_project_idx|hashed SubPlan/,
  )
  for (const noun of NOUNS) {
    const byIndex = new RegExp(`(Scan|using \\S+) (using|on) ${noun.table}\\S*`)
    uses(`what became of a ${noun.kind} is read`, byIndex, (db) =>
      listStates(db, someone, noun, [{ project_id: project, resource_id: task }]),
    )
    if (noun.project === null) continue
    const told = { project, id: task, at: '2026-01-01T00:00:00Z' }
    uses(`each ${noun.kind} is told, page by page`, byIndex, async (db) => {
      await pageStates(db, someone, noun, { parts: [noun.kind] }, 50)
      await pageStates(db, someone, noun, { parts: [noun.kind], after: told }, 50)
      await pageStates(db, someone, noun, { parts: [noun.kind], project }, 50)
    })
  }

  uses("a task's history is read", /events_resource_idx/, (db) => listTaskHistory(db, someone, task, ...page))
  uses("a project's history is read", /events_project_idx/, (db) =>
    listProjectHistory(db, someone, { id: project, my_role: 'viewer' }, ...page),
  )
})
