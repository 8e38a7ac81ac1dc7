// Every route that changes something leaves one event for each resource it changed, and none if it was refused or
// rolled back. A route that is not in the table fails, and so does a row without a route.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { v7 as uuid } from 'uuid'
import { NOUNS } from '../src/nouns.ts'
import { PASSWORD, start, type Actor } from './harness.ts'

const world = await start()
const paths = (world.servers[0]!.app.swagger() as any).paths as Record<string, Record<string, unknown>>
const ROUTES = Object.entries(paths).flatMap(([path, methods]) =>
  Object.keys(methods)
    .filter((method) => method !== 'get')
    .map((method) => `${method.toUpperCase()} ${path.replace('/api/v1/', '')}`),
)

interface Fixture extends Awaited<ReturnType<typeof world.team>> {
  label: string
  otherLabel: string
  trashedLabel: string
  view: string
  trashedView: string
  file: string
  trashedFile: string
  comment: string
  link: string
  linkable: string
  trashedComment: string
  task: string
  timeEntry: string
  trashedTimeEntry: string
  trashedTask: string
  trashedProject: string
  webhook: string
  bot: string
  /** The request that renamed the task. */
  operation: string
}

async function createFixture(): Promise<Fixture> {
  const team = await world.team()
  const { owner, editor, project } = team
  const add = async (title: string) =>
    (
      await owner.post(`projects/${project.id}/tasks`, {
        title,
        assignee_ids: [editor.id],
        status: 'cancelled',
      })
    ).body.id as string
  const name = async (text: string) =>
    (await owner.post(`projects/${project.id}/labels`, { name: text })).body.id as string
  const [label, otherLabel, trashedLabel] = [await name('Label'), await name('Other'), await name('Trashed')]
  await owner.delete(`labels/${trashedLabel}`)
  const look = async () =>
    (await owner.post(`projects/${project.id}/views`, { name: 'View' })).body.id as string
  const [view, trashedView] = [await look(), await look()]
  await owner.delete(`views/${trashedView}`)
  await owner.post(`projects/${project.id}/fields`, { name: 'Cost', type: 'number' })
  const [task, trashedTask] = [await add('Task'), await add('Trashed')]
  await owner.put(`tasks/${task}/labels/${label}`)
  await owner.patch(`tasks/${task}`, { fields: { cost: 5 } })
  await owner.delete(`tasks/${trashedTask}`)
  const say = async () => (await owner.post(`tasks/${task}/comments`, { body: 'Comment' })).body.id as string
  const linkable = (await owner.post(`projects/${project.id}/tasks`, { title: 'Linkable' })).body.id as string
  const linked = await owner.post(`tasks/${task}/links`, { kind: 'blocks', linked_task_id: linkable })
  const [comment, trashedComment] = [await say(), await say()]
  await owner.delete(`comments/${trashedComment}`)
  const attach = async () => (await owner.post(`tasks/${task}/files?name=file`, 'Content')).body.id as string
  const [file, trashedFile] = [await attach(), await attach()]
  await owner.delete(`files/${trashedFile}`)
  const spend = async () => (await owner.post(`tasks/${task}/time`, { minutes: 5 })).body.id as string
  const [timeEntry, trashedTimeEntry] = [await spend(), await spend()]
  await owner.delete(`time/${trashedTimeEntry}`)
  await owner.post(`tasks/${task}/time`, {})
  const { body: trashed } = await owner.post('projects', { name: 'Trashed' })
  await owner.delete(`projects/${trashed.id}`)
  const renamed = await owner.patch(`tasks/${task}`, { title: 'Renamed' })
  const hook = await owner.post(`projects/${project.id}/webhooks`, { url: 'https://example.com/hook' })
  const operation = renamed.headers.get('operation-id')!
  return {
    ...team,
    label,
    otherLabel,
    trashedLabel,
    view,
    trashedView,
    comment,
    link: linked.body.id,
    linkable,
    trashedComment,
    file,
    trashedFile,
    task,
    timeEntry,
    trashedTimeEntry,
    trashedTask,
    trashedProject: trashed.id,
    webhook: hook.body.id,
    bot: (await owner.post('bots', { name: 'Robot', project_id: project.id })).body.id,
    operation,
  }
}

