import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { v7 as uuid } from 'uuid'
import { NOTHING_COUNTED, eventually, refused, start, type Actor, type Answer } from '../../test/harness.ts'
import { createReceiver, deliverFor, hook } from '../../test/webhooks.ts'

const world = await start({ WEBHOOK_ALLOW_PRIVATE: 'on' })
deliverFor(world)
const receiver = createReceiver(world)

const undo = (actor: Actor, answer: Answer) =>
  actor.post(`operations/${answer.headers.get('operation-id')}/undo`)

/** A project with a task, what its people say about it, and a second editor. */
async function team() {
  const people = await world.team()
  const { owner, editor, project } = people
  const colleague = await world.user({ name: 'Carla Colleague' })
  await owner.post(`projects/${project.id}/members`, { user_id: colleague.id, role: 'editor' })
  const { body: task } = await owner.post(`projects/${project.id}/tasks`, { title: 'Renew the certificate' })
  const comments = `tasks/${task.id}/comments`
  const say = async (body: string, who = editor) => {
    const answer = await who.post(comments, { body })
    assert.equal(answer.status, 201, JSON.stringify(answer.body))
    return answer.body
  }
  return { ...people, colleague, task, comments, say }
}

const mention = ({ name, id }: Actor) => `@[${name}](${id})`

describe('Comments', () => {
  it('are written by editors, and read by everybody in the project', async () => {
    const { editor, viewer, outsider, project, task, comments } = await team()
    const answer = await editor.post(comments, { body: 'It **expires**.' })
    const { created_at, updated_at, ...comment } = answer.body
    assert.equal(created_at, updated_at)
    assert.deepEqual(comment, {
      id: comment.id,
      project_id: project.id,
      task_id: task.id,
      body: 'It **expires**.',
      mention_ids: [],
      edited_at: null,
      created_by: editor.id,
      version: 1,
    })
    assert.equal(answer.headers.get('location'), `/api/v1/comments/${comment.id}`)
    assert.deepEqual((await viewer.get(`comments/${comment.id}`)).body, answer.body)
    assert.deepEqual((await viewer.get(`tasks/${task.ref}/comments`)).body.items, [answer.body])
    refused(await viewer.post(comments, { body: 'Me too' }), 403, 'forbidden')
    refused(await outsider.post(comments, { body: 'Me too' }), 404, 'not_found')
    refused(await outsider.get(comments), 404, 'not_found')
  })

  it('have a text of 1 to 50,000 characters', async () => {
    const { editor, comments, say } = await team()
    for (const body of ['', ' \n', 'x'.repeat(50_001)])
      refused(await editor.post(comments, { body }), 400, 'invalid')
    assert.equal((await say('ü'.repeat(50_000))).body.length, 50_000)
  })

  it('are listed oldest first or latest first, page by page', async () => {
    const { viewer, comments, say } = await team()
    const bodies = ['one', 'two', 'three', 'four', 'five']
    for (const body of bodies) await say(body)
    for (const [sort, expected] of [
      ['created', bodies],
      ['-created', bodies.toReversed()],
    ] as const) {
      const listed: string[] = []
      for (let cursor = ''; ;) {
        const { body } = await viewer.get(`${comments}?limit=2&total=true&sort=${sort}${cursor}`)
        assert.equal(body.total, 5)
        listed.push(...body.items.map((item: { body: string }) => item.body))
        if (body.next_cursor === null) break
        cursor = `&cursor=${body.next_cursor}`
      }
      assert.deepEqual(listed, expected)
    }
  })

  it('stay as they are in an archived project', async () => {
    const { owner, editor, project, comments, say } = await team()
    const [kept, trashed] = [await say('Kept'), await say('Trashed')]
    await editor.delete(`comments/${trashed.id}`)
    await owner.patch(`projects/${project.id}`, { archived: true })
    refused(await editor.post(comments, { body: 'New' }), 409, 'project_archived')
    refused(await editor.patch(`comments/${kept.id}`, { body: 'New' }), 409, 'project_archived')
    refused(await editor.delete(`comments/${kept.id}`), 409, 'project_archived')
    refused(await editor.post(`comments/${trashed.id}/restore`), 409, 'project_archived')
  })

  it('are as hidden as their task, and go with it when it is purged', async () => {
    const { owner, editor, admin, task, comments, say } = await team()
    const [here, trashed] = [await say('Secret word'), await say('Trashed')]
    await editor.delete(`comments/${trashed.id}`)
    await owner.delete(`tasks/${task.id}`)
    refused(await editor.get(comments), 404, 'not_found')
    refused(await editor.post(comments, { body: 'New' }), 404, 'not_found')
    refused(await editor.get(`comments/${here.id}`), 404, 'not_found')
    refused(await editor.patch(`comments/${here.id}`, { body: 'New' }), 404, 'not_found')
    refused(await editor.post(`comments/${trashed.id}/restore`), 404, 'not_found')
    assert(!JSON.stringify((await editor.get('trash')).body).includes(trashed.id))
    await admin.delete(`trash/${task.id}`)
    const { rows } = await world.pool.query('select from comments where task_id = $1', [task.id])
    assert.equal(rows.length, 0)
    await editor.get('changes')
    const { rows: told } = await world.pool.query(
      `select from events e where to_jsonb(e)::text like '%Secret word%'`,
    )
    assert.equal(told.length, 0)
  })
})

