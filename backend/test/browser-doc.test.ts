// The client of docs/browser.md, in a real browser, from another origin than the service's.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import path from 'node:path'
import { after, it } from 'node:test'
import { PASSWORD, start } from './harness.ts'
import { findProgram } from './programs.ts'

const world = await start({ NODE_ENV: 'production', CORS_ORIGINS: 'http://localhost:*' })
const text = readFileSync(path.resolve(import.meta.dirname, '../../docs/browser.md'), 'utf8')
const client = /```js\n([^]*?)```/.exec(text)?.[1] ?? ''
const chromium = findProgram('chromium')

/** What the page does, and says to the server it came from. */
const script = (base: string, email: string, project: string) => `
import { connect } from './client.js'
const say = (what) => fetch('/said', { method: 'POST', body: JSON.stringify(what) })
try {
  const { logIn, refresh, request, follow } = connect('${base}')
  const user = await logIn('${email}', '${PASSWORD}')
  await Promise.all([refresh(), refresh()])
  const title = await new Promise((resolve, reject) => {
    const stop = follow(({ kind, resource }) => kind === 'task.created' && (stop(), resolve(resource.title)))
    // Again and again, since the stream says nothing of what was before it.
    const timer = setInterval(() => request('POST', 'projects/${project}/tasks', { title: 'Live' }).catch(reject), 500)
    setTimeout(() => clearInterval(timer), 15_000)
  })
  const refused = await request('GET', 'tasks/NONE-1').catch(({ code }) => code)
  await say({ user: user.id, title, refused })
} catch (error) {
  await say({ error: String(error?.detail ?? error?.stack ?? error) })
}
`

it(
  'the client of docs/browser.md logs in, refreshes, writes and follows in a browser',
  { skip: chromium ? false : 'needs chromium', timeout: 60_000 },
  async () => {
    const { owner, project } = await world.team()
    let tell: (what: unknown) => void
    const said = new Promise<unknown>((resolve) => (tell = resolve))
    const files: Record<string, [type: string, content: string]> = {
      '/': ['text/html', '<!doctype html><script type="module" src="page.js"></script>'],
      '/client.js': ['text/javascript', client],
      '/page.js': ['text/javascript', script(world.origins[0]!, owner.email, project.id)],
    }
    const server = createServer((request, response) => {
      if (request.url === '/said') {
        void request.toArray().then((parts) => tell(JSON.parse(parts.join(''))))
        return void response.end()
      }
      const [type, content] = files[request.url ?? ''] ?? ['text/plain', '']
      response.setHeader('content-type', type).end(content)
    }).listen(0, 'localhost')
    after(() => server.close())
    await new Promise((resolve) => server.once('listening', resolve))
    const { port } = server.address() as AddressInfo
    const browser = execFile(chromium!, [
      '--headless',
      '--no-sandbox',
      '--disable-gpu',
      '--remote-debugging-port=0',
      `http://localhost:${port}/`,
    ])
    after(() => void browser.kill('SIGKILL'))
    assert.deepEqual(await said, { user: owner.id, title: 'Live', refused: 'not_found' })
  },
)
