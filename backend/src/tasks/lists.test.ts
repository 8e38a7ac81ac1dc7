import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { v7 as uuid } from 'uuid'
import { refused, start, type Actor, type Answer } from '../../test/harness.ts'
import { CATEGORIES } from '../statuses/schema.ts'
import { PRIORITIES, SORTS, type Task } from './schema.ts'

const world = await start()

/** Every page of a list, in order; `between` runs after each page but the last. */
async function walk(
  actor: Actor,
  path: string,
  between: () => Promise<unknown> = async () => undefined,
): Promise<Task[]> {
  const items: Task[] = []
  let next: string | undefined = `/api/v1/${path}`
  while (next !== undefined) {
    const { body, headers, status }: Answer = await actor.get(next)
    assert.equal(status, 200, JSON.stringify(body))
    items.push(...body.items)
    next = /^<([^>]+)>; rel="next"$/.exec(headers.get('link') ?? '')?.[1]
    assert.equal(next === undefined, body.next_cursor === null)
    if (next !== undefined) await between()
  }
  return items
}

const titles = (items: Task[]) => items.map(({ title }) => title)

describe('a list of tasks', () => {
  it('shows each as reading it alone does, whatever its texts hold', async () => {
    const { owner, editor, project } = await world.team()
    const texts = [
      '"_at":"2026-01-01T00:00:00+00:00"',
      '{"created_at":"2026-01-01T00:00:00+00:00"}',
      'created_at',
      '_at":"2026-01-01T00:00:00+00:00',
      'Ünïcode 🧶 𝔘 </script>',
      '+00:00',
    ]
    const bodies: object[] = [
      ...texts.map((text) => ({ title: text, description: text })),
      { title: 'Control characters, of which an earlier version took any' },
      { title: 'Empty', description: '', position: -0.0000001 },
      {
        title: 'Full',
        status: 'done',
        assignee_ids: [owner.id, editor.id],
        due_at: '2026-01-01T00:00:00.12Z',
      },
      { title: 'Days', start_on: '2026-01-01', due_on: '2999-12-31', position: 1e15 },
      { title: 'Numbers', position: 0.1 + 0.2, priority: 'urgent', due_at: '1900-01-01T00:00:00+14:00' },
    ]
    for (const body of bodies)
      assert.equal((await editor.post(`projects/${project.id}/tasks`, body)).status, 201)
    await world.pool.query(
      `update tasks set title = $2, description = $2 where project_id = $1 and title like 'Control%' and record_as(null, $3)`,
      [project.id, '\\" \\\\" \b\f\n\r\t\u0001\u001f\u007f\u2028\u2029', uuid()],
    )
    for (const path of [`projects/${project.id}/tasks`, `projects/${project.id}/tasks?limit=3`, 'tasks']) {
      const listed = await walk(editor, path)
      assert.equal(listed.length, bodies.length)
      for (const task of listed) assert.deepEqual(task, (await editor.get(`tasks/${task.id}`)).body)
    }
  })
})

