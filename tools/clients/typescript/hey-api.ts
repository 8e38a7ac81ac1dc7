import assert from 'node:assert/strict'
import { createClient } from '../.cache/hey-api/client/index.js'
import {
  createProject,
  createTask,
  deleteTask,
  findTask,
  listChanges,
  listProjectTasks,
  listTaskHistory,
  logIn,
  register,
  undoOperation,
  updateTask,
  type TaskCategory,
  type UndoProblem,
  type UpdateProblem,
} from '../.cache/hey-api/index.js'

const [, , baseUrl = '', email = '', password = ''] = process.argv
const status: TaskCategory = 'in_progress'

let token = ''
const client = createClient({ baseUrl, auth: () => token })
await register({ client, body: { email, password, name: 'Ada Lovelace' } })
const { data: tokens } = await logIn({ client, body: { email, password } })
assert(tokens)
token = tokens.access_token

const { data: project } = await createProject({ client, body: { name: 'Operations' } })
assert(project)
assert.equal(project.my_role, 'owner')
const { data: task } = await createTask({
  client,
  path: { id: project.id },
  body: { title: 'Renew the certificate', status, priority: 'high' },
})
assert(task)

const { data: page } = await listProjectTasks({
  client,
  path: { id: project.key },
  query: { status: ['todo', 'in_progress'], priority: ['high'], sort: '-due' },
})
assert.deepEqual(
  page?.items.map(({ id }) => id),
  [task.id],
)

const change = (title: string, base_version: number) =>
  updateTask({ client, path: { id: task.id }, query: { base_version }, body: { title } })
assert.equal((await change('Renew it', 1)).data?.version, 2)
const { error: conflict } = await change('Renew all', 1)
assert.equal(conflict?.code, 'version_conflict')
const { conflicts: sides } = conflict as UpdateProblem
assert.equal(sides?.['title']?.base, 'Renew the certificate')

const { error: missing } = await findTask({ client, path: { id: 'NONE-1' } })
assert.equal(missing?.code, 'not_found')

const { data: feed } = await listChanges({ client })
assert(feed)
const state = feed.items.find((item) => item.kind === 'task.state')
assert(state?.kind === 'task.state')
assert.equal(state.resource?.title, 'Renew it')

const { data: history } = await listTaskHistory({ client, path: { id: task.id } })
const [updated, created] = history?.items ?? []
assert(updated?.kind === 'task.updated' && created?.kind === 'task.created')
assert.equal((await change('Renew them', 2)).data?.version, 3)
const { error: later } = await undoOperation({ client, path: { id: updated.operation_id } })
assert.equal(later?.code, 'undo_conflict')
assert.deepEqual((later as UndoProblem).conflicts?.[0]?.fields, ['title'])

const { response } = await deleteTask({ client, path: { id: task.id } })
assert.equal(response?.status, 204)
