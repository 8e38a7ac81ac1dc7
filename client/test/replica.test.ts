// A replica holds what fresh reads answer, through reloads, cuts and changes of what one may see.
import assert from 'node:assert/strict'
import { appendFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after, describe, it } from 'node:test'
import { eventually, start, type Actor } from '../../backend/test/harness.ts'
import { connect, createReplica, memoryStorage, type Replica, type ReplicaOptions } from '../src/index.ts'
import { fileStorage } from '../src/node.ts'
import { networkTo } from './network.ts'

const world = await start()
const network = () => networkTo(world.origins)
const folder = mkdtempSync(path.join(tmpdir(), 'tasktrail-replica-'))
after(() => rmSync(folder, { recursive: true }))
function open(actor: Actor, options: ReplicaOptions = {}, send: typeof fetch = network().send): Replica {
  const replica = createReplica(connect(world.origins[0]!, { token: actor.token, fetch: send }), options)
  world.beforeStop(() => replica.stop())
  return replica
}

const KINDS = ['project', 'member', 'status', 'label', 'view', 'task', 'comment', 'link'] as const

const held = (replica: Replica) =>
  Object.fromEntries(
    KINDS.flatMap((kind) =>
      replica.query(kind).items.map((resource: any) => {
        if (kind !== 'member') return [`${kind} ${resource.id}`, resource]
        const { project_id, ...member } = resource
        return [`member ${project_id} ${member.user_id}`, member]
      }),
    ),
  )

async function fresh(actor: Actor): Promise<Record<string, unknown>> {
  const read = async (kind: string, address: string, id = (each: any) => each.id) => {
    const { body } = await actor.get(`${address}${address.includes('?') ? '&' : '?'}limit=200`)
    return body.items.map((item: any) => [`${kind} ${id(item)}`, item]) as [string, any][]
  }
  const projects = await read('project', 'projects?archived=any')
  const tasks = await read('task', 'tasks?archived=any')
  const rest = await Promise.all([
    ...projects.flatMap(([, { id }]) => [
      read('member', `projects/${id}/members`, ({ user_id }) => `${id} ${user_id}`),
      read('status', `projects/${id}/statuses`),
      read('label', `projects/${id}/labels`),
      read('view', `projects/${id}/views`),
    ]),
    ...tasks.flatMap(([, { id }]) => [read('comment', `tasks/${id}/comments`)]),
  ])
  return Object.fromEntries([...projects, ...tasks, ...rest.flat()])
}

const holdsWhatIsRead = (replica: Replica, actor: Actor) =>
  eventually(async () => assert.deepEqual(held(replica), await fresh(actor)), 10_000)

describe('A replica', () => {
  it('is ready with all that one sees, and follows everything that happens', async () => {
    const { owner, viewer, outsider, project } = await world.team()
    const { body: task } = await owner.post(`projects/${project.id}/tasks`, { title: 'One' })
    const replica = open(viewer)
    await replica.ready
    assert.equal(replica.state, 'live')
    assert.deepEqual(held(replica), await fresh(viewer))
    assert.equal(replica.find('task', task.ref.toLowerCase())?.id, task.id)
    assert.equal(replica.find('project', project.key)?.id, project.id)
    await owner.post(`tasks/${task.id}/comments`, { body: 'About it' })
    await owner.post(`projects/${project.id}/labels`, { name: 'Urgent' })
    await owner.post(`projects/${project.id}/views`, { name: 'Mine' })
    await owner.post(`projects/${project.id}/members`, { user_id: outsider.id, role: 'viewer' })
    await owner.patch(`projects/${project.id}`, { key: `R${project.key}`, archived: true })
    await holdsWhatIsRead(replica, viewer)
    await owner.patch(`projects/${project.id}`, { archived: false })
    await owner.delete(`tasks/${task.id}`)
    await holdsWhatIsRead(replica, viewer)
    await owner.delete(`projects/${project.id}/members/${viewer.id}`)
    await holdsWhatIsRead(replica, viewer)
    assert.deepEqual(held(replica), {})
  })

  it('says which queries have another answer, and which have not', async () => {
    const { owner, project } = await world.team()
    const add = async (title: string) => (await owner.post(`projects/${project.id}/tasks`, { title })).body
    const [b, a] = [await add('B'), await add('A')]
    const replica = open(owner)
    await replica.ready
    const titles = (items: readonly { title: string }[]) => items.map(({ title }) => title).join(' ')
    const heard: string[] = []
    const openTasks = replica.query('task', {
      where: ({ category }) => category === 'todo',
      sort: (one, other) => one.title.localeCompare(other.title),
    })
    const done = replica.query('task', { where: ({ category }) => category === 'done' })
    const unsubscribe = openTasks.subscribe((items) => heard.push(`open ${titles(items)}`))
    done.subscribe((items) => heard.push(`done ${titles(items)}`))
    assert.equal(titles(openTasks.items), 'A B')
    assert.equal(openTasks.items, openTasks.items)
    await owner.patch(`tasks/${a.id}`, { title: 'C' })
    await eventually(async () => assert.deepEqual(heard, ['open B C']))
    await owner.patch(`tasks/${b.id}`, { status: 'in_progress' })
    await eventually(async () => assert.deepEqual(heard, ['open B C', 'open C']))
    await owner.patch(`tasks/${b.id}`, { title: 'Nobody looks' })
    await owner.patch(`tasks/${a.id}`, { status: 'done' })
    await eventually(async () => assert.deepEqual(heard, ['open B C', 'open C', 'open ', 'done C']))
    unsubscribe()
    await owner.patch(`tasks/${a.id}`, { status: 'todo' })
    await eventually(async () => assert.equal(heard.at(-1), 'done '))
    assert.equal(titles(openTasks.items), 'C')
  })

  for (const [place, storage] of [
    ['in memory', () => memoryStorage()],
    ['in a file', () => fileStorage(path.join(folder, 'copy'))],
  ] as const)
    it(`kept ${place} survives a reload: it is ready without the network, and goes on where it was`, async () => {
      const { owner, viewer, project } = await world.team()
      const { body: task } = await owner.post(`projects/${project.id}/tasks`, { title: 'One' })
      const kept = storage()
      const first = open(viewer, { storage: kept })
      await first.ready
      await first.stop()
      assert.equal(first.state, 'ended')
      const { cut, mend, send, cable } = network()
      cut()
      const second = open(viewer, { storage: place === 'in memory' ? kept : storage() }, send)
      await second.ready
      assert.equal(second.state, 'offline')
      assert.equal(second.find('task', task.id)?.title, 'One')
      await owner.delete(`tasks/${task.id}`)
      await owner.post(`projects/${project.id}/tasks`, { title: 'Two' })
      const before = cable.requests
      mend()
      await holdsWhatIsRead(second, viewer)
      assert.equal(second.state, 'live')
      assert(cable.requests - before < 6, 'it began anew')
    })

  it('goes on after its stream was cut, and after the trail no longer reaches back to it', async () => {
    const { owner, viewer, project } = await world.team()
    const { cut, mend, send } = network()
    const states: string[] = []
    const replica = open(viewer, {}, send)
    replica.onState((state) => states.push(state))
    await replica.ready
    cut()
    await owner.post(`projects/${project.id}/tasks`, { title: 'One' })
    await eventually(async () => assert.equal(replica.state, 'offline'))
    mend()
    await holdsWhatIsRead(replica, viewer)
    assert.deepEqual(states, ['live', 'offline', 'live'])
    cut()
    await owner.post(`projects/${project.id}/tasks`, { title: 'Two' })
    await viewer.get('changes?after=now')
    await world.pool.query('update trail set pruned_seq = last_seq')
    mend()
    await holdsWhatIsRead(replica, viewer)
  })

  it('ends with the log-in, and says so', async () => {
    const { viewer } = await world.team()
    const replica = open(viewer)
    await replica.ready
    await viewer.post('auth/logout')
    await eventually(async () => assert.equal(replica.state, 'ended'))
    assert.equal((replica.error as { code: string }).code, 'unauthenticated')
  })

  it('forgets what is somebody else’s when another one logs in', async () => {
    const { owner, outsider } = await world.team()
    const storage = memoryStorage()
    const first = open(owner, { storage })
    await first.ready
    await first.stop()
    await outsider.post('projects', { name: 'Theirs' })
    const second = open(outsider, { storage })
    await holdsWhatIsRead(second, outsider)
    await second.stop()
    assert(![...(await storage.load()).values()].some((value) => JSON.stringify(value).includes(owner.id)))
  })
})

