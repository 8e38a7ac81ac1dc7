// Filters at random, most of them readable, and what must hold of each: it is refused as a filter, or PostgreSQL takes it
// and each task meets either it or its opposite.
import assert from 'node:assert/strict'
import fc, { type Arbitrary } from 'fast-check'
import { v7 as uuid } from 'uuid'
import { ApiError } from '../src/errors.ts'
import { compileFilter } from '../src/tasks/filter/compile.ts'
import { FIELDS } from '../src/tasks/filter/fields.ts'
import { join, sql } from '../src/database/sql.ts'
import type { World } from './harness.ts'

const bare = fc.constantFrom(
  'todo', 'IN_PROGRESS', 'done', 'none', 'low', 'Urgent', 'me', 'OPS', 'ops-1', 'OPS-2', 'ZZ-99', '0', '7', '999999999', 'a', 'today',
  'now', 'start of week', 'end of quarter', 'end of year', '2026-12-01', '1900-01-01', '2999-12-31T23:59:59.9999999+15:59', '2026-02-30',
  'true', 'not', 'in', 'is', 'empty', '%', "'", ';--', '$1', '{}', 'NULL', 'null', 'e\u0301', '𝔘', '-', '+',
) // prettier-ignore
const term = fc
  .tuple(
    fc.constantFrom('+', '-', ' + ', ' ', '--'),
    fc.integer({ min: 0, max: 12_000 }),
    fc.constantFrom(...'hdwmyx'),
  )
  .map((parts) => parts.join(''))
const id = fc.constant('').map(() => uuid())
const quoted = fc.oneof(bare, fc.string({ unit: 'grapheme' }), fc.string({ unit: 'binary' })).map((text) => {
  const sent = text.replaceAll('\0', '').toWellFormed()
  return `"${sent.replaceAll(/["\\]/g, '\\$&')}"`
})
const value = fc.oneof(
  { arbitrary: bare, weight: 5 },
  { arbitrary: fc.tuple(bare, term).map((parts) => parts.join('')), weight: 4 },
  { arbitrary: fc.tuple(bare, term, term, term).map((parts) => parts.join('')), weight: 1 },
  quoted,
  id,
)
const name = fc.constantFrom(...FIELDS.keys())
const date = fc
  .tuple(
    fc.constantFrom('today', 'now', 'start of week', 'End of Quarter', 'end of year', '2026-12-01', '1900-01-01', '2999-12-31T23:59:59.9999999+15:59'),
    fc.constantFrom('', '+3d', ' - 9999m', '+9999w-9999d', '-999y -999y-999y', '+999y+999y+999y', ' 1h'),
  )
  .map((parts) => parts.join('')) // prettier-ignore
const order = fc.constantFrom('=', '!=', '<', '<=', '>', '>=')
const equality = fc.constantFrom('=', '!=')
const fitting = fc
  .oneof(
    fc.tuple(fc.constantFrom('due', 'start', 'created', 'updated', 'completed'), order, date),
    fc.tuple(fc.constantFrom('title', 'text', 'description'), fc.constant('~'), quoted),
    fc.tuple(fc.constantFrom('status', 'category'), equality, fc.constantFrom('todo', 'DONE')),
    fc.tuple(fc.constant('priority'), order, fc.constantFrom('none', 'high')),
    fc.tuple(fc.constantFrom('assignee', 'creator'), equality, fc.oneof(fc.constant('me'), id)),
    fc.tuple(fc.constant('label'), equality, fc.oneof(quoted, id, fc.constant('none'))),
    fc.tuple(fc.constant('number'), order, fc.constantFrom('0', '2', '999999999')),
    fc.tuple(fc.constantFrom('ref', 'parent'), equality, fc.oneof(fc.constant('OPS-1'), id)),
    fc.tuple(fc.constant('project'), equality, fc.oneof(fc.constant('ops'), id)),
    fc.tuple(
      fc.constantFrom('overdue', 'due is empty', 'completed is not empty', 'assignee not in (me, none)'),
    ),
  )
  .map((parts) => parts.join(' '))
