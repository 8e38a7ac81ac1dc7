import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { collide } from '../../test/races.ts'
import { refused, start, type Actor, type Answer } from '../../test/harness.ts'

const world = await start()

const undo = (actor: Actor, answer: Answer) =>
  actor.post(`operations/${answer.headers.get('operation-id')}/undo`)

/** A project with a task, and where its time is logged. */
async function team() {
  const people = await world.team()
  const { editor, project } = people
  const { body: task } = await editor.post(`projects/${project.id}/tasks`, { title: 'Work' })
  const time = `tasks/${task.id}/time`
  const log = async (actor: Actor, body: object = {}) => {
    const answer = await actor.post(time, body)
    assert.equal(answer.status, 201, JSON.stringify(answer.body))
    return answer.body
  }
  return { ...people, task, time, log }
}

describe('an estimate', () => {
  it('is set, cleared and undone like every field, and filtered by', async () => {
    const { editor, task, project } = await team()
    assert.equal(task.estimate_minutes, null)
    const found = async (filter: string) =>
      (await editor.get(`projects/${project.id}/tasks?filter=${encodeURIComponent(filter)}`)).body.items
        .length
    assert.equal(await found('estimate is empty'), 1)
    const set = await editor.patch(`tasks/${task.id}`, { estimate_minutes: 90 })
    assert.equal(set.body.estimate_minutes, 90)
    assert.deepEqual([await found('estimate > 60'), await found('estimate > 90')], [1, 0])
    for (const estimate_minutes of [-1, 1.5, 525_601, '90'])
      refused(await editor.patch(`tasks/${task.id}`, { estimate_minutes }), 400, 'invalid')
    assert.equal((await undo(editor, set)).status, 200)
    assert.equal((await editor.get(`tasks/${task.id}`)).body.estimate_minutes, null)
  })
})