describe('the filters of a list of tasks', async () => {
  const { owner, editor, viewer, project } = await world.team()
  const tasks = `projects/${project.id}/tasks`
  await editor.post(tasks, { title: 'Alpha' })
  await editor.post(tasks, {
    title: 'beta 100%',
    status: 'in_progress',
    priority: 'high',
    due_on: '2026-11-30',
    assignee_ids: [editor.id],
  })
  await editor.post(tasks, {
    title: 'BETA_2',
    status: 'done',
    priority: 'low',
    due_at: '2026-11-30T12:00:00Z',
    assignee_ids: [viewer.id, editor.id],
  })
  await editor.post(tasks, {
    title: 'Ünïcode',
    status: 'cancelled',
    priority: 'urgent',
    due_on: '2026-12-01',
    start_on: '2026-11-01',
    assignee_ids: [owner.id],
  })

  const cases: [query: string, expected: string[]][] = [
    ['', ['Alpha', 'beta 100%', 'BETA_2', 'Ünïcode']],
    ['status=todo', ['Alpha']],
    ['status=done,cancelled', ['BETA_2', 'Ünïcode']],
    ['status=done&status=cancelled,cancelled', ['BETA_2', 'Ünïcode']],
    ['priority=high', ['beta 100%']],
    ['priority=none,urgent', ['Alpha', 'Ünïcode']],
    ['assignee=me', ['beta 100%', 'BETA_2']],
    ['assignee=none', ['Alpha']],
    [`assignee=${owner.id}`, ['Ünïcode']],
    ['due_before=2026-11-30', []],
    ['due_before=2026-12-01', ['beta 100%', 'BETA_2']],
    ['due_before=2026-11-30T12:00:00Z', []],
    ['due_before=2026-11-30T12:00:00.000001Z', ['BETA_2']],
    ['due_before=2026-11-30T23:59:59.999Z', ['BETA_2']],
    ['due_before=2026-11-30T23:59:59.9999Z', ['beta 100%', 'BETA_2']],
    ['due_before=2026-11-30T23:59:59.9999999Z', ['beta 100%', 'BETA_2']],
    ['due_before=2026-11-30T13:00:00%2B01:00', []],
    ['due_before=2026-12-01&time_zone=Pacific/Honolulu', ['beta 100%', 'BETA_2']],
    ['due_before=2026-12-01T09:59:59Z&time_zone=Pacific/Honolulu', ['BETA_2']],
    ['due_before=2026-12-01T10:00:00Z&time_zone=Pacific/Honolulu', ['beta 100%', 'BETA_2']],
    ['due_after=2026-12-01&time_zone=Pacific/Kiritimati', ['BETA_2', 'Ünïcode']],
    ['due_before=2026-11-30&time_zone=Pacific/Kiritimati', []],
    ['due_before=2026-11-30T10:00:00Z&time_zone=Pacific/Kiritimati', ['beta 100%']],
    ['due_after=2026-11-30', ['beta 100%', 'BETA_2', 'Ünïcode']],
    ['due_after=2026-11-30T12:00:01Z', ['beta 100%', 'Ünïcode']],
    ['due_after=2026-11-30&due_before=2026-12-01', ['beta 100%', 'BETA_2']],
    ['q=beta', ['beta 100%', 'BETA_2']],
    ['q=%25', ['beta 100%']],
    ['q=_', ['BETA_2']],
    ['q=ÜNÏ', ['Ünïcode']],
    ['q=nothing', []],
    ['status=in_progress,done&priority=low&assignee=me&q=2&due_after=2026-11-01', ['BETA_2']],
    ['updated_since=2020-01-01T00:00:00Z', ['Alpha', 'beta 100%', 'BETA_2', 'Ünïcode']],
    ['updated_since=2100-01-01T00:00:00Z', []],
  ]
  for (const [query, expected] of cases)
    it(`take ${query || 'everything when there are none'}`, async () => {
      assert.deepEqual(titles(await walk(editor, `${tasks}?${query}`)), expected)
      assert.deepEqual(titles(await walk(editor, `tasks?${query}`)), expected)
      const { body } = await editor.get(`${tasks}?total=true&limit=1&${query}`)
      assert.equal(body.total, expected.length)
    })

  it('take what changed since an instant, that instant included', async () => {
    const all = await walk(editor, tasks)
    const { body: changed } = await editor.patch(`tasks/${all[1]!.id}`, { description: 'changed' })
    assert.deepEqual(titles(await walk(editor, `${tasks}?updated_since=${changed.updated_at}`)), [
      'beta 100%',
    ])
  })
})

describe('tasks of archived projects', () => {
  it('are left out of the list of all tasks, unless they are asked for', async () => {
    const { owner, viewer, project } = await world.team()
    const { body: other } = await owner.post('projects', { name: 'Other' })
    await owner.post(`projects/${other.id}/members`, { user_id: viewer.id })
    for (const [id, title] of [
      [project.id, 'Put away'],
      [other.id, 'At hand'],
    ])
      await owner.post(`projects/${id}/tasks`, { title, assignee_ids: [viewer.id] })
    await owner.patch(`projects/${project.id}`, { archived: true })
    for (const filter of ['', 'assignee=me&', 'sort=-updated&'])
      for (const [archived, expected] of [
        ['', ['At hand']],
        ['archived=false', ['At hand']],
        ['archived=true', ['Put away']],
        ['archived=any', ['At hand', 'Put away']],
      ] as const) {
        const { body } = await viewer.get(`tasks?total=true&${filter}${archived}`)
        assert.deepEqual(titles(body.items).sort(), expected, filter + archived)
        assert.equal(body.total, expected.length, filter + archived)
      }
    refused(await viewer.get('tasks?archived=yes'), 400, 'invalid')
    for (const [archived, expected] of [
      ['', ['Put away']],
      ['archived=any', ['Put away']],
      ['archived=true', ['Put away']],
      ['archived=false', []],
    ] as const)
      for (const named of [project.id, project.key])
        assert.deepEqual(
          titles(await walk(viewer, `projects/${named}/tasks?${archived}`)),
          expected,
          archived,
        )
    for (const [archived, expected] of [
      ['', 2],
      ['archived=any', 2],
      ['archived=true', 1],
      ['archived=false', 1],
    ] as const)
      assert.equal((await viewer.get(`projects?total=true&${archived}`)).body.total, expected, archived)
  })
})