interface Row {
  /** What must be in the trail afterwards: kind and the resource, one each; an empty list with the reason. */
  events: string[] | string
  path: (fixture: Fixture) => string
  body?: (fixture: Fixture) => object
  as?: (fixture: Fixture) => Actor
  /** Somebody who may not do it; by default the outsider. */
  refused?: (fixture: Fixture) => Actor
}

const of = (word: string, path: (fixture: Fixture) => string) => (fixture: Fixture) =>
  `${word}/${path(fixture)}`
const project = of('projects', (fixture) => fixture.project.id)
const task = of('tasks', (fixture) => fixture.task)
const file = of('files', (fixture) => fixture.file)
const comment = of('comments', (fixture) => fixture.comment)
const label = of('labels', (fixture) => fixture.label)
const view = of('views', (fixture) => fixture.view)
const member = (fixture: Fixture) => `${project(fixture)}/members/${fixture.editor.id}`
const bot = of('bots', (fixture) => fixture.bot)
const editor = of('users', (fixture) => fixture.editor.id)
const admin = (fixture: Fixture) => fixture.admin
const here = (path: string) => () => path
const none = (why: string) => why
const webhook = (fixture: Fixture) => `${project(fixture)}/webhooks/${fixture.webhook}`

// prettier-ignore
const TABLE: Record<string, Row> = {
  'POST auth/register':                    { events: ['user.created'], path: here('auth/register'), body: () => ({ email: `${uuid()}@example.com`, name: 'New', password: PASSWORD }) },
  'POST auth/login':                       { events: none('a session'), path: here('auth/login') },
  'POST auth/refresh':                     { events: none('a session'), path: here('auth/refresh') },
  'POST auth/logout':                      { events: none('a session'), path: here('auth/logout') },
  'DELETE auth/sessions':                  { events: none('sessions'), path: here('auth/sessions') },
  'DELETE auth/sessions/{id}':             { events: none('a session'), path: here('auth/sessions') },
  'POST auth/password':                    { events: ['user.updated'], path: here('auth/password'), body: () => ({ current_password: PASSWORD, new_password: 'another horse, another staple' }) },
  'POST auth/password/forgot':             { events: none('a mail'), path: here('auth/password/forgot') },
  'POST auth/password/reset':              { events: none('needs a link: recovery.test.ts'), path: here('auth/password/reset') },
  'POST auth/verify-email':                { events: none('needs a link: verification.test.ts'), path: here('auth/verify-email') },
  'POST auth/verify-email/link':           { events: none('a mail'), path: here('auth/verify-email/link') },
  'PATCH users/me':                        { events: ['user.updated'], path: here('users/me'), body: () => ({ name: 'Renamed' }) },
  'DELETE users/me':                       { events: ['user.deleted', 'member.removed', 'task.updated', 'task.updated'], path: here('users/me'), as: (fixture) => fixture.editor, body: () => ({ current_password: PASSWORD }) },
  'POST users':                            { events: ['user.created'], path: here('users'), body: () => ({ email: `${uuid()}@example.com`, name: 'New' }), as: admin },
  'PATCH users/{id}':                      { events: ['user.updated'], path: editor, body: () => ({ role: 'admin' }), as: admin },
  'DELETE users/{id}':                     { events: ['user.deleted', 'member.removed', 'task.updated', 'task.updated'], path: editor, as: admin },
  'POST tokens':                           { events: none('a token'), path: here('tokens') },
  'DELETE tokens':                         { events: none('tokens'), path: here('tokens') },
  'DELETE tokens/{id}':                    { events: none('a token'), path: here('tokens') },
  'POST bots':                            { events: ['user.created', 'member.created'], path: here('bots'), body: ({ project: { id } }) => ({ name: 'Robot', project_id: id }) },
  'PATCH bots/{id}':                       { events: ['user.updated'], path: bot, body: () => ({ name: 'Renamed' }) },
  'DELETE bots/{id}':                      { events: ['user.deleted', 'member.removed'], path: bot },
  'POST bots/{id}/tokens':                 { events: none('a token'), path: bot },
  'DELETE bots/{id}/tokens/{token_id}':    { events: none('a token'), path: bot },
  'DELETE users/{id}/sessions':            { events: none('sessions'), path: editor },
  'POST users/{id}/invitation':            { events: none('a token, which nothing keeps'), path: editor },
  'POST projects':                         { events: ['project.created', 'member.created', ...Array<string>(4).fill('status.created')], path: here('projects'), body: () => ({ name: 'New' }) },
  'PATCH projects/{id}':                   { events: ['project.updated'], path: project, body: () => ({ name: 'Renamed' }) },
  'DELETE projects/{id}':                  { events: ['project.deleted'], path: project },
  'POST projects/{id}/restore':            { events: ['project.restored'], path: (fixture) => `projects/${fixture.trashedProject}/restore` },
  'POST projects/{id}/members':            { events: ['member.created'], path: (fixture) => `${project(fixture)}/members`, body: ({ outsider }) => ({ user_id: outsider.id }) },
  'PUT projects/{id}/members/{user_id}':   { events: ['member.updated'], path: member, body: () => ({ role: 'viewer' }) },
  'DELETE projects/{id}/members/{user_id}':{ events: ['member.removed', 'task.updated', 'task.updated'], path: member },
  'POST projects/{id}/statuses':           { events: ['status.created'], path: (fixture) => `${project(fixture)}/statuses`, body: () => ({ name: 'Review', category: 'in_progress' }) },
  'PATCH projects/{id}/statuses/{key}':    { events: ['status.updated'], path: (fixture) => `${project(fixture)}/statuses/done`, body: () => ({ name: 'Finished' }) },
  'DELETE projects/{id}/statuses/{key}':   { events: ['status.removed', 'task.updated', 'task.updated'], path: (fixture) => `${project(fixture)}/statuses/cancelled?move_to=done` },
  'POST views':                            { events: ['personal_view.created'], path: () => 'views', body: () => ({ name: 'New' }) },
  'POST projects/{id}/views':              { events: ['view.created'], path: (fixture) => `${project(fixture)}/views`, body: () => ({ name: 'New' }) },
  'PATCH views/{id}':                      { events: ['view.updated'], path: view, body: () => ({ name: 'Renamed' }) },
  'DELETE views/{id}':                     { events: ['view.deleted'], path: view },
  'POST views/{id}/restore':               { events: ['view.restored'], path: (fixture) => `views/${fixture.trashedView}/restore` },
  'POST projects/{id}/fields':             { events: ['field.created'], path: (fixture) => `${project(fixture)}/fields`, body: () => ({ name: 'Weight', type: 'number' }) },
  'PATCH projects/{id}/fields/{key}':      { events: ['field.updated'], path: (fixture) => `${project(fixture)}/fields/cost`, body: () => ({ name: 'Price' }) },
  'DELETE projects/{id}/fields/{key}':     { events: ['field.removed', 'task.updated'], path: (fixture) => `${project(fixture)}/fields/cost` },
  'POST projects/{id}/labels':             { events: ['label.created'], path: (fixture) => `${project(fixture)}/labels`, body: () => ({ name: 'New' }) },
  'PATCH labels/{id}':                     { events: ['label.updated'], path: label, body: () => ({ name: 'Renamed' }) },
  'DELETE labels/{id}':                    { events: ['label.deleted', 'task.updated'], path: label },
  'POST labels/{id}/restore':              { events: ['label.restored'], path: (fixture) => `labels/${fixture.trashedLabel}/restore` },
  'POST projects/{id}/tasks':              { events: ['task.created'], path: (fixture) => `${project(fixture)}/tasks`, body: () => ({ title: 'New' }) },
  'PATCH tasks/{id}':                      { events: ['task.updated'], path: task, body: () => ({ title: 'Changed', status: 'done' }) },
  'DELETE tasks/{id}':                     { events: ['task.deleted'], path: task },
  'POST tasks/{id}/time':                  { events: ['time_entry.created'], path: (fixture) => `${task(fixture)}/time`, body: () => ({ minutes: 90 }) },
  'PATCH time/{id}':                       { events: ['time_entry.updated'], path: (fixture) => `time/${fixture.timeEntry}`, body: () => ({ note: 'Changed' }) },
  'DELETE time/{id}':                      { events: ['time_entry.deleted'], path: (fixture) => `time/${fixture.timeEntry}` },
  'POST time/{id}/restore':                { events: ['time_entry.restored'], path: (fixture) => `time/${fixture.trashedTimeEntry}/restore` },
  'POST timer/stop':                       { events: ['time_entry.updated'], path: () => 'timer/stop' },
  'POST tasks/{id}/duplicate':             { events: ['task.created'], path: (fixture) => `${task(fixture)}/duplicate`, body: () => ({}) },
  'POST tasks/{id}/restore':               { events: ['task.restored'], path: (fixture) => `tasks/${fixture.trashedTask}/restore` },
  'POST tasks/{id}/comments':             { events: ['comment.created'], path: (fixture) => `${task(fixture)}/comments`, body: () => ({ body: 'New' }) },
  'POST tasks/{id}/links':                { events: ['link.created', 'link.created'], path: (fixture) => `${task(fixture)}/links`, body: ({ linkable }) => ({ kind: 'relates_to', linked_task_id: linkable }) },
  'DELETE tasks/{id}/links/{link_id}':    { events: ['link.removed', 'link.removed'], path: (fixture) => `${task(fixture)}/links/${fixture.link}` },
  'PATCH comments/{id}':                  { events: ['comment.updated'], path: comment, body: () => ({ body: 'Changed' }) },
  'DELETE comments/{id}':                 { events: ['comment.deleted'], path: comment },
  'POST comments/{id}/restore':           { events: ['comment.restored'], path: (fixture) => `comments/${fixture.trashedComment}/restore` },
  'POST tasks/bulk':                      { events: ['task.created', 'task.updated'], path: here('tasks/bulk'), body: (fixture) => ({ operations: [{ create: { project: fixture.project.id, title: 'New' } }, { update: { id: fixture.task, title: 'Changed' } }] }) },
  'PUT tasks/{id}/labels/{label_id}':      { events: ['task.updated'], path: (fixture) => `${task(fixture)}/labels/${fixture.otherLabel}` },
  'DELETE tasks/{id}/labels/{label_id}':   { events: ['task.updated'], path: (fixture) => `${task(fixture)}/labels/${fixture.label}` },
  'PUT tasks/{id}/assignees/{user_id}':    { events: ['task.updated'], path: (fixture) => `${task(fixture)}/assignees/${fixture.viewer.id}` },
  'DELETE tasks/{id}/assignees/{user_id}': { events: ['task.updated'], path: (fixture) => `${task(fixture)}/assignees/${fixture.editor.id}` },
  'POST tasks/{id}/files':                { events: ['file.created'], path: (fixture) => `${task(fixture)}/files?name=new`, body: () => ({}) },
  'POST comments/{id}/files':             { events: ['file.created'], path: (fixture) => `${comment(fixture)}/files?name=new`, body: () => ({}) },
  'PATCH files/{id}':                     { events: ['file.updated'], path: file, body: () => ({ name: 'Changed' }) },
  'DELETE files/{id}':                    { events: ['file.deleted'], path: file },
  'POST files/{id}/restore':              { events: ['file.restored'], path: (fixture) => `files/${fixture.trashedFile}/restore` },
  'DELETE trash/{id}':                     { events: ['project.removed', 'member.removed'], path: (fixture) => `trash/${fixture.trashedProject}`, as: admin },
  'POST operations/{id}/undo':             { events: ['task.updated'], path: (fixture) => `operations/${fixture.operation}/undo` },
  'POST events/ticket':                    { events: none('a token, which nothing keeps'), path: here('events/ticket') },
  'POST projects/{id}/webhooks':           { events: ['webhook.created'], path: (fixture) => `${project(fixture)}/webhooks`, body: () => ({ url: 'https://example.com/hook' }) },
  'PATCH projects/{id}/webhooks/{webhook_id}': { events: ['webhook.updated'], path: webhook, body: () => ({ description: 'Changed' }) },
  'DELETE projects/{id}/webhooks/{webhook_id}': { events: ['webhook.removed'], path: webhook },
  'POST projects/{id}/webhooks/{webhook_id}/rotate-secret': { events: ['webhook.updated'], path: (fixture) => `${webhook(fixture)}/rotate-secret` },
  'POST projects/{id}/webhooks/{webhook_id}/redeliver': { events: none('deliveries, which change nothing'), path: project },
}

