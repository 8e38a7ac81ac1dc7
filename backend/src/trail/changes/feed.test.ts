import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { openDatabase } from '../../database/db.ts'
import { eventually, refused, start, type Answer, type Client } from '../../../test/harness.ts'
import { pruneEvents } from './queries.ts'

const world = await start()

const now = async (client: Client): Promise<string> => (await client.get('changes?after=now')).body.next

/** Everything after the cursor. */
async function since(client: Client, after: string): Promise<any[]> {
  const items: any[] = []
  for (let more = true; more;) {
    const { status, body } = await client.get(`changes?after=${after}`)
    assert.equal(status, 200, JSON.stringify(body))
    items.push(...body.items)
    ;({ next: after, more } = body)
  }
  return items
}

const kinds = (items: any[]) => items.map(({ kind }) => kind)

describe('GET /changes', () => {
  it('tells what happened, who did it in which request, from what to what, and how it is now', async () => {
    const { owner, editor, viewer, project } = await world.team()
    const { body: task } = await owner.post(`projects/${project.id}/tasks`, { title: 'Before' })
    const after = await now(viewer)
    const first = await editor.patch(`tasks/${task.id}`, { title: 'After', due_on: '2026-12-01' })
    const second = await editor.patch(`tasks/${task.id}`, { status: 'done', due_on: null })
    const [one, two, ...rest] = await since(viewer, after)
    assert.deepEqual(rest, [])
    assert.deepEqual(one, {
      kind: 'task.updated',
      seq: one.seq,
      at: one.at,
      operation_id: first.headers.get('operation-id'),
      actor_id: editor.id,
      token_id: null,
      project_id: project.id,
      resource_id: task.id,
      version: 2,
      ref: task.ref,
      title: 'After',
      changes: { title: { from: 'Before', to: 'After' }, due_on: { from: null, to: '2026-12-01' } },
      resource: second.body,
    })
    assert(Math.abs(Date.parse(one.at) - Date.parse(first.body.updated_at)) < 100)
    assert(two.seq > one.seq)
    assert.deepEqual(two.changes.completed_at, { from: null, to: second.body.completed_at })
  })

  for (const [away, leave, comeBack] of [
    [
      'the project was in the trash',
      ({ owner, project }) => owner.delete(`projects/${project.id}`),
      ({ owner, project }) => owner.post(`projects/${project.id}/restore`),
    ],
    [
      'one was no member',
      ({ owner, viewer, project }) => owner.delete(`projects/${project.id}/members/${viewer.id}`),
      ({ owner, viewer, project }) => owner.post(`projects/${project.id}/members`, { user_id: viewer.id }),
    ],
  ] as [string, ...((team: Awaited<ReturnType<typeof world.team>>) => Promise<Answer>)[]][])
    it(`has the project dropped and told anew when a page was read while ${away}, or what was deleted would stay`, async () => {
      const team = await world.team()
      const { owner, viewer, project } = team
      const { body: other } = await viewer.post('projects', { name: 'Other' })
      const { body: kept } = await owner.post(`projects/${project.id}/tasks`, { title: 'Kept' })
      const { body: doomed } = await owner.post(`projects/${project.id}/tasks`, { title: 'Doomed' })
      const after = await now(viewer)
      await owner.delete(`tasks/${doomed.id}`)
      await viewer.post(`projects/${other.id}/tasks`, { title: 'Elsewhere' })
      assert((await leave!(team)).status < 300)
      // Of two that may be told, so that the page ends after the deletion and before the absence.
      const { body: page } = await viewer.get(`changes?after=${after}&limit=1`)
      assert.deepEqual(kinds(page.items), ['task.created'])
      assert((await comeBack!(team)).status < 300)
      const held = new Map([kept, doomed].map(({ id }) => [id, project.id]))
      for (const { kind, project_id, resource_id, resource } of await since(viewer, page.next)) {
        if (kind.startsWith('task.') && resource) held.set(resource_id, project_id)
        if (kind.startsWith('project.') && !resource)
          for (const [id, where] of held) if (where === project_id) held.delete(id)
      }
      assert.deepEqual([...held.keys()], [kept.id])
    })

  it('begins with all that one can see when asked without a cursor, page by page', async () => {
    const { owner, viewer, project } = await world.team()
    for (let i = 0; i < 7; i++) await owner.post(`projects/${project.id}/tasks`, { title: `Task ${i}` })
    const { body } = await viewer.get('changes?limit=9')
    assert.deepEqual(kinds(body.items), [
      'reset',
      'project.state',
      ...Array(3).fill('member.state'),
      ...Array(4).fill('status.state'),
    ])
    assert.equal(body.more, true)
    const { body: next } = await viewer.get(`changes?limit=5&after=${body.next}`)
    assert.deepEqual(kinds(next.items), Array(5).fill('task.state'))
    assert.equal((await since(viewer, next.next)).length, 2)
  })

  it('tells whoever is added to a project all that is in it, and whoever is removed that it is gone', async () => {
    const { owner, outsider, project } = await world.team()
    const { body: task } = await owner.post(`projects/${project.id}/tasks`, { title: 'Inside' })
    const before = await now(outsider)
    await owner.post(`projects/${project.id}/members`, { user_id: outsider.id, role: 'viewer' })
    const added = await since(outsider, before)
    const fresh = added.filter(({ kind }) => kind.endsWith('.state'))
    assert.deepEqual(kinds(fresh), [
      'project.state',
      ...Array(4).fill('member.state'),
      ...Array(4).fill('status.state'),
      'task.state',
    ])
    assert.equal(fresh[0].resource.my_role, 'viewer')
    assert.deepEqual(fresh.at(-1).resource, task)

    const member = await now(outsider)
    await owner.delete(`projects/${project.id}/members/${outsider.id}`)
    await owner.patch(`tasks/${task.id}`, { title: 'Not for the eyes of others' })
    const removed = await since(outsider, member)
    assert.deepEqual(kinds(removed), ['member.removed', 'project.state'])
    assert.equal(removed[1].resource_id, project.id)
    assert.equal(removed[1].resource, null)
  })

  it('tells nothing of where a task went that moves out of sight, or came from', async () => {
    const { owner, viewer, project } = await world.team()
    const { body: hidden } = await owner.post('projects', { name: 'Hidden' })
    const { body: task } = await owner.post(`projects/${project.id}/tasks`, { title: 'Wanderer' })
    let after = await now(viewer)
    await owner.patch(`tasks/${task.id}`, { project_id: hidden.id, title: 'Secret' })
    const [gone, ...none] = await since(viewer, after)
    assert.deepEqual(none, [])
    assert.deepEqual(gone.changes, { project_id: { from: project.id, to: null } })
    assert.equal(gone.resource, null)
    assert.equal(gone.project_id, project.id)

    after = await now(viewer)
    await owner.patch(`tasks/${task.id}`, { title: 'More secret' })
    await owner.patch(`tasks/${task.id}`, { project_id: project.id, title: 'Public' })
    const [back, ...nothing] = await since(viewer, after)
    assert.deepEqual(nothing, [])
    assert.equal(JSON.stringify(back).includes('ecret'), false)
    assert.equal(JSON.stringify(back).includes(hidden.id), false)
    assert.equal(back.resource.title, 'Public')
  })

  it('tells those who share a project with somebody the new name, and strangers nothing', async () => {
    const { owner, editor, outsider, project } = await world.team()
    const [mine, theirs] = [await now(owner), await now(outsider)]
    await editor.patch('users/me', { name: 'Edith Editor', time_zone: 'Asia/Tokyo' })
    const [renamed, member] = await since(owner, mine)
    assert.deepEqual(renamed.resource, { id: editor.id, name: 'Edith Editor', kind: 'person' })
    assert.deepEqual(Object.keys(renamed.changes), ['name'])
    assert.deepEqual(
      [member.kind, member.project_id, member.resource.name],
      ['member.state', project.id, 'Edith Editor'],
    )
    assert.deepEqual(await since(outsider, theirs), [])
  })

  it('waits for a change and answers at once when one comes, whichever server it came through', async () => {
    const { owner, viewer, project } = await world.team()
    for (const origin of world.origins) {
      const after = await now(viewer)
      const here = world.client(viewer.token, world.origins[0])
      const waiting = here.get(`changes?wait=10&after=${after}`)
      await new Promise((resolve) => setTimeout(resolve, 100))
      const begun = performance.now()
      await world.client(owner.token, origin).post(`projects/${project.id}/tasks`, { title: 'News' })
      assert.deepEqual(kinds((await waiting).body.items), ['task.created'])
      assert(performance.now() - begun < 1_000, `after ${performance.now() - begun} ms`)
    }
  })

  it('answers with nothing when nothing happened in that time, and moves on', async () => {
    const { viewer, outsider } = await world.team()
    const after = await now(viewer)
    await outsider.post('projects', { name: 'Elsewhere' })
    const begun = performance.now()
    const { body } = await viewer.get(`changes?wait=1&after=${after}`)
    assert.deepEqual([body.items, body.more], [[], false])
    assert(performance.now() - begun >= 990)
    assert.notEqual(body.next, after)
  })

  it('refuses to wait on for a session that ended', async () => {
    const { owner, viewer } = await world.team()
    const waiting = viewer.get(`changes?wait=20&after=${await now(viewer)}`)
    await new Promise((resolve) => setTimeout(resolve, 100))
    const begun = performance.now()
    assert.equal((await viewer.post('auth/logout')).status, 204)
    refused(await waiting, 401, 'unauthenticated')
    assert(performance.now() - begun < 1_000)
    assert.equal((await owner.get('users/me')).status, 200)
  })

  it('refuses cursors that are not its own or another user’s', async () => {
    const { viewer, outsider } = await world.team()
    const theirs = await now(outsider)
    const edited = Buffer.from(
      Buffer.from(await now(viewer), 'base64url')
        .toString()
        .replace('"seq":', '"sql":'),
    ).toString('base64url')
    for (const after of [theirs, edited, 'x', '', '%00', 'bm93', Buffer.from('null').toString('base64url')])
      refused(await viewer.get(`changes?after=${after}`), 400, 'invalid_cursor')
    refused(await viewer.get('changes?wait=31'), 400, 'invalid')
    refused(await viewer.get('changes?limit=0'), 400, 'invalid')
  })
})

