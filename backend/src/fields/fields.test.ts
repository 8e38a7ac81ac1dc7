import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { collide } from '../../test/races.ts'
import { refused as isRefused, start, type Actor, type Answer } from '../../test/harness.ts'

const world = await start()

const undo = (actor: Actor, answer: Answer) =>
  actor.post(`operations/${answer.headers.get('operation-id')}/undo`)

/** The problem with which something was refused. */
function refused(answer: Answer, status: number, code: string) {
  isRefused(answer, status, code)
  return answer.body
}

const SITES = [{ name: 'Berlin' }, { name: 'Lyon', color: '#00703C' }]
const TYPES: [key: string, type: string, good: unknown, bad: unknown][] = [
  ['note', 'text', 'Ask the landlord', 5],
  ['cost', 'number', 12.5, '12.5'],
  ['signed', 'date', '2026-11-30', '2026-02-30'],
  ['approved', 'checkbox', false, 'yes'],
  ['site', 'select', 'berlin', ['berlin']],
  ['sites', 'multi_select', ['lyon', 'berlin'], 'lyon'],
  ['buyer', 'user', '', 'somebody'],
  ['page', 'url', 'https://example.com/a?b#c', 'javascript:alert(1)'],
]

/** A project with a field of each type. */
async function team() {
  const people = await world.team()
  const { owner, editor, project } = people
  const made = async (answer: Promise<Answer>) => {
    const { status, body } = await answer
    assert.equal(status, 201, JSON.stringify(body))
    return body
  }
  const field = (of: { id: string }, name: string, type: string, more: object = {}) =>
    made(owner.post(`projects/${of.id}/fields`, { name, type, ...more }))
  for (const [key, type] of TYPES)
    await field(project, key, type, type.endsWith('select') ? { options: SITES } : {})
  const values = Object.fromEntries(
    TYPES.map(([key, type, good]) => [key, type === 'user' ? editor.id : good]),
  )
  const task = (fields: object, more: object = {}) =>
    made(editor.post(`projects/${project.id}/tasks`, { title: 'A task', fields, ...more }))
  const read = async (id: string) => (await editor.get(`tasks/${id}`)).body
  return { ...people, fields: `projects/${project.id}/fields`, field, task, read, values }
}