describe('time', () => {
  it('is logged as minutes or from when to when, and listed by when it began', async () => {
    const { owner, editor, viewer, time, log, task, project } = await team()
    const early = await log(editor, { started_at: '2026-11-02T09:00:00Z', minutes: 90, note: 'Early' })
    assert.deepEqual(
      [early.ended_at, early.minutes, early.created_by, early.task_id, early.project_id],
      ['2026-11-02T10:30:00Z', 90, editor.id, task.id, project.id],
    )
    const earlier = await log(owner, {
      started_at: '2026-11-01T09:00:00Z',
      ended_at: '2026-11-01T09:10:29Z',
    })
    assert.equal(earlier.minutes, 10)
    const justNow = await log(editor, { minutes: 5 })
    assert(Math.abs(Date.parse(justNow.ended_at) - Date.now()) < 60_000)
    const { body } = await viewer.get(`${time}?total=true&limit=2`)
    assert.deepEqual([body.items, body.total], [[earlier, early], 3])
    assert.deepEqual((await viewer.get(`${time}?cursor=${body.next_cursor}&limit=2`)).body.items, [justNow])
    assert.deepEqual((await viewer.get(`time/${early.id}`)).body, early)
  })

  it('is refused where the end is before the beginning, too late, said twice, or not one', async () => {
    const { editor, viewer, time } = await team()
    refused(await viewer.post(time, { minutes: 5 }), 403, 'forbidden')
    refused(await editor.post(time, { minutes: 5, ended_at: null }), 400, 'invalid')
    for (const minutes of [0, -1, 1.5, 44_641]) refused(await editor.post(time, { minutes }), 400, 'invalid')
    const started_at = '2026-11-02T09:00:00Z'
    for (const ended_at of ['2026-11-02T08:59:59Z', '2026-12-03T09:00:01Z']) {
      const answer = await editor.post(time, { started_at, ended_at })
      refused(answer, 400, 'invalid')
      assert.equal(answer.body.errors[0].pointer, '/ended_at')
    }
    assert.equal((await editor.get(time)).body.items.length, 0)
  })

  it('is changed by whose it is, deleted and restored also by owners, and undone by them', async () => {
    const { owner, editor, viewer, admin, project, log } = await team()
    await owner.put(`projects/${project.id}/members/${viewer.id}`, { role: 'editor' })
    const { id } = await log(editor, { minutes: 30 })
    for (const other of [viewer, owner, admin])
      refused(await other.patch(`time/${id}`, { note: 'Mine' }), 403, 'forbidden')
    refused(await viewer.delete(`time/${id}`), 403, 'forbidden')
    const noted = await editor.patch(`time/${id}`, { note: 'Phone' })
    assert.deepEqual([noted.body.note, noted.body.version], ['Phone', 2])
    refused(await editor.patch(`time/${id}?base_version=1`, { note: 'No' }), 409, 'version_conflict')
    refused(await undo(viewer, noted), 403, 'forbidden')
    refused(await undo(owner, noted), 403, 'forbidden')
    const gone = await owner.delete(`time/${id}`)
    assert.equal(gone.status, 204)
    refused(await editor.get(`time/${id}`), 404, 'not_found')
    const { items } = (await editor.get('trash')).body
    assert.deepEqual(
      items.map((item: { type: string; title: string }) => [item.type, item.title]),
      [['time_entry', 'Work']],
    )
    refused(await undo(viewer, gone), 403, 'forbidden')
    assert.equal((await undo(owner, gone)).status, 200)
    assert.equal((await undo(editor, noted)).status, 200)
    const { body: back } = await editor.get(`time/${id}`)
    assert.deepEqual([back.note, back.minutes, back.created_by], ['', 30, editor.id])
  })

  it('goes along when its task moves, is hidden while that is in the trash, and stays as it is in an archived project', async () => {
    const { owner, editor, task, time, log, project } = await team()
    const { id } = await log(editor, { minutes: 30 })
    const { body: there } = await owner.post('projects', { name: 'There' })
    const moved = await owner.patch(`tasks/${task.id}`, { project_id: there.id })
    assert.equal((await owner.get(`time/${id}`)).body.project_id, there.id)
    refused(await editor.get(`time/${id}`), 404, 'not_found')
    refused(await editor.patch(`time/${id}`, { note: 'Mine' }), 404, 'not_found')
    assert.equal((await undo(owner, moved)).status, 200)
    assert.equal((await editor.get(`time/${id}`)).body.project_id, project.id)
    await editor.delete(`tasks/${task.id}`)
    refused(await editor.get(`time/${id}`), 404, 'not_found')
    refused(await editor.delete(`time/${id}`), 404, 'not_found')
    refused(await editor.post(time, { minutes: 5 }), 404, 'not_found')
    await editor.post(`tasks/${task.id}/restore`)
    await owner.patch(`projects/${project.id}`, { archived: true })
    refused(await editor.post(time, { minutes: 5 }), 409, 'project_archived')
    refused(await editor.patch(`time/${id}`, { note: 'Late' }), 409, 'project_archived')
    refused(await editor.delete(`time/${id}`), 409, 'project_archived')
  })

  it('of a task and of its subtasks, with their estimates, is told where counts are', async () => {
    const { editor, project, task, log } = await team()
    await log(editor, { minutes: 30 })
    await log(editor)
    for (const [estimate_minutes, minutes] of [
      [60, 45],
      [null, 15],
    ]) {
      const sub = { title: 'Part', parent_id: task.ref, estimate_minutes }
      const { body: part } = await editor.post(`projects/${project.id}/tasks`, sub)
      await editor.post(`tasks/${part.id}/time`, { minutes })
    }
    const { counts } = (await editor.get(`tasks/${task.id}?include=counts`)).body
    assert.deepEqual(
      [counts.spent_minutes, counts.subtasks_spent_minutes, counts.subtasks_estimate_minutes],
      [30, 60, 60],
    )
    const { items } = (await editor.get(`projects/${project.id}/tasks?include=counts`)).body
    assert.deepEqual(items[0].counts, counts)
  })

  it('is 5,000 entries of a task at most', async () => {
    const { editor, task, project, time } = await team()
    const client = await world.pool.connect()
    try {
      await client.query('begin')
      await client.query('set local session_replication_role = replica')
      await client.query(
        `insert into time_entries (id, project_id, task_id, created_by, started_at, ended_at)
         select gen_random_uuid(), $1, $2, $3, now(), now() from generate_series(1, 4999)`,
        [project.id, task.id, editor.id],
      )
      await client.query('commit')
    } finally {
      client.release()
    }
    const answers = await Promise.all([1, 2, 3].map((minutes) => editor.post(time, { minutes })))
    assert.deepEqual(answers.map(({ status }) => status).sort(), [201, 409, 409])
    for (const answer of answers) if (answer.status !== 201) refused(answer, 409, 'limit_reached')
  })
})

