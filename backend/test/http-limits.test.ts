// What a hostile or broken client may do to a connection, and how much it may ask for.
import assert from 'node:assert/strict'
import { connect } from 'node:net'
import { describe, it } from 'node:test'
import { refused, start } from './harness.ts'

const world = await start({
  RATE_LIMIT: 'on',
  RATE_LIMIT_PER_MINUTE: '20',
  TRUST_PROXY: '10.0.0.0/8',
})
const unlimited = await start()
const server = unlimited.servers[0]!.app.server
const port = Number(new URL(unlimited.origins[0]!).port)

/** Sends these bytes over a connection of its own and answers all that comes back until the server closes it. */
function exchange(...chunks: (string | number)[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1')
    let received = ''
    socket.setEncoding('latin1')
    socket.on('data', (data) => (received += data))
    socket.on('close', () => resolve(received))
    socket.on('error', reject)
    void (async () => {
      for (const chunk of chunks) {
        if (typeof chunk === 'string') socket.write(chunk, 'latin1')
        else await new Promise((wake) => setTimeout(wake, chunk))
      }
    })()
  })
}

const head = (line: string, ...headers: string[]) =>
  [line, 'Host: localhost', ...headers, '', ''].join('\r\n')

function isProblem(answer: string, status: number): void {
  assert.match(answer, new RegExp(`^HTTP/1.1 ${status} `))
  assert.match(answer, /content-type: application\/problem\+json/i)
  assert.match(answer, /connection: close/i)
  assert.equal(JSON.parse(answer.slice(answer.indexOf('\r\n\r\n') + 4)).status, status)
}

describe('a connection', () => {
  it('is closed on a request that two servers could read differently', async () => {
    const login = 'POST /api/v1/auth/login HTTP/1.1'
    const json = 'Content-Type: application/json'
    const requests = [
      head(login, json, 'Content-Length: 2', 'Transfer-Encoding: chunked') + '0\r\n\r\n',
      head(login, json, 'Content-Length: 2', 'Content-Length: 3') + '{}',
      head(login, json, 'Content-Length: -1') + '{}',
      head(login, json, 'Content-Length: 2x') + '{}',
      head(login, json, 'Transfer-Encoding: chunked, identity') + '{}',
      head(login, json, 'Transfer-Encoding : chunked') + '0\r\n\r\n',
      'GET /livez HTTP/1.1\nHost: localhost\n\n',
      head('GET /livez HTTP/1.1', 'X: a\rb'),
      head('GET /livez HTTP/1.1', 'X: a\0b'),
      head('GET /livez HTTP/9.9'),
      'GET /livez HTTP/1.1\r\n folded: x\r\n\r\n',
      'nonsense\r\n\r\n',
      '\x16\x03\x01\x02\x00\x01\x00',
    ]
    for (const request of requests) isProblem(await exchange(request), 400)
  })

  it('is closed on chunks that are none', async () => {
    const login = head(
      'POST /api/v1/auth/login HTTP/1.1',
      'Content-Type: application/json',
      'Transfer-Encoding: chunked',
    )
    for (const chunk of ['zz\r\n{}\r\n', '2\n{}\n0\n\n', '5\r\n{}\r\n0\r\n\r\n', 'ffffffffffffffffff\r\n{}'])
      assert.match(await exchange(login + chunk), /^HTTP\/1.1 400 /)
  })

  it('refuses a request without Host', async () => {
    assert.match(await exchange('GET /livez HTTP/1.1\r\nConnection: close\r\n\r\n'), /^HTTP\/1.1 400 /)
  })

  it('has so much room for headers, and less for the address', async () => {
    isProblem(await exchange(head('GET /livez HTTP/1.1', `X: ${'x'.repeat(20_000)}`)), 431)
    const { status, body } = await unlimited.anonymous.get(`/livez?${'x'.repeat(9_000)}`)
    assert.deepEqual([status, body.code], [414, 'uri_too_long'])
    refused(await unlimited.anonymous.get(`tasks/${'x'.repeat(150)}`), 414, 'uri_too_long')
  })

  it('is cut when the headers or the body do not arrive in time', async () => {
    const { headersTimeout, requestTimeout } = server
    assert(headersTimeout <= 15_000 && requestTimeout <= 30_000)
    Object.assign(server, { headersTimeout: 300, requestTimeout: 600 })
    try {
      const [slowHeaders, slowBody] = await Promise.all([
        exchange('GET /livez HTTP/1.1\r\nHost: localhost\r\nX-Slow: '),
        exchange(
          head('POST /api/v1/auth/login HTTP/1.1', 'Content-Type: application/json', 'Content-Length: 100') +
            '{',
        ),
      ])
      isProblem(slowHeaders, 408)
      isProblem(slowBody, 408)
    } finally {
      Object.assign(server, { headersTimeout, requestTimeout })
    }
  })

  it('gets 413 for a body over a megabyte, announced or not', async () => {
    const { editor, project } = await unlimited.team()
    const path = `projects/${project.id}/tasks`
    refused(
      await editor.post(path, { title: 'x', description: 'x'.repeat(1_100_000) }),
      413,
      'body_too_large',
    )
    const stream = head(
      `POST /api/v1/${path} HTTP/1.1`,
      `Authorization: Bearer ${editor.token}`,
      'Content-Type: application/json',
      'Transfer-Encoding: chunked',
      'Connection: close',
    )
    const chunk = `${(100_000).toString(16)}\r\n${'x'.repeat(100_000)}\r\n`
    assert.match(await exchange(stream + chunk.repeat(12) + '0\r\n\r\n'), /^HTTP\/1.1 413 /)
    assert.equal((await editor.get(`${path}?total=true`)).body.total, 0)
  })

  it('does not run what a client pipelines behind a refused request', async () => {
    const smuggled = head('GET /livez HTTP/1.1')
    const answer = await exchange(
      head('POST /livez HTTP/1.1', 'Content-Length: 5', 'Transfer-Encoding: chunked') +
        `0\r\n\r\n${smuggled}`,
    )
    assert.equal(answer.match(/HTTP\/1.1/g)?.length, 1)
  })
})

