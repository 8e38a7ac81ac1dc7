// npm run lint:api: backend/openapi.json under Redocly's recommended rules and Spectral's OWASP rules. The two linters
// are larger than all other packages together, so they are installed separately, on first use.
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { ROOT, isInstalled } from './install.mjs'

const FOLDER = join(ROOT, 'tools/api-lint')
const env = { ...process.env, REDOCLY_TELEMETRY: 'off', REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true' }

function run(command, ...options) {
  const { status } = spawnSync(command, options, {
    cwd: FOLDER,
    env,
    stdio: 'inherit',
    shell: process.platform === 'win32',
  })
  return status ?? 1
}

if (!isInstalled(FOLDER)) {
  console.error('Installing the linters of the API description ...')
  // Without their install scripts, of which none is needed.
  if (run('npm', 'ci', '--ignore-scripts', '--loglevel=error') !== 0) {
    console.error(
      'The API description was not linted: its linters could not be installed (see above; they need the registry once).',
    )
    process.exit(1)
  }
}

const bin = join(FOLDER, 'node_modules/.bin')
const document = '../../backend/openapi.json'
const found =
  run(
    join(bin, 'redocly'),
    'lint',
    document,
    '--config',
    'redocly.yaml',
    '--format',
    'stylish',
    '--max-problems',
    '50',
  ) | run(join(bin, 'spectral'), 'lint', document, '--ruleset', 'spectral.yaml', '--fail-severity', 'hint')
process.exit(found === 0 ? 0 : 1)
