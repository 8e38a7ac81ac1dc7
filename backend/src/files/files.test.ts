import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { readdirSync } from 'node:fs'
import { request as send, type OutgoingHttpHeaders } from 'node:http'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { v7 as uuid } from 'uuid'
import { eventually, refused, start, type Actor, type Answer } from '../../test/harness.ts'
import { collide } from '../../test/races.ts'
import { openStore } from '../store/open.ts'
import type { Store } from '../store/store.ts'
import { keepHouse } from '../process/housekeeping.ts'

const MOST = 1_000_000
const world = await start({ FILES_MAX_SIZE: String(MOST), FILES_MAX_PROJECT_SIZE: String(2 * MOST) })
const { db } = world.servers[0]!

async function team() {
  const people = await world.team()
  const { editor, project } = people
  const { body: task } = await editor.post(`projects/${project.id}/tasks`, { title: 'With files' })
  const files = `tasks/${task.id}/files`
  const upload = (content: string, name = 'notes.txt', type = 'text/plain', who = editor) =>
    who.post(`${files}?name=${encodeURIComponent(name)}`, content, { 'content-type': type })
  return { ...people, task, files, upload }
}

/** As it comes over the wire. */
async function download(actor: Actor, id: string, headers: Record<string, string> = {}) {
  const response = await fetch(`${world.origins[0]}/api/v1/files/${id}/content`, {
    headers: { authorization: `Bearer ${actor.token}`, ...headers },
  })
  return { status: response.status, headers: response.headers, text: await response.text() }
}

/** An upload whose body comes bit by bit. */
function slowly(actor: Actor, path: string, headers: OutgoingHttpHeaders) {
  const request = send(`${world.origins[0]}/api/v1/${path}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${actor.token}`, ...headers },
  })
  const answer = new Promise<Pick<Answer, 'status' | 'body'>>((resolve, reject) => {
    request.on('error', reject).on('response', (response) => {
      let text = ''
      response.on('data', (chunk) => (text += chunk))
      response.on('end', () => resolve({ status: response.statusCode!, body: JSON.parse(text) }))
    })
  })
  return { request, answer }
}

const stored = () =>
  readdirSync(join(world.config.dataDir, 'files'), { recursive: true, encoding: 'utf8' }).filter(
    (name) => name.length > 10,
  )
const leavesNothing = (before: number) => eventually(async () => assert.equal(stored().length, before))
const isStored = (id: string) => stored().some((name) => name.includes(id))
const sha256 = (text: string) => createHash('sha256').update(text).digest('hex')

