// HTTP itself: methods, media types, conditions, caching, headers.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { METHODS, request, type IncomingMessage } from 'node:http'
import { describe, it } from 'node:test'
import { PASSWORD, refused, start } from './harness.ts'

const world = await start({ CORS_ORIGINS: 'https://app.example.com,http://localhost:3000' })
const [origin] = world.origins
const production = await start({ NODE_ENV: 'production' })
const anyPort = await start({ NODE_ENV: 'production', CORS_ORIGINS: 'http://localhost:*' })

/** A request to the first server, with whatever method, headers and body; also what the usual client cannot send. */
const send = (method: string, path: string, headers: Record<string, string> = {}, body?: string | Blob) =>
  fetch(`${origin}${path}`, { method, headers, redirect: 'manual', ...(body !== undefined && { body }) })

/** With any method, which `fetch` does not send. */
async function ask(method: string, path: string) {
  const sent = request(`${origin}${path}`, { method }).end()
  const [answer] = (await once(sent, 'response')) as [IncomingMessage]
  answer.resume()
  return { status: answer.statusCode, allow: answer.headers.allow }
}

const codeOf = async (answer: Response) => ((await answer.json()) as { code: string }).code

describe('methods', () => {
  it('answers a method that the address does not take with 405 and Allow, before it asks who is calling', async () => {
    const addresses: [path: string, method: string, allow: string][] = [
      ['/api/v1/tasks', 'POST', 'GET, HEAD, OPTIONS'],
      ['/api/v1/tasks/OPS-1', 'PUT', 'GET, HEAD, PATCH, DELETE, OPTIONS'],
      ['/api/v1/projects', 'DELETE', 'GET, HEAD, POST, OPTIONS'],
      ['/api/v1/auth/login', 'GET', 'POST, OPTIONS'],
      ['/livez', 'POST', 'GET, HEAD, OPTIONS'],
    ]
    for (const [path, method, allow] of addresses) {
      const answer = await send(
        method,
        path,
        { 'content-type': 'text/plain' },
        method === 'GET' ? undefined : 'x',
      )
      assert.equal(answer.status, 405, `${method} ${path}`)
      assert.equal(answer.headers.get('allow'), allow)
      assert.equal(await codeOf(answer), 'method_not_allowed')
    }
  })

  it('refuses every other method that a client can send, also those of WebDAV and QUERY', async () => {
    for (const method of METHODS.filter((name) => !['CONNECT', 'GET', 'HEAD', 'OPTIONS'].includes(name)))
      for (const path of ['/api/v1/tasks', '/livez', '/openapi.json', '/docs']) {
        const answer = await ask(method, path)
        assert.deepEqual(answer, { status: 405, allow: 'GET, HEAD, OPTIONS' }, `${method} ${path}`)
      }
    assert.equal((await ask('PROPFIND', '/api/v1/nothing')).status, 404)
  })

  it('answers an unknown address with 404 whatever is sent there', async () => {
    for (const method of ['GET', 'POST', 'DELETE', 'OPTIONS'])
      assert.equal(
        (
          await send(
            method,
            '/api/v1/nothing',
            { 'content-type': 'text/plain' },
            method === 'GET' ? undefined : '{',
          )
        ).status,
        404,
      )
  })

  it('answers HEAD as GET, without the body', async () => {
    const { editor, project } = await world.team()
    const path = `/api/v1/projects/${project.id}`
    const headers = { authorization: `Bearer ${editor.token}` }
    const [get, head] = await Promise.all([send('GET', path, headers), send('HEAD', path, headers)])
    assert.equal(head.status, 200)
    assert.equal(await head.text(), '')
    for (const name of ['etag', 'content-type', 'cache-control'])
      assert.equal(head.headers.get(name), get.headers.get(name))
    assert.equal((await send('HEAD', '/api/v1/tasks')).status, 401)
  })
})

