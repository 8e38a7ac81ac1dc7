// The client against two real servers: what it answers, refuses, repeats and shares.
import assert from 'node:assert/strict'
import { after, describe, it } from 'node:test'
import { PASSWORD, start, type Actor } from '../../backend/test/harness.ts'
import {
  addMember,
  changeTasks,
  connect,
  ConnectionError,
  createProject,
  createTask,
  deleteTask,
  downloadFile,
  findMe,
  findTask,
  isProblem,
  listProjectTasks,
  listTasks,
  logIn,
  logOut,
  search,
  storedTokens,
  undoOperation,
  updateTask,
  uploadFile,
  type ConnectOptions,
  type Connection,
} from '../src/index.ts'

const world = await start({ JWT_ACCESS_TTL: '60' })
let turn = 0

/** What was sent, and what happens to it: `lose` lets requests arrive and their answers get lost. */
function network() {
  const sent: { method: string; path: string; key: string | null }[] = []
  const trouble: ('lose' | 'cut' | Response)[] = []
  const send: typeof fetch = async (input, init = {}) => {
    const url = new URL(input as string | URL)
    sent.push({
      method: init.method ?? 'GET',
      path: url.pathname.replace('/api/v1/', ''),
      key: new Headers(init.headers).get('idempotency-key'),
    })
    const next = trouble.shift()
    if (next === 'cut') throw new TypeError('fetch failed')
    if (next instanceof Response) return next
    // Like everybody in these tests, the client talks to both servers in turn.
    url.host = new URL(world.origins[turn++ % 2]!).host
    const response = await fetch(url, init)
    if (next !== 'lose') return response
    await response.arrayBuffer()
    throw new TypeError('terminated')
  }
  return { sent, trouble, send }
}

const as = (actor: Actor, options: ConnectOptions = {}): Connection =>
  connect(world.origins[0]!, { token: actor.token, ...options })

const thrown = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => assert.fail('was not refused'),
    (error: unknown) => error,
  )

describe('A call', () => {
  it('answers the resource, typed, and gives its headers to whoever asks', async () => {
    const api = as(await world.user())
    const project = await createProject(api, { name: 'Operations' })
    const task = await createTask(api, project.id, { title: 'Renew', priority: 'high' })
    let operation = ''
    const changed = await updateTask(
      api,
      task.ref,
      { status: 'done' },
      { onResponse: ({ headers }) => (operation = headers.get('operation-id') ?? '') },
    )
    assert.deepEqual([changed.category, changed.version], ['done', 2])
    await undoOperation(api, operation)
    assert.equal((await findTask(api, task.id, { include: ['counts'] })).counts?.comments, 0)
    assert.equal((await findTask(api, task.id)).status, 'todo')
    assert.equal(await deleteTask(api, task.id), undefined)
  })

  it('throws what the service refuses, with the code, and the fields or sides that its document has', async () => {
    const api = as(await world.user())
    const project = await createProject(api, { name: 'Operations' })
    const missing = await thrown(findTask(api, 'NONE-1'))
    assert(isProblem(missing, 'not_found'))
    assert.deepEqual([missing.status, missing.requestId.length > 0], [404, true])
    const invalid = await thrown(createTask(api, project.id, { title: '' }))
    assert(isProblem(invalid))
    assert.equal(invalid.problem.errors?.[0]?.pointer, '/title')
    const task = await createTask(api, project.id, { title: 'One' })
    await updateTask(api, task.id, { title: 'Theirs' })
    const conflict = await thrown(updateTask(api, task.id, { title: 'Mine' }, { base_version: task.version }))
    assert(isProblem(conflict, 'version_conflict'))
    assert.deepEqual(conflict.problem.conflicts?.['title'], { base: 'One', current: 'Theirs', yours: 'Mine' })
  })

  it('encodes what stands in a path, and joins what is a list in a query', async () => {
    const api = as(await world.user())
    assert(isProblem(await thrown(findTask(api, '../users/me')), 'invalid'))
    const project = await createProject(api, { name: 'Operations' })
    for (const status of ['todo', 'in_progress', 'done'])
      await createTask(api, project.id, { title: status, status })
    const { items } = await listProjectTasks(api, project.id, { status: ['todo', 'done'], sort: '-created' })
    assert.deepEqual(
      items.map(({ title }) => title),
      ['done', 'todo'],
    )
    assert.equal((await search(api, { q: 'todo' })).items.length, 1)
  })

  it('ends when its signal says so, also while it waits to be tried again', async () => {
    const { send, trouble, sent } = network()
    const api = as(await world.user(), { fetch: send })
    assert.equal(await thrown(findMe(api, { signal: AbortSignal.abort('enough') })), 'enough')
    trouble.push('cut', 'cut', 'cut')
    const begun = performance.now()
    const stopped = await thrown(findMe(api, { signal: AbortSignal.timeout(50) }))
    assert.equal((stopped as Error).name, 'TimeoutError')
    assert(performance.now() - begun < 150)
    assert.equal(sent.length, 2)
  })

  it('goes below the path at which a proxy shows the service', async () => {
    const { send, sent } = network()
    const api = connect('http://proxy.example/tasks/', { fetch: send })
    await thrown(findTask(api, 'OPS-1'))
    assert.equal(sent[0]?.path, '/tasks/api/v1/tasks/OPS-1'.replace('/api/v1/', ''))
  })
})