describe('a timer', () => {
  it('runs until it is stopped, and is found by whose it is', async () => {
    const { editor, owner, viewer, log } = await team()
    refused(await editor.get('timer'), 404, 'not_found')
    refused(await editor.post('timer/stop'), 404, 'not_found')
    const started = await log(editor, { note: 'Running' })
    assert.deepEqual([started.ended_at, started.minutes], [null, null])
    assert.deepEqual((await editor.get('timer')).body, started)
    for (const other of [owner, viewer]) refused(await other.get('timer'), 404, 'not_found')
    await log(editor, { minutes: 5 })
    const stopped = await editor.post('timer/stop')
    assert.deepEqual([stopped.status, stopped.body.id, stopped.body.version], [200, started.id, 2])
    assert(Math.abs(Date.parse(stopped.body.ended_at) - Date.now()) < 60_000)
    refused(await editor.post('timer/stop'), 404, 'not_found')
  })

  it('is the only one of a person: another is refused with its name, or stops it in the same operation', async () => {
    const { editor, owner, time, log, task } = await team()
    const first = await log(editor)
    await log(owner)
    const answer = await editor.post(time, { note: 'Second' })
    refused(answer, 409, 'timer_running')
    assert(answer.body.detail.includes(first.id) && answer.body.detail.includes(task.ref))
    const next = await editor.post(time, { stop_running: true })
    assert.deepEqual([next.status, next.body.ended_at], [201, null])
    assert.equal(typeof (await editor.get(`time/${first.id}`)).body.ended_at, 'string')
    refused(await editor.patch(`time/${first.id}`, { ended_at: null }), 409, 'timer_running')
    assert.equal((await undo(editor, next)).status, 200)
    assert.equal((await editor.get(`time/${first.id}`)).body.ended_at, null)
    refused(await editor.get(`time/${next.body.id}`), 404, 'not_found')
    refused(await editor.post(`time/${next.body.id}/restore`), 409, 'timer_running')
  })

  it('can be stopped where one has left, and nothing is told of that', async () => {
    const { editor, owner, log, task, project } = await team()
    await log(editor)
    await owner.delete(`projects/${project.id}/members/${editor.id}`)
    const { body: own } = await editor.post('projects', { name: 'Own' })
    const { body: mine } = await editor.post(`projects/${own.id}/tasks`, { title: 'Mine' })
    const hidden = await editor.post(`tasks/${mine.id}/time`, {})
    refused(hidden, 409, 'timer_running')
    assert(!JSON.stringify(hidden.body).includes(task.ref))
    refused(await editor.get('timer'), 404, 'not_found')
    const stopped = await editor.post('timer/stop')
    assert.deepEqual([stopped.status, stopped.body], [204, ''])
    assert.equal((await editor.post(`tasks/${mine.id}/time`, {})).status, 201)
    await editor.patch(`projects/${own.id}`, { archived: true })
    assert.equal((await editor.post('timer/stop')).status, 200)
  })

  it('is one of two that are started at the same moment', async () => {
    const { editor, time } = await team()
    const answers = await collide(world, { text: 'lock table pending_events in share mode' }, [
      () => editor.post(time, {}),
      () => editor.post(time, {}),
    ])
    assert.deepEqual(answers.map(({ status }) => status).sort(), [201, 409])
    refused(
      answers.find(({ status }) => status === 409)!,
      409,
      'timer_running',
    )
  })

  it('waits for a task that is being moved, and is never left behind', async () => {
    const { owner, task, time } = await team()
    const { body: there } = await owner.post('projects', { name: 'There' })
    const client = await world.pool.connect()
    try {
      await client.query('begin')
      await client.query('select record_as($1, gen_random_uuid())', [owner.id])
      await client.query('update tasks set project_id = $1, number = 1000 where id = $2', [there.id, task.id])
      const starting = owner.post(time, {})
      await Promise.race([starting, world.blocked()])
      await client.query('commit')
      refused(await starting, 503, 'unavailable')
    } finally {
      client.release()
    }
    assert.equal((await owner.post(time, {})).body.project_id, there.id)
  })

  it('is not stopped when the other one cannot be started', async () => {
    const { editor, outsider, log } = await team()
    const running = await log(editor)
    const { body: foreign } = await outsider.post('projects', { name: 'Foreign' })
    const { body: hidden } = await outsider.post(`projects/${foreign.id}/tasks`, { title: 'Hidden' })
    refused(await editor.post(`tasks/${hidden.id}/time`, { stop_running: true }), 404, 'not_found')
    assert.equal((await editor.get(`time/${running.id}`)).body.ended_at, null)
  })
})

