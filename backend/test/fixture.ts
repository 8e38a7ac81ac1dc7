// The people and things that access.test.ts works with, written into the database directly: it does so some hundred times.
import { v7 as uuid } from 'uuid'
import { PASSWORD_HASH, type World } from './harness.ts'

interface Person {
  id: string
  sessionId: string
  email: string
}

export type Fixture = Awaited<ReturnType<typeof createFixture>>

/** A project with somebody in each role, what can be done something to in it, and people who do not belong to it. */
export async function createFixture(world: World) {
  const person = (): Person => {
    const id = uuid()
    return { id, sessionId: uuid(), email: `${id}@example.com` }
  }
  const people = {
    outsider: person(),
    viewer: person(),
    editor: person(),
    owner: person(),
    other: person(),
    admin: person(),
    removed: person(),
    disabled: person(),
  }
  const member = person()
  const everybody = [...Object.values(people), member]
  const [project, trashedProject, othersProject] = [uuid(), uuid(), uuid()]
  const [task, trashedTask, othersTask, webhook, operation, ownersOtherSession] = [
    uuid(),
    uuid(),
    uuid(),
    uuid(),
    uuid(),
    uuid(),
  ]
  const [apiToken, bot, botToken] = [uuid(), uuid(), uuid()]
  const [label, trashedLabel] = [uuid(), uuid()]
  const [view, trashedView] = [uuid(), uuid()]
  const [comment, trashedComment] = [uuid(), uuid()]
  const [link, twin, linkable] = [uuid(), uuid(), uuid()]
  const [file, trashedFile] = [uuid(), uuid()]
  const [timeEntry, trashedTimeEntry] = [uuid(), uuid()]
  const { owner, other, editor, viewer, removed, disabled, admin } = people
  const roles = [
    [project, owner.id, 'owner'],
    [project, editor.id, 'editor'],
    [project, disabled.id, 'editor'],
    [project, removed.id, 'editor'],
    [project, viewer.id, 'viewer'],
    [project, member.id, 'viewer'],
    [trashedProject, owner.id, 'owner'],
    [trashedProject, editor.id, 'editor'],
    [othersProject, other.id, 'owner'],
  ]
  const column = (rows: readonly (readonly unknown[])[], i: number) => rows.map((row) => row[i])

  const client = await world.pool.connect()
  try {
    await client.query('begin')
    await client.query('select record_as(null, $1)', [uuid()])
    await client.query(
      `insert into users (id, email, name, password_hash, role, disabled_at, email_verified_at)
       select id, id || '@example.com', 'Somebody', $2, case when id = $3 then 'admin' else 'user' end, case when id = $4 then now() end, now()
       from unnest($1::uuid[]) as id`,
      [everybody.map(({ id }) => id), PASSWORD_HASH, admin.id, disabled.id],
    )
    await client.query(
      `insert into sessions (id, user_id, expires_at)
       select id, user_id, now() + interval '1 day' from unnest($1::uuid[], $2::uuid[]) as session (id, user_id)`,
      [
        [...everybody.map(({ sessionId }) => sessionId), ownersOtherSession],
        [...everybody.map(({ id }) => id), owner.id],
      ],
    )
    await client.query(
      `insert into tokens (id, user_id, name, hash, scopes, expires_at) values ($1, $2, 'Import', '', '{tasks:read}', now() + interval '1 day')`,
      [apiToken, owner.id],
    )
    await client.query(
      `insert into projects (id, key, name, created_by, deleted_at)
       select id, 'P' || upper(right(id::text, 9)), 'Operations', $2, case when id = $3 then now() end
       from unnest($1::uuid[]) as id`,
      [[project, trashedProject, othersProject], owner.id, trashedProject],
    )
    await client.query(
      `insert into project_members (project_id, user_id, role) select * from unnest($1::uuid[], $2::uuid[], $3::text[])`,
      [column(roles, 0), column(roles, 1), column(roles, 2)],
    )
    await client.query(`insert into users (id, kind, name, bot_project_id) values ($1, 'bot', 'Robot', $2)`, [
      bot,
      project,
    ])
    await client.query(
      `insert into tokens (id, user_id, name, hash, scopes, expires_at) values ($1, $2, 'Robot', '', '{tasks:read}', now() + interval '1 day')`,
      [botToken, bot],
    )
    await client.query('delete from project_members where user_id = $1', [removed.id])
    await client.query(
      'insert into task_numbers (project_id, last_number) select id, 2 from unnest($1::uuid[]) as id',
      [[project, trashedProject, othersProject]],
    )
    await client.query(
      `insert into tasks (id, project_id, number, title, position, created_by, deleted_at)
       values ($1, $2, 1, 'Ours', 1, $3, null), ($4, $2, 2, 'Trashed', 2, $3, now()), ($5, $6, 1, 'Theirs', 1, $7, null)`,
      [task, project, owner.id, trashedTask, othersTask, othersProject, other.id],
    )
    await client.query(
      `insert into fields (id, project_id, key, name, type, position, created_by) values (gen_random_uuid(), $1, 'cost', 'Cost', 'number', 1, $2), (gen_random_uuid(), $1, 'site', 'Site', 'text', 2, $2)`,
      [project, owner.id],
    )
    await client.query(
      `insert into labels (id, project_id, name, created_by, deleted_at) values ($1, $2, 'Ours', $3, null), ($4, $2, 'Trashed', $3, now())`,
      [label, project, owner.id, trashedLabel],
    )
    await client.query(
      `insert into views (id, project_id, name, created_by, deleted_at) values ($1, $2, 'Ours', $3, null), ($4, $2, 'Trashed', $3, now())`,
      [view, project, owner.id, trashedView],
    )
    await client.query(
      `insert into comments (id, project_id, task_id, body, created_by, deleted_at) values ($1, $2, $3, 'Ours', $4, null), ($5, $2, $3, 'Trashed', $4, now())`,
      [comment, project, task, editor.id, trashedComment],
    )
    await client.query(
      `insert into tasks (id, project_id, number, title, position, created_by) values ($1, $2, 3, 'Linked', 3, $3)`,
      [linkable, project, owner.id],
    )
    await client.query('update task_numbers set last_number = 3 where project_id = $1', [project])
    await client.query(
      `insert into links (id, project_id, task_id, kind, other_id, created_by)
       values ($1, $2, $3, 'blocks', $4, $5), ($6, $2, $4, 'blocked_by', $3, $5)`,
      [link, project, task, linkable, owner.id, twin],
    )
    await client.query(
      `insert into files (id, project_id, task_id, name, media_type, size, sha256, created_by, deleted_at)
       values ($1, $2, $3, 'Ours', 'text/plain', 0, '', $4, null), ($5, $2, $3, 'Trashed', 'text/plain', 0, '', $4, now())`,
      [file, project, task, editor.id, trashedFile],
    )
    await client.query(
      `insert into time_entries (id, project_id, task_id, started_at, ended_at, created_by, deleted_at) values ($1, $2, $3, now(), null, $4, null), ($5, $2, $3, now(), now(), $4, now())`,
      [timeEntry, project, task, editor.id, trashedTimeEntry],
    )
    await client.query(
      `insert into webhooks (id, project_id, url, secret, last_seq, created_by) values ($1, $2, 'https://example.com/', '', 0, $3)`,
      [webhook, project, owner.id],
    )
    await client.query('select record_as($1, $2)', [editor.id, operation])
    await client.query(`update tasks set title = 'Ours, renamed' where id = $1`, [task])
    await client.query('commit')
    await client.query('select number_events()')
  } finally {
    client.release()
  }
  const expires = Math.floor(Date.now() / 1000) + 86_400
  const refreshToken = await world.tokens.signRefresh(
    { userId: owner.id, sessionId: owner.sessionId, counter: 1 },
    expires,
  )
  return {
    ...people,
    member: member.id,
    project,
    trashedProject,
    othersProject,
    label,
    trashedLabel,
    view,
    trashedView,
    comment,
    link,
    linkable,
    trashedComment,
    file,
    trashedFile,
    timeEntry,
    trashedTimeEntry,
    task,
    trashedTask,
    othersTask,
    webhook,
    operation,
    ownersOtherSession,
    apiToken,
    bot,
    botToken,
    refreshToken,
  }
}