describe('A call whose answer is lost', () => {
  it('is made again with the same key, so what it creates is there once', async () => {
    const { send, sent, trouble } = network()
    const api = as(await world.user(), { fetch: send })
    const project = await createProject(api, { name: 'Operations' })
    trouble.push('lose', 'cut')
    const task = await createTask(api, project.id, { title: 'Once' })
    const tries = sent.filter(({ path }) => path.endsWith('/tasks'))
    assert.equal(tries.length, 3)
    assert.equal(new Set(tries.map(({ key }) => key)).size, 1)
    assert.equal(await createTask(api, project.id, { title: 'Twice' }).then(({ number }) => number), 2)
    assert.deepEqual((await listTasks(api)).items.map(({ id }) => id).includes(task.id), true)
    assert.equal((await listTasks(api)).items.length, 2)
    const [one, two] = sent.filter(({ path }) => path.endsWith('/tasks')).map(({ key }) => key)
    assert.equal(one, two)
  })

  it('keeps a key of the caller’s over several calls', async () => {
    const api = as(await world.user())
    const project = await createProject(api, { name: 'Operations' })
    const make = () =>
      changeTasks(
        api,
        { operations: [{ create: { project: project.id, title: 'Once' } }] },
        { idempotency_key: `import-${project.id}-1` },
      )
    assert.deepEqual(await make(), await make())
  })

  it('takes what its first attempt did for done: deleted is deleted, merged is merged', async () => {
    const { send, trouble } = network()
    const api = as(await world.user(), { fetch: send })
    const project = await createProject(api, { name: 'Operations' })
    const task = await createTask(api, project.id, { title: 'One' })
    trouble.push('lose')
    const changed = await updateTask(api, task.id, { title: 'Two' }, { base_version: 1 })
    assert.deepEqual([changed.title, changed.version], ['Two', 2])
    trouble.push('lose')
    await deleteTask(api, task.id)
    assert(isProblem(await thrown(deleteTask(api, task.id)), 'not_found'))
  })

  it('is not made again with If-Match or without a key, and says that it does not know', async () => {
    const { send, sent, trouble } = network()
    const user = await world.user()
    const api = as(user, { fetch: send })
    const project = await createProject(api, { name: 'Operations' })
    const task = await createTask(api, project.id, { title: 'One' })
    let etag = ''
    await findTask(api, task.id, { onResponse: ({ headers }) => (etag = headers.get('etag') ?? '') })
    trouble.push('lose')
    assert(
      (await thrown(updateTask(api, task.id, { title: 'Two' }, { if_match: etag }))) instanceof
        ConnectionError,
    )
    const visitor = connect(world.origins[0]!, { fetch: send })
    trouble.push('lose')
    assert(
      (await thrown(logIn(visitor, { email: user.email, password: PASSWORD }))) instanceof ConnectionError,
    )
    assert.equal(sent.filter(({ path }) => path === 'auth/login').length, 1)
  })

  it('gives up after four attempts', async () => {
    const { send, sent, trouble } = network()
    const api = as(await world.user(), { fetch: send })
    trouble.push('cut', 'cut', new Response('<html>', { status: 502 }), 'cut')
    assert((await thrown(findMe(api))) instanceof ConnectionError)
    assert.equal(sent.length, 4)
  })
})

describe('A call that the service has no room for', () => {
  const problem = (status: number, code: string, seconds: number) =>
    new Response(
      JSON.stringify({ type: 'about:blank', title: code, status, code, detail: code, request_id: 'r' }),
      {
        status,
        headers: { 'content-type': 'application/problem+json', 'retry-after': String(seconds) },
      },
    )

  it('waits as long as it is told, unless that is long', async () => {
    const { send, sent, trouble } = network()
    const api = as(await world.user(), { fetch: send })
    trouble.push(problem(503, 'unavailable', 1))
    const begun = performance.now()
    await findMe(api)
    assert(performance.now() - begun >= 990)
    trouble.push(problem(429, 'rate_limited', 900))
    const refused = await thrown(findMe(api))
    assert(isProblem(refused, 'rate_limited'))
    assert.equal(refused.retryAfter, 900)
    assert.equal(sent.length, 3)
  })
})