describe('the orders of a list of tasks', async () => {
  const { owner, editor, viewer, project } = await world.team()
  const { body: second } = await owner.post('projects', { name: 'Second' })
  for (const actor of [editor, viewer])
    await owner.post(`projects/${second.id}/members`, { user_id: actor.id })
  // In two projects, with ties in every order but that of creation, and with tasks that are due on a day, at an
  // instant, and not at all.
  for (let i = 0; i < 24; i++) {
    const day = `2026-12-${String(10 + (i % 3)).padStart(2, '0')}`
    const due = [{ due_on: day }, { due_at: `${day}T18:00:00Z` }, {}][i % 4] ?? { due_on: null }
    await owner.post(`projects/${i % 2 ? second.id : project.id}/tasks`, {
      title: `T${i}`,
      priority: PRIORITIES[i % PRIORITIES.length],
      status: CATEGORIES[i % CATEGORIES.length],
      ...due,
    })
  }
  await world.pool.query(
    `with t as (select set_config('session_replication_role', 'replica', true)), moved as (
      update task_updates set updated_at = date_trunc('second', tasks.updated_at) - number % 4 * interval '1 second'
      from tasks where tasks.id = task_id and tasks.project_id = any ($1)
    )
    update tasks set position = number % 5, created_at = date_trunc('second', created_at) - number % 3 * interval '1 second',
                     updated_at = date_trunc('second', updated_at) - number % 4 * interval '1 second'
    from t where project_id = any ($1)`,
    [[project.id, second.id]],
  )

  const keys: Record<(typeof SORTS)[number], (task: Task) => number | string> = {
    position: (task) => task.position,
    created: (task) => task.created_at,
    updated: (task) => task.updated_at,
    due: (task) =>
      Date.parse(task.due_at ?? '') || (task.due_on ? Date.parse(task.due_on) + 86_399_999 : Infinity),
    priority: (task) => PRIORITIES.indexOf(task.priority),
  }
  const inOrder = (items: Task[], sort: (typeof SORTS)[number], direction: 1 | -1) =>
    items.toSorted((a, b) => {
      const [x, y] = [keys[sort](a), keys[sort](b)]
      return direction * (x < y ? -1 : x > y ? 1 : a.id < b.id ? -1 : 1)
    })

  for (const sort of SORTS)
    for (const [name, direction] of [
      [sort, 1],
      [`-${sort}`, -1],
    ] as const)
      for (const path of ['tasks', `projects/${project.id}/tasks`])
        it(`${name} holds over ${path === 'tasks' ? 'all projects' : 'one project'}, whatever the size of the pages`, async () => {
          const whole = await walk(viewer, `${path}?limit=200&sort=${name}`)
          assert.equal(whole.length, path === 'tasks' ? 24 : 12)
          assert.deepEqual(titles(whole), titles(inOrder(whole, sort, direction)))
          for (const limit of [1, 5, 7])
            assert.deepEqual(titles(await walk(viewer, `${path}?limit=${limit}&sort=${name}`)), titles(whole))
        })

  it('default to the position', async () => {
    assert.deepEqual(titles(await walk(viewer, 'tasks')), titles(await walk(viewer, 'tasks?sort=position')))
  })
})