describe('A trail that does not reach back to the cursor', () => {
  it('is said to the client, which gets everything anew', async () => {
    const { owner, viewer, project } = await world.team()
    const before = await now(viewer)
    await owner.post(`projects/${project.id}/tasks`, { title: 'Forgotten' })
    const after = await now(viewer)
    await owner.post(`projects/${project.id}/tasks`, { title: 'Remembered' })
    await now(viewer)
    const { rows } = await world.pool.query(
      `update events set at = at - interval '400 days' where seq <= (select last_seq - 1 from trail) returning seq`,
    )
    const db = openDatabase({ url: world.url, size: 4, prepared: true })
    await Promise.all([pruneEvents(db, 365), pruneEvents(db, 365)])
    await db.close()
    const trail = (await world.pool.query('select pruned_seq, last_seq from trail')).rows[0]
    assert.equal(Number(trail.pruned_seq), rows.length)
    const answer = await viewer.get(`changes?after=${before}`)
    refused(answer, 410, 'cursor_expired')
    assert.equal(answer.body.resynchronise, '/api/v1/changes')
    assert.deepEqual(kinds(await since(viewer, after)), ['task.created'])
    assert.equal((await viewer.get('changes')).body.items[0].kind, 'reset')
  })

  it('or was restored from before it and went on otherwise, is never taken for the same', async () => {
    const { owner, viewer, project } = await world.team()
    const { body: task } = await owner.post(`projects/${project.id}/tasks`, { title: 'First' })
    const good = await now(viewer)
    await owner.patch(`tasks/${task.id}`, { title: 'Lost with the disk' })
    const lost = await now(viewer)
    // As after restoring a dump that was made between the two.
    await world.pool.query('delete from events where seq = (select last_seq from trail)')
    await world.pool.query('update trail set last_seq = last_seq - 1')
    refused(await viewer.get(`changes?after=${lost}`), 410, 'cursor_expired')
    await owner.patch(`tasks/${task.id}`, { title: 'Another history' })
    await eventually(async () => refused(await viewer.get(`changes?after=${lost}`), 410, 'cursor_expired'))
    assert.equal((await since(viewer, good)).at(-1).changes.title.to, 'Another history')
  })
})
