// The files that are generated from the code and kept with it. test/contract.test.ts fails when one is out of date.
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import pg from 'pg'
import { buildApp } from '../app.ts'
import { loadConfig } from '../config.ts'
import { openDatabase } from '../database/db.ts'
import { migrate } from '../database/migrate.ts'
import { startEmbeddedPostgres } from '../database/embedded/embedded.ts'
import { dumpSchema } from '../database/schema-dump.ts'

export const OPENAPI_FILE = path.resolve(import.meta.dirname, '../../openapi.json')
export const SCHEMA_FILE = path.resolve(import.meta.dirname, '../../schema.sql')

export const openapiText = (document: object): string => `${JSON.stringify(document, null, 2)}\n`

/** Writes backend/openapi.json. Builds the application without starting it or connecting to a database. */
export async function writeOpenapi(): Promise<string> {
  const config = loadConfig({
    DATABASE_URL: 'postgres://localhost/unused',
    JWT_SECRET_KEY: 'only to put the application together',
  })
  const db = openDatabase({ url: config.databaseUrl, size: config.databasePool, prepared: false })
  const { app } = await buildApp({ config, db })
  await writeFile(OPENAPI_FILE, openapiText(app.swagger()))
  await app.close()
  await db.close()
  return OPENAPI_FILE
}

/** Writes backend/schema.sql from a temporary database. */
export async function writeSchema(): Promise<string> {
  const dataDir = await mkdtemp(path.join(tmpdir(), 'tasktrail-schema-'))
  const postgres = await startEmbeddedPostgres({ dataDir })
  try {
    await migrate(postgres.url)
    const client = new pg.Client({ connectionString: postgres.url })
    await client.connect()
    await writeFile(SCHEMA_FILE, await dumpSchema(client))
    await client.end()
  } finally {
    await postgres.stop()
    await rm(dataDir, { recursive: true, force: true })
  }
  return SCHEMA_FILE
}
