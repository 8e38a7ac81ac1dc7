import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { collide } from '../../test/races.ts'
import { refused, start } from '../../test/harness.ts'
import { deriveKeys } from './keys.ts'

const world = await start()

describe('POST /projects', () => {
  it('makes the caller its owner and derives a key from the name', async () => {
    const user = await world.user()
    const { status, headers, body } = await user.post('projects', { name: 'Website Redesign Phase Two' })
    assert.equal(status, 201)
    assert.equal(headers.get('location'), `/api/v1/projects/${body.id}`)
    assert.equal(headers.get('etag'), (await user.get(`projects/${body.id}`)).headers.get('etag'))
    assert.deepEqual(
      [body.key, body.my_role, body.created_by, body.description, body.version],
      ['WRPT', 'owner', user.id, '', 1],
    )
    assert.deepEqual(body.task_counts, { todo: 0, in_progress: 0, done: 0, cancelled: 0 })
  })

  it('gives projects of the same name different keys, even when thirty are created at once', async () => {
    const user = await world.user()
    const made = async () => user.post('projects', { name: 'Twice Told Tale' })
    assert.deepEqual([(await made()).body.key, (await made()).body.key], ['TTT', 'TTT2'])
    const answers = await Promise.all(Array.from({ length: 30 }, made))
    assert.deepEqual(new Set(answers.map(({ status }) => status)), new Set([201]))
    const keys = answers.map(({ body }) => body.key)
    assert.equal(new Set(keys).size, 30)
    for (const key of keys) assert.match(key, /^TTT\d+$/)
  })

  it('takes another key when somebody else takes the first one at the same moment', async () => {
    const user = await world.user()
    // Uncommitted, so that both see the key as free and then wait for each other.
    const holder = await world.pool.connect()
    await holder.query('begin')
    await holder.query(
      `insert into projects (id, key, name, created_by) select gen_random_uuid(), 'RACE', 'Race', $1 where record_as(null, $1)`,
      [user.id],
    )
    const creating = user.post('projects', { name: 'Race' })
    const asking = user.post('projects', { name: 'Race', key: 'RACE' })
    await world.blocked(2)
    await holder.query('commit')
    holder.release()
    assert.equal((await creating).body.key, 'RACE2')
    refused(await asking, 409, 'key_taken')
  })

  it('derives a key from any name', () => {
    const firsts = Object.fromEntries(
      [
        'Operations',
        'X',
        'Über Straße',
        '日本語',
        '42',
        'a b c d e f g',
        'R&D',
        '  --  ',
        'Q3 2026 plan',
      ].map((name) => [name, deriveKeys(name)[0]]),
    )
    assert.deepEqual(firsts, {
      Operations: 'OPER',
      X: 'PRJ',
      'Über Straße': 'US',
      日本語: 'PRJ',
      '42': 'PRJ',
      'a b c d e f g': 'ABCDE',
      'R&D': 'RD',
      '  --  ': 'PRJ',
      'Q3 2026 plan': 'QP',
    })
    for (const name of Object.keys(firsts))
      for (const key of deriveKeys(name)) assert.match(key, /^[A-Z][A-Z0-9]{1,9}$/)
  })

  it('refuses a key that is taken or malformed, and fields that clients cannot set', async () => {
    const user = await world.user()
    await user.post('projects', { name: 'Taken', key: 'TAKEN' })
    const taken = await user.post('projects', { name: 'Other', key: 'TAKEN' })
    refused(taken, 409, 'key_taken')
    assert.equal(taken.body.errors[0].pointer, '/key')
    for (const key of ['', 'A', 'TOOLONGKEYX', '1ST', 'A-B', 'ÄB'])
      refused(await user.post('projects', { name: 'Other', key }), 400, 'invalid')
    for (const field of ['id', 'my_role', 'owner_id', 'created_by', 'archived_at', 'deleted_at', 'version']) {
      const answer = await user.post('projects', { name: 'Other', [field]: user.id })
      assert.equal(answer.body.errors[0].pointer, `/${field}`)
    }
  })
})

