// npm run lint:migrations: backend/migrations under squawk's rules, which know what locks a table for long. The linter
// is installed apart, and on first use.
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { ROOT, isInstalled } from './install.mjs'

const FOLDER = join(ROOT, 'tools/migration-lint')
const MIGRATIONS = join(ROOT, 'backend/migrations')

function run(command, ...options) {
  return (
    spawnSync(command, options, { cwd: FOLDER, stdio: 'inherit', shell: process.platform === 'win32' })
      .status ?? 1
  )
}

if (!isInstalled(FOLDER)) {
  console.error('Installing the linter of the migrations ...')
  if (run('npm', 'ci', '--ignore-scripts', '--loglevel=error') !== 0) {
    console.error(
      'The migrations were not linted: the linter could not be installed (see above; it needs the registry once).',
    )
    process.exit(1)
  }
}
const squawk = join(FOLDER, `node_modules/@squawk-cli/${process.platform}-${process.arch}/bin/squawk`)
if (!existsSync(squawk)) {
  console.error(
    `The migrations were not linted: there is no squawk for ${process.platform}-${process.arch} here.`,
  )
  process.exit(0)
}

const files = readdirSync(MIGRATIONS)
  .filter((name) => name.endsWith('.sql'))
  .map((name) => join(MIGRATIONS, name))
const alone = files.filter((file) => readFileSync(file, 'utf8').startsWith('-- no transaction\n'))
const lint = (some, ...options) =>
  some.length === 0 ? 0 : run(squawk, '--config', '.squawk.toml', ...options, ...some)

const together = files.filter((file) => !alone.includes(file))
// "if not exists" is what it asks for, and what would take a half-built index for a whole one: the runner wants the
// index dropped first instead.
const found = lint(together) | lint(alone, '--no-assume-in-transaction', '--exclude=prefer-robust-stmts')
process.exit(found === 0 ? 0 : 1)
