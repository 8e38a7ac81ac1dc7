/**
 * Checks that an image works as the task definitions run it: users, read-only root, capabilities, volume, order and
 * commands, against a database that demands TLS.
 * usage: npm run verify:task -- <image>
 */
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { makeAuthority, startDatabase } from './database.ts'
import { containerNamed, docker, runArguments, tryDocker, untilInside } from './fargate.ts'

const [image = ''] = process.argv.slice(2)
if (!tryDocker('image', 'inspect', image).ok) {
  console.error(`verify-task: no image "${image}" or no Docker engine; usage: npm run verify:task -- <image>`)
  process.exit(1)
}

const run = `tasktrail-verify-${process.pid}`
const database = `${run}-database`
const served = `${run}-service`
const folder = mkdtempSync(join(tmpdir(), 'tasktrail-verify-'))

const random = () => randomBytes(32).toString('hex')
const password = random()
const urlOf = (role: string, itsPassword: string) =>
  `postgresql://${role}:${itsPassword}@${database}:5432/tasktrail?sslmode=verify-full&sslrootcert=/tls/ca.pem`
const values: Record<string, string> = {
  DATABASE_URL: urlOf('tasktrail_app_a', random()),
  MIGRATION_DATABASE_URL: urlOf('tasktrail', password),
  JWT_SECRET_KEY: random(),
  JWT_SECRET_KEY_ACCEPTED: random(),
  METRICS_TOKEN: random(),
  ADMIN_PASSWORD: random(),
  '@VPC_CIDR@': '10.0.0.0/16',
  '@ADMIN_EMAIL@': 'admin@example.com',
}

const writeCa = containerNamed('database-ca')
const service = containerNamed('tasktrail')
const migration = containerNamed('tasktrail', 'migration-task-definition.json')

/** Runs database-ca, then the migration, as one task does. */
function migrate(authority: string): { ok: boolean; output: string } {
  values['DATABASE_CA'] = authority
  const once = ['run', '--rm', '--network', run]
  docker(...once, ...runArguments(writeCa, values, run), image, ...writeCa.command)
  return tryDocker(...once, ...runArguments(migration, values, run), image, ...migration.command)
}

async function verify(): Promise<void> {
  docker('network', 'create', run)
  const authority = makeAuthority(folder, 'authority')
  await startDatabase(database, run, folder, 'authority', password)

  const refused = migrate(makeAuthority(folder, 'stranger'))
  assert.ok(!refused.ok && /certificate/.test(refused.output), refused.output)
  console.log('ok  refuses a database whose certificate another authority signed')

  for (const { ok, output } of [migrate(authority), migrate(authority)]) assert.ok(ok, output)
  console.log('ok  migrates, and finds nothing to do the second time')

  const detached = ['run', '--detach', '--name', served, '--network', run]
  docker(...detached, ...runArguments(service, values, run), image, ...service.command)
  const [, ...health] = service.healthCheck?.command ?? []
  await untilInside(served, ...health)
  const ready =
    'fetch("http://127.0.0.1:5000/readyz").then(r => process.exit(r.ok ? 0 : 1), () => process.exit(1))'
  await untilInside(served, 'node', '-e', ready)
  console.log('ok  serves: healthy and ready')

  assert.notEqual(docker('exec', served, 'id', '-u'), '0')
  // as root, or the owner of the folders would be what refuses
  const write = (path: string) => tryDocker('exec', '--user', '0', served, 'sh', '-c', `: > ${path}`)
  for (const path of ['/written', '/tls/written']) assert.match(write(path).output, /Read-only file system/)
  assert.ok(tryDocker('exec', served, 'sh', '-c', ': > /tmp/written').ok)
  console.log('ok  is not root and writes to /tmp only')

  const asked = performance.now()
  docker('stop', served)
  const seconds = (performance.now() - asked) / 1000
  assert.equal(docker('inspect', '--format', '{{.State.ExitCode}}', served), '0')
  assert.ok(seconds < 20, `took ${seconds} s`)
  console.log(`ok  ends with code 0, ${seconds.toFixed(1)} s after SIGTERM`)
}

try {
  await verify()
} catch (error) {
  for (const name of [served, database]) console.error(tryDocker('logs', '--tail', '5', name).output)
  throw error
} finally {
  tryDocker('rm', '--force', '--volumes', served, database)
  tryDocker('volume', 'rm', `${run}-tls`)
  tryDocker('network', 'rm', run)
  rmSync(folder, { recursive: true, force: true })
}
