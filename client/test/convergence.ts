// Five people who write through replicas of their own on a bad network, reload and get killed. In the end all replicas
// equal the service, and everything that was written is there once or was refused.
import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import fc from 'fast-check'
import { eventually, type Answer, type Client } from '../../backend/test/harness.ts'
import { connect, createReplica, type Replica, type ReplicaStorage, type Sent } from '../src/index.ts'
import { networkTo } from './network.ts'

export interface Person extends Client {
  id: string
  token: string
}

export interface Stage {
  origins: readonly string[]
  /** Somebody new, who is logged in. */
  person(name: string): Promise<Person>
  storage(): () => ReplicaStorage
}

const ACTS = (
  'create create create rename rename rename rename describe close assign place hang say say reword remove ' +
  'cut mend mend lose reload die die die expel readmit readmit wait'
).split(' ')
export const step = fc.record({
  act: fc.constantFrom(...ACTS),
  who: fc.nat(4),
  which: fc.nat(99),
  value: fc.nat(99),
})
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never

/** What somebody wrote: a text that nobody else writes, and what became of it. */
interface Intent {
  text: string
  kept: boolean
  outcome: 'open' | 'done' | 'refused'
}

/** A desk with a replica that can be killed: what it had not kept by then is lost, and it says nothing more. */
class Desk {
  readonly person: Person
  readonly #stage: Stage
  readonly #storageOf: () => ReplicaStorage
  replica: Replica
  network: ReturnType<typeof networkTo>
  #alive = { yes: true }

  constructor(stage: Stage, person: Person) {
    this.person = person
    this.#stage = stage
    this.#storageOf = stage.storage()
    this.network = networkTo(stage.origins)
    this.replica = this.#open()
  }

