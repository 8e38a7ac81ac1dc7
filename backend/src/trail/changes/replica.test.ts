// A client that follows the feed holds what a fresh read answers, whatever happens in whatever order: projects,
// members, statuses, tasks, what is said about them, and who may see them.
import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import fc from 'fast-check'
import { openDatabase } from '../../database/db.ts'
import type { Viewer } from '../../policy.ts'
import { start, type Actor, type Client } from '../../../test/harness.ts'
import { Replica } from '../../../test/replica.ts'
import { listEvents } from './queries.ts'

const world = await start()
const db = openDatabase({ url: world.config.databaseUrl, size: 2, prepared: true })
world.beforeStop(() => db.close())
const RUNS = Number(process.env['RUNS'] ?? 6)

async function everyPage(client: Client, path: string): Promise<any[]> {
  const items: any[] = []
  for (let cursor = ''; ;) {
    const { body } = await client.get(`${path}${path.includes('?') ? '&' : '?'}limit=200${cursor}`)
    items.push(...body.items)
    if (body.next_cursor === null) return items
    cursor = `&cursor=${body.next_cursor}`
  }
}

async function freshState(client: Client): Promise<Record<string, unknown>> {
  const projects = await everyPage(client, 'projects')
  const members = await Promise.all(
    projects.map(async ({ id }) =>
      (await everyPage(client, `projects/${id}/members`)).map((member) => [
        `member ${id} ${member.user_id}`,
        member,
      ]),
    ),
  )
  const statuses = await Promise.all(projects.map(({ id }) => everyPage(client, `projects/${id}/statuses`)))
  const tasks = await everyPage(client, 'tasks?archived=any')
  const comments = await Promise.all(tasks.map(({ id }) => everyPage(client, `tasks/${id}/comments`)))
  return Object.fromEntries(
    [
      ...projects.map((project) => [`project ${project.id}`, project]),
      ...members.flat(),
      ...statuses.flat().map((status) => [`status ${status.id}`, status]),
      ...tasks.map((task) => [`task ${task.id}`, task]),
      ...comments.flat().map((comment) => [`comment ${comment.id}`, comment]),
    ].sort() as [string, unknown][],
  )
}

const ACTS = (
  'create create change assign hang hang hang move move move delete restore purge say say reword unsay resay ' +
  'project rename rekey rekey archive trash trash untrash untrash destroy ' +
  'add add role remove remove leave promote demote call read read read read'
).split(' ')
const step = fc.record({
  act: fc.constantFrom(...ACTS),
  who: fc.nat(99),
  which: fc.nat(99),
  value: fc.nat(99),
})
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never

const root = await world.user({ role: 'admin', name: 'Root' })

