// The package as npm would publish it: installed elsewhere, compiled against, weighed, and taken on its README's tour.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after, describe, it } from 'node:test'
import { promisify } from 'node:util'
import { gzipSync } from 'node:zlib'
import { start } from '../../backend/test/harness.ts'

const ROOT = path.resolve(import.meta.dirname, '../..')
const CLIENT = path.join(ROOT, 'client')
const TSC = path.join(ROOT, 'node_modules/typescript/bin/tsc')
const run = promisify(execFile)
const read = (file: string) => readFileSync(path.join(CLIENT, file), 'utf8')

const world = await start({ REGISTRATION: 'open' })

/** An app somewhere else, with the package installed from its tarball. */
const app = mkdtempSync(path.join(tmpdir(), 'tasktrail-app-'))
after(() => rmSync(app, { recursive: true, force: true }))
const installed = path.join(app, 'node_modules/@tasktrail/client')
const ready = install()

async function install(): Promise<void> {
  const { stdout } = await run('npm', ['pack', '--json', '--pack-destination', app], { cwd: CLIENT })
  const [{ filename }] = JSON.parse(stdout.slice(stdout.indexOf('[')))
  mkdirSync(installed, { recursive: true })
  // As npm installs a package without dependencies; it would want the registry for a lockfile.
  await run('tar', ['-xzf', path.join(app, filename), '-C', installed, '--strip-components=1'])
  writeFileSync(path.join(app, 'package.json'), '{ "type": "module" }')
}

async function compile(file: string, module: 'nodenext' | 'preserve'): Promise<void> {
  const strict = ['--noEmit', '--strict', '--exactOptionalPropertyTypes', '--noUncheckedIndexedAccess']
  const where = ['--types', 'node', '--typeRoots', path.join(ROOT, 'node_modules/@types')]
  await run(process.execPath, [TSC, ...strict, ...where, '--target', 'es2022', '--module', module, file], {
    cwd: app,
  }).catch(({ stdout }) => assert.fail(stdout))
}

describe('What is generated for the client', () => {
  it('is what backend/openapi.json says; "npm run tasktrail -- openapi" writes both', async () => {
    const { generate } = await import('../scripts/generate.mjs')
    for (const [name, text] of Object.entries(generate()))
      assert.equal(read(`src/generated/${name}`), text, name)
  })

  it('has a function for every operation', async () => {
    const client = await import('../src/index.ts')
    const { paths } = JSON.parse(readFileSync(path.join(ROOT, 'backend/openapi.json'), 'utf8'))
    for (const operation of Object.values<object>(paths).flatMap((methods) => Object.values(methods)))
      assert.equal(
        typeof client[operation.operationId as keyof typeof client],
        'function',
        operation.operationId,
      )
  })
})

describe('The package', () => {
  it('depends on nothing, holds what runs and its types, and weighs under 15 kB before a bundler makes it smaller', async () => {
    await ready
    const { dependencies, sideEffects } = JSON.parse(read('package.json'))
    assert.deepEqual([dependencies, sideEffects], [undefined, false])
    const files = readdirSync(installed, { recursive: true, encoding: 'utf8' })
    for (const name of ['README.md', 'LICENSE', 'dist/index.js', 'dist/index.d.ts'])
      assert(files.includes(name), name)
    // With one, as `npm run lint:package` sees, it is under 12 kB.
    const code = files
      .filter((name) => name.endsWith('.js') && name !== 'dist/node.js')
      .map((name) => readFileSync(path.join(installed, name), 'utf8'))
    const size = gzipSync(code.join('')).length
    assert(size < 15_000, `${size} bytes`)
    for (const text of code) assert.doesNotMatch(text, / from '(?!\.)/)
  })

  it('runs where the globals of neither a browser nor Node.js are', async () => {
    await ready
    const { stdout } = await run(process.execPath, [
      '--input-type=module',
      '--eval',
      `delete globalThis.navigator; delete globalThis.process; const { connect } = await import(${JSON.stringify(path.join(installed, 'dist/index.js'))}); console.log(connect('http://x/').url)`,
    ])
    assert.equal(stdout, 'http://x\n')
  })

  it('shows in five minutes what README.md says, compiled by Node’s and by bundlers’ rules', async () => {
    await ready
    const readme = readFileSync(path.join(installed, 'README.md'), 'utf8')
    const tour = /^## Five minutes\n[^]*?(?=^## )/m.exec(readme)?.[0] ?? ''
    const blocks = (language: string) =>
      [...tour.matchAll(new RegExp(`^\`\`\`${language}\\n([^]*?)^\`\`\``, 'gm'))]
        .map(([, text]) => text)
        .join('')
    writeFileSync(path.join(app, 'tour.ts'), `${blocks('ts')}export {}\n`)
    for (const module of ['nodenext', 'preserve'] as const) await compile('tour.ts', module)
    // Plain JavaScript as it stands.
    writeFileSync(path.join(app, 'tour.mjs'), blocks('ts'))
    const { stdout } = await run(process.execPath, ['tour.mjs'], {
      cwd: app,
      env: { ...process.env, URL: world.origins[0] },
    })
    assert.equal(stdout, blocks('text'))
  })

  it('has types that refuse what the service would', async () => {
    await ready
    writeFileSync(
      path.join(app, 'wrong.ts'),
      `import { connect, createTask, isProblem, listTasks, search } from '@tasktrail/client'
const api = connect('http://localhost:5000')
// @ts-expect-error: has a title
await createTask(api, 'OPS', {})
// @ts-expect-error: not a priority
await createTask(api, 'OPS', { title: 'x', priority: 'huge' })
// @ts-expect-error: not a parameter
await listTasks(api, { colour: 'red' })
// @ts-expect-error: needs its question
await search(api)
// @ts-expect-error: not a code
isProblem(new Error(), 'not_fond')
for await (const task of listTasks(api)) task.title satisfies string
`,
    )
    await compile('wrong.ts', 'nodenext')
  })
})