describe('A mention', () => {
  it('names members, each once, in the order of the text', async () => {
    const { owner, editor, viewer, say } = await team()
    const { body, mention_ids } = await say(
      `${mention(viewer)}, ask ${mention(owner)}, or ${mention(viewer)} or @[Ed \\[ops\\]](${editor.id.toUpperCase()})`,
    )
    assert.deepEqual(mention_ids, [viewer.id, owner.id, editor.id])
    assert(body.includes('@[Ed \\[ops\\]]'))
  })

  it('of anybody else is text, whether they exist or not', async () => {
    const { outsider, viewer, say } = await team()
    const { mention_ids } = await say(
      `${mention(outsider)} @[Nobody](${uuid()}) @[No id](x) @Vera @[](${viewer.id})`,
    )
    assert.deepEqual(mention_ids, [])
  })

  it('is of at most 50 people', async () => {
    const { editor, comments, say } = await team()
    const crowd = (count: number) => Array.from({ length: count }, () => `@[X](${uuid()})`).join(' ')
    const answer = await editor.post(comments, { body: crowd(51) })
    refused(answer, 422, 'too_many_mentions')
    assert.equal(answer.body.errors[0].pointer, '/body')
    const { id } = await say(crowd(50))
    refused(await editor.patch(`comments/${id}`, { body: crowd(51) }), 422, 'too_many_mentions')
  })

  it('is found in no time in a text made to be slow', async () => {
    const { say } = await team()
    const started = performance.now()
    for (const part of ['@[', '@[a', '@[\\', '@[x]('])
      await say(part.repeat(50_000 / part.length).slice(0, 50_000))
    assert(performance.now() - started < 4_000)
  })

  it('stays what it was when somebody leaves, and comes with what is written later', async () => {
    const { owner, editor, viewer, outsider, project, say } = await team()
    const { id } = await say(mention(viewer))
    await owner.delete(`projects/${project.id}/members/${viewer.id}`)
    assert.deepEqual((await editor.get(`comments/${id}`)).body.mention_ids, [viewer.id])
    await owner.post(`projects/${project.id}/members`, { user_id: outsider.id })
    const { body } = await editor.patch(`comments/${id}`, { body: mention(viewer) + mention(outsider) })
    assert.deepEqual(body.mention_ids, [outsider.id])
  })
})