describe('media types', () => {
  it('takes bodies that are JSON only, and answers 415 to any other', async () => {
    const { editor, project } = await world.team()
    const post = (type: string | undefined, body: string | Blob = '{"title":"x"}', more = {}) =>
      send(
        'POST',
        `/api/v1/projects/${project.id}/tasks`,
        {
          authorization: `Bearer ${editor.token}`,
          ...(type !== undefined && { 'content-type': type }),
          ...more,
        },
        body,
      )
    for (const type of [
      'application/json',
      'application/json; charset=utf-8',
      'application/merge-patch+json',
    ])
      assert.equal((await post(type)).status, 201, type)
    for (const type of [
      'text/plain',
      'application/x-www-form-urlencoded',
      'multipart/form-data; boundary=x',
      'application/xml',
      'application/jsonx',
      'application/json\ta',
      'text/json',
      '*/*',
    ]) {
      const answer = await post(type)
      assert.equal(answer.status, 415, type)
      assert.equal(await codeOf(answer), 'unsupported_media_type')
    }
    assert.equal((await post(undefined, new Blob(['{"title":"x"}']))).status, 415)
    assert.equal((await editor.get(`projects/${project.id}/tasks?total=true`)).body.total, 3)
  })

  it('refuses a body in a content coding, which could unpack to any size', async () => {
    for (const coding of ['gzip', 'br', 'deflate', 'gzip, identity']) {
      const answer = await send(
        'POST',
        '/api/v1/auth/login',
        { 'content-type': 'application/json', 'content-encoding': coding },
        '{}',
      )
      assert.equal(answer.status, 415, coding)
    }
  })

  it('answers 406 when JSON is not acceptable', async () => {
    const status = async (accept: string) => (await send('GET', '/livez', { accept })).status
    for (const accept of [
      '*/*',
      'application/json',
      'application/*;q=0.1',
      'text/html, */*;q=0.8',
      'application/json;q=0.5, text/html',
      'application/problem+json',
      'application/problem+json, text/html',
      '',
    ])
      assert.equal(await status(accept), 200, accept)
    for (const accept of [
      'text/html',
      'application/xml;q=0.9',
      'application/json;q=0',
      '*/*;q=0',
      'application/json;q=0, */*',
      'application/problem+json;q=0',
      'nonsense',
    ])
      assert.equal(await status(accept), 406, accept)
  })

  it('does what answers no content whatever is acceptable', async () => {
    const { editor, project } = await world.team()
    for (const accept of ['application/problem+json', 'text/html', 'nonsense', '']) {
      const { body: task } = await editor.post(`projects/${project.id}/tasks`, { title: 'x' })
      const answer = await editor.delete(`tasks/${task.id}`, { accept })
      assert.deepEqual([answer.status, answer.body], [204, ''], accept)
    }
    assert.equal((await editor.post('auth/logout', undefined, { accept: 'text/html' })).status, 204)
  })

  it('answers JSON that no browser takes for anything else', async () => {
    for (const path of ['/livez', '/api/v1/tasks', '/api/v1/nothing']) {
      const { headers } = await send('GET', path)
      assert.match(headers.get('content-type')!, /^application\/(problem\+)?json/)
      assert.equal(headers.get('x-content-type-options'), 'nosniff')
    }
  })
})

