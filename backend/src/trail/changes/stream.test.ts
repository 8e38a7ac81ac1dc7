import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { buildApp } from '../../app.ts'
import { openDatabase } from '../../database/db.ts'
import { refused, start, type Client } from '../../../test/harness.ts'
import { MOST_PER_USER } from './audience.ts'

const world = await start()

interface Message {
  id: string | undefined
  item: any
}

/** A stream being read. `next` answers the next item, `ended` when the server ended the stream. */
async function open(path: string, headers: Record<string, string>, origin = world.origins[0]) {
  const response = await fetch(`${origin}/api/v1/${path}`, {
    headers: { accept: 'text/event-stream', ...headers },
  })
  if (response.status !== 200) return { response, problem: await response.json() }
  const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader()
  const messages: Message[] = []
  const waiting: (() => void)[] = []
  let over = false
  const ended = (async () => {
    let text = ''
    for (;;) {
      const { value, done } = await reader.read().catch(() => ({ value: undefined, done: true }))
      if (done) break
      text += value
      const blocks = text.split('\n\n')
      text = blocks.pop()!
      for (const block of blocks) {
        const data = /^data: (.*)$/m.exec(block)?.[1]
        if (data) messages.push({ id: /^id: (.*)$/m.exec(block)?.[1], item: JSON.parse(data) })
      }
      waiting.splice(0).forEach((resolve) => resolve())
    }
    over = true
    waiting.splice(0).forEach((resolve) => resolve())
  })()
  return {
    response,
    ended,
    messages,
    close: () => reader.cancel(),
    async next(): Promise<Message> {
      while (messages.length === 0) {
        assert(!over, 'the stream has ended')
        await new Promise<void>((resolve) => waiting.push(resolve))
      }
      return messages.shift()!
    },
  }
}

const bearer = ({ token }: { token: string }) => ({ authorization: `Bearer ${token}` })
const now = async (client: Client): Promise<string> => (await client.get('changes?after=now')).body.next
const within = async (ms: number, promise: Promise<unknown>) => {
  const begun = performance.now()
  await promise
  const took = performance.now() - begun
  assert(took < ms, `took ${Math.round(took)} ms`)
}