describe('Files', () => {
  it('are put on a task by editors as they are, and read by everybody in the project', async () => {
    const { editor, viewer, outsider, project, task, files, upload } = await team()
    const answer = await upload('Übersicht', 'Übersicht (alt).txt', 'text/plain; charset=utf-8')
    const { created_at, updated_at, ...file } = answer.body
    assert.equal(created_at, updated_at)
    assert.deepEqual(file, {
      id: file.id,
      project_id: project.id,
      task_id: task.id,
      comment_id: null,
      name: 'Übersicht (alt).txt',
      media_type: 'text/plain',
      size: 10,
      sha256: sha256('Übersicht'),
      created_by: editor.id,
      version: 1,
    })
    assert.equal(answer.headers.get('location'), `/api/v1/files/${file.id}`)
    assert.deepEqual((await viewer.get(files)).body.items, [answer.body])
    assert.deepEqual((await viewer.get(`files/${file.id}`)).body, answer.body)
    assert.equal((await download(viewer, file.id)).text, 'Übersicht')
    assert.equal((await download(outsider, file.id)).status, 404)
    const before = stored().length
    refused(await upload('x', 'x', 'text/plain', viewer), 403, 'forbidden')
    refused(await upload('x', 'x', 'text/plain', outsider), 404, 'not_found')
    assert.equal(stored().length, before)
  })

  it('are of any type, JSON too, and empty if need be', async () => {
    const { editor, viewer, files, upload } = await team()
    assert.equal((await upload('{"a": 1, "a": 2', 'broken.json', 'application/json')).status, 201)
    const { body: empty } = await editor.post(`${files}?name=empty`)
    assert.deepEqual([empty.size, empty.media_type], [0, 'application/octet-stream'])
    const { status, text } = await download(viewer, empty.id)
    assert.deepEqual([status, text], [200, ''])
  })

  it('have a name without folders', async () => {
    const { editor, files, upload } = await team()
    refused(await editor.post(files, 'x'), 400, 'invalid')
    for (const name of [
      '',
      ' ',
      '../../etc/passwd',
      'a\\b',
      'x'.repeat(256),
      'a\r\nSet-Cookie: a=b',
      'a\u202egnp.exe',
    ])
      refused(await upload('x', name), 400, 'invalid')
    const { body: dots } = await upload('x', '..')
    assert.equal(dots.name, '..')
    const { body } = await upload('x')
    assert.equal((await editor.patch(`files/${body.id}`, { name: 'Renamed.txt' })).body.version, 2)
    refused(await editor.patch(`files/${body.id}`, { name: '../x' }), 400, 'invalid')
    refused(await editor.patch(`files/${body.id}?base_version=1`, { name: 'x' }), 409, 'version_conflict')
  })

  it('are shown by a browser only if they cannot run anything there', async () => {
    const { viewer, upload } = await team()
    for (const [type, way] of [
      ['image/png', 'inline'],
      ['application/pdf', 'inline'],
      ['text/plain', 'inline'],
      ['image/svg+xml', 'attachment'],
      ['text/html', 'attachment'],
    ] as const) {
      const { body } = await upload('<script>', 'Ein "Bild" é.x', type)
      const { headers } = await download(viewer, body.id)
      assert.equal(
        headers.get('content-disposition'),
        `${way}; filename="Ein _Bild_ _.x"; filename*=UTF-8''Ein%20%22Bild%22%20%C3%A9.x`,
      )
      assert.equal(headers.get('x-content-type-options'), 'nosniff')
      assert.match(headers.get('content-security-policy')!, /default-src 'none'.*; sandbox$/)
    }
  })

  it('are read in parts, and not again if they are there already', async () => {
    const { viewer, upload } = await team()
    const { body } = await upload('0123456789')
    const read = async (headers: Record<string, string>) => {
      const { status, text, headers: sent } = await download(viewer, body.id, headers)
      return [status, status === 416 ? '' : text, sent.get('content-range')]
    }
    assert.deepEqual(await read({ range: 'bytes=2-4' }), [206, '234', 'bytes 2-4/10'])
    assert.deepEqual(await read({ range: 'bytes=7-' }), [206, '789', 'bytes 7-9/10'])
    assert.deepEqual(await read({ range: 'bytes=-3' }), [206, '789', 'bytes 7-9/10'])
    assert.deepEqual(await read({ range: 'bytes=8-99' }), [206, '89', 'bytes 8-9/10'])
    assert.deepEqual(await read({ range: 'bytes=10-' }), [416, '', 'bytes */10'])
    assert.deepEqual(await read({ range: 'bytes=-0' }), [416, '', 'bytes */10'])
    for (const range of ['bytes=4-2', 'bytes=0-1,3-4', 'lines=1-2', 'bytes=-'])
      assert.deepEqual(await read({ range }), [200, '0123456789', null])
    const etag = `"${sha256('0123456789')}"`
    assert.deepEqual(await read({ range: 'bytes=0-0', 'if-range': etag }), [206, '0', 'bytes 0-0/10'])
    assert.deepEqual(await read({ range: 'bytes=0-0', 'if-range': '"x"' }), [200, '0123456789', null])
    assert.deepEqual(await read({ 'if-none-match': etag }), [304, '', null])
    const head = await fetch(`${world.origins[0]}/api/v1/files/${body.id}/content`, {
      method: 'HEAD',
      headers: { authorization: `Bearer ${viewer.token}` },
    })
    assert.deepEqual(
      ['content-length', 'etag', 'accept-ranges'].map((name) => head.headers.get(name)),
      ['10', etag, 'bytes'],
    )
  })

  it('go along with their task, into another project and into the trash', async () => {
    const { owner, editor, admin, task, upload } = await team()
    const { body: file } = await upload('Content')
    const { body: there } = await owner.post('projects', { name: 'There' })
    await owner.patch(`tasks/${task.id}`, { project_id: there.id })
    assert.equal((await download(editor, file.id)).status, 404)
    assert.equal((await owner.get(`files/${file.id}`)).body.project_id, there.id)
    await owner.delete(`tasks/${task.id}`)
    assert.equal((await download(owner, file.id)).status, 404)
    await keepHouse(db, world.config)
    await owner.post(`tasks/${task.id}/restore`)
    assert.equal((await download(owner, file.id)).text, 'Content')
    await owner.delete(`tasks/${task.id}`)
    await admin.delete(`trash/${task.id}`)
    await keepHouse(db, world.config)
    assert.equal(isStored(file.id), false)
  })

  it('are deleted, restored and undone, and stay in the store until they are purged', async () => {
    const { editor, viewer, admin, files, upload } = await team()
    const made = await upload('Content')
    const { id } = made.body
    refused(await viewer.delete(`files/${id}`), 403, 'forbidden')
    assert.equal((await editor.delete(`files/${id}`)).status, 204)
    assert.equal((await download(viewer, id)).status, 404)
    assert.deepEqual((await viewer.get(files)).body.items, [])
    const [item] = (await editor.get('trash')).body.items
    assert.deepEqual([item.type, item.title], ['file', 'notes.txt'])
    await keepHouse(db, world.config)
    assert.equal((await editor.post(`files/${id}/restore`)).status, 200)
    assert.equal((await download(viewer, id)).text, 'Content')
    const undone = await editor.post(`operations/${made.headers.get('operation-id')}/undo`)
    assert.equal(undone.status, 200)
    assert.equal((await download(viewer, id)).status, 404)
    await admin.delete(`trash/${id}`)
    await keepHouse(db, world.config)
    assert.equal(isStored(id), false)
  })

  it('are read to their end while they are purged, and are gone afterwards', async () => {
    const { owner, admin, task, upload } = await team()
    const { body: file } = await upload('x'.repeat(MOST))
    const url = `${world.origins[0]}/api/v1/files/${file.id}/content`
    const response = await fetch(url, { headers: { authorization: `Bearer ${owner.token}` } })
    const reader = response.body!.getReader()
    let size = (await reader.read()).value!.length
    await owner.delete(`tasks/${task.id}`)
    await admin.delete(`trash/${task.id}`)
    await keepHouse(db, world.config)
    for (let part = await reader.read(); !part.done; part = await reader.read()) size += part.value.length
    assert.deepEqual([size, isStored(file.id)], [MOST, false])
    assert.equal((await download(owner, file.id)).status, 404)
  })

  it('that the store has lost are not available, and nothing else is wrong with them', async () => {
    const { editor, files, upload } = await team()
    const { body: file } = await upload('Content')
    await (openStore(world.config) as Store).remove(file.id)
    assert.equal((await download(editor, file.id)).status, 503)
    assert.deepEqual((await editor.get(files)).body.items, [file])
  })

  it('stay as they are in an archived project', async () => {
    const { owner, editor, project, upload } = await team()
    const { body: file } = await upload('Content')
    await owner.patch(`projects/${project.id}`, { archived: true })
    refused(await upload('More'), 409, 'project_archived')
    refused(await editor.patch(`files/${file.id}`, { name: 'x' }), 409, 'project_archived')
    refused(await editor.delete(`files/${file.id}`), 409, 'project_archived')
  })
})