describe('sums of time', () => {
  it('are by person, project or task over a period, in days of a time zone, of what is there and has ended', async () => {
    const { owner, editor, viewer, outsider, task, project, log } = await team()
    const { body: other } = await editor.post(`projects/${project.id}/tasks`, { title: 'Other' })
    await log(editor, { started_at: '2026-11-01T00:00:00Z', minutes: 60 })
    await log(editor, { started_at: '2026-11-30T23:30:00Z', minutes: 30 })
    await log(editor, { started_at: '2026-12-01T00:00:00Z', minutes: 600 })
    await log(editor, { started_at: '2026-11-05T00:00:00Z' })
    await owner.post(`tasks/${other.id}/time`, { started_at: '2026-11-02T00:00:00Z', minutes: 100 })
    const period = 'reports/time?from=2026-11-01&to=2026-12-01'
    const sums = async (query: string, who = viewer) => (await who.get(`${period}&${query}`)).body
    const mine = { id: editor.id, name: 'Edgar Editor', ref: null, minutes: 90, entries: 2 }
    assert.deepEqual(await sums('time_zone=UTC'), {
      minutes: 190,
      items: [{ id: owner.id, name: 'Olivia Owner', ref: null, minutes: 100, entries: 1 }, mine],
    })
    assert.deepEqual((await sums('time_zone=UTC&group_by=task')).items, [
      { id: other.id, name: 'Other', ref: other.ref, minutes: 100, entries: 1 },
      { id: task.id, name: 'Work', ref: task.ref, minutes: 90, entries: 2 },
    ])
    assert.deepEqual((await sums(`time_zone=UTC&group_by=project&project=${project.key}`)).items, [
      { id: project.id, name: 'Operations', ref: project.key, minutes: 190, entries: 3 },
    ])
    assert.deepEqual(await sums('time_zone=UTC&user=me', editor), { minutes: 90, items: [mine] })
    assert.equal((await sums('time_zone=Europe/Berlin')).minutes, 160)
    assert.deepEqual(await sums('', outsider), { minutes: 0, items: [] })
    refused(await outsider.get(`${period}&project=${project.id}`), 404, 'not_found')
    await editor.delete(`tasks/${other.id}`)
    assert.equal((await sums('time_zone=UTC')).minutes, 90)
  })

  it('are refused without a period, and of one of more than a year', async () => {
    const { viewer } = await world.team()
    for (const query of ['', '?from=2026-11-01', '?from=2026-01-01&to=2027-02-01', '?from=x&to=2026-11-01'])
      refused(await viewer.get(`reports/time${query}`), 400, 'invalid')
    const backwards = await viewer.get('reports/time?from=2026-12-01&to=2026-11-01')
    assert.deepEqual(backwards.body, { minutes: 0, items: [] })
  })
})
