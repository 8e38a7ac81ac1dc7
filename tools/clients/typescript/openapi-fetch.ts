import assert from 'node:assert/strict'
import createClient from 'openapi-fetch'
import type { components, paths } from '../.cache/openapi-typescript/schema.js'

const [, , baseUrl = '', email = '', password = ''] = process.argv
type Schemas = components['schemas']
const status: Schemas['TaskCategory'] = 'in_progress'

const visitor = createClient<paths>({ baseUrl })
await visitor.POST('/api/v1/auth/register', { body: { email, password, name: 'Ada Lovelace' } })
const { data: tokens } = await visitor.POST('/api/v1/auth/login', { body: { email, password } })
assert(tokens)
const client = createClient<paths>({ baseUrl, headers: { authorization: `Bearer ${tokens.access_token}` } })

const { data: project } = await client.POST('/api/v1/projects', { body: { name: 'Operations' } })
assert(project)
assert.equal(project.my_role, 'owner')
const { data: task } = await client.POST('/api/v1/projects/{id}/tasks', {
  params: { path: { id: project.id } },
  body: { title: 'Renew the certificate', status, priority: 'high' },
})
assert(task)

const { data: page } = await client.GET('/api/v1/projects/{id}/tasks', {
  params: {
    path: { id: project.key },
    query: { status: ['todo', 'in_progress'], priority: ['high'], sort: '-due' },
  },
})
assert.deepEqual(
  page?.items.map(({ id }) => id),
  [task.id],
)

const change = (title: string, base_version: number) =>
  client.PATCH('/api/v1/tasks/{id}', {
    params: { path: { id: task.id }, query: { base_version } },
    body: { title },
  })
assert.equal((await change('Renew it', 1)).data?.version, 2)
const { error: conflict } = await change('Renew all', 1)
assert.equal(conflict?.code, 'version_conflict')
const { conflicts: sides } = conflict as Schemas['UpdateProblem']
assert.equal(sides?.['title']?.base, 'Renew the certificate')

const { error: missing } = await client.GET('/api/v1/tasks/{id}', { params: { path: { id: 'NONE-1' } } })
assert.equal(missing?.code, 'not_found')

const { data: feed } = await client.GET('/api/v1/changes')
assert(feed)
const state = feed.items.find((item) => item.kind === 'task.state')
assert(state?.kind === 'task.state')
assert.equal(state.resource?.title, 'Renew it')

const { data: history } = await client.GET('/api/v1/tasks/{id}/history', {
  params: { path: { id: task.id } },
})
const [updated, created] = history?.items ?? []
assert(updated?.kind === 'task.updated' && created?.kind === 'task.created')
assert.equal((await change('Renew them', 2)).data?.version, 3)
const { error: later } = await client.POST('/api/v1/operations/{id}/undo', {
  params: { path: { id: updated.operation_id } },
})
assert.equal(later?.code, 'undo_conflict')
assert.deepEqual((later as Schemas['UndoProblem']).conflicts?.[0]?.fields, ['title'])

const { response } = await client.DELETE('/api/v1/tasks/{id}', { params: { path: { id: task.id } } })
assert.equal(response.status, 204)