describe('Files on a comment', () => {
  async function talk() {
    const people = await team()
    const { editor, task } = people
    const { body: comment } = await editor.post(`tasks/${task.id}/comments`, { body: 'See below' })
    const made = await editor.post(`comments/${comment.id}/files?name=x`, 'Content')
    return { ...people, comment, made, file: made.body }
  }

  it('are put there by its author, and are on its task as well', async () => {
    const { owner, viewer, outsider, editor, task, comment, file, files } = await talk()
    assert.deepEqual([file.task_id, file.comment_id], [task.id, comment.id])
    const { body: other } = await editor.post(`${files}?name=y`, 'On the task')
    assert.deepEqual((await viewer.get(`comments/${comment.id}/files`)).body.items, [file])
    assert.deepEqual((await viewer.get(files)).body.items, [file, other])
    refused(await owner.post(`comments/${comment.id}/files?name=x`, 'x'), 403, 'forbidden')
    refused(await outsider.post(`comments/${comment.id}/files?name=x`, 'x'), 404, 'not_found')
    refused(await outsider.get(`comments/${comment.id}/files`), 404, 'not_found')
  })

  it('are hidden with it in the trash, come back with it, and are purged with it', async () => {
    const { viewer, editor, admin, task, comment, file, files } = await talk()
    const counted = async () => (await viewer.get(`tasks/${task.id}?include=counts`)).body.counts.files
    const { body: before } = await viewer.get('changes?after=now')
    await editor.delete(`comments/${comment.id}`)
    assert.equal((await download(viewer, file.id)).status, 404)
    assert.deepEqual((await viewer.get(files)).body.items, [])
    assert.equal(await counted(), 0)
    refused(await editor.delete(`files/${file.id}`), 404, 'not_found')
    refused(await editor.post(`comments/${comment.id}/files?name=x`, 'x'), 404, 'not_found')
    await editor.post(`comments/${comment.id}/restore`)
    assert.equal((await download(viewer, file.id)).text, 'Content')
    assert.equal(await counted(), 1)
    const { body: feed } = await viewer.get(`changes?after=${before.next}`)
    const [gone, back, state] = feed.items
    assert.deepEqual(
      [gone.kind, back.kind, state.kind, state.resource],
      ['comment.deleted', 'comment.restored', 'file.state', file],
    )
    await editor.delete(`comments/${comment.id}`)
    await admin.delete(`trash/${comment.id}`)
    await keepHouse(db, world.config)
    assert.equal(isStored(file.id), false)
    const { rows } = await world.pool.query(
      `select before, after, title from events where resource_id = $1 and (before || after <> '{}' or title is not null)`,
      [file.id],
    )
    assert.deepEqual(rows, [], 'the trail forgets what was purged')
  })

  it('keep the comment from being undone away, unless they are undone with it', async () => {
    const { editor, comment, made, task } = await talk()
    const said = await editor.post(`tasks/${task.id}/comments`, { body: 'Nothing below' })
    const undo = (id: string | null) => editor.post(`operations/${id}/undo`)
    assert.equal((await undo(said.headers.get('operation-id'))).status, 200)
    const { rows } = await world.pool.query(
      `select operation_id from events where resource_id = $1 and kind = 'comment.created'`,
      [comment.id],
    )
    refused(await undo(rows[0].operation_id), 409, 'undo_conflict')
    assert.equal((await undo(made.headers.get('operation-id'))).status, 200)
    assert.equal((await undo(rows[0].operation_id)).status, 200)
  })

  it('are refused when the comment is purged while they arrive', async () => {
    const { editor, admin, comment } = await talk()
    const before = stored().length
    const { request, answer } = slowly(editor, `comments/${comment.id}/files?name=x`, { 'content-length': 2 })
    request.write('x')
    await eventually(async () => assert.equal(stored().length, before + 1))
    await editor.delete(`comments/${comment.id}`)
    await admin.delete(`trash/${comment.id}`)
    request.end('x')
    refused((await answer) as Answer, 404, 'not_found')
    await leavesNothing(before)
  })
})

