import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { sendAtRandom } from '../../../test/filters.ts'
import { eventually, refused, start, type Actor } from '../../../test/harness.ts'

const world = await start()

const list = (actor: Actor, path: string, filter: string, more = '') =>
  actor.get(`${path}?total=true&filter=${encodeURIComponent(filter)}${more}`)

/** The titles of the tasks that a filter finds. */
async function titles(actor: Actor, path: string, filter: string, more = ''): Promise<string[]> {
  const { status, body } = await list(actor, path, filter, more)
  assert.equal(status, 200, JSON.stringify(body))
  assert.equal(body.total, body.items.length)
  return body.items.map(({ title }: { title: string }) => title)
}

describe('filter=', async () => {
  const { owner, editor, viewer, project } = await world.team()
  const tasks = `projects/${project.id}/tasks`
  const on = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10)
  const bodies = [
    { title: 'Alpha', description: 'Mend the pump' },
    { title: 'beta 100%', status: 'in_progress', priority: 'high', due_on: on(-1), assignee_ids: [editor.id] },
    { title: 'BETA "2"', status: 'done', priority: 'low', due_at: `${on(-2)}T12:00:00Z`, assignee_ids: [viewer.id, editor.id] },
    { title: 'Later', priority: 'urgent', due_on: on(40), start_on: on(1), assignee_ids: [owner.id], parent_id: `${project.key}-1` },
  ] // prettier-ignore
  const [alpha, beta, two, later] = bodies.map(({ title }) => title)
  for (const body of bodies) assert.equal((await editor.post(tasks, body)).status, 201)
  const { body: other } = await owner.post('projects', { name: 'Other' })
  const { body: elsewhere } = await owner.post(`projects/${other.id}/tasks`, { title: 'Elsewhere' })
  const all = [alpha, beta, two, later]
  for (const [name, refs] of [
    ['Needs review', [1, 2]],
    ['bug', [2]],
  ] as const) {
    const { body: label } = await editor.post(`projects/${project.id}/labels`, { name })
    for (const number of refs)
      assert.equal((await editor.put(`tasks/${project.key}-${number}/labels/${label.id}`)).status, 200)
  }
  const bug = (await editor.get(`projects/${project.id}/labels`)).body.items.find(
    ({ name }: { name: string }) => name === 'bug',
  )
  const { body: hidden } = await owner.post(`projects/${other.id}/labels`, { name: 'Secret' })
  await owner.put(`tasks/${elsewhere.id}/labels/${hidden.id}`)

  const cases: [filter: string, expected: (string | undefined)[]][] = [
    ['title = alpha', [alpha]],
    ['title = "beta 100%"', [beta]],
    [String.raw`title = "beta \"2\""`, [two]],
    ['title ~ beta', [beta, two]],
    ['title ~ "%"', [beta]],
    ['title != alpha', [beta, two, later]],
    ['title in (alpha, LATER)', [alpha, later]],
    ['title not in (alpha, later)', [beta, two]],
    ['text ~ pump', [alpha]],
    ['description is empty', [beta, two, later]],
    ['description is not empty', [alpha]],
    ['status = todo', [alpha, later]],
    ['Status IN (Done, in_progress)', [beta, two]],
    ['category = done', [two]],
    ['category not in (done, cancelled)', [alpha, beta, later]],
    ['not (status = todo or category = done)', [beta]],
    ['status = nowhere', []],
    ['status != nowhere', all],
    ['priority = none', [alpha]],
    ['priority >= high', [beta, later]],
    ['priority < high', [alpha, two]],
    ['priority > low and priority <= high', [beta]],
    ['assignee = me', [beta, two]],
    ['assignee != me', [alpha, later]],
    ['not assignee = me', [alpha, later]],
    ['assignee is empty', [alpha]],
    ['assignee = none', [alpha]],
    ['assignee is not empty', [beta, two, later]],
    [`assignee in (none, ${owner.id.toUpperCase()})`, [alpha, later]],
    [`assignee not in (me, ${owner.id})`, [alpha]],
    ['label = "needs REVIEW"', [alpha, beta]],
    [`label = ${bug.id}`, [beta]],
    ['label in (bug, none)', [beta, two, later]],
    ['label != bug', [alpha, two, later]],
    ['label is empty', [two, later]],
    ['label = secret', []],
    ['creator = me', all],
    [`creator = ${owner.id}`, []],
    ['due < today', [beta, two]],
    ['due < now', [beta, two]],
    ['due <= today', [beta, two]],
    ['due = today-1d', [beta]],
    ['due = today - 1d', [beta]],
    ['due = today-2d', [two]],
    ['due in (today-1d, today-2d)', [beta, two]],
    ['due != today-1d', [alpha, two, later]],
    ['due > today', [later]],
    ['due >= today+40d', [later]],
    ['due > today+40d', []],
    ['due <= today+5w+5d', [beta, two, later]],
    ['due < today+1m', [beta, two]],
    ['due < start of year-1y', []],
    ['due <= end of year+1y', [beta, two, later]],
    ['not due < today', [alpha, later]],
    ['due is empty', [alpha]],
    [`due = ${on(-2)}T12:00:00Z`, [two]],
    [`due <= ${on(-2)}T12:00:00Z`, [two]],
    [`due < ${on(-2)}T12:00:00Z`, []],
    [`due > ${on(-1)}T23:59:59.999Z`, [later]],
    [`due >= ${on(-1)}T23:59:59.999Z`, [beta, later]],
    ['overdue', [beta]],
    ['not overdue', [alpha, two, later]],
    ['start = today+1d', [later]],
    ['start > now', [later]],
    ['start is empty', [alpha, beta, two]],
    ['created = today', all],
    ['created >= now-1h and updated <= now', all],
    ['created < start of week - 1w', []],
    ['completed >= today', [two]],
    ['completed is empty', [alpha, beta, later]],
    ['number = 1', [alpha]],
    ['number > 2', [two, later]],
    [`ref = ${project.key.toLowerCase()}-2`, [beta]],
    [`ref in (${project.key}-1, ${project.key}-4, ZZ-9)`, [alpha, later]],
    [`project = ${project.key}`, all],
    [`project = ${project.id}`, all],
    [`parent = ${project.key}-1`, [later]],
    ['parent is empty', [alpha, beta, two]],
    [`parent in (none, ${project.key}-1)`, all],
    ['project = ZZZ', []],
    ['assignee = me and (priority = low or due is empty)', [two]],
    ['assignee = me or assignee is empty', [alpha, beta, two]],
    ['title = alpha or title = later and priority = none', [alpha]],
    ['(title = alpha or title = later) and priority = urgent', [later]],
    ['not (title = alpha or assignee = me)', [later]],
    ['not not overdue', [beta]],
    ['  overdue  ', [beta]],
  ]
  for (const [filter, expected] of cases)
    it(`takes ${filter}`, async () => {
      assert.deepEqual(await titles(editor, tasks, filter), expected)
      assert.deepEqual(await titles(editor, 'tasks', filter), expected)
      assert.deepEqual(await titles(editor, tasks, filter, '&sort=-created'), expected.toReversed())
    })

  it('combines with the single parameters', async () => {
    assert.deepEqual(await titles(editor, tasks, 'assignee = me', '&status=done'), [two])
    assert.deepEqual(await titles(editor, tasks, 'priority != low', '&assignee=me'), [beta])
  })

  it('takes a plus that was not escaped in the address, which is a space then', async () => {
    const { body } = await editor.get(`${tasks}?filter=due<today+1m`)
    assert.equal(body.items.length, 2)
  })

  it('finds tasks of all projects by the key of one, and tells nothing of a project that is hidden', async () => {
    assert.deepEqual(await titles(owner, 'tasks', `project = ${other.key}`), ['Elsewhere'])
    assert.deepEqual(await titles(owner, 'tasks', `project in (${other.key}, ${project.key})`), [
      alpha,
      'Elsewhere',
      beta,
      two,
      later,
    ])
    for (const unseen of [other.key, other.id, 'NOSUCH']) {
      assert.deepEqual(await titles(viewer, 'tasks', `project = ${unseen}`), [])
      assert.deepEqual(await titles(viewer, 'tasks', `project != ${unseen}`), all)
    }
    for (const unseen of [elsewhere.ref, elsewhere.id, `${other.key}-99`])
      assert.deepEqual(await titles(viewer, 'tasks', `ref = ${unseen}`), [])
  })

  it('reads dates in the time zone that is asked for, or else in one’s own', async () => {
    const { body: task } = await editor.post(tasks, { title: 'Midnight', due_at: '2026-12-01T23:30:00Z' })
    for (const [zone, expected] of [
      ['UTC', 1],
      ['Europe/Berlin', 0],
      ['America/New_York', 1],
    ] as const)
      assert.equal((await titles(editor, tasks, 'due = 2026-12-01', `&time_zone=${zone}`)).length, expected)
    const { body: me } = await editor.get('users/me')
    assert.equal((await editor.patch('users/me', { time_zone: 'Europe/Berlin' })).status, 200)
    assert.deepEqual(await titles(editor, tasks, 'due = 2026-12-02'), ['Midnight'])
    await editor.patch('users/me', { time_zone: me.time_zone })
    await editor.delete(`tasks/${task.id}`)
  })

  it('gives pages whose cursors are good for the same filter only', async () => {
    const first = (await editor.get(`${tasks}?limit=2&filter=number>0`)).body
    const next = await editor.get(`${tasks}?limit=2&filter=number>0&cursor=${first.next_cursor}`)
    assert.deepEqual(
      [...first.items, ...next.body.items].map(({ title }: { title: string }) => title),
      all,
    )
    for (const filter of ['number>1', 'number > 0', undefined])
      refused(
        await editor.get(`${tasks}?limit=2&cursor=${first.next_cursor}${filter ? `&filter=${filter}` : ''}`),
        400,
        'invalid_cursor',
      )
  })
})

