// What generators of clients need of backend/openapi.json. tools/clients runs the generators themselves.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { ALL_SCOPES } from '../src/scopes.ts'
import { OPENAPI_FILE } from '../src/process/generated.ts'

interface Schema {
  $ref?: string
  type?: string | string[]
  enum?: unknown[]
  oneOf?: Schema[]
  properties?: Record<string, Schema>
  discriminator?: { propertyName: string; mapping: Record<string, string> }
}

const document = JSON.parse(readFileSync(OPENAPI_FILE, 'utf8'))
const schemas = document.components.schemas as Record<string, Schema>
const operations = Object.values(document.paths as Record<string, Record<string, any>>).flatMap((methods) =>
  Object.values(methods),
)

/** Every schema at any depth, with where it is. */
function* inside(node: unknown, at: string): Generator<[at: string, schema: Schema]> {
  if (typeof node !== 'object' || node === null) return
  if ('type' in node || 'enum' in node || 'oneOf' in node || 'anyOf' in node) yield [at, node as Schema]
  for (const [key, value] of Object.entries(node))
    if (!['example', 'examples', 'mapping'].includes(key)) yield* inside(value, `${at}/${key}`)
}

const everywhere = [...inside(document, '')]
const isNamed = (at: string) => /^\/components\/schemas\/\w+$/.test(at)
const nameOf = ({ $ref = '' }: Schema) => $ref.split('/').at(-1) ?? ''

describe('backend/openapi.json, for generators of clients', () => {
  it('names every choice between words', () => {
    const unnamed = everywhere.filter(([at, { enum: words }]) => words && words.length > 1 && !isNamed(at))
    assert.deepEqual(
      unnamed.map(([at]) => at),
      [],
    )
    for (const name of ['TaskCategory', 'TaskPriority', 'ProjectRole', 'UserRole', 'ProblemCode'])
      assert(schemas[name]?.enum, name)
  })

  it('says of every operation which tokens of programs it takes', () => {
    const needs = [...ALL_SCOPES, 'any', 'person']
    const silent = operations.filter(
      ({ security, 'x-token-scope': need }) => !needs.includes(need) && security?.length !== 0,
    )
    assert.deepEqual(
      silent.map(({ operationId }) => operationId),
      [],
      'routes declare it: config.scope',
    )
  })

  it('names every object that has members', () => {
    const unnamed = everywhere.filter(([at, { properties }]) => properties && !isNamed(at))
    assert.deepEqual(
      unnamed.map(([at]) => at),
      [],
    )
  })

  it('has no name that a generator derives for something else', () => {
    const taken = new Map<string, string>()
    const take = (name: string, what: string) => {
      const plain = name.replaceAll(/(?:^|_)(\w)/g, (_, letter: string) => letter.toUpperCase())
      assert(!taken.has(plain), `${what} is called ${name}, and so is ${taken.get(plain)}`)
      taken.set(plain, what)
    }
    for (const part of ['schemas', 'responses', 'parameters'])
      for (const name of Object.keys(document.components[part]))
        take(name.replaceAll('-', '_'), `${name} of ${part}`)
    for (const { operationId } of operations)
      for (const suffix of [
        '',
        'Request',
        'RequestBody',
        'JSONRequestBody',
        'Body',
        'Params',
        'Query',
        'Response',
        'Responses',
        'Result',
        'Error',
        'Errors',
        'Data',
        'Res',
        'Req',
        'OK',
      ])
        // prettier-ignore
        take(`${operationId}${suffix}`, `${operationId}'s ${suffix || 'function'}`)
    for (const [at, { properties }] of everywhere)
      if (isNamed(at) && properties)
        for (const [property, schema] of Object.entries(properties))
          if (schema.enum || schema.oneOf || schema.properties)
            take(`${at.split('/').at(-1)}_${property}`, `${at}/${property}`)
  })

  it('names the status of every answer, and all others as the default', () => {
    for (const { operationId, responses } of operations) {
      for (const status of Object.keys(responses)) assert.match(status, /^(\d{3}|default)$/, operationId)
      assert.deepEqual(responses.default, { $ref: '#/components/responses/Unexpected' }, operationId)
    }
  })

  for (const name of ['Change', 'HistoryEntry'])
    it(`tells a ${name} by its kind`, () => {
      const { oneOf = [], discriminator } = schemas[name]!
      assert.equal(discriminator?.propertyName, 'kind')
      const kinds = Object.entries(discriminator.mapping)
      assert(kinds.length >= 10, String(kinds.length))
      for (const [kind, $ref] of kinds)
        assert.deepEqual(schemas[nameOf({ $ref })]?.properties?.['kind']?.enum, [kind])
      assert.deepEqual(
        oneOf,
        kinds.map(([, $ref]) => ({ $ref })),
      )
    })

  it('describes both shapes of conflicts', () => {
    const conflictsOf = (operationId: string): Schema => {
      const { responses } = operations.find((operation) => operation.operationId === operationId)
      const { content } = document.components.responses[nameOf(responses[409])]
      return schemas[nameOf(content['application/problem+json'].schema)]!.properties!['conflicts']!
    }
    assert.equal(nameOf(conflictsOf('updateTask')), 'FieldConflicts')
    assert.equal(nameOf((conflictsOf('undoOperation') as { items: Schema }).items), 'UndoConflict')
    assert(schemas['Problem']?.properties?.['conflicts'])
  })

  it('has no choice between lists or maps, for which generators write code that does not compile', () => {
    for (const [at, { oneOf = [] }] of everywhere)
      for (const choice of oneOf)
        assert(
          choice.type === 'null' || schemas[nameOf(choice)]?.properties || schemas[nameOf(choice)]?.enum,
          at,
        )
  })

  it('has a list of words where several may be asked for, separated by commas', () => {
    for (const operationId of ['listTasks', 'listProjectTasks'])
      for (const [parameter, words] of Object.entries({
        category: 'TaskCategory',
        priority: 'TaskPriority',
      })) {
        const { schema, ...how } = operations
          .find((operation) => operation.operationId === operationId)
          .parameters.find(({ name }: { name?: string }) => name === parameter)
        assert.deepEqual(
          [how.style, how.explode, schema.type, nameOf(schema.items)],
          ['form', false, 'array', words],
        )
      }
  })
})
