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

describe('a view of one person', async () => {
  const { owner, editor, viewer, admin, project } = await world.team()
  await owner.post(`projects/${project.id}/tasks`, { title: 'Here', assignee_ids: [editor.id] })
  const { body: elsewhere } = await editor.post('projects', { name: 'Elsewhere' })
  await editor.post(`projects/${elsewhere.id}/tasks`, { title: 'There', assignee_ids: [editor.id] })
  const others = [owner, viewer, admin]
  const now = async (who: typeof owner) => (await who.get('changes?after=now')).body.next as string
  const told = async (who: typeof owner, after: string) => {
    const { body } = await who.get(`changes?limit=200${after && `&after=${after}`}`)
    return body.items.filter(({ kind }: { kind: string }) => kind.startsWith('personal_view.'))
  }
  const undo = (who: typeof owner, { headers }: { headers: Headers }) =>
    who.post(`operations/${headers.get('operation-id')}/undo`)

  it('lists tasks of all projects that they see', async () => {
    const { status, body, headers } = await editor.post('views', { name: 'Mine', filter: 'assignee = me' })
    assert.deepEqual([status, body.project_id, body.created_by], [201, null, editor.id])
    assert.equal(headers.get('location'), `/api/v1/views/${body.id}`)
    const { items } = (await editor.get(`views/${body.id}/tasks?total=true`)).body
    assert.deepEqual(items.map(({ title }: { title: string }) => title).sort(), ['Here', 'There'])
    await editor.patch(`projects/${elsewhere.id}`, { archived: true })
    assert.equal((await editor.get(`views/${body.id}/tasks?total=true`)).body.total, 1)
    assert.deepEqual((await editor.get('views?total=true')).body.items, [body])
    refused(await editor.post('views', { name: 'Bad', filter: 'no such' }), 400, 'invalid_filter')
    await editor.delete(`views/${body.id}`)
  })

  it('is there for nobody else, also no administrator, whatever they try', async () => {
    const made = await editor.post('views', { name: 'Secret', filter: 'overdue' })
    const { id } = made.body
    const renamed = await editor.patch(`views/${id}`, { name: 'Secret still' })
    for (const other of others) {
      refused(await other.get(`views/${id}`), 404, 'not_found')
      refused(await other.get(`views/${id}/tasks`), 404, 'not_found')
      refused(await other.patch(`views/${id}`, { name: 'Found' }), 404, 'not_found')
      refused(await other.delete(`views/${id}`), 404, 'not_found')
      refused(await other.post(`views/${id}/restore`), 404, 'not_found')
      refused(await undo(other, renamed), 404, 'not_found')
      refused(await undo(other, made), 404, 'not_found')
      refused(await other.get(`tasks/${id}/history`), 404, 'not_found')
      assert.deepEqual((await other.get('views')).body.items, [])
      assert(!JSON.stringify((await other.get('changes?limit=200')).body).includes('Secret'))
      for (const path of ['trash', `projects/${project.id}/history`])
        assert(!JSON.stringify((await other.get(path)).body).includes('Secret'))
    }
    refused(await admin.delete(`trash/${id}`), 404, 'not_found')
    assert.deepEqual((await editor.get(`views/${id}`)).body, renamed.body)
    await editor.delete(`views/${id}`)
  })

  it('is told in the feed to its owner alone, also when all is read anew', async () => {
    const places = await Promise.all([editor, ...others].map(now))
    const { body } = await editor.post('views', { name: 'Told' })
    await editor.patch(`views/${body.id}`, { columns: ['due'] })
    const changes = await told(editor, places[0]!)
    assert.deepEqual(
      changes.map(({ kind, title, resource }: any) => [kind, title, resource.version]),
      [
        ['personal_view.created', 'Told', 2],
        ['personal_view.updated', 'Told', 2],
      ],
    )
    for (const [i, other] of others.entries()) assert.deepEqual(await told(other, places[i + 1]!), [])
    const [state] = await told(editor, '')
    assert.deepEqual([state.kind, state.resource.id], ['personal_view.state', body.id])
    for (const other of others) assert.deepEqual(await told(other, ''), [])
    await editor.delete(`views/${body.id}`)
    const [, , gone] = await told(editor, places[0]!)
    assert.deepEqual([gone.kind, gone.resource], ['personal_view.removed', null])
  })

  it('wakes its owner who waits for a change', async () => {
    const waiting = editor.get(`changes?after=${await now(editor)}&wait=20`)
    await editor.post('views', { name: 'Awake' })
    assert.equal((await waiting).body.items[0].kind, 'personal_view.created')
  })

  it('is merged by field, refused when stale, and undone, also its end', async () => {
    const made = await editor.post('views', { name: 'Made', group_by: 'status', columns: ['ref'] })
    const path = `views/${made.body.id}`
    const changed = await editor.patch(path, { columns: ['due', 'title'] })
    refused(await editor.patch(`${path}?base_version=1`, { columns: [] }), 409, 'version_conflict')
    assert.equal((await editor.patch(`${path}?base_version=1`, { layout: 'board' })).status, 200)
    refused(await editor.delete(path, { 'if-match': '"1"' }), 412, 'precondition_failed')
    assert.equal((await undo(editor, changed)).status, 200)
    const { body: before } = await editor.get(path)
    assert.deepEqual([before.columns, before.layout], [['ref'], 'board'])
    const gone = await editor.delete(path)
    refused(await editor.get(path), 404, 'not_found')
    refused(await undo(admin, gone), 404, 'not_found')
    const { status, body } = await undo(editor, gone)
    assert.deepEqual([status, body.changes[0].type, body.changes[0].project_id], [200, 'personal_view', null])
    const { body: back } = await editor.get(path)
    assert.deepEqual({ ...before, updated_at: '', version: 0 }, { ...back, updated_at: '', version: 0 })
    await editor.patch(path, { name: 'Later' })
    refused(await undo(editor, made), 409, 'undo_conflict')
  })

  it('is out of reach for a token that is for some projects', async () => {
    const { body: view } = await editor.post('views', { name: 'Hidden from programs' })
    const program = async (body: object) =>
      world.client((await editor.post('tokens', { name: 'P', scopes: ['tasks:write'], ...body })).body.token)
    const [all, some] = [await program({}), await program({ project_ids: [project.id] })]
    assert.equal((await all.get(`views/${view.id}`)).status, 200)
    refused(await some.get(`views/${view.id}`), 404, 'not_found')
    refused(await some.post('views', { name: 'Mine' }), 403, 'insufficient_scope')
    assert.deepEqual((await some.get('views')).body.items, [])
    const changed = await editor.patch(`views/${view.id}`, { name: 'Hidden still' })
    refused(await undo(some as typeof editor, changed), 404, 'not_found')
    assert(!JSON.stringify((await some.get('changes?limit=200')).body).includes('Hidden'))
    assert(JSON.stringify((await all.get('changes?limit=200')).body).includes('Hidden still'))
  })

  it('goes with its owner, and the trail forgets it', async () => {
    const somebody = await world.user()
    await somebody.post('views', { name: 'Xylograph' })
    assert.equal((await somebody.leave()).status, 204)
    await world.pool.query('select number_events(100000)')
    const { rows } = await world.pool.query(
      `select from personal_views where created_by = $1 union all select from events e where to_jsonb(e)::text like '%Xylograph%'`,
      [somebody.id],
    )
    assert.equal(rows.length, 0)
  })
})
