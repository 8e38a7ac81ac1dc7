// npm run test:clients: makes clients of backend/openapi.json with the generators that people use, compiles them, and
// lets each do a day's work against a running server: register, log in, create, list, change, be refused, follow.
// What a generator needs besides Node.js (Python, Go, Java with Maven) is looked for; what is not there is skipped. The
// generators weigh more than all else together, so they are installed apart, on first use, under tools/clients.
import { spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { ROOT, installIfNeeded, isInstalled } from './install.mjs'
import { typeScriptArguments } from './typescript.mjs'

const FOLDER = join(ROOT, 'tools/clients')
const CACHE = join(FOLDER, '.cache')
const DOCUMENT = join(ROOT, 'backend/openapi.json')
const VENV = join(CACHE, 'venv')
const PASSWORD = 'correct-horse-battery-staple'

await installIfNeeded()
const results = { passed: 0, failed: 0, skipped: 0 }
const folder = mkdtempSync(join(tmpdir(), 'tasktrail-clients-'))
const server = startServer()
try {
  await Promise.all([typescript(), python().then(java), go()])
} finally {
  server.child.kill('SIGTERM')
  await server.ended
  rmSync(folder, { recursive: true, force: true })
}
console.log(`\n${results.passed} passed, ${results.failed} failed, ${results.skipped} skipped`)
process.exit(results.failed === 0 && results.passed > 0 ? 0 : 1)

async function typescript() {
  const names = ['openapi-fetch', 'hey-api', 'orval']
  const generators = {
    'openapi-fetch': ['openapi-typescript', DOCUMENT, '-o', '.cache/openapi-typescript/schema.d.ts'],
    'hey-api': ['openapi-ts', '-i', DOCUMENT, '-o', '.cache/hey-api', '-c', '@hey-api/client-fetch'],
    orval: ['orval', '--config', 'typescript/orval.config.mjs'],
  }
  const bin = (name) => join(FOLDER, 'node_modules/.bin', name)
  if (!isInstalled(FOLDER))
    // Without install scripts, of which none is needed.
    if (!(await prepare(names, 'npm', ['ci', '--ignore-scripts', '--loglevel=error']))) return
  for (const name of names)
    await attempt(`${name} (TypeScript)`, async () => {
      const [command, ...options] = generators[name]
      await run(bin(command), options)
      const config = join(FOLDER, `typescript/tsconfig.json`)
      const project = join(CACHE, `tsconfig.${name}.json`)
      writeFileSync(
        project,
        JSON.stringify({ extends: config, files: [`../typescript/${name}.ts`], include: [] }),
      )
      await run(bin('tsc'), ['-p', project])
      const program = join(CACHE, `run/${name}.mjs`)
      await run(bin('esbuild'), [
        `typescript/${name}.ts`,
        '--bundle',
        '--platform=node',
        '--format=esm',
        `--outfile=${program}`,
        '--log-level=error',
      ])
      await run(process.execPath, [program, ...(await account(name))])
    })
}

/** Resolves to the program of openapi-generator, which a Python package carries, or undefined. */
async function python() {
  const names = ['openapi-python-client (Python)', 'openapi-generator (Python)']
  const inVenv = (name) => join(VENV, process.platform === 'win32' ? 'Scripts' : 'bin', name)
  const version = await versionOf('python3', ['--version'])
  if (!isAtLeast(version, 3, 10)) return skip(names, `needs Python 3.10 or newer, found ${version ?? 'none'}`)
  const requirements = join(FOLDER, 'python/requirements.txt')
  const stamp = join(VENV, 'installed')
  if (!existsSync(stamp) || readFileSync(stamp, 'utf8') !== readFileSync(requirements, 'utf8')) {
    if (!(await prepare(names, 'python3', ['-m', 'venv', '--clear', VENV]))) return
    const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '-r', requirements]
    if (!(await prepare(names, inVenv('python'), pip))) return
    writeFileSync(stamp, readFileSync(requirements))
  }
  await attempt(names[0], async () => {
    const out = join(CACHE, 'openapi-python-client')
    rmSync(out, { recursive: true, force: true })
    const options = ['--path', DOCUMENT, '--output-path', join(out, 'openapi_python_client_out')]
    await run(inVenv('openapi-python-client'), [
      'generate',
      ...options,
      '--meta=none',
      '--config=python/config.yml',
      '--fail-on-warning',
    ])
    await run(
      inVenv('python'),
      ['python/openapi_python_client.py', ...(await account('openapi-python-client'))],
      {
        PYTHONPATH: out,
      },
    )
  })
  const found = isAtLeast(await versionOf('java', ['-version']), 11)
  if (!found) return skip([names[1]], 'needs Java 11 or newer')
  const where = 'import openapi_generator_cli as cli, os; print(os.path.dirname(cli.__file__))'
  const jar = join((await run(inVenv('python'), ['-c', where])).trim(), 'openapi-generator.jar')
  await attempt(names[1], async () => {
    const out = join(CACHE, 'openapi-generator-python')
    rmSync(out, { recursive: true, force: true })
    await generate(jar, ['-g', 'python', '-o', out, '--package-name', 'tasktrail_client'])
    await run(inVenv('python'), ['python/openapi_generator.py', ...(await account('openapi-generator'))], {
      PYTHONPATH: out,
    })
  })
  return jar
}

