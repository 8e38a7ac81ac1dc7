// The live copy in a real browser: two tabs on one IndexedDB, a write without a network, a reload in the middle of it.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after, it } from 'node:test'
import { promisify } from 'node:util'
import { PASSWORD, start } from '../../backend/test/harness.ts'
import { findProgram } from '../../backend/test/programs.ts'

const world = await start({ CORS_ORIGINS: 'http://localhost:*' })
const chromium = findProgram('chromium')
const CLIENT = path.resolve(import.meta.dirname, '..')
const folder = mkdtempSync(path.join(tmpdir(), 'tasktrail-browser-'))
after(() => rmSync(folder, { recursive: true, force: true }))

/** What both tabs begin with. The network of a tab is cut by `offline`. */
const opening = (base: string) => `
import { connect, createReplica, indexedDbStorage, storedTokens } from '/client/index.js'
export const say = (what) => fetch('/said', { method: 'POST', body: JSON.stringify(what) })
export const state = { offline: false }
export const api = connect('${base}', {
  tokens: storedTokens(localStorage),
  fetch: (...request) => (state.offline ? Promise.reject(new TypeError('offline')) : fetch(...request)),
})
export const open = () => createReplica(api, { storage: indexedDbStorage('copy') })
export const until = async (condition) => { while (!condition()) await new Promise((resolve) => setTimeout(resolve, 20)) }
addEventListener('unhandledrejection', ({ reason }) => say({ error: String(reason?.stack ?? reason) }))
`

const first = (email: string, project: string) => `
import { api, open, say, state, until } from './opening.js'
import { logIn } from '/client/index.js'
try {
  await logIn(api, { email: '${email}', password: '${PASSWORD}' })
  const replica = open()
  await replica.ready
  const tab = document.body.appendChild(document.createElement('iframe'))
  tab.src = '/other.html'
  await new Promise((resolve) => (globalThis.other = resolve))
  await until(() => replica.query('task').items.length === 1)
  state.offline = true
  await replica.create('task', { project_id: '${project}', title: 'Written offline' }).kept
  location.href = '/second.html'
} catch (error) { await say({ error: String(error?.stack ?? error) }) }
`

/** In a tab beside the first: it follows too, and what it writes goes out. */
const other = (project: string) => `
import { open, say } from './opening.js'
try {
  const replica = open()
  await replica.ready
  await replica.create('task', { project_id: '${project}', title: 'From the other tab' }).done
  parent.other()
} catch (error) { await say({ error: String(error?.stack ?? error) }) }
`

const second = `
import { api, open, say, state, until } from './opening.js'
try {
  state.offline = true
  const replica = open()
  await replica.ready
  const titles = () => replica.query('task').items.map(({ title }) => title).sort()
  // The page before may still be on its way out.
  await until(() => replica.unsent.length === 1)
  const before = titles()
  state.offline = false
  await until(() => replica.unsent.length === 0)
  await say({ before, after: titles(), refused: replica.refused.length })
} catch (error) { await say({ error: String(error?.stack ?? error) }) }
`

it(
  'A live copy in a browser is shared by tabs, and a reload loses nothing that was written offline',
  { skip: chromium ? false : 'needs chromium', timeout: 90_000 },
  async () => {
    const { owner, project } = await world.team()
    await promisify(execFile)(process.execPath, ['scripts/build.mjs', path.join(folder, 'dist')], {
      cwd: CLIENT,
    })
    let tell: (what: unknown) => void
    const said = new Promise<unknown>((resolve) => (tell = resolve))
    const pages: Record<string, string> = {
      '/opening.js': opening(world.origins[0]!),
      '/first.js': first(owner.email, project.id),
      '/other.js': other(project.id),
      '/second.js': second,
    }
    const server = createServer((request, response) => {
      const url = request.url ?? ''
      if (url === '/said') {
        void request.toArray().then((parts) => tell(JSON.parse(parts.join(''))))
        return void response.end()
      }
      const script = url.startsWith('/client/')
        ? readFileSync(path.join(folder, 'dist', url.slice('/client/'.length)), 'utf8')
        : pages[url]
      if (script !== undefined) return void response.setHeader('content-type', 'text/javascript').end(script)
      const page = `<!doctype html><body><script type="module" src="${url.replace('.html', '.js')}"></script>`
      return void response.setHeader('content-type', 'text/html').end(page)
    }).listen(0, 'localhost')
    after(() => server.close())
    await new Promise((resolve) => server.once('listening', resolve))
    const { port } = server.address() as AddressInfo
    const browser = execFile(chromium!, [
      '--headless',
      '--no-sandbox',
      '--disable-gpu',
      '--remote-debugging-port=0',
      `--user-data-dir=${path.join(folder, 'profile')}`,
      `http://localhost:${port}/first.html`,
    ])
    after(() => void browser.kill('SIGKILL'))
    const both = ['From the other tab', 'Written offline']
    assert.deepEqual(await said, { before: both, after: both, refused: 0 })
    const { body } = await owner.get(`projects/${project.id}/tasks`)
    assert.deepEqual(body.items.map(({ title }: any) => title).sort(), both)
  },
)
