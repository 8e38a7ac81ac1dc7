// npm run test:faults [-- [--only <name pattern>]... [file]...]: what injures the server or the database on purpose. Those
// that take their time one after the other, because they measure it; then the quick ones, which npm test runs too.
// One fault alone: npm run test:faults -- --only F18:
import { spawnSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { ROOT, installIfNeeded } from './install.mjs'
import { typeScriptArguments } from './typescript.mjs'

const FOLDER = 'backend/test/faults'
const QUICK = ['database-trouble', 'migrations', 'rolling-restart', 'shutdown'].map(
  (name) => `backend/test/${name}.test.ts`,
)
const { values, positionals } = parseArgs({
  options: { only: { type: 'string', multiple: true, default: [] } },
  allowPositionals: true,
})

await installIfNeeded()

const run = (...args) => spawnSync(process.execPath, args, { cwd: ROOT, stdio: 'inherit' }).status ?? 1

const slow = readdirSync(join(ROOT, FOLDER))
  .filter((name) => name.endsWith('.fault.test.ts'))
  .map((name) => `${FOLDER}/${name}`)
const patterns = values.only.map((pattern) => `--test-name-pattern=${pattern}`)
const files = positionals.length > 0 ? positionals : slow
let status = run(...typeScriptArguments, '--test', '--test-concurrency=1', ...patterns, ...files)
if (positionals.length === 0)
  status ||= run('scripts/test.mjs', ...values.only.map((pattern) => `--only=${pattern}`), ...QUICK)
process.exitCode = status