async function play(steps: readonly Step[]): Promise<void> {
  const people = await Promise.all(['Ann', 'Ben', 'Cem'].map((name) => world.user({ name })))
  const boss = await world.user({ name: 'Boss', role: 'admin' })
  const readers: Actor[] = [...people, boss]
  const replicas = new Map(readers.map((actor) => [actor, new Replica(actor)]))
  const projects: string[] = []
  const tasks: string[] = []
  const comments: string[] = []
  const addTask = async (actor: Actor, project: string, title: string) => {
    const { body } = await actor.post(`${project}/tasks`, { title })
    if (body.id) tasks.push(body.id)
  }
  const addProject = async (owner: Actor) => {
    const { body } = await owner.post('projects', { name: 'Some project', key: key() })
    projects.push(body.id)
    await addTask(owner, `projects/${body.id}`, 'First')
  }
  for (const owner of people) await addProject(owner)
  await root.post(`projects/${projects[0]}/members`, { user_id: people[1]!.id, role: 'editor' })
  for (const replica of replicas.values()) await replica.drain()

  const rolesChangedAt = new Map<Actor, number>()
  const setRole = async (actor: Actor, role: string) => {
    await root.patch(`users/${actor.id}`, { role })
    rolesChangedAt.set(actor, Date.now())
  }
  /** A server goes by the role it read up to a second ago, so a fresh read is not one before that is over. */
  const roleIsKnown = (actor: Actor) =>
    sleep(Math.max(0, (rolesChangedAt.get(actor) ?? 0) + 1_050 - Date.now()))

  for (const { act, who, which, value } of steps) {
    const reader = readers[who % readers.length]!
    const person = people[value % people.length]!
    // The administrator may always, so that most steps do something.
    const actor = value % 4 ? root : reader
    const project = `projects/${projects[which % projects.length]}`
    const task = `tasks/${tasks[which % tasks.length]}`
    const comment = `comments/${comments[which % Math.max(1, comments.length)]}`
    const role = ['owner', 'editor', 'viewer'][value % 3]
    const perform: Record<string, () => Promise<unknown>> = {
      create: () => addTask(actor, project, `Task ${value}`),
      change: () => actor.patch(task, { title: `Title ${value}`, due_on: ['2026-12-01', null][value % 2] }),
      assign: () => actor.patch(task, { assignee_ids: [person.id] }),
      move: () =>
        actor.patch(task, {
          project_id: projects[value % projects.length],
          title: `Moved ${value}`,
          assignee_ids: [],
        }),
      hang: () => actor.patch(task, { parent_id: tasks[value % tasks.length] }),
      delete: () => actor.delete(task),
      restore: () => root.post(`${task}/restore`),
      purge: () => root.delete(`trash/${task.slice(6)}`),
      say: async () => {
        const { body } = await root.post(`${task}/comments`, { body: `Text ${value}` })
        if (body.id) comments.push(body.id)
      },
      reword: () => root.patch(comment, { body: `Text ${value}` }),
      unsay: () => root.delete(comment),
      resay: () => root.post(`${comment}/restore`),
      project: () => (projects.length < 5 ? addProject(person) : Promise.resolve()),
      rename: () => actor.patch(project, { name: `Name ${value}`, description: `Text ${value}` }),
      rekey: () => actor.patch(project, { key: key() }),
      archive: () => root.patch(project, { archived: value % 3 === 0 }),
      trash: () => actor.delete(project),
      untrash: () => root.post(`${project}/restore`),
      destroy: () => root.delete(`trash/${project.slice(9)}`),
      add: () => root.post(`${project}/members`, { user_id: person.id, role }),
      role: () =>
        root.put(`${project}/members/${person.id}`, { role: ['owner', 'editor', 'viewer'][which % 3] }),
      remove: () => root.delete(`${project}/members/${person.id}`),
      leave: () => person.delete(`${project}/members/${person.id}`),
      promote: () => setRole(person, 'admin'),
      demote: () => setRole(readers[which % readers.length]!, 'user'),
      call: () => person.patch('users/me', { name: `Name ${value}` }),
      read: async () => {
        const replica = replicas.get(reader)!
        // Now a page that ends in the middle of something, now all there is.
        if (value % 4) return replica.step(1 + (value % 5))
        await roleIsKnown(reader)
        await replica.drain(1 + (value % 7))
        assert.deepEqual(replica.state(), await freshState(reader), `${reader.name} in between`)
      },
    }
    await perform[act]!()
  }
  for (const [reader, replica] of replicas) {
    await roleIsKnown(reader)
    await replica.drain()
    assert.deepEqual(replica.state(), await freshState(reader), `${reader.name} at the end`)
    await foundEitherWay(reader)
  }
  // Administrators would go on seeing them in the runs that follow.
  for (const id of projects) await root.delete(`projects/${id}`)
}

/** What is near is looked for in another way than what is far, and has to be the same. */
async function foundEitherWay(reader: Actor): Promise<void> {
  const viewer: Viewer = {
    id: reader.id,
    role: 'user',
    session_id: reader.sessionId,
    operation: reader.id,
    address: '192.0.2.1',
  }
  const seqs = async (after: number, count: number, near: boolean) =>
    (await listEvents(db, viewer, after, count, near)).events.map(({ seq, inside, from_inside }) => [
      seq,
      inside,
      from_inside,
    ])
  const all = await seqs(0, 10_000, true)
  assert(all.length > 0)
  assert.deepEqual(await seqs(0, 10_000, false), all)
  const middle = all[Math.floor(all.length / 2)]?.[0] as number
  assert.deepEqual(await seqs(middle, 3, false), await seqs(middle, 3, true))
}

const key = () => `K${randomUUID().replaceAll('-', '').slice(0, 8).toUpperCase()}`

describe('A client that follows the feed', () => {
  it('holds what a fresh read answers, after anything that may happen', { timeout: 300_000 }, async () => {
    await fc.assert(fc.asyncProperty(fc.array(step, { minLength: 10, maxLength: 50, size: 'max' }), play), {
      numRuns: RUNS,
      interruptAfterTimeLimit: 200_000,
    })
  })
})