describe('a filter that cannot be read', async () => {
  const { editor } = await world.team()
  const cases: [filter: string, offset: number, found: string, expected: RegExp][] = [
    ['colour = red', 0, 'colour', /title.*status.*due/],
    ['category = open', 11, 'open', /todo.*done/],
    ['category in (todo, open)', 19, 'open', /todo/],
    ['status < todo', 0, 'status <', /status =.*status in/],
    ['status', 0, 'status by itself', /status =/],
    ['overdue = yes', 0, 'overdue =', /overdue/],
    ['title ~ needs review', 8, 'needs review', /quotes/],
    ['title ~', 7, 'the end', /a value/],
    ['title ! x', 6, '! x', /!=/],
    ['title ~ "x', 8, '"x', /a quote/],
    ['title is blue', 9, 'blue', /empty/],
    ['due < tomorrow', 6, 'tomorrow', /today.*now/],
    ['due < today+3x', 6, 'today+3x', /2026-12-01/],
    ['due < today+3h', 6, 'today+3h', /days/],
    ['due < today+1d+1d+1d+1d', 6, 'today+1d+1d+1d+1d', /today/],
    ['due < now+99999d', 6, 'now+99999d', /today/],
    ['due < 2026-02-30', 6, '2026-02-30', /2026-12-01/],
    ['assignee = ada', 11, 'ada', /me.*id.*none/],
    ['number = many', 9, 'many', /number/],
    ['ref = OPS', 6, 'OPS', /OPS-42/],
    ['project = "a b"', 10, 'a b', /key/],
    ['overdue overdue', 8, 'overdue', /and/],
    ['overdue and', 11, 'the end', /name/],
    ['and overdue', 0, 'and', /name/],
    ['(overdue', 8, 'the end', /\)/],
    ['overdue)', 7, ')', /and/],
    ['number in 1', 10, '1', /\(/],
    ['number in (1', 12, 'the end', /\)/],
    ['   ', 0, 'the end', /name/],
    [Array.from({ length: 51 }, () => 'overdue').join(' or '), 550, 'overdue', /at most 50/],
    [`${'('.repeat(30)}overdue`, 21, '(', /at most 20/],
    [`${'not '.repeat(30)}overdue`, 84, 'not', /at most 20/],
    [`number in (${Array(201).fill('1').join(',')})`, 411, '1', /at most 200/],
  ]
  for (const [filter, offset, found, expected] of cases)
    it(`is refused, saying where and what could stand there: ${filter.slice(0, 60)}`, async () => {
      const answer = await list(editor, 'tasks', filter)
      refused(answer, 400, 'invalid_filter')
      assert.deepEqual({ offset: answer.body.offset, found: answer.body.found }, { offset, found })
      assert.match(answer.body.expected.join(' '), expected)
      assert.equal(answer.body.errors[0].pointer, '/query/filter')
    })

  it('is refused if it is longer than 4,000 characters, or given twice', async () => {
    refused(await list(editor, 'tasks', `title ~ "${'x'.repeat(4000)}"`), 400, 'invalid')
    refused(await editor.get('tasks?filter=overdue&filter=overdue'), 400, 'invalid')
    assert.equal((await list(editor, 'tasks', `title ~ "${'x'.repeat(3990)}"`)).status, 200)
  })
})