describe('a cursor', async () => {
  const { editor, viewer, project } = await world.team()
  const tasks = `projects/${project.id}/tasks`
  for (let i = 0; i < 6; i++) await editor.post(tasks, { title: `T${i}` })
  const cursorOf = async (path: string) => String((await editor.get(path)).body.next_cursor)
  const cursor = await cursorOf(`${tasks}?limit=2`)

  it('goes on where the page ended, with a page of any size', async () => {
    const { body } = await editor.get(`${tasks}?limit=3&cursor=${cursor}&total=true`)
    assert.deepEqual(titles(body.items), ['T2', 'T3', 'T4'])
    assert.equal(body.total, 6)
  })

  it('is refused when it was edited or made up', async () => {
    const bytes = Buffer.from(cursor, 'base64url')
    const edits = Array.from(bytes.keys(), (i) => {
      const edited = Buffer.from(bytes)
      edited[i]! ^= 1
      return edited.toString('base64url')
    })
    const json = Buffer.from('[1,"019aab5e-6c00-7000-8000-000000000001"]').toString('base64url')
    for (const wrong of [
      ...edits,
      '',
      'x',
      '%',
      'null',
      json,
      cursor.slice(0, -1),
      cursor.slice(1),
      `${cursor}A`,
      'x'.repeat(1000),
    ])
      refused(await editor.get(`${tasks}?limit=2&cursor=${encodeURIComponent(wrong)}`), 400, 'invalid_cursor')
  })

  it('is refused in another list, filter or order, and from another user', async () => {
    for (const path of [
      'tasks?',
      `${tasks}?status=todo&`,
      `${tasks}?sort=-position&`,
      `projects/${project.key}/tasks?`,
      'projects?',
      `projects/${project.id}/members?`,
    ])
      refused(await editor.get(`${path}cursor=${cursor}`), 400, 'invalid_cursor')
    refused(await viewer.get(`${tasks}?cursor=${cursor}`), 400, 'invalid_cursor')
    const filtered = await cursorOf(`${tasks}?limit=2&status=todo&sort=created`)
    assert.equal((await editor.get(`${tasks}?sort=created&cursor=${filtered}&status=todo`)).status, 200)
  })

  it('gives no access that was lost', async () => {
    const { owner, viewer: leaving, project: other } = await world.team()
    for (let i = 0; i < 3; i++) await owner.post(`projects/${other.id}/tasks`, { title: 'x' })
    const { body } = await leaving.get(`projects/${other.id}/tasks?limit=1`)
    await owner.delete(`projects/${other.id}/members/${leaving.id}`)
    refused(
      await leaving.get(`projects/${other.id}/tasks?limit=1&cursor=${body.next_cursor}`),
      404,
      'not_found',
    )
  })
})

describe('a walk through a list while others write', () => {
  for (const sort of ['position', 'created', '-created', 'due', '-priority', 'updated'])
    it(`by ${sort} gives what was there throughout exactly once`, async () => {
      const { owner, editor, project } = await world.team()
      const { body: other } = await owner.post('projects', { name: 'Other' })
      const home = `projects/${project.id}/tasks`
      const make = async (i: number) =>
        (await owner.post(i % 3 ? home : `projects/${other.id}/tasks`, {
          title: `T${i}`, priority: PRIORITIES[i % 5], ...(i % 2 && { due_on: `2026-12-1${i % 7}` }),
        })).body as Task // prettier-ignore
      const staying: Task[] = []
      for (let i = 0; i < 30; i++) staying.push(await make(i))
      const leaving = await Promise.all(Array.from({ length: 12 }, (_, i) => make(i)))

      let round = 0
      const disturb = async () => {
        const i = round++
        const kept = staying[(i * 7) % staying.length]!
        const gone = leaving[i % leaving.length]!
        await Promise.all([
          make(i + 100),
          owner.delete(`tasks/${gone.id}`),
          // A change that leaves the task its place in this order; a move, too, where the order is not by position.
          sort === 'updated' ? undefined : owner.patch(`tasks/${kept.id}`, { description: `${i}` }),
          sort.endsWith('created') || sort === 'due' || sort === '-priority'
            ? owner.patch(`tasks/${staying[i % staying.length]!.id}`, {
                project_id: i % 2 ? other.id : project.id,
              })
            : undefined,
          editor.post(home, { title: 'more', position: -i }),
        ])
      }
      const seen = (await walk(owner, `tasks?limit=4&sort=${sort}`, disturb)).map(({ id }) => id)
      assert.equal(new Set(seen).size, seen.length, 'no task came twice')
      for (const { id, title } of staying) assert(seen.includes(id), `${title} was left out`)
      assert(round >= 7)
    })
})
