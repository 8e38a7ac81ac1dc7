// npm run test:faults [-- [--only <name pattern>]... [file]...]: what injures the server or the database on purpose and
// takes its time. One after the other, because these tests measure how long things take.
import { spawnSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { ROOT, installIfNeeded } from './install.mjs'
import { typeScriptArguments } from './typescript.mjs'

const FOLDER = 'backend/test/faults'
const { values, positionals } = parseArgs({
  options: { only: { type: 'string', multiple: true, default: [] } },
  allowPositionals: true,
})

await installIfNeeded()

const files = readdirSync(join(ROOT, FOLDER))
  .filter((name) => name.endsWith('.fault.test.ts'))
  .map((name) => `${FOLDER}/${name}`)
const { status } = spawnSync(
  process.execPath,
  [
    ...typeScriptArguments,
    '--test',
    '--test-concurrency=1',
    ...values.only.map((pattern) => `--test-name-pattern=${pattern}`),
    ...(positionals.length > 0 ? positionals : files),
  ],
  { cwd: ROOT, stdio: 'inherit' },
)
process.exitCode = status ?? 1