describe('A file of a replica', () => {
  it('loses only what was being written when it was killed, and is written anew before it grows without end', async () => {
    const file = path.join(folder, 'torn')
    const storage = fileStorage(file)
    await storage.load()
    await storage.save(
      new Map([
        ['a', 1],
        ['b', 2],
      ]),
    )
    await storage.save(
      new Map<string, unknown>([
        ['a', undefined],
        ['c', 3],
      ]),
    )
    appendFileSync(file, '[["d",')
    const again = fileStorage(file)
    assert.deepEqual(
      [...(await again.load())],
      [
        ['b', 2],
        ['c', 3],
      ],
    )
    await again.save(new Map([['d', 4]]))
    assert.deepEqual(
      [...(await fileStorage(file).load())],
      [
        ['b', 2],
        ['c', 3],
        ['d', 4],
      ],
    )
    const long = 'x'.repeat(100_000)
    for (let i = 0; i < 50; i++) await again.save(new Map([['e', `${long}${i}`]]))
    assert(readFileSync(file).length < 1_500_000)
    assert.equal((await fileStorage(file).load()).get('e'), `${long}49`)
  })
})

describe('Tabs that share a storage', () => {
  it('keep it together: one writes, and the next goes on when that is closed', async () => {
    const { owner, viewer, project } = await world.team()
    const storage = { ...memoryStorage(), shared: 'tab' }
    const queue: (() => void)[] = []
    let taken = false
    // The Web Locks of one name.
    const locks: any = {
      async request(
        _: string,
        { ifAvailable }: { ifAvailable?: boolean },
        work: (lock: object | null) => Promise<void>,
      ) {
        if (taken && ifAvailable) return work(null)
        while (taken) await new Promise<void>((resolve) => queue.push(resolve))
        taken = true
        await work({})
        taken = false
        queue.shift()?.()
      },
    }
    const tab = () => {
      const replica = createReplica(connect(world.origins[0]!, { token: viewer.token, locks }), { storage })
      world.beforeStop(() => replica.stop())
      return replica
    }
    const kept = async () =>
      [...(await storage.load()).keys()].filter((name) => name.startsWith('kept/task')).length
    const [one, two] = [tab(), tab()]
    await Promise.all([one.ready, two.ready])
    await owner.post(`projects/${project.id}/tasks`, { title: 'One' })
    await Promise.all([holdsWhatIsRead(one, viewer), holdsWhatIsRead(two, viewer)])
    await one.stop()
    assert.equal(await kept(), 1)
    await owner.post(`projects/${project.id}/tasks`, { title: 'Two' })
    await holdsWhatIsRead(two, viewer)
    await eventually(async () => assert.equal(await kept(), 2))
  })
})
