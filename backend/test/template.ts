// Makes the migrated database that every test file clones. Run once, before the tests, by scripts/test.mjs.
import pg from 'pg'
import { migrate } from '../src/database/migrate.ts'
import { databaseUrl, SERVER_URL, TEMPLATE } from './database.ts'

const server = new pg.Client({ connectionString: SERVER_URL })
await server.connect()
await server.query(`drop database if exists ${TEMPLATE} with (force)`)
await server.query(`create database ${TEMPLATE}`)
await server.end()
await migrate(databaseUrl(TEMPLATE))
