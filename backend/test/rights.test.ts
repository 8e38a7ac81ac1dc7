// Rights count at the end of a change: an author who loses them while the change waits for a row changes nothing. Each
// case locks the row that the change needs, lets the change wait for it, takes the rights away, and then unlocks it.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import pg from 'pg'
import { eventually, refused, start, type Actor, type Answer } from './harness.ts'

const world = await start({ WEBHOOK_ALLOW_PRIVATE: 'on' })

type Team = Awaited<ReturnType<typeof world.team>>

const waiting = async (least: number) => {
  const { rows } = await world.pool.query(
    `select count(*)::int as count from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
  )
  assert(rows[0].count >= least, `${rows[0].count} of ${least} wait for a lock`)
}

/**
 * Holds a lock, begins the change and waits until it waits, begins to take the rights away, then lets go. Answers
 * both; the change either came first entirely, or was refused.
 */
async function lose(
  lock: pg.QueryConfig,
  change: () => Promise<Answer>,
  takeAway: () => Promise<Answer>,
): Promise<{ changed: Answer; taken: Answer; takenFirst: boolean }> {
  const holder = new pg.Client({ connectionString: world.url })
  await holder.connect()
  await holder.query('begin')
  await holder.query(lock)
  const ended: string[] = []
  const changing = change().finally(() => ended.push('change'))
  await eventually(() => waiting(1))
  const taking = takeAway().finally(() => ended.push('taking'))
  await Promise.race([taking, eventually(() => waiting(2))])
  const takenFirst = ended.includes('taking')
  await holder.query('commit')
  await holder.end()
  const [changed, taken] = await Promise.all([changing, taking])
  return { changed, taken, takenFirst }
}

const remove =
  ({ owner, project }: Team, actor: Actor) =>
  () =>
    owner.delete(`projects/${project.id}/members/${actor.id}`)
const archive =
  ({ owner, project }: Team) =>
  () =>
    owner.patch(`projects/${project.id}`, { archived: true })

const lockTask = (id: string): pg.QueryConfig => ({
  text: 'select from tasks where id = $1 for update',
  values: [id],
})
const lockNumbers = (id: string): pg.QueryConfig => ({
  text: 'select from task_numbers where project_id = $1 for update',
  values: [id],
})

describe('A change that waits while its author is removed from the project', () => {
  const cases: Record<
    string,
    (team: Team) => Promise<{ lock: pg.QueryConfig; change: () => Promise<Answer>; by?: Actor }>
  > = {
    'edits a task': async ({ editor, project }) => {
      const { body: task } = await editor.post(`projects/${project.id}/tasks`, { title: 'A task' })
      return { lock: lockTask(task.id), change: () => editor.patch(`tasks/${task.id}`, { title: 'Changed' }) }
    },
    'creates a task': async ({ editor, project }) => ({
      lock: lockNumbers(project.id),
      change: () => editor.post(`projects/${project.id}/tasks`, { title: 'New' }),
    }),
    'assigns a task': async ({ editor, viewer, project }) => {
      const { body: task } = await editor.post(`projects/${project.id}/tasks`, { title: 'A task' })
      return {
        lock: lockTask(task.id),
        change: () => editor.patch(`tasks/${task.id}`, { assignee_ids: [viewer.id] }),
      }
    },
    'moves a task away': async ({ editor, project }) => {
      const { body: task } = await editor.post(`projects/${project.id}/tasks`, { title: 'A task' })
      const { body: other } = await editor.post('projects', { name: 'Elsewhere' })
      return {
        lock: lockTask(task.id),
        change: () => editor.patch(`tasks/${task.id}`, { project_id: other.id }),
      }
    },
    'moves a task in': async ({ editor, project }) => {
      const { body: other } = await editor.post('projects', { name: 'Elsewhere' })
      const { body: task } = await editor.post(`projects/${other.id}/tasks`, { title: 'A task' })
      return {
        lock: lockNumbers(project.id),
        change: () => editor.patch(`tasks/${task.id}`, { project_id: project.id }),
      }
    },
    'deletes a task': async ({ editor, project }) => {
      const { body: task } = await editor.post(`projects/${project.id}/tasks`, { title: 'A task' })
      return { lock: lockTask(task.id), change: () => editor.delete(`tasks/${task.id}`) }
    },
    'restores a task': async ({ editor, project }) => {
      const { body: task } = await editor.post(`projects/${project.id}/tasks`, { title: 'A task' })
      await editor.delete(`tasks/${task.id}`)
      return { lock: lockTask(task.id), change: () => editor.post(`tasks/${task.id}/restore`) }
    },
    'undoes an operation': async ({ editor, project }) => {
      const { body: task } = await editor.post(`projects/${project.id}/tasks`, { title: 'A task' })
      const change = await editor.patch(`tasks/${task.id}`, { title: 'Changed' })
      return {
        lock: lockTask(task.id),
        change: () => editor.post(`operations/${change.headers.get('operation-id')}/undo`),
      }
    },
    'changes a webhook': async (team) => {
      const second = await promoted(team)
      const { body: webhook } = await second.post(`projects/${team.project.id}/webhooks`, {
        url: 'http://127.0.0.1:9/hook',
      })
      return {
        by: second,
        lock: { text: 'select from webhooks where id = $1 for update', values: [webhook.id] },
        change: () =>
          second.patch(`projects/${team.project.id}/webhooks/${webhook.id}`, { description: 'Changed' }),
      }
    },
    'changes a member': async (team) => {
      const second = await promoted(team)
      return {
        by: second,
        lock: {
          text: 'select from project_members where project_id = $1 and user_id = $2 for update',
          values: [team.project.id, team.viewer.id],
        },
        change: () => second.put(`projects/${team.project.id}/members/${team.viewer.id}`, { role: 'editor' }),
      }
    },
    'renames the project': async (team) => {
      const second = await promoted(team)
      return {
        by: second,
        lock: { text: 'select from projects where id = $1 for update', values: [team.project.id] },
        change: () => second.patch(`projects/${team.project.id}`, { name: 'Changed' }),
      }
    },
  }

  async function promoted({ owner, editor, project }: Team): Promise<Actor> {
    assert.equal(
      (await owner.put(`projects/${project.id}/members/${editor.id}`, { role: 'owner' })).status,
      200,
    )
    return editor
  }

  for (const [name, prepare] of Object.entries(cases))
    it(`${name}, or is refused, but never after they are gone`, async () => {
      const team = await world.team()
      const { lock, change, by = team.editor } = await prepare(team)
      const { changed, taken, takenFirst } = await lose(lock, change, remove(team, by))
      assert.equal(taken.status, 204)
      if (takenFirst) refused(changed, 404, 'not_found')
      else assert(changed.status < 300, JSON.stringify(changed.body))
      refused(await by.get(`projects/${team.project.id}`), 404, 'not_found')
    })
})

describe('A change that waits while the project is archived', () => {
  it('edits a task, or is refused, but never after it was archived', async () => {
    const team = await world.team()
    const { editor, project } = team
    const { body: task } = await editor.post(`projects/${project.id}/tasks`, { title: 'A task' })
    const { changed, taken, takenFirst } = await lose(
      lockTask(task.id),
      () => editor.patch(`tasks/${task.id}`, { title: 'Changed' }),
      archive(team),
    )
    assert.equal(taken.status, 200)
    if (takenFirst) refused(changed, 409, 'project_archived')
    else assert.equal(changed.status, 200)
  })

  it('creates a task, or is refused, but never after it was archived', async () => {
    const team = await world.team()
    const { editor, project } = team
    const { changed, taken, takenFirst } = await lose(
      lockNumbers(project.id),
      () => editor.post(`projects/${project.id}/tasks`, { title: 'New' }),
      archive(team),
    )
    assert.equal(taken.status, 200)
    if (takenFirst) refused(changed, 409, 'project_archived')
    else assert.equal(changed.status, 201)
  })
})

describe('A change that waits while its author is demoted to a viewer', () => {
  it('edits a task, or is refused, but never after they were', async () => {
    const team = await world.team()
    const { owner, editor, project } = team
    const { body: task } = await editor.post(`projects/${project.id}/tasks`, { title: 'A task' })
    const { changed, taken, takenFirst } = await lose(
      lockTask(task.id),
      () => editor.patch(`tasks/${task.id}`, { title: 'Changed' }),
      () => owner.put(`projects/${project.id}/members/${editor.id}`, { role: 'viewer' }),
    )
    assert.equal(taken.status, 200)
    if (takenFirst) refused(changed, 403, 'forbidden')
    else assert.equal(changed.status, 200)
  })
})