async function java(jar) {
  const names = ['openapi-generator (Java)']
  if (jar === undefined)
    return skip(names, 'needs Python, whose package carries the generator, and Java 11 or newer')
  if ((await versionOf('mvn', ['--version'])) === undefined) return skip(names, 'needs Maven')
  const maven = ['-q', '-B', '-f', 'java/pom.xml']
  if (!(await prepare(names, 'mvn', [...maven, 'dependency:resolve', 'dependency:resolve-plugins']))) return
  await attempt(names[0], async () => {
    const out = join(CACHE, 'openapi-generator-java')
    rmSync(out, { recursive: true, force: true })
    const properties = 'invokerPackage=client,apiPackage=client.api,modelPackage=client.model'
    await generate(jar, [
      '-g',
      'java',
      '--library',
      'native',
      '-o',
      out,
      '--additional-properties',
      properties,
    ])
    await run('mvn', [...maven, 'compile', 'exec:java', `-Dexec.args=${(await account('java')).join(' ')}`])
  })
}

function generate(jar, options) {
  return run('java', ['-jar', jar, 'generate', '-i', DOCUMENT, ...options])
}

async function go() {
  const names = ['oapi-codegen (Go)', 'ogen (Go)']
  const module = join(FOLDER, 'go')
  const [, needed] = /^go (\S+)$/m.exec(readFileSync(join(module, 'go.mod'), 'utf8'))
  const version = await versionOf('go', ['version'])
  if (!isAtLeast(version, ...needed.split('.').map(Number)))
    return skip(names, `needs Go ${needed} or newer, found ${version ?? 'none'}`)
  const env = { GOFLAGS: '-mod=readonly', GOTOOLCHAIN: 'local' }
  if (!(await prepare(names, 'go', ['mod', 'download'], env, module))) return
  const generators = {
    'oapi-codegen': [
      '-generate',
      'types,client',
      '-package',
      'api',
      '-o',
      'oapi-codegen/api/api.go',
      DOCUMENT,
    ],
    ogen: ['--target', 'ogen/api', '--clean', '--package', 'api', DOCUMENT],
  }
  for (const [name, options] of Object.entries(generators))
    await attempt(`${name} (Go)`, async () => {
      await run('go', ['tool', name, ...options], env, module)
      await run('go', ['vet', `./${name}`], env, module)
      await run('go', ['run', `./${name}`, ...(await account(name))], env, module)
    })
}

/** The server's address and somebody to be: what each program is told. */
async function account(name) {
  return [await server.origin, `${name}-${randomUUID()}@example.com`, PASSWORD]
}

/** Installs something; whoever needs it is skipped if that cannot be done, for it takes the registry once. */
async function prepare(names, command, options, env, cwd) {
  try {
    await run(command, options, env, cwd)
    return true
  } catch (error) {
    skip(names, `its packages could not be installed:\n${error.message}`)
    return false
  }
}

async function attempt(name, work) {
  const startedAt = performance.now()
  try {
    await work()
    results.passed++
    console.log(`ok       ${name}  ${((performance.now() - startedAt) / 1000).toFixed(1)} s`)
  } catch (error) {
    results.failed++
    console.log(`FAILED   ${name}\n${error.message}`)
  }
}

function skip(names, reason) {
  for (const name of names) {
    results.skipped++
    console.log(`skipped  ${name}: ${reason}`)
  }
}

/** Runs a program to its end and answers what it printed; throws with all of that if it did not end well. */
function run(command, options, env = {}, cwd = FOLDER) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, options, {
      cwd,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
      shell: process.platform === 'win32',
    })
    let said = ''
    child.stdout.on('data', (text) => (said += text))
    child.stderr.on('data', (text) => (said += text))
    child.on('error', reject)
    child.on('close', (code) => {
      if (code === 0) resolve(said)
      else reject(new Error(`${command} ended with ${code}:\n${said.slice(-4_000)}`))
    })
  })
}

async function versionOf(command, options) {
  return /\d+\.\d+(\.\d+)?/.exec(await run(command, options).catch(() => ''))?.[0]
}

function isAtLeast(version, major, minor = 0) {
  const [theirs = 0, less = 0] = (version ?? '0').split('.').map(Number)
  return theirs > major || (theirs === major && less >= minor)
}

function startServer() {
  const child = spawn(process.execPath, [...typeScriptArguments, join(ROOT, 'backend/src/main.ts')], {
    env: {
      ...process.env,
      DATA_DIR: folder,
      HOST: '127.0.0.1',
      PORT: '0',
      REGISTRATION: 'open',
      RATE_LIMIT: 'off',
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const ended = new Promise((resolve) => child.once('exit', resolve))
  const origin = new Promise((resolve, reject) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      const port = /^Tasktrail serves http:\/\/localhost:(\d+)/.exec(line)?.[1]
      if (port) resolve(`http://127.0.0.1:${port}`)
    })
    void ended.then((code) => reject(new Error(`the server ended with ${code}`)))
  })
  origin.catch(() => undefined)
  return { child, ended, origin }
}
