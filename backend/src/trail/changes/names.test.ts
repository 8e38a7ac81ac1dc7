// What an event says of its subject, which may be gone when it is read.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { start, type Actor } from '../../../test/harness.ts'

const world = await start()

const feed = async (actor: Actor, after: string) => {
  const items: any[] = []
  for (let cursor = after, more = true; more;) {
    const { body } = await actor.get(`changes?after=${cursor}`)
    assert(body.items, JSON.stringify(body))
    items.push(...body.items.filter((item: any) => item.seq !== null))
    cursor = body.next
    more = body.more
  }
  return items
}
const now = async (actor: Actor) => (await actor.get('changes?after=now')).body.next as string

describe('An event', () => {
  it('says what its subject was called at that moment, also when that is gone by now', async () => {
    const { owner, editor, viewer, project } = await world.team({ key: 'NAMED', name: 'Before' })
    const after = await now(owner)
    const { body: created } = await owner.post(`projects/${project.id}/tasks`, { title: 'First' })
    await owner.patch(`tasks/${created.id}`, { title: 'Second' })
    await owner.delete(`tasks/${created.id}`)
    await owner.delete(`projects/${project.id}/members/${viewer.id}`)
    await owner.patch(`projects/${project.id}`, { name: 'After', key: 'RENAMED' })
    const followed = await feed(owner, after)
    const before = await now(editor)
    await owner.delete(`projects/${project.id}`)
    const named = (items: any[]) =>
      items.map(({ kind, ref, title, key, name }) => [kind, ref ?? key, title ?? name])
    assert.deepEqual(named(followed), [
      ['task.created', 'NAMED-1', 'First'],
      ['task.updated', 'NAMED-1', 'Second'],
      ['task.deleted', 'NAMED-1', 'Second'],
      ['member.removed', 'NAMED', 'Vera Viewer'],
      ['project.updated', 'RENAMED', 'After'],
    ])
    for (const [actor, cursor] of [
      [owner, after],
      [editor, before],
    ] as const)
      assert.deepEqual(named(await feed(actor, cursor)), [['project.deleted', 'RENAMED', 'After']])
  })

  it('calls what left one’s sight what it was called before', async () => {
    const { owner, viewer, project } = await world.team({ key: 'LEFT' })
    const { body: hidden } = await owner.post('projects', { name: 'Hidden', key: 'HIDDEN' })
    const { body: task } = await owner.post(`projects/${project.id}/tasks`, { title: 'Known' })
    const after = await now(viewer)
    await owner.patch(`tasks/${task.id}`, { project_id: hidden.id, title: 'Secret' })
    const [item, ...more] = await feed(viewer, after)
    assert.deepEqual([item.ref, item.title, more], ['LEFT-1', 'Known', []])
    assert(!JSON.stringify(item).includes('Secret'))
    const { body } = await viewer.get(`projects/${project.id}/history`)
    assert.deepEqual([body.items[0].ref, body.items[0].title], ['LEFT-1', 'Known'])
  })

  it('forgets what its subject was called when that is purged', async () => {
    const { owner, admin, project } = await world.team()
    const { body: task } = await owner.post(`projects/${project.id}/tasks`, { title: 'Quokka' })
    await owner.delete(`tasks/${task.id}`)
    assert.equal((await admin.delete(`trash/${task.id}`)).status, 204)
    await world.pool.query('select number_events()')
    const { rows } = await world.pool.query(`select from events t where to_jsonb(t)::text like '%Quokka%'`)
    assert.equal(rows.length, 0)
  })

  it('says what became of webhooks to those who manage the project, without their addresses and secrets', async () => {
    const { owner, editor, project } = await world.team()
    const [after, editors] = [await now(owner), await now(editor)]
    const hooks = `projects/${project.id}/webhooks`
    const { body: hook } = await owner.post(hooks, { url: 'https://example.com/secret-path' })
    await owner.patch(`${hooks}/${hook.id}`, { url: 'https://example.com/other-secret', description: 'Chat' })
    await owner.patch(`${hooks}/${hook.id}`, {})
    const { body: unchanged } = await owner.get(`${hooks}/${hook.id}`)
    assert.equal(unchanged.version, 2)
    const { body: rotated } = await owner.post(`${hooks}/${hook.id}/rotate-secret`)
    await owner.patch(`${hooks}/${hook.id}`, { disabled: true })
    await owner.delete(`${hooks}/${hook.id}`)
    const items = await feed(owner, after)
    assert.deepEqual(
      items.map(({ kind, actor_id, resource }) => [kind, actor_id, resource]),
      ['created', 'updated', 'updated', 'disabled', 'removed'].map((verb) => [
        `webhook.${verb}`,
        owner.id,
        null,
      ]),
    )
    assert.deepEqual(items[1].changes, {
      url: { from: null, to: null },
      description: { from: '', to: 'Chat' },
    })
    const { body: history } = await owner.get(`projects/${project.id}/history`)
    for (const told of [JSON.stringify(items), JSON.stringify(history)])
      for (const secret of ['secret-path', 'other-secret', hook.secret, rotated.secret, 'whsec'])
        assert(!told.includes(secret), told)
    assert.deepEqual(await feed(editor, editors), [])
    const { body: seenByEditor } = await editor.get(`projects/${project.id}/history`)
    assert(!JSON.stringify(seenByEditor).includes('webhook'))
  })
})
