// npm run check: everything that must pass before a change is merged. Stops at the first failure.
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { ROOT, installIfNeeded } from './install.mjs'

await installIfNeeded()

const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'))
const env = { ...process.env, PATH: join(ROOT, 'node_modules/.bin') + delimiter + process.env.PATH }

for (const step of ['types', 'lint', 'lint:api', 'lint:migrations', 'format:check', 'test']) {
  const startedAt = performance.now()
  const { status } = spawnSync(scripts[step], { cwd: ROOT, env, shell: true, stdio: 'inherit' })
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1)
  console.log(`${status === 0 ? 'ok' : 'FAILED'}  ${step}  ${seconds} s`)
  if (status !== 0) process.exit(status ?? 1)
}