describe('conditions', () => {
  it('answers 304 to If-None-Match with the current tag, also a weak one and one among others', async () => {
    const { viewer, project } = await world.team()
    const path = `projects/${project.id}`
    const tag = (await viewer.get(path)).headers.get('etag')!
    assert.match(tag, /^"[\x21\x23-\x7e]+"$/)
    for (const known of [
      tag,
      `W/${tag}`,
      `"x", ${tag}`,
      `"a,b",W/${tag}`,
      tag.replace(/"$/, '-gzip"'),
      '*',
    ]) {
      const answer = await viewer.get(path, { 'if-none-match': known })
      assert.equal(answer.status, 304, known)
      assert.equal(answer.body, '')
      assert.equal(answer.headers.get('etag'), tag)
    }
    for (const known of ['"x"', tag.slice(1, -1), '"1', tag.replace(/"$/, '-x"')])
      assert.equal((await viewer.get(path, { 'if-none-match': known })).status, 200, known)
  })

  it('makes a change only if If-Match names the current version, also in the form that a compressing proxy gives its tag', async () => {
    const { editor, project } = await world.team()
    const { body: task, headers } = await editor.post(`projects/${project.id}/tasks`, { title: 'x' })
    const tag = headers.get('etag')!
    for (const stale of ['"99"', 'W/"99"', '"99-gzip"', '"x"', tag.slice(1, -1), '', '"1', '"1x"', 'W/']) {
      refused(
        await editor.patch(`tasks/${task.id}`, { title: 'y' }, { 'if-match': stale }),
        412,
        'precondition_failed',
      )
      refused(await editor.delete(`tasks/${task.id}`, { 'if-match': stale }), 412, 'precondition_failed')
    }
    let current = tag
    for (const [title, match] of [
      ['a', () => current],
      ['b', () => `"x", ${current}`],
      ['c', () => `W/"99", "98",${current}`],
      ['d', () => '*'],
      ['nginx', () => `W/${current}`],
      ['Apache', () => current.replace(/"$/, '-gzip"')],
      ['Caddy', () => `W/${current.replace(/"$/, '-zstd"')}`],
    ] as const) {
      const answer = await editor.patch(`tasks/${task.id}`, { title }, { 'if-match': match() })
      assert.equal(answer.status, 200, title)
      current = answer.headers.get('etag')!
    }
    refused(
      await editor.patch(`tasks/${task.id}`, { title: 'e' }, { 'if-match': tag }),
      412,
      'precondition_failed',
    )
    assert.equal((await editor.delete(`tasks/${task.id}`, { 'if-match': current })).status, 204)
  })

  it('honours If-Match wherever an ETag is given out', async () => {
    const { owner, editor, admin, outsider, project } = await world.team()
    const resources: [
      actor: typeof owner,
      path: string,
      change: 'patch' | 'put',
      body: object,
      deletion?: object,
    ][] = [
      [owner, `projects/${project.id}`, 'patch', { name: 'y' }],
      [owner, `projects/${project.id}/members/${editor.id}`, 'put', { role: 'viewer' }],
      [outsider, 'users/me', 'patch', { name: 'y' }, { current_password: PASSWORD }],
      [admin, `users/${editor.id}`, 'patch', { name: 'y' }],
    ]
    for (const [actor, path, method, body, deletion] of resources) {
      assert(await actor.get(path).then(({ headers }) => headers.get('etag')), path)
      refused(await actor[method](path, body, { 'if-match': '"99"' }), 412, 'precondition_failed')
      refused(await actor.delete(path, { 'if-match': '"99"' }, deletion), 412, 'precondition_failed')
      const changed = await actor[method](path, body, {
        'if-match': (await actor.get(path)).headers.get('etag')!,
      })
      assert.equal(changed.status, 200, path)
    }
  })

  it('says who may not, before it says whether the condition holds', async () => {
    const { editor, viewer, outsider, project } = await world.team()
    const { body: task } = await editor.post(`projects/${project.id}/tasks`, { title: 'x' })
    for (const tag of ['"99"', '*']) {
      refused(await viewer.patch(`tasks/${task.id}`, { title: 'y' }, { 'if-match': tag }), 403, 'forbidden')
      refused(await outsider.patch(`tasks/${task.id}`, { title: 'y' }, { 'if-match': tag }), 404, 'not_found')
      refused(await viewer.delete(`tasks/${task.id}`, { 'if-match': tag }), 403, 'forbidden')
    }
    refused(await outsider.get(`tasks/${task.id}`, { 'if-none-match': '*' }), 404, 'not_found')
  })

  it('gives another tag to whoever sees another representation', async () => {
    const { owner, viewer, project } = await world.team()
    const tag = (await owner.get(`projects/${project.id}`)).headers.get('etag')!
    assert.equal((await viewer.get(`projects/${project.id}`, { 'if-none-match': tag })).status, 200)
    const { body: task, headers } = await owner.post(`projects/${project.id}/tasks`, { title: 'x' })
    await owner.patch(`projects/${project.id}`, { key: 'RENAMED' })
    const renamed = await owner.get(`tasks/${task.id}`, { 'if-none-match': headers.get('etag')! })
    assert.equal(renamed.body.ref, 'RENAMED-1')
  })
})

describe('headers', () => {
  it('keeps a harmless X-Request-Id and makes one otherwise', async () => {
    for (const id of ['abc-123', 'trace:1/2.3+4=', 'x'.repeat(128)])
      assert.equal((await send('GET', '/livez', { 'x-request-id': id })).headers.get('x-request-id'), id)
    for (const id of ['a b', 'x'.repeat(129), '"><script>', 'ü', '${jndi:ldap://x}'])
      assert.match(
        (await send('GET', '/livez', { 'x-request-id': id })).headers.get('x-request-id')!,
        /^[0-9a-f-]{36}$/,
        id,
      )
    const problem = await send('GET', '/api/v1/tasks', { 'x-request-id': 'mine' })
    assert.equal(((await problem.json()) as { request_id: string }).request_id, 'mine')
  })

  it('lets nobody store what is personal, unless it comes with an ETag', async () => {
    const { editor, project } = await world.team()
    for (const path of ['tasks', 'projects', 'auth/sessions', 'auth/validate', 'tasks/OPS-999'])
      assert.equal((await editor.get(path)).headers.get('cache-control'), 'no-store', path)
    for (const path of [`projects/${project.id}`, 'users/me'])
      assert.equal((await editor.get(path)).headers.get('cache-control'), 'private, no-cache', path)
  })

  it('tells browsers to run, frame and embed nothing, and names no product', async () => {
    for (const path of ['/livez', '/api/v1/tasks', '/api/v1/nothing', '/%zz']) {
      const { headers } = await send('GET', path)
      assert.equal(headers.get('content-security-policy'), "default-src 'none'; frame-ancestors 'none'", path)
      assert.equal(headers.get('referrer-policy'), 'no-referrer')
      assert.equal(headers.get('cross-origin-resource-policy'), 'same-origin')
      assert.equal(headers.get('strict-transport-security'), null, 'only in production')
      for (const name of ['server', 'x-powered-by']) assert.equal(headers.get(name), null)
    }
  })

  it('asks for TLS from then on, in production, and lets no origin in that is not configured', async () => {
    const headers = { origin: 'https://app.example.com', 'access-control-request-method': 'GET' }
    for (const method of ['GET', 'OPTIONS']) {
      const answer = await fetch(`${production.origins[0]}/livez`, { method, headers })
      assert.equal(answer.headers.get('strict-transport-security'), 'max-age=31536000; includeSubDomains')
      assert.equal(answer.headers.get('access-control-allow-origin'), null)
    }
  })

  it('names the operation of a change, and of nothing else', async () => {
    const { editor, viewer, project } = await world.team()
    const path = `projects/${project.id}/tasks`
    assert((await editor.post(path, { title: 'x' })).headers.get('operation-id'))
    assert.equal((await viewer.post(path, { title: 'x' })).headers.get('operation-id'), null)
    assert.equal((await editor.get(path)).headers.get('operation-id'), null)
  })
})

describe('CORS', () => {
  const preflight = (from: string, path = '/api/v1/tasks/OPS-1') =>
    send('OPTIONS', path, {
      origin: from,
      'access-control-request-method': 'PATCH',
      'access-control-request-headers': 'authorization,content-type,if-match',
    })

  it('lets the configured origins in, without cookies', async () => {
    const { status, headers } = await preflight('https://app.example.com')
    assert.equal(status, 204)
    assert.equal(headers.get('access-control-allow-origin'), 'https://app.example.com')
    assert.match(headers.get('access-control-allow-methods')!, /\bPATCH\b/)
    for (const name of ['Authorization', 'Content-Type', 'If-Match', 'Idempotency-Key'])
      assert.match(headers.get('access-control-allow-headers')!, new RegExp(`\\b${name}\\b`))
    assert.equal(headers.get('access-control-allow-credentials'), null)
    const answer = await send('GET', '/api/v1/tasks', { origin: 'http://localhost:3000' })
    assert.equal(answer.headers.get('access-control-allow-origin'), 'http://localhost:3000')
    assert.match(answer.headers.get('access-control-expose-headers')!, /\bETag\b/)
    assert.equal(answer.headers.get('vary'), 'Origin')
  })

  it('lets every local origin in where it is developed, and where it is asked for', async () => {
    for (const from of [
      'http://localhost:5173',
      'http://localhost',
      'https://localhost:8443',
      'http://127.0.0.1:3001',
    ])
      for (const { headers } of [await preflight(from), await send('GET', '/livez', { origin: from })])
        assert.equal(headers.get('access-control-allow-origin'), from)
    const asked = await fetch(`${anyPort.origins[0]}/livez`, { headers: { origin: 'http://localhost:5173' } })
    assert.equal(asked.headers.get('access-control-allow-origin'), 'http://localhost:5173')
    const not = await fetch(`${anyPort.origins[0]}/livez`, { headers: { origin: 'http://127.0.0.1:5173' } })
    assert.equal(not.headers.get('access-control-allow-origin'), null, 'in production only what is asked for')
  })

  it('logs a refused origin once, and not without end', async () => {
    const refusals = () => anyPort.log.filter((line) => line.includes('CORS_ORIGINS'))
    const before = refusals().length
    const visit = (from: string) => fetch(`${anyPort.origins[0]}/livez`, { headers: { origin: from } })
    for (let i = 0; i < 3; i++) await visit('https://evil.example')
    await visit(anyPort.origins[0]!)
    assert.equal(refusals().length, before + 1)
    assert.match(refusals().at(-1)!, /https:\/\/evil\.example/)
    for (let i = 0; i < 100; i++) await visit(`https://evil${i}.example`)
    assert.equal(refusals().length, 50)
  })

  it('reflects no other origin', async () => {
    for (const from of [
      'https://evil.example',
      'null',
      'https://app.example.com.evil.example',
      'http://app.example.com',
      'http://localhost.evil.example:5173',
      'http://localhost:5173.evil.example',
    ]) {
      const [asked, answer] = await Promise.all([preflight(from), send('GET', '/livez', { origin: from })])
      for (const { headers } of [asked, answer]) {
        assert.equal(headers.get('access-control-allow-origin'), null, from)
        assert.equal(headers.get('access-control-allow-credentials'), null)
      }
    }
  })
})
