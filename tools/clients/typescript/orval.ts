import assert from 'node:assert/strict'
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
} from '../.cache/orval/api.js'
import { session } from './orval-fetch.js'

const [, , , email = '', password = ''] = process.argv

await register({ email, password, name: 'Ada Lovelace' })
const tokens = await logIn({ email, password })
assert(tokens.status === 200)
session.token = tokens.data.access_token

const project = await createProject({ name: 'Operations' })
assert(project.status === 201)
assert.equal(project.data.my_role, 'owner')
const created = await createTask(project.data.id, {
  title: 'Renew the certificate',
  status: 'in_progress',
  priority: 'high',
})
assert(created.status === 201)
const task = created.data

const page = await listProjectTasks(project.data.key, {
  status: ['todo', 'in_progress'],
  priority: ['high'],
  sort: '-due',
})
assert(page.status === 200)
assert.deepEqual(
  page.data.items.map(({ id }) => id),
  [task.id],
)

const changed = await updateTask(task.id, { title: 'Renew it' }, { base_version: 1 })
assert(changed.status === 200)
assert.equal(changed.data.version, 2)
const conflict = await updateTask(task.id, { title: 'Renew all' }, { base_version: 1 })
assert(conflict.status === 409)
assert.equal(conflict.data.conflicts?.['title']?.base, 'Renew the certificate')

const missing = await findTask('NONE-1')
assert(missing.status === 404)
assert.equal(missing.data.code, 'not_found')

const feed = await listChanges()
assert(feed.status === 200)
const state = feed.data.items.find((item) => item.kind === 'task.state')
assert(state?.kind === 'task.state')
assert.equal(state.resource?.title, 'Renew it')

const history = await listTaskHistory(task.id)
assert(history.status === 200)
const [updated] = history.data.items
assert(updated?.kind === 'task.updated')
assert.equal((await updateTask(task.id, { title: 'Renew them' }, { base_version: 2 })).status, 200)
const later = await undoOperation(updated.operation_id)
assert(later.status === 409)
assert.deepEqual(later.data.conflicts?.[0]?.fields, ['title'])

assert.equal((await deleteTask(task.id)).status, 204)
