// The databases that are measured: one for each number of tasks, and copies for the reference and for pgbench.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import pg from 'pg'
import { importTypeScript } from '../scripts/typescript.mjs'

export const PASSWORD = 'correct horse battery staple'
/** Argon2id of PASSWORD with the parameters of backend/src/accounts/auth/passwords.ts. */
const PASSWORD_HASH =
  '$argon2id$v=19$m=19456,t=2,p=1$ZIn2PTFfZmclc4uQ6hToAA$QerHoqUFZs5EZk3kV+mTwQKmfivf0nPM8DiuQ4RBiic'
const SEED = readFileSync(new URL('seed.sql', import.meta.url), 'utf8')

/** The server of DATABASE_URL, in which databases named bench_… come and go, or else the embedded one. */
export async function openServer(directory) {
  if (process.env.DATABASE_URL) return { url: process.env.DATABASE_URL, stop: async () => undefined }
  const { startEmbeddedPostgres } = await importTypeScript('backend/src/database/embedded/embedded.ts')
  return startEmbeddedPostgres({ dataDir: join(directory, 'postgres') })
}

/** The same server's URL for another database. */
export const urlOf = (server, database) =>
  server.url.replace(/^(postgres(?:ql)?:\/\/[^/]*\/)[^?]*/, `$1${database}`)

/** Runs `work` with a connection of its own. */
export async function withClient(url, work) {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    return await work(client)
  } finally {
    await client.end()
  }
}

/** Makes a migrated database with so many tasks and answers its URL. */
export async function createSeeded(server, name, tasks) {
  const { migrate } = await importTypeScript('backend/src/database/migrate.ts')
  await dropDatabase(server, name)
  await withClient(server.url, (client) => client.query(`create database ${name}`))
  const url = urlOf(server, name)
  await migrate(url)
  await withClient(url, async (client) => {
    await client.query('set statement_timeout = 0')
    await client.query(
      `select set_config('bench.tasks', $1, false), set_config('bench.password_hash', $2, false)`,
      [String(tasks), PASSWORD_HASH],
    )
    await client.query(SEED)
    await client.query('vacuum analyze')
    await client.query('checkpoint')
  })
  return url
}

/** Removes the triggers of a database. */
export async function withoutTriggers(url) {
  await withClient(url, async (client) => {
    const { rows } = await client.query(
      `select tgname, tgrelid::regclass::text as table from pg_trigger where not tgisinternal`,
    )
    for (const { tgname, table } of rows) await client.query(`drop trigger ${tgname} on ${table}`)
  })
  return url
}

export const dropDatabase = (server, name) =>
  withClient(server.url, (client) => client.query(`drop database if exists ${name} with (force)`))

/** The process that all of the server's processes are children of, if it is of this machine. */
export const postmaster = (server) =>
  withClient(server.url, async (client) => {
    const { rows } = await client.query('select pg_backend_pid() as pid')
    try {
      const status = readFileSync(`/proc/${rows[0].pid}/status`, 'utf8')
      return /^Name:\s+postgres$/m.test(status) ? Number(/^PPid:\s+(\d+)$/m.exec(status)[1]) : undefined
    } catch {
      return undefined
    }
  })