describe('GET /projects', () => {
  it('lists what I can see, oldest first, by default fifty, with filters', async () => {
    const user = await world.user()
    const ids: string[] = []
    for (let i = 0; i < 3; i++) ids.push((await user.post('projects', { name: `Alpha ${i}` })).body.id)
    await user.patch(`projects/${ids[1]}`, { archived: true })
    const list = async (query = '') =>
      (await user.get(`projects${query}`)).body.items.map(({ id }: { id: string }) => id)
    assert.deepEqual(await list(), ids)
    assert.deepEqual(await list('?archived=false'), [ids[0], ids[2]])
    assert.deepEqual(await list('?archived=true&q=ALPHA'), [ids[1]])
    const page = await user.get('projects?limit=2&total=true')
    assert.deepEqual([page.body.items.length, page.body.total], [2, 3])
    assert.deepEqual(await list(`?cursor=${page.body.next_cursor}&limit=2`), [ids[2]])
    assert.equal(world.config.rateLimit, false)
    for (let i = 0; i < 50; i++) await user.post('projects', { name: `Beta ${i}` })
    assert.equal((await list()).length, 50)
    assert.deepEqual((await (await world.user()).get('projects')).body, { items: [], next_cursor: null })
  })
})

describe('PATCH /projects/{id}', () => {
  it('changes the key, and with it the references of the tasks', async () => {
    const { owner, viewer, project } = await world.team({ key: 'BEFORE' })
    const { body: task, headers } = await owner.post(`projects/${project.id}/tasks`, { title: 'Renamed' })
    assert.equal(task.ref, 'BEFORE-1')
    const changed = await owner.patch('projects/BEFORE', { key: 'AFTER' })
    assert.deepEqual([changed.body.key, changed.body.name], ['AFTER', 'Operations'])
    assert.equal((await viewer.get('tasks/AFTER-1')).body.id, task.id)
    const fresh = await viewer.get(`tasks/${task.id}`, { 'if-none-match': headers.get('etag')! })
    assert.equal(fresh.status, 200, 'the tag of the old reference is stale')
    const { body: other } = await owner.post('projects', { name: 'Other' })
    refused(await owner.patch(`projects/${other.id}`, { key: 'AFTER' }), 409, 'key_taken')
  })

  it('archives: tasks can be read but not changed, until it is unarchived', async () => {
    const { owner, editor, viewer, project } = await world.team()
    const { body: task } = await editor.post(`projects/${project.id}/tasks`, { title: 'Frozen' })
    const first = await owner.patch(`projects/${project.id}`, { archived: true })
    const again = await owner.patch(`projects/${project.id}`, { archived: true })
    assert.notEqual(first.body.archived_at, null)
    assert.deepEqual(again.body, first.body, 'archiving twice is one change')
    for (const answer of [
      await editor.post(`projects/${project.id}/tasks`, { title: 'Late' }),
      await editor.patch(`tasks/${task.id}`, { title: 'Late' }),
      await editor.delete(`tasks/${task.id}`),
    ])
      refused(answer, 409, 'project_archived')
    refused(await viewer.patch(`tasks/${task.id}`, { title: 'Late' }), 403, 'forbidden')
    assert.equal((await viewer.get(`tasks/${task.id}`)).body.title, 'Frozen')
    assert.equal((await owner.patch(`projects/${project.id}`, { archived: false })).body.archived_at, null)
    assert.equal((await editor.patch(`tasks/${task.id}`, { title: 'Thawed' })).status, 200)
  })

  it('respects If-Match and base_version, for archiving too', async () => {
    const { owner, project } = await world.team()
    await owner.patch(`projects/${project.id}`, { name: 'Second' })
    const path = `projects/${project.id}`
    refused(await owner.patch(path, { name: 'Third' }, { 'if-match': '"1"' }), 412, 'precondition_failed')
    refused(await owner.delete(path, { 'if-match': '"1"' }), 412, 'precondition_failed')
    refused(await owner.patch(`${path}?base_version=1`, { name: 'Third' }), 409, 'version_conflict')
    assert.equal((await owner.patch(`${path}?base_version=1`, { archived: true })).status, 200)
    const late = await owner.patch(`${path}?base_version=1`, { archived: false })
    refused(late, 409, 'version_conflict')
    assert.deepEqual(Object.keys(late.body.conflicts), ['archived_at'])
  })

  it('lets exactly one of many concurrent changes with the same version win', async () => {
    const { owner, project } = await world.team()
    const { headers } = await owner.get(`projects/${project.id}`)
    const lock = { text: 'select from projects where id = $1 for update', values: [project.id] }
    const answers = await collide(
      world,
      lock,
      ['One', 'Two', 'Three'].map(
        (name) => () => owner.patch(`projects/${project.id}`, { name }, { 'if-match': headers.get('etag')! }),
      ),
    )
    assert.deepEqual(answers.map(({ status }) => status).sort(), [200, 412, 412])
  })

  it('does not reveal a matching ETag to those who may not see or change the project', async () => {
    const { viewer, outsider, project } = await world.team()
    const change = { name: 'Mine' }
    const right = { 'if-match': '"1"' }
    refused(await outsider.patch(`projects/${project.id}`, change, right), 404, 'not_found')
    refused(await viewer.patch(`projects/${project.id}`, change, right), 403, 'forbidden')
    refused(await outsider.patch(`projects/${project.id}`, change, { 'if-match': '"9"' }), 404, 'not_found')
  })
})