describe('the rate limit', () => {
  it('counts down in structured headers and then answers 429 with Retry-After', async () => {
    const user = await world.user()
    const { headers } = await world.client(user.token, world.origins[0]).get('users/me')
    assert.equal(headers.get('ratelimit-policy'), '"default";q=20;w=60')
    const [, left, seconds] = /^"default";r=(\d+);t=(\d+)$/.exec(headers.get('ratelimit')!)!
    assert.equal(Number(left), 19)
    const client = world.client(user.token, world.origins[0])
    for (let i = 0; i < 19; i++) assert.equal((await client.get('users/me')).status, 200)
    const refusal = await client.get('users/me')
    refused(refusal, 429, 'rate_limited')
    assert(
      Number(refusal.headers.get('retry-after')) <= Number(seconds) &&
        Number(refusal.headers.get('retry-after')) > 0,
    )
    assert.match(refusal.headers.get('ratelimit')!, /^"default";r=0;t=\d+$/)
    const another = await world.user()
    assert.equal((await world.client(another.token, world.origins[0]).get('users/me')).status, 200)
  })

  it('charges the peer, whoever a token that does not hold or an untrusted header says it is', async () => {
    const left = async (headers: Record<string, string>) => {
      const answer = await fetch(`${world.origins[1]}/api/v1/users/me`, { headers })
      return Number(/r=(\d+)/.exec(answer.headers.get('ratelimit')!)![1])
    }
    const first = await left({})
    assert.equal(await left({ 'x-forwarded-for': '203.0.113.1' }), first - 1)
    assert.equal(await left({ forwarded: 'for=203.0.113.2', 'x-real-ip': '203.0.113.3' }), first - 2)
    assert.equal(await left({ authorization: 'Bearer a.b.c' }), first - 3)
  })
})

describe('a proxy in front', () => {
  const behind = (proxy: string, forwarded: string) =>
    world.servers[0]!.app.inject({
      url: '/api/v1/tasks',
      remoteAddress: proxy,
      headers: { 'x-forwarded-for': forwarded },
    })
  const left = async (proxy: string, forwarded: string) =>
    Number(/r=(\d+)/.exec(String((await behind(proxy, forwarded)).headers['ratelimit']))![1])

  it('is believed about the client if it is one of TRUST_PROXY, and else not', async () => {
    assert.equal(await left('10.1.2.3', '198.51.100.1'), 19)
    assert.equal(await left('10.1.2.3', '198.51.100.2'), 19, 'another client, another count')
    assert.equal(await left('10.9.9.9', '198.51.100.1'), 18, 'the same client through another proxy')
    assert.equal(await left('192.0.2.1', '198.51.100.3'), 19)
    assert.equal(
      await left('192.0.2.1', '198.51.100.4'),
      18,
      'not a proxy of ours: counted by its own address',
    )
    assert.equal(await left('10.1.2.3', '198.51.100.9, 198.51.100.5'), 19)
    assert.equal(
      await left('10.1.2.3', '198.51.100.8, 198.51.100.5'),
      18,
      'what the client wrote itself does not count',
    )
  })

  it('never gets a link that a Host header made', async () => {
    const owner = await world.user()
    const answer = await fetch(`${world.origins[0]}/api/v1/projects`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${owner.token}`,
        'content-type': 'application/json',
        'x-forwarded-host': 'evil.example',
        'x-forwarded-proto': 'https',
      },
      body: '{"name":"x"}',
    })
    assert.match(answer.headers.get('location')!, /^\/api\/v1\/projects\/[0-9a-f-]{36}$/)
  })
})