describe('Custom fields of a project', () => {
  it('are made by owners, with a key from their name and options that have keys and colours', async () => {
    const { owner, editor, viewer, fields, project } = await team()
    refused(await editor.post(fields, { name: 'No', type: 'text' }), 403, 'forbidden')
    const { status, body, headers } = await owner.post(fields, {
      name: 'Größe in m²',
      type: 'select',
      options: [{ name: 'S' }, { name: 's 2', key: 's_2' }, { name: 'S_2' }],
    })
    assert.equal(status, 201)
    const { key, type, options, position, version } = body
    assert.deepEqual(
      { key, type, options: options.map((each: any) => each.key), position, version },
      { key: 'gro_e_in_m2', type: 'select', options: ['s', 's_2', 's_2_2'], position: 9, version: 1 },
    )
    assert.equal(headers.get('location'), `/api/v1/projects/${project.id}/fields/gro_e_in_m2`)
    assert.deepEqual((await viewer.get(`${fields}/gro_e_in_m2`)).body, body)
    const { body: list } = await viewer.get(`${fields}?total=true&limit=8`)
    assert.deepEqual([list.total, list.items.map((each: any) => each.key)], [9, TYPES.map(([each]) => each)])
    const more = await viewer.get(`${fields}?cursor=${list.next_cursor}`)
    assert.deepEqual(
      more.body.items.map((each: any) => each.key),
      ['gro_e_in_m2'],
    )
  })

  it('have a name and a key of their own, and options only where there is something to choose', async () => {
    const { owner, fields } = await team()
    refused(await owner.post(fields, { name: 'COST', type: 'text', key: 'other' }), 409, 'name_taken')
    refused(await owner.post(fields, { name: 'Other', type: 'text', key: 'cost' }), 409, 'key_taken')
    refused(await owner.post(fields, { name: 'A', type: 'text', options: SITES }), 400, 'invalid')
    const twice = { name: 'A', type: 'select', options: [{ name: 'x' }, { name: 'X', key: 'y' }] }
    assert.deepEqual(refused(await owner.post(fields, twice), 409, 'name_taken').errors, [
      { pointer: '/options/1/name', message: 'is in use by another option' },
    ])
  })

  it('keep the options that tasks have', async () => {
    const { owner, fields, task } = await team()
    await task({ site: 'berlin', sites: ['lyon'] })
    const change = (key: string, options: object[]) => owner.patch(`${fields}/${key}`, { options })
    refused(await change('site', [{ name: 'Lyon' }]), 409, 'option_in_use')
    refused(await change('sites', []), 409, 'option_in_use')
    const { status, body } = await change('site', [{ key: 'berlin', name: 'Berlin HQ' }, { name: 'Oslo' }])
    assert.deepEqual(
      [status, body.options.map(({ key, name }: any) => [key, name])],
      [
        200,
        [
          ['berlin', 'Berlin HQ'],
          ['oslo', 'Oslo'],
        ],
      ],
    )
  })

  it('is not made without one of its options while a task just gets it', async () => {
    const { owner, editor, fields, task, read } = await team()
    const { id } = await task({})
    const lock = { text: 'select from tasks where id = $1 for update', values: [id] }
    const [changed, removed] = await collide(world, lock, [
      () => editor.patch(`tasks/${id}`, { fields: { site: 'berlin' } }),
      () => owner.patch(`${fields}/site`, { options: [{ name: 'Lyon' }] }),
    ])
    assert.equal(changed?.status, 200)
    refused(removed!, 409, 'option_in_use')
    assert.deepEqual((await read(id)).fields, { site: 'berlin' })
  })

  it('take their values along when they go, and undo brings both back', async () => {
    const { owner, editor, fields, task, read } = await team()
    const [one, other, trashed] = [
      await task({ cost: 1, note: 'x' }),
      await task({}),
      await task({ cost: 3 }),
    ]
    await editor.delete(`tasks/${trashed.id}`)
    const gone = await owner.delete(`${fields}/cost`)
    assert.equal(gone.status, 204)
    assert.deepEqual([(await read(one.id)).fields, (await read(other.id)).version], [{ note: 'x' }, 1])
    assert.equal((await undo(owner, gone)).status, 200)
    assert.deepEqual((await read(one.id)).fields, { cost: 1, note: 'x' })
    assert.deepEqual((await editor.post(`tasks/${trashed.id}/restore`)).body.fields, { cost: 3 })
    refused(await undo(owner, gone), 409, 'undo_conflict')
  })

  it('cannot be undone away while tasks have values', async () => {
    const { owner, fields, task } = await team()
    const made = await owner.post(fields, { name: 'Late', type: 'checkbox' })
    await task({ late: true })
    refused(await undo(owner, made), 409, 'undo_conflict')
  })
})

