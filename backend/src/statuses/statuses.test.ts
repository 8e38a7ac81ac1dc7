import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { collide } from '../../test/races.ts'
import { refused, start, type Actor, type Answer } from '../../test/harness.ts'

const world = await start()

const undo = (actor: Actor, answer: Answer) =>
  actor.post(`operations/${answer.headers.get('operation-id')}/undo`)

/** A project with a status of its own, `review`, and what its people do. */
async function team() {
  const people = await world.team()
  const { owner, editor, project } = people
  const statuses = `projects/${project.id}/statuses`
  const made = async (answer: Promise<Answer>) => {
    const { status, body } = await answer
    assert.equal(status, 201, JSON.stringify(body))
    return body
  }
  const add = (name: string, category = 'in_progress', more: object = {}) =>
    made(owner.post(statuses, { name, category, ...more }))
  const task = (status?: string) =>
    made(editor.post(`projects/${project.id}/tasks`, { title: 'A task', ...(status && { status }) }))
  const read = async (id: string) => (await editor.get(`tasks/${id}`)).body
  return { ...people, statuses, add, task, read, review: await add('Review') }
}

const keys = async (actor: Actor, statuses: string) =>
  (await actor.get(statuses)).body.items.map(({ key }: { key: string }) => key)

describe('Statuses', () => {
  it('are four in a new project, whose keys are their categories, and on record', async () => {
    const { owner, viewer, project } = await world.team()
    const { body } = await viewer.get(`projects/${project.id}/statuses?total=true`)
    assert.deepEqual(
      body.items.map(({ key, name, category }: Record<string, string>) => [key, name, category]),
      [
        ['todo', 'To do', 'todo'],
        ['in_progress', 'In progress', 'in_progress'],
        ['done', 'Done', 'done'],
        ['cancelled', 'Cancelled', 'cancelled'],
      ],
    )
    assert.equal(body.total, 4)
    assert.equal(body.items[0].created_by, owner.id)
    const { body: feed } = await viewer.get('changes?limit=200')
    const told = feed.items.filter(({ kind }: { kind: string }) => kind === 'status.state')
    assert.deepEqual(told.map((item: any) => item.resource.key).sort(), [
      'cancelled',
      'done',
      'in_progress',
      'todo',
    ])
    const { body: history } = await viewer.get(`projects/${project.id}/history`)
    assert(history.items.some(({ kind }: { kind: string }) => kind === 'status.created'))
  })

  it('are made by owners, last or where they say, with a key from their name and the colour of the category', async () => {
    const { owner, editor, viewer, statuses, add, review, project } = await team()
    assert.deepEqual([review.key, review.color, review.position, review.version], ['review', '#1d70b8', 5, 1])
    const waiting = await add('Waiting für Ärger!', 'todo', { position: 1.5, color: '#ABCDEF' })
    assert.deepEqual([waiting.key, waiting.color], ['waiting_fur_arger', '#abcdef'])
    assert.equal((await add('Re view', 'done', { key: 'seen' })).key, 'seen')
    assert.equal((await add('Re-view', 'done')).key, 're_view')
    assert.equal((await add('日本語')).key, 'status')
    assert.equal((await add('42')).key, 'status_2')
    assert.equal((await add('Done?', 'in_progress')).key, 'done_2', 'done itself is of the category done')
    assert.deepEqual((await keys(viewer, statuses)).slice(0, 3), ['todo', 'waiting_fur_arger', 'in_progress'])
    const { headers, body } = await viewer.get(`projects/${project.key.toLowerCase()}/statuses/review`)
    assert.deepEqual([body, headers.get('etag')], [review, '"1"'])
    refused(await editor.post(statuses, { name: 'Mine', category: 'done' }), 403, 'forbidden')
    refused(await owner.post(statuses, { name: 'X', category: 'todo', key: 'seen' }), 409, 'key_taken')
    const lie = await owner.post(statuses, { name: 'X', category: 'todo', key: 'cancelled' })
    refused(lie, 400, 'invalid')
    assert.equal(lie.body.errors[0].pointer, '/key')
    refused(await owner.post(statuses, { name: 'REVIEW', category: 'todo' }), 409, 'name_taken')
    for (const key of ['Review', 'a-b', '1st', 'x'.repeat(31), ''])
      refused(await owner.post(statuses, { name: 'X', category: 'todo', key }), 400, 'invalid')
    refused(await owner.post(statuses, { name: 'X', category: 'open' }), 400, 'invalid')
    refused(await owner.post(statuses, { name: 'X' }), 400, 'invalid')
  })

  it('keep key and category; name, colour and place change, and undo takes that back', async () => {
    const { owner, editor, statuses } = await team()
    const changed = await owner.patch(`${statuses}/review`, { name: 'Look', position: 2.5 })
    assert.deepEqual([changed.body.name, changed.body.version], ['Look', 2])
    assert.deepEqual(await keys(owner, statuses), ['todo', 'in_progress', 'review', 'done', 'cancelled'])
    refused(await owner.patch(`${statuses}/review`, { key: 'look' }), 400, 'invalid')
    refused(await owner.patch(`${statuses}/review`, { category: 'done' }), 400, 'invalid')
    refused(await editor.patch(`${statuses}/review`, { name: 'Mine' }), 403, 'forbidden')
    const stale = await owner.patch(`${statuses}/review?base_version=1`, { name: 'Mine' })
    refused(stale, 409, 'version_conflict')
    assert.equal((await undo(owner, changed)).status, 200)
    assert.equal((await owner.get(`${statuses}/review`)).body.name, 'Review')
  })

  it('are 50 at most, and stay as they are in an archived project', async () => {
    const { owner, project, statuses, task } = await team()
    await world.pool.query(
      `insert into statuses (id, project_id, key, name, category, color, position, created_by)
       select gen_random_uuid(), $1, 's' || n, 's' || n, 'todo', '#000000', n, $2 from generate_series(6, 50) n where record_as($2, gen_random_uuid())`,
      [project.id, owner.id],
    )
    refused(await owner.post(statuses, { name: 'One more', category: 'todo' }), 409, 'limit_reached')
    const removed = await owner.delete(`${statuses}/review`)
    assert.equal(removed.status, 204)
    await task('s7')
    await owner.patch(`projects/${project.id}`, { archived: true })
    refused(await owner.post(statuses, { name: 'New', category: 'todo' }), 409, 'project_archived')
    refused(await owner.patch(`${statuses}/s6`, { name: 'New' }), 409, 'project_archived')
    refused(await owner.delete(`${statuses}/s7?move_to=s6`), 409, 'project_archived')
    refused(await undo(owner, removed), 409, 'project_archived')
  })
})

