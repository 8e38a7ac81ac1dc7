/** What an operator may choose. Defaults live in cdk.json; `-c name=value` overrides one for a single run. */
import { readFileSync } from 'node:fs'
import type { App } from 'aws-cdk-lib'
import { mistakesIn } from './variables.ts'

export type Settings = {
  /** Tag or `sha256:` digest of the image in the repository; the backend's version when empty. */
  imageTag: string
  /** What the image was built for. */
  architecture: string
  /** Certificate of the load balancer; HTTP only when empty. */
  certificateArn: string
  /** `accepted` to go without a certificate. */
  unencryptedHttp: string
  adminEmail: string
  /** Who is told about alarms; nobody when empty. */
  alarmEmail: string
  /** A higher number makes new passwords, and gives them to the database. */
  databasePasswordVersion: string
  /** Variables of the service (backend/.env.example), by name; of those that hold secrets the ARN. */
  variables: Readonly<Record<string, string>>
}

type Name = Exclude<keyof Settings, 'variables'>

const RULES: Record<Name, [pattern: RegExp, rule: string]> = {
  imageTag: [/^(sha256:[0-9a-f]{64}|\w[\w.-]{0,127})?$/, 'must be a tag or a sha256: digest'],
  architecture: [/^(amd64|arm64)$/, 'must be amd64 or arm64, as the image was built'],
  certificateArn: [
    /^(arn:[\w-]+:acm:[\w-]+:\d{12}:certificate\/[\w-]+)?$/,
    'must be the ARN of a certificate in ACM',
  ],
  unencryptedHttp: [/^(accepted)?$/, 'must be "accepted" or empty'],
  adminEmail: [/^[^@\s]+@[^@\s]+$/, 'must be the e-mail address of the first administrator'],
  alarmEmail: [/^([^@\s]+@[^@\s]+)?$/, 'must be an e-mail address'],
  databasePasswordVersion: [/^[1-9]\d*$/, 'must be a number from 1 on'],
}

/** Connections that are left for people and for the migration. */
const SPARE_CONNECTIONS = 40
export const MIN_TASKS = 2
export const MAX_TASKS = 8

/** Reads the settings from the app's context, or says everything that is wrong with them. */
export function readSettings(app: App): Settings {
  const context: Record<string, string | number | undefined> = app.node.getAllContext()
  const read = (name: Name) => String(context[name] ?? '')
  const variables = Object.fromEntries(
    Object.entries(context)
      .filter(([name]) => /^[A-Z][A-Z0-9_]*$/.test(name))
      .map(([name, value]) => [name, String(value)]),
  )
  const wrong = Object.entries(RULES)
    .filter(([name, [pattern]]) => !pattern.test(read(name as Name)))
    .map(([name, [, rule]]) => `${name} ${rule}`)
  if (read('certificateArn') === '' && read('unencryptedHttp') === '')
    wrong.push(
      'certificateArn is missing: passwords and tokens would travel unencrypted. Only for a try: unencryptedHttp=accepted',
    )
  wrong.push(...mistakesIn(variables))
  if (wrong.length > 0) throw new Error(`wrong settings (cdk.json or -c):\n  - ${wrong.join('\n  - ')}`)
  return {
    imageTag: read('imageTag') || backendVersion(),
    architecture: read('architecture'),
    certificateArn: read('certificateArn'),
    unencryptedHttp: read('unencryptedHttp'),
    adminEmail: read('adminEmail'),
    alarmEmail: read('alarmEmail'),
    databasePasswordVersion: read('databasePasswordVersion'),
    variables,
  }
}

/** Connections the database must allow: of all tasks, twice while a deployment replaces them, and some to spare. */
export function maxConnections({ variables }: Settings): number {
  const { DB_POOL_SIZE = '10', WEB_CONCURRENCY = '1' } = variables
  return 2 * MAX_TASKS * Number(DB_POOL_SIZE) * Number(WEB_CONCURRENCY) + SPARE_CONNECTIONS
}

function backendVersion(): string {
  const manifest: { version: string } = JSON.parse(
    readFileSync(new URL('../../backend/package.json', import.meta.url), 'utf8'),
  )
  return manifest.version
}