/** What is in the trail since the last call, as kind and resource; ones that happened twice to one resource show twice. */
async function newEvents(): Promise<{ kind: string; resource: string }[]> {
  await world.pool.query('select number_events()')
  const { rows } = await world.pool.query<{ kind: string; resource: string }>(
    `select kind, resource_id || coalesce(' in ' || project_id, '') as resource from events where seq > $1 order by seq`,
    [seen],
  )
  seen += rows.length
  return rows
}
let seen = 0

async function call(actor: Actor | undefined, method: string, path: string, body?: object) {
  const response = await fetch(`${world.origins[0]}/api/v1/${path}`, {
    method,
    headers: {
      ...(actor && { authorization: `Bearer ${actor.token}` }),
      ...(body && { 'content-type': 'application/json' }),
    },
    ...(body && { body: JSON.stringify(body) }),
  })
  return { status: response.status, text: await response.text() }
}

/** While it is on, every transaction that changed something fails when it commits. */
const failCommits = (on: boolean) =>
  world.pool.query(
    NOUNS.map(({ table }) => table)
      .map((table) =>
        on
          ? `create constraint trigger fails after insert or update or delete on ${table} deferrable initially deferred for each row execute function fail()`
          : `drop trigger fails on ${table}`,
      )
      .join(';'),
  )