describe('A task', () => {
  it('has a status of its project and its category; it is completed as long as that is done', async () => {
    const { editor, owner, add, task, read, project } = await team()
    await add('Shipped', 'done')
    const { id, status, category } = await task()
    assert.deepEqual([status, category], ['todo', 'todo'])
    const path = `tasks/${id}`
    const shipped = await editor.patch(path, { status: 'shipped' })
    assert.deepEqual([shipped.body.category, typeof shipped.body.completed_at], ['done', 'string'])
    const { completed_at } = shipped.body
    assert.equal((await editor.patch(path, { status: 'done' })).body.completed_at, completed_at)
    const reopened = await editor.patch(path, { status: 'review' })
    assert.deepEqual([reopened.body.category, reopened.body.completed_at], ['in_progress', null])
    assert.equal((await undo(editor, reopened)).status, 200)
    assert.deepEqual([(await read(id)).status, (await read(id)).completed_at], ['done', completed_at])
    assert((await task('shipped')).completed_at)
    const { task_counts } = (await owner.get(`projects/${project.id}`)).body
    assert.deepEqual(task_counts, { todo: 0, in_progress: 0, done: 2, cancelled: 0 })
    const { body: history } = await editor.get(`${path}/history`)
    assert.deepEqual(history.items[1].changes.category, { from: 'done', to: 'in_progress' })
  })

  it('gets the first status of the category todo if it is given none', async () => {
    const { add, task, owner, statuses } = await team()
    await add('Inbox', 'todo', { position: -1 })
    assert.equal((await task()).status, 'inbox')
    assert.equal((await owner.delete(`${statuses}/inbox?move_to=todo`)).status, 204)
    assert.equal((await task()).status, 'todo')
  })

  it('takes no status that its project does not have, on its own or another’s board', async () => {
    const { editor, owner, task, project } = await team()
    const { body: other } = await owner.post('projects', { name: 'Other' })
    await owner.post(`projects/${other.id}/statuses`, { name: 'Theirs', category: 'todo' })
    const { id } = await task()
    for (const status of ['theirs', 'nothing']) {
      const answers = [
        await editor.patch(`tasks/${id}`, { status }),
        await editor.post(`projects/${project.id}/tasks`, { title: 'New', status }),
      ]
      for (const answer of answers) {
        refused(answer, 422, 'no_such_status')
        assert.equal(answer.body.errors[0].pointer, '/status')
      }
    }
    refused(await editor.patch(`tasks/${id}`, { status: 'To do' }), 400, 'invalid')
    refused(await editor.patch(`tasks/${id}`, { category: 'done' }), 400, 'invalid')
  })

  it('is found by status and by category, on a board and anywhere', async () => {
    const { editor, project, task } = await team()
    const made = [await task('todo'), await task('review'), await task('done'), await task('in_progress')]
    const found = async (query: string, where = `projects/${project.id}/tasks`) =>
      (await editor.get(`${where}?${query}`)).body.items.map(({ id }: { id: string }) =>
        made.findIndex((each) => each.id === id),
      )
    for (const where of [`projects/${project.id}/tasks`, 'tasks'])
      for (const [sort, sorted] of [
        ['position', (list: number[]) => list],
        ['-position', (list: number[]) => list.toReversed()],
        ['created', (list: number[]) => list],
      ] as const) {
        assert.deepEqual(await found(`status=review,todo&sort=${sort}`, where), sorted([0, 1]))
        assert.deepEqual(await found(`category=in_progress&sort=${sort}`, where), sorted([1, 3]))
        assert.deepEqual(
          await found(`category=in_progress,done&status=review,done&sort=${sort}`, where),
          sorted([1, 2]),
        )
        assert.deepEqual(await found(`status=nothing&sort=${sort}`, where), [])
      }
    refused(await editor.get('tasks?category=open'), 400, 'invalid')
    refused(await editor.get('tasks?status=Open'), 400, 'invalid')
    const { body: first } = await editor.get(
      `projects/${project.id}/tasks?category=in_progress&limit=1&total=true`,
    )
    assert.equal(first.total, 2)
    assert.deepEqual(await found(`category=in_progress&limit=1&cursor=${first.next_cursor}`), [3])
  })

  it('keeps its status when it moves to a project that has it, and else gets the first of the category', async () => {
    const { owner, task, add } = await team()
    await add('Dropped', 'cancelled')
    const { body: there } = await owner.post('projects', { name: 'There' })
    const statuses = `projects/${there.id}/statuses`
    await owner.post(statuses, { name: 'Doing', category: 'in_progress', position: 0 })
    await owner.post(statuses, { name: 'Review', category: 'done' })
    const moved = async (status: string, more: object = {}) => {
      const { id } = await task(status)
      return owner.patch(`tasks/${id}`, { project_id: there.id, ...more })
    }
    assert.equal((await moved('in_progress')).body.status, 'in_progress')
    const mapped = await moved('review')
    assert.deepEqual([mapped.body.status, mapped.body.category], ['doing', 'in_progress'])
    assert.equal((await undo(owner, mapped)).status, 200)
    assert.equal((await owner.get(`tasks/${mapped.body.id}`)).body.status, 'review')
    const chosen = await moved('todo', { status: 'review' })
    assert.deepEqual([chosen.body.category, typeof chosen.body.completed_at], ['done', 'string'])
    await owner.delete(`${statuses}/cancelled`)
    refused(await moved('dropped'), 422, 'no_such_status')
    assert.equal((await moved('dropped', { status: 'todo' })).body.status, 'todo')
  })
})

