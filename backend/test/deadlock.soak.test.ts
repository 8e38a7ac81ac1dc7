// Everything that locks several rows, at once, on two servers, for a minute:
//   node scripts/test.mjs backend/test/deadlock.soak.test.ts
import assert from 'node:assert/strict'
import { it } from 'node:test'
import { start, type Actor, type Answer } from './harness.ts'

const SECONDS = 60
const CLIENTS = 12

const world = await start()

it('nobody gets a 5xx while many write the same things in every order', { timeout: 300_000 }, async (t) => {
  const { owner, editor, viewer, project } = await world.team()
  const { body: other } = await owner.post('projects', { name: 'Other' })
  await owner.post(`projects/${other.id}/members`, { user_id: editor.id, role: 'editor' })
  const homes = [project.id, other.id]
  const ids: string[] = []
  for (let i = 0; i < 10; i++)
    ids.push((await editor.post(`projects/${homes[i % 2]}/tasks`, { title: `${i}` })).body.id)
  const { body: label } = await editor.post(`projects/${project.id}/labels`, { name: 'Hot' })

  const random = (below: number) => Math.floor(Math.random() * below)
  const some = <T>(of: readonly T[]): T => of[random(of.length)]!
  const operations: string[] = []
  const ends = Date.now() + SECONDS * 1000
  const actions: Record<string, (actor: Actor) => Promise<Answer>> = {
    edit: (actor) =>
      actor.patch(`tasks/${some(ids)}`, { title: `${random(9)}`, priority: some(['low', 'high']) }),
    assign: (actor) =>
      actor.patch(`tasks/${some(ids)}`, { assignee_ids: some([[editor.id], [viewer.id, editor.id], []]) }),
    move: (actor) => actor.patch(`tasks/${some(ids)}`, { project_id: some(homes) }),
    'move and place': (actor) =>
      actor.patch(`tasks/${some(ids)}`, { project_id: some(homes), after: some(ids) }),
    place: (actor) => actor.patch(`tasks/${some(ids)}`, { after: some(ids) }),
    // Two tasks that change places leave no room between them in the end.
    squeeze: (actor) => actor.patch(`tasks/${ids[random(2)]}`, { before: ids[2] }),
    create: (actor) =>
      actor.post(`projects/${some(homes)}/tasks`, { title: 'new', assignee_ids: some([[], [viewer.id]]) }),
    trash: (actor) => actor.delete(`tasks/${some(ids)}`),
    restore: (actor) => actor.post(`tasks/${some(ids)}/restore`),
    undo: (actor) => actor.post(`operations/${some(operations) ?? project.id}/undo`),
    archive: () => owner.patch(`projects/${some(homes)}`, { archived: random(3) === 0 }),
    'trash the project': () =>
      random(4) ? owner.post(`projects/${other.id}/restore`) : owner.delete(`projects/${other.id}`),
    'add a member': () =>
      owner.post(`projects/${some(homes)}/members`, { user_id: viewer.id, role: 'editor' }),
    'remove a member': () => owner.delete(`projects/${some(homes)}/members/${viewer.id}`),
    'change a member': () =>
      owner.put(`projects/${some(homes)}/members/${viewer.id}`, {
        role: some(['viewer', 'editor', 'owner']),
      }),
    label: (actor) => actor.patch(`labels/${label.id}`, { description: `${random(9)}` }),
    read: (actor) => actor.get(`changes?limit=50`),
  }
  let overtaken = 0
  const counts = new Map<string, number>()
  await Promise.all(
    Array.from({ length: CLIENTS }, async () => {
      while (Date.now() < ends) {
        const [name, act] = some(Object.entries(actions))
        const { status, body, headers } = await act(some([owner, editor, viewer]))
        // What stood in the way was gone when it was to be explained; nothing was done, and the client is told to come again.
        if (status === 503 && String(body.detail).includes('is being changed by others')) {
          overtaken++
          continue
        }
        assert(status < 500, `${name}: ${status} ${JSON.stringify(body)}`)
        counts.set(`${name} ${status}`, (counts.get(`${name} ${status}`) ?? 0) + 1)
        const operation = headers.get('operation-id')
        if (operation && status < 300) operations[random(40)] = operation
      }
    }),
  )
  const { rows } = await world.pool.query(
    'select deadlocks::int from pg_stat_database where datname = current_database()',
  )
  t.diagnostic(
    `${rows[0].deadlocks} deadlocks, all tried again; ${overtaken} overtaken; ${JSON.stringify(Object.fromEntries([...counts].sort()))}`,
  )
  for (const name of Object.keys(actions))
    assert(
      [...counts.keys()].some((key) => key.startsWith(`${name} 2`)),
      `${name} never succeeded`,
    )
})
