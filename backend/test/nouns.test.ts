// A noun that is in the list and nowhere else: a table, and its declaration. All that the trail gives, it has from that.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Type } from 'typebox'
import { columns } from '../src/database/sql.ts'
import { Id, Instant, Version } from '../src/http/schemas.ts'
import { NOUNS } from '../src/nouns.ts'
import { task } from '../src/tasks/noun.ts'

const Gadget = Type.Object(
  {
    id: Id,
    project_id: Id,
    task_id: Id,
    label: Type.String({ examples: ['Spanner'] }),
    created_at: Instant,
    version: Version,
  },
  { $id: 'Gadget' },
)
NOUNS.push({
  kind: 'gadget',
  schema: Gadget,
  table: 'gadgets',
  columns: columns('gadgets', Gadget),
  id: 'id',
  project: 'project_id',
  parent: { noun: task, column: 'task_id' },
  trash: true,
  seenBy: 'members',
  changedBy: 'editors',
  scope: 'tasks:write',
  title: 'label',
  refers: { project_id: 'project', task_id: 'task' },
  hidden: ['pin'],
  internal: ['touched'],
})

// Loaded after it is in the list, as it would be if it stood there.
const { eventually, refused, start } = await import('./harness.ts')
const { createReceiver, deliverFor, hook } = await import('./webhooks.ts')
const { trackNouns } = await import('../src/trail/tracking.ts')
const { default: pg } = await import('pg')
const { v7: uuid } = await import('uuid')

const world = await start({ WEBHOOK_ALLOW_PRIVATE: 'on' })
deliverFor(world)
const receiver = createReceiver(world)
await world.pool.query(`
  create table gadgets (
    id uuid not null constraint gadgets_pkey primary key,
    project_id uuid not null constraint gadgets_project_fkey references projects on delete cascade,
    task_id uuid not null constraint gadgets_task_fkey references tasks on delete cascade,
    label text not null,
    pin text,
    touched integer,
    deleted_at timestamptz(3),
    created_at timestamptz(3) not null default now(),
    updated_at timestamptz(3) not null default now(),
    version integer not null default 1,
    field_versions jsonb not null default '{}'
  )`)
const client = new pg.Client({ connectionString: world.url })
await client.connect()
await trackNouns(client)
await client.end()

type Team = Awaited<ReturnType<typeof world.team>>

/** Writes as a route of the noun would: one statement that names its author. Answers the operation. */
async function write(author: { id: string }, statement: string, values: unknown[] = []): Promise<string> {
  const operation = uuid()
  await world.pool.query(`${statement} record_as('${author.id}', '${operation}')`, values)
  return operation
}

async function gadget({ editor, project }: Team, label = 'Spanner') {
  const { body: on } = await editor.post(`projects/${project.id}/tasks`, { title: 'A task' })
  const id = uuid()
  const created = await write(
    editor,
    'insert into gadgets (id, project_id, task_id, label, pin) select $1, $2, $3, $4, $5 where',
    [id, project.id, on.id, label, 'secret pin'],
  )
  return { id, task: on, created }
}

const items = async (actor: { get: (path: string) => Promise<any> }, after: string) => {
  const all: any[] = []
  for (let cursor = after, more = true; more;) {
    const { body } = await actor.get(`changes${cursor && `?after=${cursor}`}`)
    all.push(...body.items)
    cursor = body.next
    more = body.more
  }
  return all
}
const now = async (actor: { get: (path: string) => Promise<any> }) =>
  (await actor.get('changes?after=now')).body.next as string
const stored = async (id: string) =>
  (await world.pool.query('select label, version, deleted_at from gadgets where id = $1', [id])).rows[0]

