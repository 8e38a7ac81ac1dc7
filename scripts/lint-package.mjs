// npm run lint:package: packs client/ as npm would publish it, and looks at that with publint (does every entry lead
// somewhere?), attw (do the types resolve in every kind of project?) and esbuild (does an app carry only what it uses?).
// The three are installed apart, on first use.
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { ROOT, installIfNeeded, isInstalled } from './install.mjs'

const FOLDER = join(ROOT, 'tools/package-lint')
/** What everything may weigh in an app, in bytes of gzip. */
const MOST = 12_000
/** What one call with its errors, retries and refresh may weigh in an app, in bytes of gzip. */
const MOST_FOR_ONE_CALL = 3_000

await installIfNeeded()
if (!isInstalled(FOLDER)) {
  console.error('Installing the linters of the package ...')
  if (run('npm', ['ci', '--ignore-scripts', '--loglevel=error'], FOLDER) !== 0) {
    console.error(
      'The package was not linted: its linters could not be installed (see above; they need the registry once).',
    )
    process.exit(1)
  }
}

const folder = mkdtempSync(join(tmpdir(), 'tasktrail-package-'))
process.on('exit', () => rmSync(folder, { recursive: true, force: true }))
const packed = execFileSync('npm', ['pack', '--json', '--pack-destination', folder], {
  cwd: join(ROOT, 'client'),
  encoding: 'utf8',
  shell: process.platform === 'win32',
})
const [{ filename }] = JSON.parse(packed.slice(packed.indexOf('[')))
const tarball = join(folder, filename)
const bin = (name) => join(FOLDER, 'node_modules/.bin', name)
const failed =
  run(bin('publint'), ['run', tarball, '--strict']) |
  // It is a module and nothing else, which Node.js has let CommonJS require since 20.19.
  run(bin('attw'), [tarball, '--profile', 'esm-only', '--no-emoji'])
process.exit(failed === 0 && carriesOnlyWhatItUses() ? 0 : 1)

function carriesOnlyWhatItUses() {
  const entry = JSON.stringify(join(ROOT, 'client/dist/index.js'))
  const all = weigh(`export * from ${entry}`)
  const one = weigh(
    `import { connect, findTask } from ${entry}\nconsole.log(await findTask(connect(''), 'OPS-1'))\n`,
  )
  console.log(
    `In an app all of it weighs ${all} bytes of gzip, of ${MOST} allowed; one call ${one} of ${MOST_FOR_ONE_CALL}.`,
  )
  return all <= MOST && one <= MOST_FOR_ONE_CALL
}

function weigh(code) {
  const [app, built] = [join(folder, 'app.js'), join(folder, 'built.js')]
  writeFileSync(app, code)
  const options = ['--bundle', '--minify', '--format=esm', `--outfile=${built}`, '--log-level=error']
  return run(bin('esbuild'), [app, ...options]) === 0 ? gzipSync(readFileSync(built)).length : Infinity
}

function run(command, options, cwd = ROOT) {
  return (
    spawnSync(command, options, { cwd, stdio: 'inherit', shell: process.platform === 'win32' }).status ?? 1
  )
}