describe('GET /projects/{id}', () => {
  it('has a different ETag for each role, because the body shows the role', async () => {
    const { owner, viewer, admin, project } = await world.team()
    const answers = [owner, viewer, admin].map((who) => who.get(`projects/${project.id}`))
    const tags = (await Promise.all(answers)).map(({ headers }) => headers.get('etag')!)
    assert.equal(new Set(tags).size, 3)
    assert.equal((await owner.get(`projects/${project.id}`, { 'if-none-match': tags[0]! })).status, 304)
    assert.equal((await owner.get(`projects/${project.id}`, { 'if-none-match': tags[1]! })).status, 200)
  })
})

describe('DELETE /projects/{id}', () => {
  it('hides the project, its tasks and its members from every method', async () => {
    const { owner, editor, viewer, admin, project } = await world.team({ key: 'GONE' })
    const { body: task } = await editor.post(`projects/${project.id}/tasks`, { title: 'Gone' })
    assert.equal((await owner.delete(`projects/${project.id}`)).status, 204)
    for (const who of [owner, editor, viewer, admin]) {
      for (const answer of [
        await who.get(`projects/${project.id}`),
        await who.get('projects/GONE'),
        await who.get(`projects/${project.id}/tasks`),
        await who.get(`projects/${project.id}/members`),
        await who.get(`tasks/${task.id}`),
        await who.get('tasks/GONE-1'),
        await who.patch(`projects/${project.id}`, { name: 'Back' }),
        await who.patch(`tasks/${task.id}`, { title: 'Back' }),
        await who.delete(`tasks/${task.id}`),
        await who.delete(`projects/${project.id}`),
        await who.post(`projects/${project.id}/tasks`, { title: 'Back' }),
        await who.put(`projects/${project.id}/members/${viewer.id}`, { role: 'owner' }),
      ])
        refused(answer, 404, 'not_found')
      const { body } = await who.get('tasks?q=gone')
      assert.deepEqual(body.items, [])
    }
    refused(await owner.post('projects', { name: 'Other', key: 'GONE' }), 409, 'key_taken')
  })
})
