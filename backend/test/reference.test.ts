// The way in: what `/` says, the API reference at `/docs`, and both below a path.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { createServer, request as forward } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, describe, it } from 'node:test'
import { promisify } from 'node:util'
import { findProgram } from './programs.ts'
import { start } from './harness.ts'

const world = await start()
const below = await start({ PUBLIC_URL: 'https://example.com/tasks/' })
const [origin = ''] = world.origins
const BROWSER = 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8'

describe('GET /', () => {
  it('tells a browser what this is and where to read on', async () => {
    const response = await fetch(origin, { headers: { accept: BROWSER } })
    const page = await response.text()
    assert.equal(response.status, 200)
    assert.equal(response.headers.get('content-type'), 'text/html; charset=utf-8')
    assert.match(page, /<h1>Tasktrail<\/h1>[^]*href="docs\/"/)
    assert.doesNotMatch(page, /(src|href)="(https?:)?\/\//)
  })

  it('tells everybody else in JSON', async () => {
    for (const accept of ['*/*', 'application/json', 'application/json, text/html;q=0.5']) {
      const response = await fetch(origin, { headers: { accept } })
      const { name, docs, openapi, api } = (await response.json()) as Record<string, string>
      assert.deepEqual([response.status, name, api], [200, 'Tasktrail', '/api/v1'])
      assert.equal(response.headers.get('vary'), 'Accept')
      for (const address of [docs, openapi]) assert.equal((await fetch(origin + address)).status, 200)
    }
  })
})

describe('the API reference', () => {
  it('is served whole from here, names every operation and schema, and nobody else', async () => {
    const response = await fetch(`${origin}/docs`)
    const page = await response.text()
    assert.deepEqual([response.status, response.url], [200, `${origin}/docs/`])
    const { paths, components } = world.servers[0]!.app.swagger() as any
    for (const methods of Object.values<any>(paths))
      for (const { operationId } of Object.values<any>(methods))
        assert.match(page, new RegExp(`id="${operationId}"`))
    for (const name of Object.keys(components.schemas)) assert.match(page, new RegExp(`id="${name}"`))
    assert.doesNotMatch(page, /(src|href)="(https?:)?\/\/|swagger|<script>|<style|style="|onclick/i)
    const files = [...page.matchAll(/(?:src|href)="([^"#]+\.(?:js|css|svg))"/g)].map(([, file]) => file!)
    assert.equal(files.length, 3)
    for (const file of files) assert.equal((await fetch(new URL(file, response.url))).status, 200, file)
  })

  it('asks of the browser neither HTTPS nor anything from elsewhere', async () => {
    const { headers } = await fetch(`${origin}/docs/`)
    const policy = headers.get('content-security-policy')!
    assert.match(policy, /default-src 'self'/)
    assert.doesNotMatch(policy, /upgrade-insecure-requests|unsafe|https?:|\*/)
    assert.equal(headers.get('strict-transport-security'), null)
  })

  it('has no other files, and takes no other methods', async () => {
    assert.equal((await fetch(`${origin}/docs/yaml`)).status, 404)
    assert.equal((await fetch(`${origin}/docs/..%2f..%2fapp.ts`)).status, 404)
    assert.equal((await fetch(`${origin}/docs/`, { method: 'POST' })).status, 405)
  })

  const chromium = findProgram('chromium')
  it(
    'works in a browser over plain HTTP, under any name and path',
    { skip: chromium ? false : 'needs chromium' },
    async () => {
      // A proxy that knows nothing of us and shows us below a path.
      const proxy = createServer((incoming, outgoing) => {
        const { pathname, search } = new URL(incoming.url!, origin)
        if (!pathname.startsWith('/deep/down/')) return void outgoing.writeHead(404).end()
        const options = { method: incoming.method, headers: incoming.headers }
        const passed = forward(origin + pathname.slice('/deep/down'.length) + search, options, (answer) => {
          outgoing.writeHead(answer.statusCode!, answer.headers)
          answer.pipe(outgoing)
        })
        incoming.pipe(passed)
      }).listen(0, '127.0.0.1')
      await new Promise((resolve) => proxy.once('listening', resolve))
      after(() => proxy.close())
      const { port } = proxy.address() as AddressInfo
      const { stdout } = await promisify(execFile)(
        chromium!,
        [
          '--headless',
          '--no-sandbox',
          '--disable-gpu',
          '--virtual-time-budget=5000',
          '--host-resolver-rules=MAP tasks.internal 127.0.0.1',
          '--dump-dom',
          `http://tasks.internal:${port}/deep/down/docs#updateTask`,
        ],
        { maxBuffer: 1e7, timeout: 60_000 },
      )
      // What the script does shows that it was loaded and allowed to run; what it opens, that it works.
      assert.match(stdout, /<input[^>]*id="find"(?![^>]*hidden)/)
      assert.match(stdout, /<details[^>]*id="updateTask"[^>]*open=""/)
    },
  )
})

describe('below a path', () => {
  it('has it in every address that is answered', async () => {
    const { owner, project } = await below.team()
    const created = await owner.post(
      `projects/${project.id}/tasks`,
      { title: 'One' },
      { 'idempotency-key': 'one' },
    )
    const location = `/tasks/api/v1/tasks/${created.body.id}`
    assert.equal(created.headers.get('location'), location)
    const again = await owner.post(
      `projects/${project.id}/tasks`,
      { title: 'One' },
      { 'idempotency-key': 'one' },
    )
    assert.equal(again.headers.get('location'), location)
    await owner.post(`projects/${project.id}/tasks`, { title: 'Two' })
    const page = await owner.get(`projects/${project.id}/tasks?limit=1`)
    const [, next = ''] = /^<(.*)>; rel="next"$/.exec(page.headers.get('link')!) ?? []
    assert.match(next, /^\/tasks\/api\/v1\/projects\//)
    assert.equal((await owner.get(next)).body.items[0].title, 'Two')
    assert.deepEqual((below.servers[0]!.app.swagger() as any).servers[0].url, 'https://example.com/tasks')
  })

  it('answers whether the proxy has taken the path away or not', async () => {
    for (const path of ['/', '/tasks/', '/tasks', '/tasks?']) {
      const { status, body } = await below.anonymous.get(path)
      assert.deepEqual([status, body.docs], [200, '/tasks/docs/'], path)
    }
    for (const path of ['/docs/', '/tasks/docs/', '/livez', '/tasks/livez', '/tasks/openapi.json'])
      assert.equal((await fetch(below.origins[0] + path)).status, 200, path)
    assert.equal((await fetch(`${below.origins[0]}/tasksandmore/livez`)).status, 404)
  })
})
