// npm test [-- [--only <name pattern>]... [file]...]: the tests, against a PostgreSQL server of their own.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { ROOT, installIfNeeded } from './install.mjs'
import { endWithNpm, isAlive } from './processes.mjs'
import { testFiles } from './test-files.mjs'
import { compileCache, importTypeScript, typeScriptArguments } from './typescript.mjs'

const { values, positionals } = parseArgs({
  options: { only: { type: 'string', multiple: true, default: [] } },
  allowPositionals: true,
})
const chosen = positionals.map((file) => resolve(file))

endWithNpm()
await installIfNeeded()
process.chdir(ROOT)

let tests
let stopped = false
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  process.on(signal, () => {
    stopped = true
    tests?.kill(signal)
  })
}

const stopDatabase = process.env.TEST_DATABASE_URL ? async () => {} : await startDatabase()
try {
  const template = 'backend/test/template.ts'
  if (existsSync(template)) await importTypeScript(template)
  process.exitCode = stopped ? 130 : await runTests(chosen.length > 0 ? chosen : testFiles(ROOT))
} catch (error) {
  console.error(error)
  process.exitCode = 1
} finally {
  await stopDatabase()
  process.exit()
}

/** Removes the data of test runs that were killed before they could do so. */
function removeLeftOvers() {
  for (const name of readdirSync(tmpdir())) {
    const pid = /^tasktrail-test-(\d+)-/.exec(name)?.[1]
    if (pid === undefined || isAlive(Number(pid))) continue
    try {
      rmSync(join(tmpdir(), name), { recursive: true, force: true })
    } catch {
      // Another user's.
    }
  }
}

/** Speed over safety: these data are thrown away. */
async function startDatabase() {
  const { startEmbeddedPostgres } = await importTypeScript('backend/src/database/embedded/embedded.ts')
  removeLeftOvers()
  const dataDir = mkdtempSync(join(tmpdir(), `tasktrail-test-${process.pid}-`))
  const settings = {
    fsync: 'off',
    synchronous_commit: 'off',
    full_page_writes: 'off',
    max_connections: '300',
  }
  try {
    const { url, stop } = await startEmbeddedPostgres({ dataDir, settings })
    process.env.TEST_DATABASE_URL = url
    return async () => {
      await stop()
      rmSync(dataDir, { recursive: true, force: true })
    }
  } catch (error) {
    rmSync(dataDir, { recursive: true, force: true })
    throw error
  }
}

async function runTests(files) {
  const patterns = values.only.map((pattern) => `--test-name-pattern=${pattern}`)
  tests = spawn(
    process.execPath,
    [
      ...typeScriptArguments,
      '--test',
      `--test-concurrency=${availableParallelism() + 1}`,
      // A file whose process does not end fails, instead of keeping the others waiting for ever.
      '--test-timeout=600000',
      ...patterns,
      ...files,
    ],
    { stdio: 'inherit', env: { ...process.env, NODE_COMPILE_CACHE: compileCache } },
  )
  const [code] = await once(tests, 'exit')
  return code ?? 1
}
