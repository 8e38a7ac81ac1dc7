// Titles, names and texts, in every field of their sort: what shows nothing or deceives is refused, what Unicode calls
// equal is equal.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { PASSWORD, refused, start, type Answer } from './harness.ts'

const world = await start({ WEBHOOK_ALLOW_PRIVATE: 'on' })
const { owner, editor, admin, anonymous, project } = await world.team({ key: 'OPS' })
const hooks = `projects/${project.id}/webhooks`
const url = 'http://127.0.0.1:9/'
const { body: task } = await editor.post(`projects/${project.id}/tasks`, { title: 'A task' })
const { body: label } = await editor.post(`projects/${project.id}/labels`, { name: 'a label' })
const { body: hook } = await owner.post(hooks, { url })
const decomposed = (text: string) => text.normalize('NFD')
let n = 0

type Send = (text: string) => Promise<Answer>
const titles: Record<string, [field: string, send: Send]> = {
  'of a new task': ['title', (title) => editor.post(`projects/${project.id}/tasks`, { title })],
  'of a task': ['title', (title) => editor.patch(`tasks/${task.id}`, { title })],
  'of a new project': ['name', (name) => owner.post('projects', { name, key: `T${++n}` })],
  'of a project': ['name', (name) => owner.patch(`projects/${project.id}`, { name })],
  'of a new label': ['name', (name) => editor.post(`projects/${project.id}/labels`, { name })],
  'of a label': ['name', (name) => editor.patch(`labels/${label.id}`, { name })],
  'of who registers': [
    'name',
    (name) => anonymous.post('auth/register', { name, email: `text${++n}@example.com`, password: PASSWORD }),
  ],
  'of a user who is made': ['name', (name) => admin.post('users', { name, email: `text${++n}@example.com` })],
  'of mine': ['name', (name) => owner.patch('users/me', { name })],
  'of a user': ['name', (name) => admin.patch(`users/${editor.id}`, { name })],
}
const lines: typeof titles = {
  'of a new webhook': ['description', (description) => owner.post(hooks, { url, description })],
  'of a webhook': ['description', (description) => owner.patch(`${hooks}/${hook.id}`, { description })],
}
const texts: typeof titles = {
  'of a new task': [
    'description',
    (description) => editor.post(`projects/${project.id}/tasks`, { title: 'x', description }),
  ],
  'of a task': ['description', (description) => editor.patch(`tasks/${task.id}`, { description })],
  'of a project': ['description', (description) => owner.patch(`projects/${project.id}`, { description })],
  'of a label': ['description', (description) => editor.patch(`labels/${label.id}`, { description })],
}

async function rejects(field: string, answer: Promise<Answer>) {
  const { body, ...rest } = await answer
  refused({ body, ...rest }, 400, 'invalid')
  assert.equal(body.errors[0].pointer, `/${field}`)
}

describe('a title or name', () => {
  for (const [what, [field, send]] of Object.entries({ ...titles, ...lines }))
    it(`${what} neither breaks the line nor turns the writing round`, async () => {
      for (const text of ['a\nb', 'a\tb', 'a\u0001', 'a\u0085', 'a\u2028b', 'gpj\u202eexe', '\u2066a\u2069'])
        await rejects(field, send(text))
    })

  for (const [what, [field, send]] of Object.entries(titles))
    it(`${what} has something to see, keeps emoji and joiners, and is stored composed`, async () => {
      for (const text of ['', ' ', '\u200b', '\u2800', '\u3164', '\u200d\ufe0f'])
        await rejects(field, send(text))
      for (const text of ['👨‍👩‍👧‍👦 ❤️', 'می‌خواهم', 'שלום\u200f!', decomposed('Größe')]) {
        // Names of labels are unique.
        const { status, body } = await send(`${text}${what}`)
        assert([200, 201].includes(status), JSON.stringify(body))
        assert.equal(body[field], `${text}${what}`.normalize('NFC'))
      }
    })

  it('is as long as it is composed', async () => {
    const { status, body } = await editor.patch(`tasks/${task.id}`, { title: decomposed('é'.repeat(500)) })
    assert.deepEqual([status, body.title], [200, 'é'.repeat(500)])
    // U+0958 is two characters when it is composed.
    await rejects('title', editor.patch(`tasks/${task.id}`, { title: '\u0958'.repeat(251) }))
  })

  it('that is the same to Unicode is the same: to change, to be unique, to be found, to be repeated', async () => {
    const name = 'Weißer Rübenkönig'
    const { body: made } = await editor.post(`projects/${project.id}/labels`, { name })
    refused(
      await editor.post(`projects/${project.id}/labels`, { name: decomposed('WEIßER RÜBENKÖNIG') }),
      409,
      'name_taken',
    )
    const same = await editor.patch(`labels/${made.id}`, { name: decomposed(name) })
    assert.deepEqual([same.status, same.body.version], [200, made.version])
    for (const q of [name, decomposed(name)])
      for (const list of [`projects/${project.id}/labels`, 'projects', `projects/${project.id}/tasks`]) {
        await editor.patch(`tasks/${task.id}`, { title: decomposed(`Die ${name} zählt`) })
        await owner.patch(`projects/${project.id}`, { name: decomposed(name) })
        const { body } = await editor.get(`${list}?q=${encodeURIComponent(q)}`)
        assert.equal(body.items.length, 1, `${list} ${q}`)
      }
    const key = { 'idempotency-key': 'composed' }
    const first = await editor.post(`projects/${project.id}/tasks`, { title: name }, key)
    const second = await editor.post(`projects/${project.id}/tasks`, { title: decomposed(name) }, key)
    assert.deepEqual([second.status, second.body], [201, first.body])
  })
})

describe('a text of several lines', () => {
  for (const [what, [field, send]] of Object.entries(texts))
    it(`${what} has no control characters but tabs and line breaks, and is stored composed`, async () => {
      for (const text of ['a\u0001', 'a\u001b[31m', 'a\u0085']) await rejects(field, send(text))
      const { status, body } = await send(decomposed('# Größe\r\n\t\u2067שלום\u2069\n'))
      assert([200, 201].includes(status), JSON.stringify(body))
      assert.equal(body[field], '# Größe\r\n\t\u2067שלום\u2069\n')
    })
})
