// Many people put the tasks of a project in order at once, and follow what the others do.
import assert from 'node:assert/strict'
import { eventually, type Actor, type World } from './harness.ts'

const CLIENTS = 8
const TASKS = 12

/** Makes so many moves, then holds each against the trail and what each client knows against the list. */
export async function moveAtRandom(world: World, moves: number): Promise<void> {
  const { editor, project } = await world.team()
  const ids: string[] = []
  for (let i = 0; i < TASKS; i++)
    ids.push((await editor.post(`projects/${project.id}/tasks`, { title: `${i}` })).body.id)
  const { body } = await editor.get('changes?after=now')
  const asked = new Map<string, { id: string; body: Record<string, string> }>()
  const copies = await Promise.all(Array.from({ length: CLIENTS }, () => follow(editor)))
  let left = moves
  await Promise.all(
    copies.map(async (copy, n) => {
      const random = (below: number) => Math.floor(Math.random() * below)
      while (left-- > 0) {
        const [id, other] = [ids[random(TASKS)]!, ids[random(n % 2 ? TASKS : 2)]!]
        if (id === other) continue
        const sent = [{ after: other }, { before: other }, { place: 'first' }, { place: 'last' }][
          random(n % 2 ? 4 : 2)
        ] as Record<string, string>
        const answer = await editor.patch(`tasks/${id}`, sent)
        assert.equal(answer.status, 200, JSON.stringify(answer.body))
        asked.set(answer.headers.get('operation-id')!, { id, body: sent })
        if (random(10) === 0) await copy.read()
      }
    }),
  )
  const listed = (await editor.get(`projects/${project.id}/tasks?limit=200`)).body.items.map(
    ({ id, position }: { id: string; position: number }) => [id, position],
  )
  for (const copy of copies)
    await eventually(async () => {
      await copy.read()
      assert.deepEqual(copy.order(), listed)
    })
  await checkEffects(editor, String(body.next), ids, asked)
}

/** A client that knows the tasks by following the feed. */
async function follow(actor: Actor) {
  const positions = new Map<string, number>()
  let next = ''
  const read = async () => {
    for (let more = true; more;) {
      const { body } = await actor.get(`changes?limit=200${next && `&after=${next}`}`)
      for (const { kind, resource_id, resource } of body.items)
        if (kind.startsWith('task.') && resource) positions.set(resource_id, resource.position)
      next = body.next
      more = body.more
    }
  }
  await read()
  return {
    read,
    order: () => [...positions].sort(([a, x], [b, y]) => x - y || (a < b ? -1 : 1)),
  }
}

/** Goes through what happened, in order: after each move the task is where its author asked for. */
async function checkEffects(
  actor: Actor,
  start: string,
  ids: readonly string[],
  asked: ReadonlyMap<string, { id: string; body: Record<string, string> }>,
): Promise<void> {
  const positions = new Map(ids.map((id, i) => [id, i + 1]))
  let seen = 0
  for (let next = start, more = true; more;) {
    const { body } = await actor.get(`changes?limit=200&after=${next}`)
    for (const { kind, operation_id, resource_id, changes } of body.items) {
      if (kind === 'project.reordered')
        for (const [id, position] of Object.entries<number>(changes.positions.to)) positions.set(id, position)
      if (kind !== 'task.updated') continue
      positions.set(resource_id, changes.position.to)
      const order = [...positions].sort(([a, x], [b, y]) => x - y || (a < b ? -1 : 1)).map(([id]) => id)
      const { id, body: sent } = asked.get(operation_id)!
      const at = order.indexOf(id)
      const effect = {
        after: order[at - 1],
        before: order[at + 1],
        place: at === 0 ? 'first' : at === order.length - 1 ? 'last' : 'between',
      }
      for (const [name, value] of Object.entries(sent))
        assert.equal(effect[name as keyof typeof effect], value, `${name} in ${operation_id}`)
      seen++
    }
    next = body.next
    more = body.more
  }
  assert(seen > 0)
}