describe('A log-in', () => {
  /** Ends the access token at hand, as if a quarter of an hour had passed. */
  const expire = (store: ReturnType<typeof storedTokens>) =>
    store.write({ ...store.read()!, access_token: `${store.read()!.access_token}x` })

  function storage() {
    const texts = new Map<string, string>()
    after(() => texts.clear())
    return {
      getItem: (name: string) => texts.get(name) ?? null,
      setItem: (name: string, text: string) => void texts.set(name, text),
      removeItem: (name: string) => void texts.delete(name),
    }
  }

  it('serves all calls after it, is refreshed once for all of them, and ends with log-out', async () => {
    const { send, sent } = network()
    const store = storedTokens(storage())
    const api = connect(world.origins[0]!, { fetch: send, tokens: store })
    const user = await world.user()
    assert(isProblem(await thrown(findMe(api)), 'unauthenticated'))
    await logIn(api, { email: user.email, password: PASSWORD })
    expire(store)
    const gaveUp = thrown(findMe(api, { signal: AbortSignal.timeout(1) }))
    const mine = await Promise.all(Array.from({ length: 10 }, () => findMe(api)))
    assert.deepEqual(new Set(mine.map(({ id }) => id)), new Set([user.id]))
    assert.equal(((await gaveUp) as Error).name, 'TimeoutError')
    assert.equal(sent.filter(({ path }) => path === 'auth/refresh').length, 1)
    await logOut(api)
    assert.equal(api.loggedIn(), false)
    assert(isProblem(await thrown(findMe(api)), 'unauthenticated'))
  })

  it('is refreshed by one tab at a time, and the others take what it got', async () => {
    const { send, sent } = network()
    const shared = storage()
    // As the browser has it: whoever asks for the same name waits.
    let last: Promise<unknown> = Promise.resolve()
    const locks: any = {
      request<T>(name: string, work: () => Promise<T>): Promise<T> {
        assert.equal(name, 'tasktrail refresh')
        const result = last.then(work)
        last = result.catch(() => undefined)
        return result
      },
    }
    const user = await world.user()
    const tabs = Array.from({ length: 4 }, () =>
      connect(world.origins[0]!, { fetch: send, tokens: storedTokens(shared), locks }),
    )
    await logIn(tabs[0]!, { email: user.email, password: PASSWORD })
    expire(storedTokens(shared))
    for (const me of await Promise.all(tabs.map((tab) => findMe(tab)))) assert.equal(me.id, user.id)
    assert.equal(sent.filter(({ path }) => path === 'auth/refresh').length, 1)
  })

  it('that has ended elsewhere is forgotten, and one that only cannot be refreshed now is not', async () => {
    const { send, trouble } = network()
    const store = storedTokens(storage())
    const api = connect(world.origins[0]!, { fetch: send, tokens: store, attempts: 2 })
    const user = await world.user()
    await logIn(api, { email: user.email, password: PASSWORD })
    expire(store)
    const refusal = new Response('{}', { status: 401 })
    trouble.push(refusal, 'cut', refusal.clone(), 'cut')
    assert((await thrown(findMe(api))) instanceof ConnectionError)
    assert.equal(api.loggedIn(), true)
    assert.equal((await findMe(api)).id, user.id)
    await world.pool.query('delete from sessions where user_id = $1', [user.id])
    assert(isProblem(await thrown(findMe(api)), 'unauthenticated'))
    assert.equal(api.loggedIn(), false)
  })
})

describe('A list', () => {
  it('is its first page when awaited, and all items of all pages with for await', async () => {
    const { send, sent } = network()
    const owner = await world.user()
    const api = as(owner, { fetch: send })
    const project = await createProject(api, { name: 'Operations' })
    await addMember(api, project.id, { user_id: (await world.user()).id, role: 'viewer' })
    await changeTasks(api, {
      operations: Array.from({ length: 7 }, (_, i) => ({
        create: { project: project.id, title: `Task ${i}` },
      })),
    })
    const before = sent.length
    const first = await listProjectTasks(api, project.id, { limit: 3, total: true })
    assert.deepEqual([first.items.length, first.total, typeof first.next_cursor], [3, 7, 'string'])
    assert.equal(sent.length - before, 1)
    const titles: string[] = []
    for await (const { title } of listProjectTasks(api, project.id, { limit: 3 })) titles.push(title)
    assert.deepEqual(
      titles,
      Array.from({ length: 7 }, (_, i) => `Task ${i}`),
    )
    assert.equal(sent.length - before, 4)
    for await (const _ of listProjectTasks(api, project.id, { limit: 3 })) break
    assert.equal(sent.length - before, 5)
  })
})

describe('A file', () => {
  it('is sent as it is, under its type, and once though the answer is lost', async () => {
    const { send, trouble } = network()
    const api = as(await world.user(), { fetch: send })
    const project = await createProject(api, { name: 'Operations' })
    const task = await createTask(api, project.id, { title: 'Renew certificate' })
    trouble.push('lose')
    const bytes = new Blob(['a certificate'], { type: 'text/plain' })
    const file = await uploadFile(api, task.id, bytes, { name: 'certificate.txt' })
    assert.deepEqual([file.name, file.media_type, file.size], ['certificate.txt', 'text/plain', bytes.size])
    assert.equal(await (await downloadFile(api, file.id)).text(), 'a certificate')
    const { counts } = await findTask(api, task.id, { include: ['counts'] })
    assert.equal(counts?.files, 1)
  })
})