const comparison = fc.oneof(
  { arbitrary: fitting, weight: 20 },
  fc
    .tuple(name, fc.constantFrom('=', '!=', '<', '<=', '>', '>=', '~'), value)
    .map((parts) => parts.join(' ')),
  fc
    .tuple(name, fc.constantFrom('in', 'not in'), fc.array(value, { minLength: 1, maxLength: 4 }))
    .map(([field, operator, values]) => `${field} ${operator} (${values.join(', ')})`),
  fc.tuple(name, fc.constantFrom('is empty', 'is not empty', '')).map((parts) => parts.join(' ')),
)
const { filter } = fc.letrec<{ filter: string }>((tie) => ({
  filter: fc.oneof(
    { maxDepth: 4, depthSize: 'small' },
    comparison,
    fc.tuple(tie('filter'), fc.constantFrom('and', 'or'), tie('filter')).map((parts) => parts.join(' ')),
    tie('filter').map((inner) => `not (${inner})`),
    tie('filter').map((inner) => `(${inner})`),
  ),
}))

/** Most as they are, some with a piece cut out or put in. */
const texts: Arbitrary<string> = fc.oneof(
  { arbitrary: filter, weight: 6 },
  {
    arbitrary: fc
      .tuple(
        filter,
        fc.nat(),
        fc.nat(8),
        fc.oneof(bare, fc.constantFrom('"', '(', ')', ',', '!', '\\', ' and ')),
      )
      .map(([text, at, cut, put]) => {
        const from = at % (text.length + 1)
        return text.slice(0, from) + put + text.slice(from + cut)
      }),
    weight: 3,
  },
  fc.string({ unit: 'grapheme' }),
)

/** Sends that many filters to PostgreSQL, beside tasks of each kind. Answers how many could be read. */
export async function sendAtRandom(world: World, count: number, seed: number): Promise<number> {
  const { editor, project } = await world.team()
  for (const task of [
    { title: 'A task' },
    {
      title: 'Ünï',
      description: 'a',
      status: 'done',
      assignee_ids: [editor.id],
      due_on: '2026-12-01',
      start_on: '2026-11-01',
    },
    { title: "it's %", priority: 'urgent', due_at: '2026-12-01T12:00:00Z' },
  ])
    // prettier-ignore
    assert.equal((await editor.post(`projects/${project.id}/tasks`, task)).status, 201)
  const viewer = {
    id: editor.id,
    session_id: editor.sessionId,
    role: 'user',
    operation: uuid(),
    address: '',
  } as const
  let read = 0
  await fc.assert(
    fc.asyncProperty(texts, async (sent) => {
      const text = sent.toWellFormed().replaceAll('\0', '')
      const compiled = compileAll(text, {
        viewer,
        zone: sql`${'Europe/Berlin'}::text`,
        project: sql`tasks.project_id`,
        updated: sql`tasks.updated_at`,
      })
      if (!compiled) return
      read++
      const { text: statement, values } = sql`
        select count(*)::int as all, count(*) filter (where ${compiled.is})::int as is, count(*) filter (where ${compiled.is} and ${compiled.isNot})::int as both,
               count(*) filter (where ${compiled.isNot})::int as not from tasks`
      const { rows } = await world.pool.query(statement, [...values])
      assert.equal(rows[0].is + rows[0].not, rows[0].all, text)
      assert.equal(rows[0].both, 0, text)
    }),
    { numRuns: count, seed },
  )
  return read
}

function conditionOf(text: string, context: Parameters<typeof compileFilter>[1]) {
  const { ofStatus, others } = compileFilter(text, context)
  return join([...ofStatus, ...others], ' and ')
}

/** The conditions of a filter and of its opposite; undefined if it is refused, with what a client needs to know. */
function compileAll(text: string, context: Parameters<typeof compileFilter>[1]) {
  let refusal: unknown
  try {
    return { is: conditionOf(text, context), isNot: conditionOf(`not (${text})`, context) }
  } catch (error) {
    refusal = error
  }
  assert(refusal instanceof ApiError && refusal.code === 'invalid_filter', `${text}: ${String(refusal)}`)
  const { offset, found, expected } = refusal.extra as { offset: number; found: string; expected: string[] }
  assert(offset >= 0 && offset <= `not (${text})`.length && found.length <= 110 && expected.length > 0, text)
  return undefined
}