  #open(): Replica {
    const alive = (this.#alive = { yes: true })
    const storage = this.#storageOf()
    const mortal: ReplicaStorage = {
      load: () => storage.load(),
      save: (entries) => (alive.yes ? storage.save(entries) : new Promise(() => undefined)),
    }
    const api = connect(this.#stage.origins[0]!, { token: this.person.token, fetch: this.network.send })
    return createReplica(api, { storage: mortal })
  }

  async reload(): Promise<void> {
    await this.replica.stop()
    this.replica = this.#open()
    await this.replica.ready
  }

  async kill(): Promise<void> {
    this.#alive.yes = false
    const { isCut, loses } = this.network.cable
    this.network.cut()
    void this.replica.stop()
    this.network = networkTo(this.#stage.origins)
    this.network.cable.loses = loses
    if (isCut) this.network.cut()
    // What was being written when it was killed has been written by then, or not.
    await new Promise((resolve) => setTimeout(resolve, 20))
    this.replica = this.#open()
    await this.replica.ready
  }
}

export async function play(stage: Stage, steps: readonly Step[]): Promise<void> {
  const owner = await stage.person('Owner')
  const people = await Promise.all(['Ann', 'Ben', 'Cem', 'Dia', 'Eva'].map((name) => stage.person(name)))
  const created = await owner.post('projects', { name: 'Together', key: key() })
  const project = ok(created).id as string
  const admit = (person: Person) =>
    owner.post(`projects/${project}/members`, { user_id: person.id, role: 'editor' })
  for (const person of people) ok(await admit(person))
  ok(await owner.post(`projects/${project}/tasks`, { title: `first ${randomUUID()}` }))
  const start = (await owner.get('changes?after=now')).body.next as string
  const desks = people.map((person) => new Desk(stage, person))
  await Promise.all(desks.map(({ replica }) => replica.ready))
  const intents: Intent[] = []

  const intend = (text: string, sent: Sent<unknown>): void => {
    const intent: Intent = { text, kept: false, outcome: 'open' }
    intents.push(intent)
    sent.kept.then(
      () => (intent.kept = true),
      () => undefined,
    )
    sent.done.then(
      () => (intent.outcome = 'done'),
      () => (intent.outcome = 'refused'),
    )
  }

  for (const { act, who, which, value } of steps) {
    const desk = desks[who]!
    const { replica, network } = desk
    const tasks = replica.query('task').items
    const task = tasks[which % Math.max(1, tasks.length)]
    const comments = replica.query('comment', {
      where: ({ created_by }) => created_by === desk.person.id,
    }).items
    const comment = comments[which % Math.max(1, comments.length)]
    const text = `${act} ${randomUUID()}`
    const here = replica.find('project', project) !== undefined
    const acts: Record<string, () => unknown> = {
      create: () => here && intend(text, replica.create('task', { project_id: project, title: text })),
      rename: () => task && intend(text, replica.update('task', task.id, { title: text })),
      describe: () =>
        task && intend(text, replica.update('task', task.id, { description: text, priority: 'high' })),
      close: () => task && replica.update('task', task.id, { status: value % 2 ? 'done' : 'todo' }),
      assign: () => task && replica.update('task', task.id, { assignee_ids: [people[value % 5]!.id] }),
      place: () => task && replica.update('task', task.id, { place: value % 2 ? 'first' : 'last' }),
      hang: () =>
        task &&
        intend(text, replica.create('task', { project_id: project, title: text, parent_id: task.id })),
      say: () => task && intend(text, replica.create('comment', { task_id: task.id, body: text })),
      reword: () => comment && intend(text, replica.update('comment', comment.id, { body: text })),
      remove: () => task && value % 3 === 0 && replica.remove('task', task.id),
      cut: () => network.cut(),
      mend: () => network.mend(),
      lose: () =>
        (network.cable.loses = (_, { method = 'GET' }) => method !== 'GET' && Math.random() < value / 100),
      reload: () => desk.reload(),
      // What it wrote arrives, and it dies before it hears of that.
      die: async () => {
        network.cable.loses = (_, { method = 'GET' }) => method !== 'GET'
        if (here) intend(text, replica.create('task', { project_id: project, title: text }))
        if (task) intend(`${text} too`, replica.update('task', task.id, { title: `${text} too` }))
        await new Promise((resolve) => setTimeout(resolve, 50 + value * 2))
        await desk.kill()
        desk.network.cable.loses = () => false
      },
      expel: () => owner.delete(`projects/${project}/members/${people[value % 5]!.id}`),
      readmit: () => admit(people[value % 5]!),
      wait: () => new Promise((resolve) => setTimeout(resolve, value * 2)),
    }
    await acts[act]!()
  }

  for (const { network } of desks) {
    network.cable.loses = () => false
    network.mend()
  }
  await Promise.all(
    desks.map(({ replica, person }) =>
      eventually(async () => {
        assert.deepEqual(replica.unsent, [])
        assert.deepEqual(held(replica), await fresh(person, project))
      }, 60_000),
    ),
  )
  await owner.get('changes?after=now')
  const times = await timesWritten(owner, start)
  const refused = new Set(desks.flatMap(({ replica }) => replica.refused.map(({ write }) => textOf(write))))
  for (const { text, kept, outcome } of intents) {
    const count = times.get(text) ?? 0
    assert(count <= 1, `${text} is there ${count} times`)
    if (outcome === 'done') assert.equal(count, 1, `${text} was confirmed`)
    // Refused and there: somebody overwrote what arrived before its answer did. Both sides are shown.
    if (kept) assert(count === 1 || refused.has(text), `${text} was kept, and is lost`)
  }
  await Promise.all(desks.map(({ replica }) => replica.stop()))
}

const KINDS = ['project', 'member', 'status', 'task', 'comment'] as const

function held(replica: Replica): Record<string, unknown> {
  return Object.fromEntries(
    KINDS.flatMap((kind) =>
      replica.query(kind).items.map((resource: any) => {
        if (kind !== 'member') return [resource.id, resource]
        const { project_id, ...member } = resource
        return [`${project_id} ${member.user_id}`, member]
      }),
    ),
  )
}

async function fresh(person: Person, project: string): Promise<Record<string, unknown>> {
  if ((await person.get(`projects/${project}`)).status === 404) return {}
  const read = async (address: string) => (await everyItem(person, address)).map((item) => [item.id, item])
  const members = (await everyItem(person, `projects/${project}/members`)).map((item) => [
    `${project} ${item.user_id}`,
    item,
  ])
  const tasks = await read('tasks')
  const comments = await Promise.all(tasks.map(([id]) => read(`tasks/${id}/comments`)))
  const projects = await read('projects')
  return Object.fromEntries([
    ...projects,
    ...members,
    ...(await read(`projects/${project}/statuses`)),
    ...tasks,
    ...comments.flat(),
  ])
}

async function everyItem(person: Person, address: string): Promise<any[]> {
  const items: any[] = []
  for (let cursor = ''; ;) {
    const { body } = await person.get(`${address}?limit=200${cursor}`)
    items.push(...body.items)
    if (body.next_cursor === null) return items
    cursor = `&cursor=${body.next_cursor}`
  }
}

/** How often each text was written, by the trail. */
async function timesWritten(owner: Person, after: string): Promise<Map<string, number>> {
  const times = new Map<string, number>()
  for (let more = true; more;) {
    const { body } = await owner.get(`changes?limit=200&after=${after}`)
    for (const { changes } of body.items)
      for (const field of ['title', 'description', 'body'])
        if (changes?.[field]) times.set(changes[field].to, (times.get(changes[field].to) ?? 0) + 1)
    ;({ next: after, more } = body)
  }
  return times
}

const textOf = (write: any): string => {
  const said = write.act === 'create' ? write.what : (write.changes ?? {})
  return said.title ?? said.description ?? said.body
}

function ok({ status, body }: Answer): any {
  assert(status < 300, JSON.stringify(body))
  return body
}

const key = () => `K${randomUUID().replaceAll('-', '').slice(0, 8).toUpperCase()}`
