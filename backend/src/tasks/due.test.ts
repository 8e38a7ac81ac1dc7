import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { collide } from '../../test/races.ts'
import { refused, start, type Actor } from '../../test/harness.ts'
import type { Task } from './schema.ts'

const world = await start()
const add = async (actor: Actor, project: { id: string }, dates: object, title = 'x') =>
  actor.post(`projects/${project.id}/tasks`, { title, ...dates })

describe('An instant', () => {
  it('is cut to the millisecond and never rounded into the next day', async () => {
    const { editor, project } = await world.team()
    for (const [sent, kept] of [
      ['2026-11-30T23:59:59.999999Z', '2026-11-30T23:59:59.999Z'],
      ['2026-11-30T23:59:59.9996Z', '2026-11-30T23:59:59.999Z'],
      ['2026-12-31T23:59:59.999999999+00:00', '2026-12-31T23:59:59.999Z'],
      ['2026-11-30T12:00:00.1235+01:00', '2026-11-30T11:00:00.123Z'],
    ]) {
      const { body } = await add(editor, project, { due_at: sent })
      assert.equal(body.due_at, kept)
      const { body: cleared } = await editor.patch(`tasks/${body.id}`, { due_at: null })
      assert.equal(cleared.due_at, null)
      assert.equal((await editor.patch(`tasks/${body.id}`, { due_at: sent })).body.due_at, kept)
    }
  })
})

describe('A task that is due on a day', () => {
  it('is due at the end of that day where the viewer is, in filters and in the order', async () => {
    const { editor, viewer, project } = await world.team()
    const tasks = `projects/${project.id}/tasks`
    for (let hour = 0; hour < 48; hour += 6)
      await add(
        editor,
        project,
        { due_at: new Date(Date.UTC(2026, 10, 30, hour)).toISOString() },
        `at ${hour}`,
      )
    for (const day of ['2026-11-29', '2026-11-30', '2026-12-01']) {
      await add(editor, project, { due_on: day }, `on ${day}`)
      await add(editor, project, { due_on: day }, `too on ${day}`)
    }
    for (let i = 0; i < 3; i++) await add(editor, project, {}, 'some day')
    for (const [zone, offset] of [
      ['UTC', 0],
      ['Pacific/Honolulu', -10],
      ['Pacific/Kiritimati', 14],
      ['Asia/Kolkata', 5.5],
    ] as const) {
      await viewer.patch('users/me', { time_zone: zone })
      const due = ({ due_at, due_on }: Task) =>
        due_at ? Date.parse(due_at) : due_on ? Date.parse(due_on) + (24 - offset) * 3_600_000 - 1 : Infinity
      const { body } = await viewer.get(`${tasks}?sort=due&limit=200`)
      const whole: Task[] = body.items
      assert.equal(whole.length, 17)
      const before = (a: Task, b: Task) => due(a) - due(b) || (a.id < b.id ? -1 : 1)
      const expected = whole.toSorted((a, b) => (due(a) === due(b) ? (a.id < b.id ? -1 : 1) : before(a, b)))
      const ids = (list: Task[]) => list.map(({ id }) => id)
      assert.deepEqual(ids(whole), ids(expected), zone)
      for (const [order, all] of [
        ['due', expected],
        ['-due', expected.toReversed()],
      ] as const)
        for (const path of [tasks, 'tasks'])
          for (const limit of [1, 2, 5]) {
            const paged: Task[] = []
            for (let cursor = ''; ;) {
              const page = await editor.get(`${path}?sort=${order}&limit=${limit}&time_zone=${zone}${cursor}`)
              paged.push(...page.body.items)
              if (page.body.next_cursor === null) break
              cursor = `&cursor=${page.body.next_cursor}`
            }
            assert.deepEqual(ids(paged), ids([...all]), `${zone} ${path} ${order} ${limit}`)
          }
      for (let hour = -24; hour < 72; hour += 6) {
        const instant = new Date(Date.UTC(2026, 10, 30, hour)).toISOString()
        for (const [name, holds] of [
          ['due_before', (task: Task) => due(task) < Date.parse(instant)],
          ['due_after', (task: Task) => due(task) >= Date.parse(instant) && due(task) < Infinity],
        ] as const) {
          const { body: some } = await viewer.get(`${tasks}?sort=due&limit=200&${name}=${instant}`)
          assert.deepEqual(ids(some.items), ids(expected.filter(holds)), `${zone} ${name} ${instant}`)
        }
      }
      const dayEnds = (24 - offset) * 3_600_000
      const { body: day } = await viewer.get(
        `${tasks}?sort=due&limit=200&due_after=2026-11-30&due_before=2026-12-01`,
      )
      const end = Date.parse('2026-11-30') + dayEnds
      assert.deepEqual(
        ids(day.items),
        ids(expected.filter((task) => due(task) >= end - 86_400_000 && due(task) < end)),
        zone,
      )
    }
    refused(await viewer.get(`${tasks}?time_zone=Nowhere/Land`), 400, 'invalid')
  })
})

