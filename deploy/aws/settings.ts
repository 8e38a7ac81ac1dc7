/** What an operator may choose. Defaults live in cdk.json; `-c name=value` overrides one for a single run. */
import { readFileSync } from 'node:fs'
import type { App } from 'aws-cdk-lib'

export type Settings = {
  /** Tag or `sha256:` digest of the image in the repository; the backend's version when empty. */
  imageTag: string
  /** Certificate of the load balancer; HTTP only when empty. */
  certificateArn: string
  adminEmail: string
  /** Who is told about alarms; nobody when empty. */
  alarmEmail: string
  /** A higher number makes a new password, and gives it to the database. */
  databasePasswordVersion: string
}

const PATTERNS: Record<keyof Settings, RegExp> = {
  imageTag: /^(sha256:[0-9a-f]{64}|\w[\w.-]{0,127})?$/,
  certificateArn: /^(arn:[\w-]+:acm:[\w-]+:\d{12}:certificate\/[\w-]+)?$/,
  adminEmail: /^[^@\s]+@[^@\s]+$/,
  alarmEmail: /^([^@\s]+@[^@\s]+)?$/,
  databasePasswordVersion: /^[1-9]\d*$/,
}

/** Reads the settings from the app's context, or names every one that is wrong. */
export function readSettings(app: App): Settings {
  const read = (name: keyof Settings) => String(app.node.tryGetContext(name) ?? '')
  const wrong = Object.entries(PATTERNS).filter(
    ([name, pattern]) => !pattern.test(read(name as keyof Settings)),
  )
  if (wrong.length > 0)
    throw new Error(`wrong settings (cdk.json or -c): ${wrong.map(([name]) => name).join(', ')}`)
  return {
    imageTag: read('imageTag') || backendVersion(),
    certificateArn: read('certificateArn'),
    adminEmail: read('adminEmail'),
    alarmEmail: read('alarmEmail'),
    databasePasswordVersion: read('databasePasswordVersion'),
  }
}

function backendVersion(): string {
  const manifest: { version: string } = JSON.parse(
    readFileSync(new URL('../../backend/package.json', import.meta.url), 'utf8'),
  )
  return manifest.version
}