describe('Whoever wrote a comment', () => {
  it('changes it, and that is seen', async () => {
    const { editor, owner, colleague, viewer, outsider, admin, say } = await team()
    const { id } = await say('One')
    for (const other of [owner, colleague, admin, viewer])
      refused(await other.patch(`comments/${id}`, { body: 'Mine' }), 403, 'forbidden')
    refused(await outsider.patch(`comments/${id}`, { body: 'Mine' }), 404, 'not_found')
    const same = await editor.patch(`comments/${id}`, { body: 'One' })
    assert.deepEqual([same.status, same.body.version, same.body.edited_at], [200, 1, null])
    assert.equal((await editor.patch(`comments/${id}`, {})).body.version, 1)
    const { body } = await editor.patch(`comments/${id}`, { body: 'Two' })
    assert.deepEqual([body.body, body.version], ['Two', 2])
    assert(Date.now() - Date.parse(body.edited_at) < 10_000)
  })

  it('and became a viewer since only reads it', async () => {
    const { owner, editor, project, say } = await team()
    const { id } = await say('One')
    await owner.put(`projects/${project.id}/members/${editor.id}`, { role: 'viewer' })
    refused(await editor.patch(`comments/${id}`, { body: 'Two' }), 403, 'forbidden')
    refused(await editor.delete(`comments/${id}`), 403, 'forbidden')
    await owner.delete(`projects/${project.id}/members/${editor.id}`)
    refused(await editor.get(`comments/${id}`), 404, 'not_found')
  })

  it('is told when it changed meanwhile', async () => {
    const { editor, say } = await team()
    const { id } = await say('One')
    const stale = { 'if-match': (await editor.get(`comments/${id}`)).headers.get('etag')! }
    await editor.patch(`comments/${id}`, { body: 'Two' })
    refused(await editor.patch(`comments/${id}`, { body: 'Three' }, stale), 412, 'precondition_failed')
    const merged = await editor.patch(`comments/${id}?base_version=1`, { body: 'Three' })
    refused(merged, 409, 'version_conflict')
    assert.deepEqual(merged.body.conflicts.body, { base: 'One', current: 'Two', yours: 'Three' })
  })

  it('deletes and restores it, and so does who manages the project', async () => {
    const { editor, owner, colleague, viewer, admin, task, comments, say } = await team()
    for (const who of [editor, owner, admin]) {
      const { id } = await say('One')
      for (const other of [colleague, viewer]) refused(await other.delete(`comments/${id}`), 403, 'forbidden')
      assert.equal((await who.delete(`comments/${id}`)).status, 204)
      refused(await viewer.get(`comments/${id}`), 404, 'not_found')
      assert(!JSON.stringify((await viewer.get(comments)).body).includes(id))
      assert.deepEqual((await colleague.get('trash')).body.items, [])
      const item = (await who.get('trash')).body.items.find((each: { id: string }) => each.id === id)
      assert.deepEqual([item.type, item.ref, item.title], ['comment', task.ref, 'Renew the certificate'])
      refused(await colleague.post(`comments/${id}/restore`), 403, 'forbidden')
      const restored = await who.post(`comments/${id}/restore`)
      assert.deepEqual([restored.status, restored.body.body, restored.body.edited_at], [200, 'One', null])
    }
  })

  it('is a deleted user when the account is gone, and what they wrote and were called in it stays', async () => {
    const { owner, editor, colleague, say } = await team()
    const theirs = await say(`See ${mention(colleague)}`)
    const own = await say('Gone soon', colleague)
    assert.equal((await colleague.leave()).status, 204)
    const { body: kept } = await owner.get(`comments/${own.id}`)
    assert.deepEqual([kept.body, kept.created_by], ['Gone soon', colleague.id])
    assert.equal((await editor.get(`comments/${theirs.id}`)).body.body, `See ${mention(colleague)}`)
    assert.equal((await owner.delete(`comments/${own.id}`)).status, 204)
  })
})

describe('Undoing what was done to a comment', () => {
  it('asks for the same rights', async () => {
    const { editor, owner, colleague, viewer, outsider, say } = await team()
    const { id } = await say('One')
    const changed = await editor.patch(`comments/${id}`, { body: `Two ${mention(colleague)}` })
    for (const other of [owner, colleague, viewer]) refused(await undo(other, changed), 403, 'forbidden')
    refused(await undo(outsider, changed), 404, 'not_found')
    assert.equal((await undo(editor, changed)).status, 200)
    const { body } = await editor.get(`comments/${id}`)
    assert.deepEqual([body.body, body.edited_at, body.mention_ids, body.version], ['One', null, [], 3])

    const deleted = await editor.delete(`comments/${id}`)
    for (const other of [colleague, viewer]) refused(await undo(other, deleted), 403, 'forbidden')
    assert.equal((await undo(owner, deleted)).status, 200)
    assert.equal((await editor.get(`comments/${id}`)).status, 200)
  })

  it('takes back that it was made, which owners may too', async () => {
    const { editor, owner, colleague, viewer, comments } = await team()
    for (const who of [editor, owner]) {
      const made = await editor.post(comments, { body: 'Hasty' })
      for (const other of [colleague, viewer]) refused(await undo(other, made), 403, 'forbidden')
      assert.equal((await undo(who, made)).status, 200)
      refused(await editor.get(`comments/${made.body.id}`), 404, 'not_found')
    }
  })

  it('does not take a task away under what others say about it', async () => {
    const { owner, editor, project } = await team()
    const made = await owner.post(`projects/${project.id}/tasks`, { title: 'New' })
    await editor.post(`tasks/${made.body.id}/comments`, { body: 'About it' })
    refused(await undo(owner, made), 409, 'undo_conflict')
  })
})