describe('GET /events', { timeout: 60_000 }, () => {
  it('sends every change as it happens, and goes on after the last id', async () => {
    const { owner, viewer, project } = await world.team()
    const stream = await open('events?after=now', bearer(viewer))
    assert.equal(stream.response.headers.get('content-type'), 'text/event-stream; charset=utf-8')
    assert.equal(stream.response.headers.get('cache-control'), 'no-store')
    const { body: one } = await owner.post(`projects/${project.id}/tasks`, { title: 'One' })
    const first = await stream.next!()
    assert.deepEqual(first.item.resource, one)
    await stream.close!()
    await owner.post(`projects/${project.id}/tasks`, { title: 'Two' })
    const again = await open('events', { ...bearer(viewer), 'last-event-id': first.id! }, world.origins[1])
    assert.equal((await again.next!()).item.resource.title, 'Two')
    await owner.post(`projects/${project.id}/tasks`, { title: 'Three' })
    assert.equal((await again.next!()).item.resource.title, 'Three')
    await again.close!()
  })

  it('takes a ticket where no token can be sent, which is good for nothing else', async () => {
    const { owner, viewer, project } = await world.team()
    const { body } = await viewer.post('events/ticket')
    assert.equal(body.expires_in, 30)
    const stream = await open(`events?after=now&ticket=${body.ticket}`, {})
    await owner.post(`projects/${project.id}/tasks`, { title: 'News' })
    assert.equal((await stream.next!()).item.resource.title, 'News')
    await stream.close!()
    refused(await world.anonymous.get(`changes?ticket=${body.ticket}`), 401, 'unauthenticated')
    refused(await world.client(body.ticket).get('users/me'), 401, 'unauthenticated')
    for (const ticket of [viewer.token, `${body.ticket}x`, 'x'])
      assert.equal((await open(`events?ticket=${ticket}`, {})).response.status, 401)
    const late = await world.tokens.signTicket(
      { userId: viewer.id, sessionId: viewer.sessionId, expires: Date.now() / 1000 + 900 },
      -10,
    )
    assert.equal((await open(`events?ticket=${late}`, {})).response.status, 401)
  })

  it('ends within a second when the session ends, the user is disabled, or the token is over', async () => {
    const { viewer, editor, owner, admin } = await world.team()
    const streams = await Promise.all(
      [viewer, editor].map((actor) => open('events?after=now', bearer(actor))),
    )
    await viewer.post('auth/logout')
    await within(1_000, streams[0]!.ended!)
    await admin.patch(`users/${editor.id}`, { disabled: true })
    await within(1_000, streams[1]!.ended!)
    const until = Math.floor(Date.now() / 1000) + 2
    const ticket = await world.tokens.signTicket(
      { userId: owner.id, sessionId: owner.sessionId, expires: until },
      30,
    )
    const brief = await open(`events?after=now&ticket=${ticket}`, {})
    await brief.ended
    assert(Date.now() >= until * 1000 && Date.now() < until * 1000 + 1_000)
  })

  it('does not end for those who came while it was asked whose session goes on', async () => {
    const { owner, editor, project } = await world.team()
    const first = await open('events?after=now', bearer(owner))
    const lock = await world.pool.connect()
    // Remembered for a moment, so that the stream can be opened while nobody can ask.
    await world.client(editor.token, world.origins[0]).get('users/me')
    await lock.query('begin; lock table sessions in access exclusive mode')
    await world.blocked()
    const opening = open('events?after=now', bearer(editor))
    await sleep(300)
    await lock.query('rollback')
    lock.release()
    const second = await opening
    assert.equal(second.response.status, 200)
    await sleep(500)
    await owner.post(`projects/${project.id}/tasks`, { title: 'Still there' })
    for (const stream of [first, second])
      assert.equal((await stream.next!()).item.resource.title, 'Still there')
    for (const stream of [first, second]) await stream.close!()
  })

  it('tells at once that a project is lost, and nothing of it afterwards', async () => {
    const { owner, viewer, project } = await world.team()
    const { body: other } = await owner.post('projects', { name: 'Other' })
    await owner.post(`projects/${other.id}/members`, { user_id: viewer.id, role: 'viewer' })
    const stream = await open(`events?after=${await now(viewer)}`, bearer(viewer))
    await owner.delete(`projects/${project.id}/members/${viewer.id}`)
    await owner.post(`projects/${project.id}/tasks`, { title: 'Not for you' })
    await owner.post(`projects/${other.id}/tasks`, { title: 'For you' })
    const items = [await stream.next!(), await stream.next!(), await stream.next!()].map(({ item }) => item)
    assert.deepEqual(
      items.map(({ kind, resource }) => [kind, resource?.title ?? null]),
      [
        ['member.removed', null],
        ['project.state', null],
        ['task.created', 'For you'],
      ],
    )
    await stream.close!()
  })

  it('hears of what a promoted user sees from then on', async () => {
    const { owner, outsider, admin, project } = await world.team()
    const stream = await open('events?after=now', bearer(outsider))
    await admin.patch(`users/${outsider.id}`, { role: 'admin' })
    for (let message = await stream.next!(); message.item.kind !== 'reset';) message = await stream.next!()
    await new Promise((resolve) => setTimeout(resolve, 1_000))
    stream.messages!.length = 0
    await owner.post(`projects/${project.id}/tasks`, { title: 'News' })
    assert.equal((await stream.next!()).item.resource.title, 'News')
    await stream.close!()
  })

  it('answers a problem to who may not listen, or comes with a cursor from nowhere', async () => {
    const { viewer } = await world.team()
    assert.equal((await open('events', {})).response.status, 401)
    const { response, problem }: any = await open('events', {
      ...bearer(viewer),
      'last-event-id': 'nowhere',
    })
    assert.equal(response.status, 400)
    assert.equal(problem.code, 'invalid_cursor')
    const streams = await Promise.all(
      Array.from({ length: MOST_PER_USER }, () => open('events?after=now', bearer(viewer))),
    )
    assert.equal((await open('events?after=now', bearer(viewer))).response.status, 429)
    await streams[0]!.close!()
    await new Promise((resolve) => setTimeout(resolve, 100))
    const freed = await open('events?after=now', bearer(viewer))
    assert.equal(freed.response.status, 200)
    for (const { close } of [...streams, freed]) await close!()
  })

  it('ends in order when the server shuts down, which does not wait for the listeners', async () => {
    const { viewer } = await world.team()
    const db = openDatabase({ url: world.url, size: 4, prepared: true })
    const { app } = await buildApp({ config: world.config, db })
    const origin = await app.listen({ host: '127.0.0.1', port: 0 })
    const stream = await open('events?after=now', bearer(viewer), origin)
    const waiting = world.client(viewer.token, origin).get(`changes?wait=30&after=${await now(viewer)}`)
    await new Promise((resolve) => setTimeout(resolve, 100))
    await within(1_000, app.close())
    await stream.ended
    assert.deepEqual((await waiting).body.items, [])
    await db.close()
  })
})