describe('Values of a task', () => {
  it('are of the type of their field, and answered wherever the task is', async () => {
    const { editor, viewer, values, task, read, project } = await team()
    const { id, fields } = await task(values)
    assert.deepEqual([fields, (await read(id)).fields], [values, values])
    const { body } = await viewer.get(`projects/${project.id}/tasks`)
    assert.deepEqual(body.items[0].fields, values)
    for (const [key, , , bad] of TYPES)
      assert.deepEqual(
        refused(await editor.patch(`tasks/${id}`, { fields: { [key]: bad } }), 400, 'invalid').errors?.[0]
          ?.pointer,
        `/fields/${key}`,
      )
    assert.equal((await read(id)).version, 1)
  })

  it('are refused for a field, an option or a person that the project does not have', async () => {
    const { editor, outsider, task } = await team()
    const { id } = await task({})
    const refusal = async (fields: object, code: string, pointer: string) =>
      assert.equal(
        refused(await editor.patch(`tasks/${id}`, { fields }), 422, code).errors?.[0]?.pointer,
        pointer,
      )
    await refusal({ nope: 1 }, 'no_such_field', '/fields/nope')
    await refusal({ nope: null }, 'no_such_field', '/fields/nope')
    await refusal({ site: 'paris' }, 'no_such_option', '/fields/site')
    await refusal({ sites: ['lyon', 'paris'] }, 'no_such_option', '/fields/sites')
    await refusal({ buyer: outsider.id }, 'not_a_member', '/fields/buyer')
    const create = { title: 'A task', fields: { nope: 1 } }
    refused(await editor.post('tasks/bulk', { operations: [{ update: { id, fields: { nope: 1 } } }] }), 422, 'no_such_field') // prettier-ignore
    refused(await editor.post(`projects/${(await task({})).project_id}/tasks`, create), 422, 'no_such_field')
  })

  it('change one by one: what is not sent stays, null takes away', async () => {
    const { editor, task } = await team()
    const { id } = await task({ cost: 1, note: 'x', sites: ['lyon'] })
    const { body } = await editor.patch(`tasks/${id}`, { fields: { cost: 2, note: '', sites: [] } })
    assert.deepEqual([body.fields, body.version], [{ cost: 2 }, 2])
    const { body: same } = await editor.patch(`tasks/${id}`, { fields: { cost: 2, note: null } })
    assert.equal(same.version, 2)
  })

  it('merge one by one, and are one by one in the history', async () => {
    const { editor, owner, viewer, task, read } = await team()
    const { id } = await task({ cost: 1 })
    await editor.patch(`tasks/${id}`, { fields: { cost: 2 } })
    const both = await owner.patch(`tasks/${id}?base_version=1`, { fields: { note: 'x' } })
    assert.deepEqual([both.status, both.body.fields], [200, { cost: 2, note: 'x' }])
    const late = refused(
      await owner.patch(`tasks/${id}?base_version=1`, { fields: { cost: 3, signed: '2026-11-30' } }),
      409,
      'version_conflict',
    )
    assert.deepEqual(
      [late['conflicts'], late.errors?.[0]?.pointer],
      [{ 'fields.cost': { base: 1, current: 2, yours: 3 } }, '/fields/cost'],
    )
    assert.deepEqual((await read(id)).fields, { cost: 2, note: 'x' })
    const { body } = await viewer.get(`tasks/${id}/history`)
    assert.deepEqual(
      body.items.slice(0, 2).map((each: any) => each.changes),
      [{ 'fields.note': { from: null, to: 'x' } }, { 'fields.cost': { from: 1, to: 2 } }],
    )
    assert.deepEqual(body.items[2].changes['fields.cost'], { from: null, to: 1 })
  })

  it('are undone one by one', async () => {
    const { editor, task, read } = await team()
    const { id } = await task({ cost: 1 })
    const first = await editor.patch(`tasks/${id}`, { fields: { cost: 2, site: 'lyon' } })
    await editor.patch(`tasks/${id}`, { fields: { note: 'later' } })
    assert.equal((await undo(editor, first)).status, 200)
    assert.deepEqual((await read(id)).fields, { cost: 1, note: 'later' })
    const second = await editor.patch(`tasks/${id}`, { fields: { cost: 5 } })
    await editor.patch(`tasks/${id}`, { fields: { cost: 6 } })
    const { conflicts } = refused(await undo(editor, second), 409, 'undo_conflict')
    assert.deepEqual(conflicts[0].fields, ['fields.cost'])
  })

  it('are copied with the task, but for people who have left', async () => {
    const { owner, editor, project, task, values } = await team()
    const { id } = await task(values)
    const first = await owner.post(`tasks/${id}/duplicate`, {})
    assert.deepEqual([first.status, first.body.fields], [201, values])
    await owner.delete(`projects/${project.id}/members/${editor.id}`)
    const { buyer: _, ...others } = values
    const second = await owner.post(`tasks/${id}/duplicate`, {})
    assert.deepEqual([second.status, second.body.fields], [201, others])
  })

  it('go along to a project whose fields can have them, and come back with undo', async () => {
    const { owner, editor, outsider, field, task, read, values } = await team()
    const { body: there } = await owner.post('projects', { name: 'There' })
    await owner.post(`projects/${there.id}/members`, { user_id: outsider.id, role: 'viewer' })
    await field(there, 'cost', 'number')
    await field(there, 'note', 'url')
    await field(there, 'site', 'select', { options: [{ name: 'Lyon' }] })
    await field(there, 'sites', 'multi_select', { options: SITES })
    await field(there, 'buyer', 'user')
    const { id } = await task(values)
    const below = await task({ cost: 7, page: 'https://example.com/' }, { parent_id: id })
    const moved = await owner.patch(`tasks/${id}`, { project_id: there.id, fields: { cost: 99 } })
    assert.deepEqual([moved.status, moved.body.fields], [200, { cost: 99, sites: ['lyon', 'berlin'] }])
    assert.deepEqual((await owner.get(`tasks/${below.id}`)).body.fields, { cost: 7 })
    const undone = await undo(owner, moved)
    assert.equal(undone.status, 200, JSON.stringify(undone.body))
    assert.deepEqual([(await read(id)).fields, (await read(below.id)).fields], [values, below.fields])
    const again = await owner.post(`operations/${undone.body.operation_id}/undo`)
    assert.equal(again.status, 200, JSON.stringify(again.body))
    refused(await editor.get(`tasks/${id}`), 404, 'not_found')
  })
})