describe('What is said about a task', () => {
  it('is in its history and told to webhooks and followers, under the name of the task', async () => {
    const { editor, viewer, owner, project, task, say } = await team()
    const { received, url } = await receiver()
    await hook(owner, project, url, { kinds: ['comment.created'] })
    const after = (await viewer.get('changes?after=now')).body.next
    const { id } = await say(`For ${mention(owner)}`)
    const { body } = await viewer.get(`changes?after=${after}`)
    const [item] = body.items
    assert.deepEqual(
      [item.kind, item.ref, item.title, item.resource.id],
      ['comment.created', task.ref, 'Renew the certificate', id],
    )
    const [entry] = (await viewer.get(`tasks/${task.ref}/history`)).body.items
    assert.deepEqual([entry.kind, entry.actor.id, entry.ref], ['comment.created', editor.id, task.ref])
    assert.deepEqual(entry.subject, { type: 'comment', id, name: 'Renew the certificate' })
    assert.deepEqual(entry.changes.mention_ids.to, [{ id: owner.id, name: 'Olivia Owner' }])
    await eventually(async () => assert.equal(received.length, 1))
    const { type, data } = received[0]!.body
    assert.deepEqual([type, data.resource_id, data.ref], ['comment.created', id, task.ref])
    assert.equal(data.changes.body.to, `For ${mention(owner)}`)
  })
})

describe('A task', () => {
  it('has 5,000 comments at most, those in the trash included', async () => {
    const { editor, comments, task, project, say } = await team()
    const { id } = await say('One')
    await editor.delete(`comments/${id}`)
    const withoutTriggers = async (statement: string, values: unknown[]) => {
      const client = await world.pool.connect()
      await client.query('begin')
      await client.query('set local session_replication_role = replica')
      await client.query(statement, values)
      await client.query('commit')
      client.release()
    }
    await withoutTriggers(
      `insert into comments (id, project_id, task_id, body, created_by) select gen_random_uuid(), $1, $2, 'x', $3 from generate_series(1, 4998)`,
      [project.id, task.id, editor.id],
    )
    const answers = await Promise.all([1, 2, 3].map((n) => editor.post(comments, { body: `Last ${n}` })))
    assert.deepEqual(answers.map(({ status }) => status).sort(), [201, 409, 409])
    for (const answer of answers) if (answer.status !== 201) refused(answer, 409, 'limit_reached')
    assert.equal((await editor.post(`comments/${id}/restore`)).status, 200)
    await withoutTriggers(`delete from comments where task_id = $1 and body = 'x'`, [task.id])
  })
})

describe('include=counts', () => {
  it('adds to tasks how many comments they have, without those in the trash', async () => {
    const { owner, editor, project, task, say } = await team()
    await owner.post(`projects/${project.id}/tasks`, { title: 'Nothing said' })
    await say('One')
    await say('Two')
    await editor.delete(`comments/${(await say('Three')).id}`)
    for (const path of [
      `projects/${project.id}/tasks?include=counts`,
      'tasks?include=counts&assignee=none',
    ]) {
      const { body } = await editor.get(path)
      const counted = body.items.map(({ title, counts }: any) => [title, counts.comments])
      assert.deepEqual(counted, [
        ['Renew the certificate', 2],
        ['Nothing said', 0],
      ])
    }
    const { body } = await editor.get(`tasks/${task.ref}?include=counts`)
    assert.deepEqual(body, { ...task, counts: { ...NOTHING_COUNTED, comments: 2 } })
    assert.deepEqual((await editor.get(`tasks/${task.ref}`)).body, task)
    refused(await editor.get('tasks?include=everything'), 400, 'invalid')
  })

  it('is part of the ETag, for the version of the task does not grow', async () => {
    const { editor, task, say } = await team()
    const read = (etag = '') => editor.get(`tasks/${task.id}?include=counts`, { 'if-none-match': etag })
    const etag = (await read()).headers.get('etag')!
    assert.equal((await read(etag)).status, 304)
    await say('One')
    assert.equal((await read(etag)).status, 200)
    assert.equal((await editor.patch(`tasks/${task.id}`, { title: 'New' }, { 'if-match': etag })).status, 200)
  })
})