describe('A deleted status', () => {
  it('gives its tasks another one, also those in the trash, in one operation that undo takes back', async () => {
    const { owner, editor, statuses, task, read, review } = await team()
    const [one, trashed] = [await task('review'), await task('review')]
    await editor.delete(`tasks/${trashed.id}`)
    refused(await owner.delete(`${statuses}/review`), 409, 'status_in_use')
    const nowhere = await owner.delete(`${statuses}/review?move_to=nothing`)
    refused(nowhere, 422, 'no_such_status')
    assert.equal(nowhere.body.errors[0].pointer, '/query/move_to')
    refused(await owner.delete(`${statuses}/review?move_to=review`), 422, 'no_such_status')
    refused(await editor.delete(`${statuses}/review?move_to=done`), 403, 'forbidden')
    const gone = await owner.delete(`${statuses}/review?move_to=done`)
    assert.equal(gone.status, 204)
    refused(await owner.get(`${statuses}/review`), 404, 'not_found')
    assert.deepEqual([(await read(one.id)).status, (await read(one.id)).category], ['done', 'done'])
    assert.equal((await editor.post(`tasks/${trashed.id}/restore`)).body.status, 'done')
    const undone = await undo(owner, gone)
    assert.equal(undone.status, 200, JSON.stringify(undone.body))
    assert.deepEqual(
      { ...(await read(one.id)), version: 0, updated_at: '' },
      { ...one, version: 0, updated_at: '' },
    )
    const { updated_at: _, ...back } = (await owner.get(`${statuses}/review`)).body
    const { updated_at: __, ...before } = review
    assert.deepEqual(back, before)
  })

  it('is missed by an undo that would bring tasks back to it', async () => {
    const { owner, editor, statuses, task } = await team()
    const { id } = await task('review')
    const done = await editor.patch(`tasks/${id}`, { status: 'done' })
    await owner.delete(`${statuses}/review`)
    refused(await undo(editor, done), 422, 'no_such_status')
    const made = await owner.post(statuses, { name: 'Used', category: 'todo' })
    await task('used')
    refused(await undo(owner, made), 409, 'status_in_use')
  })

  it('is not the last of todo or of done', async () => {
    const { owner, statuses, add, task } = await team()
    refused(await owner.delete(`${statuses}/todo`), 409, 'last_status')
    await task('done')
    refused(await owner.delete(`${statuses}/done?move_to=todo`), 409, 'last_status')
    await add('Shipped', 'done')
    assert.equal((await owner.delete(`${statuses}/done?move_to=shipped`)).status, 204)
    for (const key of ['in_progress', 'review', 'cancelled'])
      assert.equal((await owner.delete(`${statuses}/${key}`)).status, 204)
  })

  it('is one of two last ones when both are deleted at the same moment', async () => {
    const { owner, admin, statuses, add } = await team()
    await add('Shipped', 'done')
    const answers = await collide(
      world,
      // Both have looked for another one, and cannot write their events yet.
      { text: 'lock table pending_events in share mode' },
      [() => owner.delete(`${statuses}/done`), () => admin.delete(`${statuses}/shipped`)],
    )
    assert.deepEqual(answers.map(({ status }) => status).sort(), [204, 409])
  })

  it('is not given to a task at the moment it goes', async () => {
    const { owner, editor, statuses, task, read, project } = await team()
    const { id } = await task()
    const answers = await collide(
      world,
      { text: 'select from tasks where id = $1 for update', values: [id] },
      [() => editor.patch(`tasks/${id}`, { status: 'review' }), () => owner.delete(`${statuses}/review`)],
    )
    assert.equal(answers[0]?.status, 200)
    refused(answers[1]!, 409, 'status_in_use')
    const later = await collide(
      world,
      {
        text: 'select from statuses where project_id = $1 and key = $2 for update',
        values: [project.id, 'review'],
      },
      [
        () => owner.delete(`${statuses}/review?move_to=done`),
        () => editor.post(`projects/${project.id}/tasks`, { title: 'Late', status: 'review' }),
      ],
    )
    assert.equal(later[0]?.status, 204)
    refused(later[1]!, 422, 'no_such_status')
    assert.equal((await read(id)).status, 'done')
  })

  it('moves 2,000 tasks at most', async () => {
    const { owner, statuses, project } = await team()
    await world.pool.query(
      `insert into tasks (id, project_id, number, title, status, position, created_by)
       select gen_random_uuid(), $1, n, 'T', 'review', n, $2 from generate_series(1, 2001) n where record_as($2, gen_random_uuid())`,
      [project.id, owner.id],
    )
    refused(await owner.delete(`${statuses}/review?move_to=todo`), 409, 'limit_reached')
    await world.pool.query(
      `update tasks set status = 'done' where project_id = $1 and number = 1 and record_as($2, gen_random_uuid())`,
      [project.id, owner.id],
    )
    const gone = await owner.delete(`${statuses}/review?move_to=todo`)
    assert.equal(gone.status, 204)
  })
})

describe('The release before this one', () => {
  it('makes projects and tasks without a word of categories, which are right nevertheless', async () => {
    const { owner, project } = await world.team()
    const id = '019aab5e-6c00-7000-8000-0000000000aa'
    await world.pool.query(
      `insert into tasks (id, project_id, number, title, position, created_by, completed_at, status)
       select $1, $2, 7, 'Old', 7, $3, null, 'in_progress' where record_as($3, gen_random_uuid())`,
      [id, project.id, owner.id],
    )
    await world.pool.query(
      `update tasks set status = 'done', completed_at = now() where id = $1 and record_as($2, gen_random_uuid())`,
      [id, owner.id],
    )
    assert.equal((await owner.get(`tasks/${id}`)).body.category, 'done')
    assert.equal((await owner.get(`projects/${project.id}`)).body.task_counts.done, 1)
  })
})