describe('A noun that is only declared', () => {
  it('cannot be changed without an author', async () => {
    const team = await world.team()
    const { id } = await gadget(team)
    await assert.rejects(
      world.pool.query(`update gadgets set label = 'X' where id = $1`, [id]),
      /must call record_as/,
    )
  })

  it('is in the feed of those who see its project, with its present state and without what is hidden', async () => {
    const team = await world.team({ key: 'GAD' })
    const { editor, viewer, outsider } = team
    const [after, outside] = [await now(viewer), await now(outsider)]
    const { id, task: on } = await gadget(team)
    await write(editor, `update gadgets set label = 'Wrench', pin = 'other pin' where id = '${id}' and`)
    await write(editor, `update gadgets set touched = 1 where id = '${id}' and`)
    const told = (await items(viewer, after)).filter(({ kind }) => kind.startsWith('gadget.'))
    assert.deepEqual(
      told.map(({ kind, ref, title, version, changes }) => ({ kind, ref, title, version, changes })).at(-1),
      {
        kind: 'gadget.updated',
        ref: 'GAD',
        title: 'Wrench',
        version: 2,
        changes: { label: { from: 'Spanner', to: 'Wrench' }, pin: { from: null, to: null } },
      },
    )
    assert.deepEqual(
      told.map(({ kind }) => kind),
      ['gadget.created', 'gadget.updated'],
    )
    const { created_at, ...resource } = told[0].resource
    assert(created_at)
    assert.deepEqual(resource, {
      id,
      project_id: team.project.id,
      task_id: on.id,
      label: 'Wrench',
      version: 2,
    })
    assert(!JSON.stringify(told).includes('pin"}') && !JSON.stringify(told).includes('secret pin'))
    assert.deepEqual(await items(outsider, outside), [])
  })

  it('is told to whoever joins the project, and follows its task out of sight and back', async () => {
    const team = await world.team()
    const { owner, outsider, project } = team
    const { id, task: on } = await gadget(team)
    let after = await now(outsider)
    await owner.post(`projects/${project.id}/members`, { user_id: outsider.id })
    const told = await items(outsider, after)
    assert.deepEqual(
      told.filter(({ kind }) => kind === 'gadget.state').map(({ resource }) => resource.id),
      [id],
    )
    await owner.delete(`tasks/${on.id}`)
    const everything = await items(outsider, '')
    assert(!everything.some(({ kind }) => kind.startsWith('gadget.')))
    after = await now(outsider)
    await owner.post(`tasks/${on.id}/restore`)
    assert.deepEqual(
      (await items(outsider, after)).map(({ kind }) => kind),
      ['task.restored', 'gadget.state'],
    )
  })

  it('is in the histories of its project and of what it hangs on, by name', async () => {
    const team = await world.team()
    const { viewer, project } = team
    const { id, task: on } = await gadget(team)
    for (const path of [`projects/${project.id}/history`, `tasks/${on.id}/history?total=true`]) {
      const { body } = await viewer.get(path)
      const [entry] = body.items
      assert.deepEqual(
        [entry.kind, entry.subject],
        ['gadget.created', { type: 'gadget', id, name: 'Spanner' }],
      )
      assert.deepEqual(entry.changes.task_id.to, { id: on.id, name: 'A task' })
    }
  })

  it('can be subscribed to by webhooks', async () => {
    const team = await world.team()
    const { received, url } = await receiver()
    await hook(team.owner, team.project, url, { kinds: ['gadget.created'] })
    const { id } = await gadget(team)
    await eventually(async () => assert.equal(received.length, 1))
    const { type, data } = received[0]!.body
    assert.deepEqual([type, data.resource_id, data.title], ['gadget.created', id, 'Spanner'])
  })

  it('is undone: field by field, what was created into the trash, what was deleted out of it', async () => {
    const team = await world.team()
    const { editor, viewer, outsider } = team
    const { id, created } = await gadget(team)
    const changed = await write(editor, `update gadgets set label = 'Wrench' where id = '${id}' and`)
    refused(await outsider.post(`operations/${changed}/undo`), 404, 'not_found')
    refused(await viewer.post(`operations/${changed}/undo`), 403, 'forbidden')
    refused(await editor.post(`operations/${created}/undo`), 409, 'undo_conflict')
    const undone = await editor.post(`operations/${changed}/undo`)
    assert.deepEqual([undone.status, undone.body.changes[0].type], [200, 'gadget'])
    assert.equal((await stored(id)).label, 'Spanner')
    const deleted = await write(editor, `update gadgets set deleted_at = now() where id = '${id}' and`)
    assert.equal((await editor.post(`operations/${deleted}/undo`)).status, 200)
    assert.equal((await stored(id)).deleted_at, null)
    assert.equal((await editor.post(`operations/${created}/undo`)).status, 200)
    assert((await stored(id)).deleted_at)
    const secret = await write(editor, `update gadgets set pin = 'new' where id = '${id}' and`)
    refused(await editor.post(`operations/${secret}/undo`), 409, 'not_undoable')
  })

  it('keeps what it hangs on from being undone away under it', async () => {
    const team = await world.team()
    const { editor, project } = team
    const made = await editor.post(`projects/${project.id}/tasks`, { title: 'Base' })
    await write(
      editor,
      `insert into gadgets (id, project_id, task_id, label) select '${uuid()}', '${project.id}', '${made.body.id}', 'On it' where`,
    )
    refused(await editor.post(`operations/${made.headers.get('operation-id')}/undo`), 409, 'undo_conflict')
  })

  it('is in the trash and purged from there, or with what it hangs on, and the trail forgets it', async () => {
    const team = await world.team({ key: 'GADT' })
    const { owner, editor, viewer, admin, project } = team
    const one = await gadget(team, 'Xylophone one')
    const two = await gadget(team, 'Xylophone two')
    const three = await gadget(team, 'Xylophone three')
    await write(editor, `update gadgets set deleted_at = now() where id = '${one.id}' and`)
    const [item] = (await editor.get('trash')).body.items
    assert.deepEqual(
      [item.type, item.id, item.ref, item.title, item.deleted_by],
      ['gadget', one.id, 'GADT', 'Xylophone one', editor.id],
    )
    assert.deepEqual((await viewer.get('trash')).body.items, [])
    assert.equal((await admin.delete(`trash/${one.id}`)).status, 204)
    await editor.delete(`tasks/${two.task.id}`)
    assert.equal((await admin.delete(`trash/${two.task.id}`)).status, 204)
    await owner.delete(`projects/${project.id}`)
    assert.equal((await admin.delete(`trash/${project.id}`)).status, 204)
    for (const { id } of [one, two, three]) assert.equal(await stored(id), undefined)
    await world.pool.query('select number_events()')
    const { rows } = await world.pool.query(`select from events t where to_jsonb(t)::text like '%Xylophone%'`)
    assert.equal(rows.length, 0)
  })

  it('is in the OpenAPI document, by its own name and by its kinds', () => {
    const { components } = world.servers[0]!.app.swagger() as any
    assert(components.schemas.Gadget)
    for (const name of ['GadgetCreatedChange', 'GadgetStateChange', 'GadgetDeletedEntry'])
      assert(components.schemas[name], name)
    assert(components.schemas.Change.discriminator.mapping['gadget.restored'])
  })
})