describe('An upload', () => {
  it('is stored once when it is repeated with its key, and another content is another request', async () => {
    const { editor, files } = await team()
    const key = { 'idempotency-key': uuid(), 'content-type': 'text/plain' }
    const once = () => editor.post(`${files}?name=x`, 'Once', key)
    const [first, again] = [await once(), await once()]
    assert.deepEqual([first.status, again.status, again.body], [201, 201, first.body])
    refused(await editor.post(`${files}?name=x`, 'Twice', key), 422, 'idempotency_mismatch')
    assert.equal((await editor.get(files)).body.items.length, 1)
    await eventually(async () => {
      const { rows } = await world.pool.query('select from unclaimed_contents where not going')
      assert.equal(rows.length, 0)
    })
  })

  it('is refused beyond the size of a file, and without its size, and leaves nothing', async () => {
    const { editor, files, upload } = await team()
    assert.equal((await upload('x'.repeat(MOST))).status, 201)
    const before = stored().length
    refused(await upload('x'.repeat(MOST + 1)), 413, 'file_too_large')
    const { request, answer } = slowly(editor, `${files}?name=x`, { 'transfer-encoding': 'chunked' })
    request.write('x')
    refused((await answer) as Answer, 411, 'length_required')
    request.destroy()
    await leavesNothing(before)
  })

  it('is refused beyond the size of a project, also when two arrive at once', async () => {
    const { project, upload } = await team()
    await upload('x'.repeat(MOST))
    const put = () => upload('x'.repeat(MOST - 10))
    const lock = { text: 'select from projects where id = $1 for update', values: [project.id] }
    const [first, second] = await collide(world, lock, [put, put])
    assert.equal(first!.status, 201)
    refused(second!, 409, 'limit_reached')
    refused(await put(), 409, 'limit_reached')
  })

  it('that breaks off leaves nothing', async () => {
    const { editor, files } = await team()
    const before = stored().length
    const { request, answer } = slowly(editor, `${files}?name=x`, { 'content-length': 1000 })
    request.write('half')
    await eventually(async () => assert.equal(stored().length, before + 1))
    request.destroy()
    await assert.rejects(answer)
    await leavesNothing(before)
    assert.equal((await editor.get(files)).body.items.length, 0)
  })

  it('with a digest is refused if something else arrives, and so is a form', async () => {
    const { editor, files } = await team()
    const before = stored().length
    const digest = (text: string) => `sha-256=:${createHash('sha256').update(text).digest('base64')}:`
    const post = (headers: Record<string, string>) => editor.post(`${files}?name=x`, 'Content', headers)
    assert.equal((await post({ 'content-digest': `sha-512=:AA==:, ${digest('Content')}` })).status, 201)
    refused(await post({ 'content-digest': digest('Contents') }), 400, 'digest_mismatch')
    refused(await post({ 'content-type': 'multipart/form-data; boundary=x' }), 415, 'unsupported_media_type')
    await leavesNothing(before + 1)
  })

  it('that ends after its task was purged, moved out of sight or archived is refused, and leaves nothing', async () => {
    for (const [act, status, code] of [
      ['purged', 404, 'not_found'],
      ['moved', 404, 'not_found'],
      ['archived', 409, 'project_archived'],
    ] as const) {
      const { owner, admin, editor, project, task, files } = await team()
      const { body: hidden } = await owner.post('projects', { name: 'Hidden' })
      const before = stored().length
      const { request, answer } = slowly(editor, `${files}?name=x`, { 'content-length': 2 })
      request.write('x')
      await eventually(async () => assert.equal(stored().length, before + 1))
      if (act === 'purged') {
        await owner.delete(`tasks/${task.id}`)
        await admin.delete(`trash/${task.id}`)
      } else if (act === 'moved') await owner.patch(`tasks/${task.id}`, { project_id: hidden.id })
      else await owner.patch(`projects/${project.id}`, { archived: true })
      request.end('x')
      refused((await answer) as Answer, status, code)
      await leavesNothing(before)
    }
  })

  it('and a move of its task wait for each other, and the file is where the task is', async () => {
    for (const uploadFirst of [true, false]) {
      const { owner, task, upload } = await team()
      const { body: there } = await owner.post('projects', { name: 'There' })
      const move = () => owner.patch(`tasks/${task.id}`, { project_id: there.id })
      const put = () => upload('x', 'x', 'text/plain', owner)
      const lock = { text: 'select from tasks where id = $1 for update', values: [task.id] }
      const answers = await collide(world, lock, uploadFirst ? [put, move] : [move, put])
      const [file] = (await owner.get(`tasks/${task.id}/files`)).body.items
      if (uploadFirst)
        assert.deepEqual(
          answers.map(({ status }) => status),
          [201, 200],
        )
      if (file) assert.equal(file.project_id, there.id)
      else refused(answers[1]!, 503, 'unavailable')
    }
  })

  it('and the archiving of its project wait for each other', async () => {
    const { owner, project, upload } = await team()
    const archive = () => owner.patch(`projects/${project.id}`, { archived: true })
    const lock = { text: 'select from projects where id = $1 for update', values: [project.id] }
    const [archived, late] = await collide(world, lock, [archive, () => upload('x')])
    assert.equal(archived!.status, 200)
    refused(late!, 409, 'project_archived')
  })

  it('is one of at most twenty at a time of one person', async () => {
    const { editor, files } = await team()
    const before = stored().length
    const under = Array.from({ length: 21 }, () => slowly(editor, `${files}?name=x`, { 'content-length': 2 }))
    for (const { request } of under) request.write('x')
    refused((await Promise.race(under.map(({ answer }) => answer))) as Answer, 429, 'rate_limited')
    for (const { request } of under) request.end('x')
    const statuses = (await Promise.all(under.map(({ answer }) => answer))).map(({ status }) => status)
    assert.deepEqual(statuses.sort().slice(-2), [201, 429])
    await leavesNothing(before + 20)
  })

  it('may take longer than other requests as long as something arrives', async () => {
    const { editor, files } = await team()
    const { server } = world.servers[0]!.app
    const { requestTimeout } = server
    server.requestTimeout = 600
    try {
      const { request, answer } = slowly(editor, `${files}?name=x`, { 'content-length': 6 })
      for (let i = 0; i < 6; i++) setTimeout(() => request.write('x'), i * 500)
      assert.equal((await answer).status, 201)
    } finally {
      server.requestTimeout = requestTimeout
    }
  })

  it('that a crash left behind is removed after an hour, and not while it may still become a file', async () => {
    const { upload } = await team()
    const { body: file } = await upload('Content')
    const crashed = uuid()
    const store = openStore(world.config) as Store
    await world.pool.query('insert into unclaimed_contents (id) values ($1)', [crashed])
    await store.write(
      crashed,
      (async function* () {
        yield Buffer.from('left')
      })(),
      10,
    )
    await keepHouse(db, world.config)
    assert(isStored(crashed))
    await world.pool.query(`update unclaimed_contents set since = now() - interval '61 minutes'`)
    await Promise.all(world.servers.map((server) => keepHouse(server.db, world.config)))
    assert.deepEqual([isStored(crashed), isStored(file.id)], [false, true])
  })
})