it('a filter that takes too long is refused as such, and others are served meanwhile', async () => {
  const { editor, project } = await world.team()
  const { rows } = await world.pool.query(
    `select format('alter role %I in database %I', usename, datname) as alter from pg_stat_activity
     where datname = current_database() and application_name = 'tasktrail' limit 1`,
  )
  const { alter } = rows[0]
  await world.pool.query(`${alter} set statement_timeout = '300ms'`)
  const holder = await world.pool.connect()
  try {
    // New connections only: those in use have their settings.
    await holder.query(
      `select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and application_name = 'tasktrail'`,
    )
    await eventually(async () => assert.equal((await editor.get('users/me')).status, 200))
    await holder.query('begin; lock table tasks in access exclusive mode')
    const slow = Promise.all(Array.from({ length: 4 }, () => list(editor, 'tasks', 'title ~ x', '&limit=1')))
    assert.equal((await editor.get(`projects/${project.id}/members`)).status, 200)
    for (const answer of await slow) {
      refused(answer, 400, 'filter_too_slow')
      assert.equal(answer.body.errors[0].pointer, '/query/filter')
    }
  } finally {
    await holder.query('rollback')
    holder.release()
    await world.pool.query(`${alter} reset statement_timeout`)
  }
})

it('filters at random are refused or understood, and none makes an error of the database', async () => {
  assert((await sendAtRandom(world, 3_000, Number(process.env['SEED'] ?? 1))) > 500)
})
