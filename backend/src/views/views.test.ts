import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { refused, start } from '../../test/harness.ts'

const world = await start()

describe('a view of a project', async () => {
  const { owner, editor, viewer, outsider, project } = await world.team()
  const views = `projects/${project.id}/views`
  for (const [title, assignee, priority] of [
    ['Mine', editor, 'low'],
    ['Hers', viewer, 'high'],
    ['Also mine', editor, 'urgent'],
  ] as const)
    assert.equal(
      (await owner.post(`projects/${project.id}/tasks`, { title, priority, assignee_ids: [assignee.id] }))
        .status,
      201,
    )
  const titles = (items: { title: string }[]) => items.map(({ title }) => title)

  it('has a name, a layout, a filter, an order, a grouping and columns, each with a value to begin with', async () => {
    const { status, body, headers } = await editor.post(views, { name: 'All' })
    assert.equal(status, 201)
    assert.deepEqual(
      {
        layout: body.layout,
        filter: body.filter,
        sort: body.sort,
        group_by: body.group_by,
        columns: body.columns,
      },
      { layout: 'list', filter: '', sort: 'position', group_by: null, columns: [] },
    )
    assert.equal(headers.get('location'), `/api/v1/views/${body.id}`)
    assert.deepEqual((await viewer.get(`views/${body.id}`)).body, body)
    assert.deepEqual(titles((await viewer.get(`views/${body.id}/tasks`)).body.items), [
      'Mine',
      'Hers',
      'Also mine',
    ])
    const changes = { layout: 'board', group_by: 'assignee', columns: ['ref', 'title'], sort: '-priority' }
    const { body: changed } = await editor.patch(`views/${body.id}`, changes)
    assert.deepEqual({ ...changed, updated_at: body.updated_at }, { ...body, ...changes, version: 2 })
    assert.equal((await editor.patch(`views/${body.id}`, { name: 'Renamed' })).body.sort, '-priority')
    assert.equal((await editor.delete(`views/${body.id}`)).status, 204)
    refused(await editor.get(`views/${body.id}/tasks`), 404, 'not_found')
    assert.equal((await editor.post(`views/${body.id}/restore`)).status, 200)
    await editor.delete(`views/${body.id}`)
  })

  it('shows to each person what its filter means for them', async () => {
    const { body: view } = await editor.post(views, {
      name: 'Mine',
      filter: 'assignee = me',
      sort: '-priority',
    })
    assert.deepEqual(titles((await editor.get(`views/${view.id}/tasks?total=true`)).body.items), [
      'Also mine',
      'Mine',
    ])
    assert.deepEqual(titles((await viewer.get(`views/${view.id}/tasks`)).body.items), ['Hers'])
    assert.deepEqual((await owner.get(`views/${view.id}/tasks`)).body.items, [])
    refused(await outsider.get(`views/${view.id}/tasks`), 404, 'not_found')
    await editor.delete(`views/${view.id}`)
  })

  it('keeps no filter that cannot be read, and says where', async () => {
    const { body: view } = await editor.post(views, { name: 'Good', filter: 'overdue' })
    for (const answer of [
      await editor.post(views, { name: 'Bad', filter: 'overdue or due < tomorrow' }),
      await editor.patch(`views/${view.id}`, { filter: 'overdue or due < tomorrow' }),
    ]) {
      refused(answer, 400, 'invalid_filter')
      assert.equal(answer.body.errors[0].pointer, '/filter')
      assert.deepEqual(
        { offset: answer.body.offset, found: answer.body.found },
        { offset: 17, found: 'tomorrow' },
      )
    }
    assert.deepEqual((await editor.get(`views/${view.id}`)).body, view)
    assert.equal((await editor.get(views)).body.items.length, 1)
    await editor.delete(`views/${view.id}`)
  })

  it('gives pages whose cursors are good for as long as it asks for the same', async () => {
    const { body: view } = await editor.post(views, { name: 'Pages' })
    const tasks = `views/${view.id}/tasks?limit=1`
    const { next_cursor } = (await editor.get(tasks)).body
    assert.deepEqual(titles((await editor.get(`${tasks}&cursor=${next_cursor}`)).body.items), ['Hers'])
    for (const change of [{ sort: 'due' }, { sort: 'position', filter: 'priority != low' }]) {
      await editor.patch(`views/${view.id}`, change)
      refused(await editor.get(`${tasks}&cursor=${next_cursor}`), 400, 'invalid_cursor')
    }
    await editor.delete(`views/${view.id}`)
  })

  it('is listed with the others, page by page, in the order in which they were made', async () => {
    for (const name of ['One', 'Two', 'Three']) await editor.post(views, { name })
    const first = (await viewer.get(`${views}?limit=2&total=true`)).body
    const rest = (await viewer.get(`${views}?limit=2&cursor=${first.next_cursor}`)).body
    assert.deepEqual(
      [...first.items, ...rest.items].map(({ name }) => name),
      ['One', 'Two', 'Three'],
    )
    assert.equal(first.total, 3)
  })

  it('can be taken back by undo', async () => {
    const made = await editor.post(views, { name: 'Made' })
    const changed = await editor.patch(`views/${made.body.id}`, { columns: ['due'], filter: 'overdue' })
    assert.equal((await editor.post(`operations/${changed.headers.get('operation-id')}/undo`)).status, 200)
    const { columns, filter } = (await editor.get(`views/${made.body.id}`)).body
    assert.deepEqual({ columns, filter }, { columns: [], filter: '' })
  })
})