describe('A start after the due date', () => {
  it('is refused on what results, whichever of the two is sent', async () => {
    const { owner, editor, project } = await world.team()
    const late = async (answer: ReturnType<Actor['post']>, pointer: string) => {
      const { body, ...rest } = await answer
      refused({ body, ...rest }, 422, 'starts_after_due')
      assert.equal(body.errors[0].pointer, pointer)
    }
    await late(add(editor, project, { start_on: '2026-12-02', due_on: '2026-12-01' }), '/start_on')
    await late(add(editor, project, { start_on: '2026-12-02', due_at: '2026-12-01T12:00:00Z' }), '/start_on')
    const { body: task } = await add(editor, project, { start_on: '2026-12-01', due_on: '2026-12-01' })
    const path = `tasks/${task.id}`
    await late(editor.patch(path, { start_on: '2026-12-02' }), '/start_on')
    await late(editor.patch(path, { due_on: '2026-11-30' }), '/due_on')
    await late(editor.patch(path, { due_on: null, due_at: '2026-11-30T23:00:00Z' }), '/due_at')
    const { body: there } = await owner.post('projects', { name: 'There' })
    await late(owner.patch(path, { project_id: there.id, start_on: '2026-12-02' }), '/start_on')
    assert.deepEqual((await editor.get(path)).body, task)
    assert.equal((await editor.patch(path, { start_on: '2027-01-02', due_on: '2027-01-03' })).status, 200)
    assert.equal((await editor.patch(path, { due_on: null })).status, 200)
    assert.equal((await editor.patch(path, { start_on: '2028-01-02' })).status, 200)
  })

  it('is refused to one of two who each send one of the dates at the same moment', async () => {
    const { editor, project } = await world.team()
    const { body: task } = await add(editor, project, { start_on: '2026-12-01', due_on: '2026-12-31' })
    const statuses = await collide(
      world,
      { text: 'select from tasks where id = $1 for update', values: [task.id] },
      [{ start_on: '2026-12-20' }, { due_on: '2026-12-10' }].map((body) => async () => {
        const { status } = await editor.patch(`tasks/${task.id}`, body)
        return status
      }),
    )
    assert.deepEqual(statuses, [200, 422])
  })

  it('of before this was a rule is in nobody’s way', async () => {
    const { editor, project } = await world.team()
    const { body: task } = await add(editor, project, { due_on: '2026-12-01' })
    await world.pool.query(
      `update tasks set start_on = '2026-12-24' where id = $1 and record_as(null, gen_random_uuid())`,
      [task.id],
    )
    const path = `tasks/${task.id}`
    assert.equal((await editor.patch(path, { title: 'Another' })).status, 200)
    const form = { title: 'A third', start_on: '2026-12-24', due_on: '2026-12-01' }
    assert.equal((await editor.patch(path, form)).body.title, 'A third')
    refused(await editor.patch(path, { start_on: '2026-12-23' }), 422, 'starts_after_due')
    assert.equal((await editor.patch(path, { start_on: '2026-11-30' })).status, 200)
  })

  it('does not come back by undo', async () => {
    const { editor, project } = await world.team()
    const { body: task } = await add(editor, project, { start_on: '2026-12-20' })
    const sooner = await editor.patch(`tasks/${task.id}`, { start_on: '2026-12-01' })
    await editor.patch(`tasks/${task.id}`, { due_on: '2026-12-10' })
    refused(
      await editor.post(`operations/${sooner.headers.get('operation-id')}/undo`),
      422,
      'starts_after_due',
    )
    assert.equal((await editor.get(`tasks/${task.id}`)).body.start_on, '2026-12-01')
  })
})
