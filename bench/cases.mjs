// The cases: which requests each sends. Those of the reference are the ones it answers too.
import { CONNECTIONS } from './load.mjs'
import { LARGE, PROJECTS, chooseTasks, tokenOf } from './world.mjs'
import { PASSWORD } from './databases.mjs'

const PAGE = 200

/** All cases on one server's data. `reference` marks those that the seed's stack answers, `scaled` those tried at every scale. */
export async function buildCases(url, port) {
  const headers = { authorization: `Bearer ${await tokenOf(1)}` }
  const get = (path) => ({ method: 'GET', path: `/api/v1${path}`, headers })
  const send = (method, path, body, more = {}) => ({
    method,
    path: `/api/v1${path}`,
    headers: { ...headers, ...more },
    body: JSON.stringify(body),
  })
  const tasks = await chooseTasks(url)
  const list = `/projects/${LARGE}/tasks?status=todo,in_progress&sort=due&limit=50`
  const late = await cursorOfPage(port, headers, PAGE)

  const byId = tasks.map((task) => get(`/tasks/${task.id}`))
  const update = (task, more) => send('PATCH', `/tasks/${task.id}`, { title: 'Title {{number}}' }, more)
  const creates = PROJECTS.map((project) =>
    send('POST', `/projects/${project}/tasks`, {
      title: 'Created {{number}}',
      priority: 'high',
      due_on: '2026-12-01',
    }),
  )
  const mixed = tasks.slice(0, 1_000).map((task, i) => {
    const kinds = [byId[i], get(list), byId[i], get('/auth/validate'), update(task)]
    return i % 20 === 19 ? creates[((i / 20) % creates.length) | 0] : kinds[i % kinds.length]
  })

  return [
    { name: 'health', reference: true, requests: [{ method: 'GET', path: '/health', headers: {} }] },
    { name: 'validate', reference: true, requests: [get('/auth/validate')] },
    { name: 'task by id', reference: true, scaled: true, pgbench: true, requests: byId },
    { name: 'task by reference', scaled: true, requests: tasks.map((task) => get(`/tasks/${task.ref}`)) },
    {
      name: 'list of 50, filtered and sorted',
      reference: true,
      scaled: true,
      pgbench: true,
      requests: [get(list)],
    },
    { name: 'first page of 50', scaled: true, requests: [get(`/projects/${LARGE}/tasks?limit=50`)] },
    {
      name: `page ${late.page} of 50`,
      key: 'late page',
      scaled: true,
      requests: [get(`/projects/${LARGE}/tasks?limit=50&cursor=${late.cursor}`)],
    },
    {
      name: 'my tasks over 20 projects',
      scaled: true,
      requests: [get('/tasks?assignee=me&sort=due&limit=50')],
    },
    {
      name: 'search, the beginning of a word',
      scaled: true,
      requests: ['ren', 'cert', 'renew pump', 'the', 'contract 4'].map((q) =>
        get(`/search?q=${encodeURIComponent(q)}`),
      ),
    },
    { name: 'create', reference: true, scaled: true, pgbench: true, requests: creates },
    {
      name: 'update',
      reference: true,
      scaled: true,
      pgbench: true,
      requests: tasks.map((task) => update(task)),
    },
    {
      name: 'update with If-Match',
      etag: true,
      requests: tasks.slice(0, CONNECTIONS).map((task) => update(task, { 'if-match': '{{etag}}' })),
    },
    { name: 'mixed, 80 % reads', reference: true, requests: mixed },
    {
      name: 'log-in (Argon2id)',
      connections: 4,
      requests: [
        { ...send('POST', '/auth/login', { email: 'user2@example.com', password: PASSWORD }), headers: {} },
      ],
    },
  ]
}

/** The cursor of a page of 50 of the large project, or of its last full page; reached in pages of 200. */
async function cursorOfPage(port, headers, page) {
  let cursor = ''
  let passed = 0
  while (passed < (page - 1) * 50) {
    const limit = Math.min(200, (page - 1) * 50 - passed)
    const url = `http://127.0.0.1:${port}/api/v1/projects/${LARGE}/tasks?limit=${limit}${cursor && `&cursor=${cursor}`}`
    const { next_cursor } = await (await fetch(url, { headers })).json()
    if (next_cursor === null) break
    cursor = next_cursor
    passed += limit
  }
  return { cursor, page: passed / 50 + 1 }
}