describe('The trail', async () => {
  await world.pool.query(
    `create function fail() returns trigger language plpgsql as $$ begin raise 'not today'; end $$`,
  )

  it('has a row for every route that is not a GET, and a route for every row', () => {
    assert.deepEqual(Object.keys(TABLE).sort(), ROUTES.sort())
  })

  for (const [route, { events, path, body, as, refused }] of Object.entries(TABLE)) {
    if (typeof events === 'string') continue
    const [method = ''] = route.split(' ')
    it(`has after ${route} one event for each resource it changed, and none after it failed`, async () => {
      const fixture = await createFixture()
      const actor = (as ?? (({ owner }: Fixture) => owner))(fixture)
      await newEvents()

      // Each step of the table's request is sent once refused, once rolled back, and once for good.
      const isPublic = route === 'POST auth/register'
      const other = refused?.(fixture) ?? fixture.outsider
      const selfService = /users\/me|auth\/|POST (projects|views)$/.test(route)
      const refusal = await call(
        selfService ? undefined : other,
        method,
        path(fixture),
        isPublic ? {} : body?.(fixture),
      )
      assert(refusal.status >= 400 && refusal.status < 500, `${refusal.status} ${refusal.text}`)
      assert.deepEqual(await newEvents(), [], 'after a refusal')

      await failCommits(true)
      const failed = await call(isPublic ? undefined : actor, method, path(fixture), body?.(fixture))
      await failCommits(false)
      assert.equal(failed.status, 500, failed.text)
      assert.deepEqual(await newEvents(), [], 'after a rollback')

      const done = await call(isPublic ? undefined : actor, method, path(fixture), body?.(fixture))
      assert(done.status < 300, `${done.status} ${done.text}`)
      const left = await newEvents()
      assert.deepEqual(left.map(({ kind }) => kind).sort(), [...events].sort())
      const resources = left.map(({ kind, resource }) => `${kind.split('.')[0]} ${resource}`)
      assert.deepEqual(resources, [...new Set(resources)], 'one each')
    })
  }
})
