import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { refused, start, type Actor, type Answer } from '../../test/harness.ts'

const world = await start()

const undo = (actor: Actor, answer: Answer) =>
  actor.post(`operations/${answer.headers.get('operation-id')}/undo`)

/** A project, and what its people do with its labels. */
async function team() {
  const people = await world.team()
  const { editor, project } = people
  const labels = `projects/${project.id}/labels`
  const add = async (name: string, more: object = {}) => {
    const { status, body } = await editor.post(labels, { name, ...more })
    assert.equal(status, 201, JSON.stringify(body))
    return body
  }
  return { ...people, labels, add }
}

describe('Labels', () => {
  it('are made by editors, with a colour of their own or the usual one', async () => {
    const { editor, viewer, project, labels, add } = await team()
    const label = await add('needs review', { color: '#D4351C', description: 'Look at it.' })
    assert.equal(label.color, '#d4351c')
    assert.equal(label.project_id, project.id)
    assert.equal(label.created_by, editor.id)
    assert.equal((await add('urgent')).color, '#6b7280')
    assert.deepEqual((await viewer.get(`labels/${label.id}`)).body, label)
    refused(await editor.post(labels, { name: 'x', color: 'red' }), 400, 'invalid')
    refused(await editor.post(labels, { name: '  ' }), 400, 'invalid')
  })

  it('have a name that is unique in the project, whatever the case of its letters', async () => {
    const { editor, owner, labels, add } = await team()
    await add('Übersicht')
    const other = await add('Other')
    refused(await editor.post(labels, { name: 'übersicht' }), 409, 'name_taken')
    const taken = await editor.patch(`labels/${other.id}`, { name: 'ÜBERSICHT' })
    refused(taken, 409, 'name_taken')
    assert.equal(taken.body.errors[0].pointer, '/name')
    assert.equal((await editor.patch(`labels/${other.id}`, { name: 'OTHER' })).body.name, 'OTHER')
    const { body: elsewhere } = await owner.post('projects', { name: 'Elsewhere' })
    assert.equal((await owner.post(`projects/${elsewhere.id}/labels`, { name: 'Übersicht' })).status, 201)
  })

  it('are listed by name, page by page, and found by a part of it', async () => {
    const { viewer, labels, add } = await team()
    for (const name of ['b', 'C', 'a', 'Ab']) await add(name)
    const { body: first } = await viewer.get(`${labels}?limit=3&total=true`)
    const { body: rest } = await viewer.get(`${labels}?limit=3&cursor=${first.next_cursor}`)
    assert.deepEqual(
      [...first.items, ...rest.items].map(({ name }) => name),
      ['a', 'Ab', 'b', 'C'],
    )
    assert.deepEqual([first.total, rest.next_cursor], [4, null])
    const { body: found } = await viewer.get(`${labels}?q=B`)
    assert.deepEqual(
      found.items.map(({ name }: { name: string }) => name),
      ['Ab', 'b'],
    )
  })

  it('stay as they are in an archived project', async () => {
    const { owner, editor, project, labels, add } = await team()
    const [label, trashed] = [await add('Kept'), await add('Trashed')]
    await editor.delete(`labels/${trashed.id}`)
    await owner.patch(`projects/${project.id}`, { archived: true })
    refused(await editor.post(labels, { name: 'New' }), 409, 'project_archived')
    refused(await editor.patch(`labels/${label.id}`, { name: 'New' }), 409, 'project_archived')
    refused(await editor.delete(`labels/${label.id}`), 409, 'project_archived')
    refused(await editor.post(`labels/${trashed.id}/restore`), 409, 'project_archived')
    assert.equal((await editor.get(labels)).body.items.length, 1)
  })

  it('are merged field by field', async () => {
    const { owner, editor, add } = await team()
    const { id } = await add('One')
    await owner.patch(`labels/${id}`, { color: '#000000' })
    const merged = await editor.patch(`labels/${id}?base_version=1`, { name: 'Two' })
    assert.deepEqual([merged.status, merged.body.color, merged.body.version], [200, '#000000', 3])
    refused(await editor.patch(`labels/${id}?base_version=1`, { color: '#ffffff' }), 409, 'version_conflict')
  })
})

describe('A deleted label', () => {
  it('is in the trash, and comes back', async () => {
    const { editor, viewer, labels, add } = await team()
    const label = await add('Gone')
    assert.equal((await editor.delete(`labels/${label.id}`)).status, 204)
    refused(await viewer.get(`labels/${label.id}`), 404, 'not_found')
    assert.deepEqual((await viewer.get(labels)).body.items, [])
    const [item] = (await editor.get('trash')).body.items
    assert.deepEqual([item.id, item.type, item.title], [label.id, 'label', 'Gone'])
    refused(await viewer.post(`labels/${label.id}/restore`), 403, 'forbidden')
    assert.equal((await editor.post(`labels/${label.id}/restore`)).body.name, 'Gone')
    refused(await editor.post(`labels/${label.id}/restore`), 404, 'not_found')
  })

  it('leaves its name to others, and then cannot come back under it', async () => {
    const { editor, add } = await team()
    const label = await add('Bug')
    const deleted = await editor.delete(`labels/${label.id}`)
    const heir = await add('bug')
    refused(await editor.post(`labels/${label.id}/restore`), 409, 'name_taken')
    refused(await undo(editor, deleted), 409, 'name_taken')
    await editor.patch(`labels/${heir.id}`, { name: 'Defect' })
    assert.equal((await undo(editor, deleted)).status, 200)
    assert.equal((await editor.get(`labels/${label.id}`)).body.name, 'Bug')
  })
})
