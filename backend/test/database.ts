import { randomBytes } from 'node:crypto'
import pg from 'pg'
import { configureRole, openDatabase } from '../src/database/db.ts'

export const TEMPLATE = 'tasktrail_template'

if (!process.env['TEST_DATABASE_URL'])
  throw new Error('Run tests with "npm test", which starts their PostgreSQL.')
export const SERVER_URL = process.env['TEST_DATABASE_URL']

/** The URL of another database on the tests' server. */
export function databaseUrl(name: string): string {
  return SERVER_URL.replace(/^(postgres(?:ql)?:\/\/[^/]*\/)[^?]*/, `$1${name}`)
}

/** What the servers under test connect to: the database itself, or a pooler in front of it. */
export function serversUrl(url: string): string {
  const pooler = process.env['TEST_POOLER_URL']
  return pooler ? pooler + (/\/(test_\w+)/.exec(url)?.[1] ?? '') : url
}

/** A migrated database of one's own; `KEEP_DB=1` leaves it and prints its URL. */
export async function createDatabase(): Promise<{ url: string; drop(): Promise<void> }> {
  const name = `test_${randomBytes(6).toString('hex')}`
  await onServer(`create database ${name} template ${TEMPLATE}`)
  const url = databaseUrl(name)
  const db = openDatabase({ url, size: 2, prepared: false })
  await configureRole(db)
  await db.close()
  return {
    url,
    async drop() {
      if (process.env['KEEP_DB']) console.log(`kept ${url}`)
      else await onServer(`drop database ${name} with (force)`)
    },
  }
}

async function onServer(statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: SERVER_URL })
  await client.connect()
  await client.query(statement)
  await client.end()
}
