// What is written in two places says the same in both.
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, it } from 'node:test'
import { Ajv2020 } from 'ajv/dist/2020.js'
import pg from 'pg'
import { loadConfig } from '../src/config.ts'
import { CONSTRAINTS } from '../src/database/errors.ts'
import { CODES } from '../src/errors.ts'
import { OPENAPI_FILE, openapiText, SCHEMA_FILE } from '../src/process/generated.ts'
import { FORMATS } from '../src/http/validation.ts'
import { dumpSchema } from '../src/database/schema-dump.ts'
import { start } from './harness.ts'

const world = await start()
const document = world.servers[0]!.app.swagger() as any
const operations = Object.entries(document.paths as Record<string, Record<string, any>>).flatMap(
  ([url, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({
      name: `${method.toUpperCase()} ${url}`,
      ...operation,
    })),
)
const SOURCE = path.resolve(import.meta.dirname, '../src')

describe('backend/openapi.json', () => {
  it('is what the routes say; "npm run tasktrail -- openapi" writes it', () => {
    assert.equal(readFileSync(OPENAPI_FILE, 'utf8'), openapiText(document))
  })

  it('names every operation, once', () => {
    const names = operations.map(({ operationId }) => operationId as string)
    assert.deepEqual(names, [...new Set(names)])
    for (const { name, operationId, summary, tags } of operations)
      assert(operationId && summary && tags?.length === 1, `${name} needs operationId, summary and one tag`)
  })

  it('has an example of every body and parameter, which its own schema accepts', () => {
    const ajv = new Ajv2020({ strict: false, formats: { ...FORMATS, uri: true, int32: true, int64: true } })
    ajv.addSchema(document, 'openapi')
    const valid = (pointer: string, example: unknown) => {
      const validate = ajv.compile({ $ref: `openapi#${pointer}/schema` })
      assert(validate(example), `${pointer}: ${JSON.stringify(validate.errors)}`)
    }
    let seen = 0
    const walk = (node: unknown, pointer: string): void => {
      if (typeof node !== 'object' || node === null) return
      if ('schema' in node && !pointer.includes('/headers/')) {
        assert('example' in node, `${pointer} has no example`)
        valid(pointer, node.example)
        seen++
      }
      for (const [key, value] of Object.entries(node))
        if (key !== 'example')
          walk(value, `${pointer}/${encodeURIComponent(key.replaceAll('~', '~0').replaceAll('/', '~1'))}`)
    }
    walk(document.paths, '/paths')
    walk(document.components, '/components')
    assert(seen > operations.length, `${seen} examples for ${operations.length} operations`)
  })

  it('describes every parameter', () => {
    for (const { name, parameters } of operations)
      for (const parameter of parameters)
        assert(parameter.$ref || parameter.description, `${name} does not describe ${parameter.name}`)
  })

  it('lists every error code, and each is thrown somewhere', () => {
    const listed = JSON.stringify(document.components.responses)
    const source = readdirSync(SOURCE, { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'))
      .map((file) => readFileSync(path.join(SOURCE, file), 'utf8').replace(/export const CODES[^]*?\n} /, ''))
      .join('\n')
    for (const code of Object.keys(CODES)) {
      assert(listed.includes(`\`${code}\``), `${code} is not documented`)
      assert(source.includes(`'${code}'`), `${code} is thrown nowhere`)
    }
  })
})

describe('the database', () => {
  const constraints = world.pool.query<{ name: string; table: string; definition: string }>(`
    select conname as name, relname as table, pg_get_constraintdef(pg_constraint.oid) as definition
    from pg_constraint join pg_class on pg_class.oid = conrelid
    where connamespace = 'public'::regnamespace and contype in ('p', 'u', 'c', 'f', 'x', 't') and relname <> 'migrations'
    union all
    select indexes.relname, tables.relname, pg_get_indexdef(indexrelid)
    from pg_index join pg_class indexes on indexes.oid = indexrelid join pg_class tables on tables.oid = indrelid
    where indisunique and indexes.relnamespace = 'public'::regnamespace and tables.relname <> 'migrations'
      and not exists (select from pg_constraint where conindid = indexrelid)`)

  it('is what backend/schema.sql says; "npm run tasktrail -- schema" writes it', async () => {
    const client = new pg.Client({ connectionString: world.url })
    await client.connect()
    const schema = await dumpSchema(client)
    await client.end()
    assert.equal(readFileSync(SCHEMA_FILE, 'utf8'), schema)
  })

  it('has the constraints that database/errors.ts gives a meaning, and no other', async () => {
    const names = (await constraints).rows.map(({ name }) => name)
    assert.deepEqual(names.sort(), Object.keys(CONSTRAINTS).sort())
  })

  it('checks for the same words as the API', async () => {
    const nouns: Record<string, string> = {
      users: 'User',
      projects: 'Project',
      project_members: 'Member',
      statuses: 'Status',
      fields: 'CustomField',
      links: 'Link',
      tasks: 'Task',
      views: 'View',
      personal_views: 'View',
      webhook_deliveries: 'Delivery',
    }
    let compared = 0
    for (const { name, table, definition } of (await constraints).rows) {
      const [, column = '', list] =
        /^CHECK \(\(+"?(\w+)"? = ANY \(ARRAY\[(.*)\]\)\)\)$/.exec(definition) ?? []
      if (list === undefined) continue
      const words = [...list.matchAll(/'([^']*)'::text/g)].map(([, word]) => word)
      const noun = nouns[table]
      assert(noun, `${name} lists words: which schema has the same?`)
      const { $ref } = document.components.schemas[noun].properties[column]
      assert.deepEqual(
        words.sort(),
        document.components.schemas[$ref.split('/').at(-1)].enum.toSorted(),
        name,
      )
      compared++
    }
    assert(compared >= 4)
  })
})

describe('backend/.env.example', () => {
  it('has every variable that config.ts reads, and no other', () => {
    const read = new Set<string>()
    const given: Record<string, string> = {
      DATABASE_URL: 'postgres://localhost/x',
      JWT_SECRET_KEY: 'x'.repeat(9) + 'abcdefghijklmnopqrstuvwxyz',
    }
    loadConfig(
      new Proxy(given, {
        get(target, name) {
          read.add(String(name).replace(/_FILE$/, ''))
          return target[String(name)]
        },
      }),
    )
    const example = readFileSync(path.resolve(SOURCE, '../.env.example'), 'utf8')
    const names = [...example.matchAll(/^([A-Z][A-Z0-9_]*)=/gm)].map(([, name]) => name)
    assert.deepEqual(names.sort(), [...read].sort())
  })

  it('is accepted as it is, apart from what production must be given', () => {
    const lines = readFileSync(path.resolve(SOURCE, '../.env.example'), 'utf8').matchAll(/^(\w+)=(.*)$/gm)
    const env = Object.fromEntries([...lines].map(([, name, value]) => [name, value]))
    assert.deepEqual(
      { ...loadConfig({ ...env, JWT_SECRET_KEY: world.config.jwtSecret }) },
      { ...loadConfig({ JWT_SECRET_KEY: world.config.jwtSecret }) },
    )
  })
})
