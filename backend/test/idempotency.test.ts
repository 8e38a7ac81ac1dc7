import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { describe, it } from 'node:test'
import { PASSWORD, refused, start } from './harness.ts'

const world = await start()
const key = (value: string = randomUUID()) => ({ 'idempotency-key': value })

describe('A POST with an Idempotency-Key', () => {
  it('has one effect however often it is sent, and answers the same each time', async () => {
    const { editor, project } = await world.team()
    const header = key()
    const [first, ...others] = await repeat(3, () =>
      editor.post(`projects/${project.id}/tasks`, { title: 'Once' }, header),
    )
    assert.equal(first?.status, 201)
    for (const again of others) {
      assert.equal(again.status, 201)
      assert.deepEqual(again.body, first.body)
      for (const name of ['location', 'etag', 'operation-id'])
        assert.equal(again.headers.get(name), first.headers.get(name))
      assert.equal(again.headers.get('idempotency-replayed'), 'true')
    }
    assert.equal((await editor.get(`projects/${project.id}/tasks`)).body.items.length, 1)
  })

  it('has one effect when forty copies arrive at once at two servers', async () => {
    const { editor, project } = await world.team()
    const header = key()
    const answers = await Promise.all(
      Array.from({ length: 40 }, () =>
        editor.post(`projects/${project.id}/tasks`, { title: 'Once' }, header),
      ),
    )
    for (const answer of answers) {
      if (answer.status !== 201) refused(answer, 409, 'request_in_progress')
    }
    const ids = new Set(answers.filter(({ status }) => status === 201).map(({ body }) => body.id))
    assert.equal(ids.size, 1)
    assert.equal((await editor.get(`projects/${project.id}/tasks`)).body.items.length, 1)
  })

  it('is 409 while the first one is still running, held here by a lock, and replays afterwards', async () => {
    const { editor, project } = await world.team()
    const header = key()
    const lock = await world.pool.connect()
    await lock.query('begin')
    await lock.query('select from task_numbers where project_id = $1 for update', [project.id])
    const running = editor.post(`projects/${project.id}/tasks`, { title: 'Slow' }, header)
    await world.blocked()
    const second = await editor.post(`projects/${project.id}/tasks`, { title: 'Slow' }, header)
    refused(second, 409, 'request_in_progress')
    assert.equal(second.headers.get('retry-after'), '1')
    await lock.query('rollback')
    lock.release()
    const first = await running
    assert.equal(first.status, 201)
    const third = await editor.post(`projects/${project.id}/tasks`, { title: 'Slow' }, header)
    assert.deepEqual(third.body, first.body)
  })

  it('is 422 with another body or another address', async () => {
    const { owner, project } = await world.team()
    const { body: other } = await owner.post('projects', { name: 'Other' })
    const header = key()
    assert.equal((await owner.post(`projects/${project.id}/tasks`, { title: 'One' }, header)).status, 201)
    refused(
      await owner.post(`projects/${project.id}/tasks`, { title: 'Two' }, header),
      422,
      'idempotency_mismatch',
    )
    refused(
      await owner.post(`projects/${other.id}/tasks`, { title: 'One' }, header),
      422,
      'idempotency_mismatch',
    )
  })

  it('belongs to one user and one route', async () => {
    const { owner, editor, project } = await world.team()
    const header = key()
    const mine = await owner.post(`projects/${project.id}/tasks`, { title: 'Mine' }, header)
    const theirs = await editor.post(`projects/${project.id}/tasks`, { title: 'Mine' }, header)
    assert.notEqual(mine.body.id, theirs.body.id)
    assert.equal((await owner.post('projects', { name: 'Other' }, header)).status, 201)
  })

  it('does not show what was made to somebody who may no longer see it', async () => {
    const { owner, editor, project } = await world.team()
    const header = key()
    assert.equal((await editor.post(`projects/${project.id}/tasks`, { title: 'Seen' }, header)).status, 201)
    await owner.delete(`projects/${project.id}/members/${editor.id}`)
    refused(await editor.post(`projects/${project.id}/tasks`, { title: 'Seen' }, header), 404, 'not_found')
  })

  it('does not show a secret again to somebody who may no longer have it', async () => {
    const { owner, editor, project } = await world.team()
    await owner.put(`projects/${project.id}/members/${editor.id}`, { role: 'owner' })
    const hooks = `projects/${project.id}/webhooks`
    const { body: webhook } = await editor.post(hooks, { url: 'https://example.com' })
    const header = key()
    const rotate = () => editor.post(`${hooks}/${webhook.id}/rotate-secret`, undefined, header)
    const first = await rotate()
    assert.deepEqual((await rotate()).body, first.body)
    await owner.put(`projects/${project.id}/members/${editor.id}`, { role: 'editor' })
    refused(await rotate(), 404, 'not_found')
  })

  it('does not tell what an undo changed to somebody who may no longer see it', async () => {
    const { owner, editor, project } = await world.team()
    const header = key()
    const made = await editor.post(`projects/${project.id}/tasks`, { title: 'Undone' })
    const undo = () => editor.post(`operations/${made.headers.get('operation-id')}/undo`, undefined, header)
    const first = await undo()
    assert.equal(first.status, 200)
    assert.deepEqual((await undo()).body, first.body)
    await owner.delete(`projects/${project.id}/members/${editor.id}`)
    refused(await undo(), 404, 'not_found')
  })

  it('tells what an undo put into the trash to who may look there', async () => {
    const { owner } = await world.team()
    const made = await owner.post('projects', { name: 'Undone' })
    const header = key()
    const undo = () => owner.post(`operations/${made.headers.get('operation-id')}/undo`, undefined, header)
    const [first, again] = await repeat(2, undo)
    assert.deepEqual([again!.status, again!.body], [200, first!.body])
  })

  it('can be corrected and sent again after a refusal', async () => {
    const { editor, outsider, project } = await world.team()
    const header = key()
    refused(await editor.post(`projects/${project.id}/tasks`, { title: '' }, header), 400, 'invalid')
    refused(
      await editor.post(`projects/${project.id}/tasks`, { title: 'A', assignee_ids: [outsider.id] }, header),
      422,
      'not_a_member',
    )
    assert.equal((await editor.post(`projects/${project.id}/tasks`, { title: 'A' }, header)).status, 201)
  })

  it('registers one account, and keeps nothing that can be read in the database', async () => {
    const header = key()
    const body = { email: `${randomUUID()}@example.com`, password: PASSWORD, name: 'Remembered once' }
    const first = await world.anonymous.post('auth/register', body, header)
    const again = await world.anonymous.post('auth/register', body, header)
    const withOldToken = await world.client('an.old.token').post('auth/register', body, header)
    assert.equal(first.status, 201)
    for (const each of [again, withOldToken]) assert.deepEqual([each.status, each.body], [201, first.body])
    const { rows } = await world.pool.query('select body from idempotency_keys where key = $1', [
      header['idempotency-key'],
    ])
    assert(!rows[0].body.toString('latin1').includes(body.name))
  })

  it('must be 1 to 255 visible characters, quoted or bare', async () => {
    const { owner } = await world.team()
    for (const bad of ['', ' ', '""', 'x'.repeat(256), 'a b', 'é']) {
      refused(await owner.post('projects', { name: 'X' }, key(bad)), 400, 'invalid')
    }
    const bare = await owner.post('projects', { name: 'Bare' }, key('same-key'))
    const quoted = await owner.post('projects', { name: 'Bare' }, key('"same-key"'))
    assert.deepEqual(quoted.body, bare.body)
  })
})

async function repeat<T>(times: number, act: () => Promise<T>): Promise<T[]> {
  const results: T[] = []
  for (let i = 0; i < times; i++) results.push(await act())
  return results
}
