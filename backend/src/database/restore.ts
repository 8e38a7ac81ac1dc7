// Puts a backup into an empty database: all of it or, whatever happens, nothing.
import { createHash } from 'node:crypto'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGunzip } from 'node:zlib'
import type pg from 'pg'
import { from as copyFrom } from 'pg-copy-streams'
import {
  connectFor,
  FORMAT,
  listTables,
  quoted,
  UNLIMITED,
  type Ending,
  type Header,
  type Section,
} from './backup.ts'
import { appliedMigrations, migrate, shippedMigrations } from './migrate.ts'

/** Have rows in a database that nobody has used yet: its migrations make the first two, a refused log-in the third. */
const FILLED_WHEN_NEW = new Set(['migrations', 'trail', 'throttles'])

/**
 * Restores the backup that `input` brings, in constant memory. The schema is made as it was when the backup was taken,
 * the rows come in one transaction, and then the migrations that are newer. Throws, with nothing restored, for a
 * database that holds something or is in use, and for a backup that is damaged or of a newer release.
 */
export async function restore(url: string, input: Readable, log: (line: string) => void): Promise<Ending> {
  const client = await connectFor('restore', url)
  try {
    let ending: Ending | undefined
    await pipeline(input, createGunzip(), async (chunks: AsyncIterable<Buffer>) => {
      const file = new BackupReader(chunks)
      const header = await file.object<Header>()
      const last = checkHeader(header)
      await refuseUnlessUnused(client, last)
      await migrate(url, log, undefined, last)
      ending = await restoreRows(client, file, last)
    })
    if (!ending) throw new Error('a backup without an end')
    await migrate(url, log)
    await client.query('analyze')
    return ending
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? ''
    if (code.startsWith('Z_') || error instanceof Damaged)
      throw new Error(
        `The backup is damaged or cut short (${(error as Error).message}): nothing was restored.`,
        { cause: error },
      )
    throw error
  } finally {
    await client.end()
  }
}

/** Answers the last migration that the backed up database had. */
function checkHeader({ format, release, migrations }: Header): string {
  if (format !== FORMAT) throw new Error('This is not a backup that Tasktrail has written.')
  const known = new Map(shippedMigrations().map(({ name, hash }) => [name, hash]))
  for (const { name, hash } of migrations)
    if (known.get(name) !== hash)
      throw new Error(
        `The backup was made by release ${release}, whose ${name} is not in this one: upgrade first.`,
      )
  const last = migrations.at(-1)?.name
  if (last === undefined) throw new Damaged('it names no migration')
  return last
}

/** Throws if the database holds anything, is ahead of the backup, or a server uses it. */
async function refuseUnlessUnused(client: pg.Client, last: string): Promise<void> {
  const { rows: used } = await client.query(
    `select from pg_stat_activity where datname = current_database() and application_name = 'tasktrail' and pid <> pg_backend_pid()`,
  )
  if (used.length > 0) throw new Error('A Tasktrail server uses this database: stop it first.')
  const tables = await listTables(client)
  for (const { table } of tables) {
    if (FILLED_WHEN_NEW.has(table)) continue
    const { rows } = await client.query(`select from ${quoted([table])} limit 1`)
    if (rows.length > 0)
      throw new Error(`The database is not empty (${table} has rows): restore into a new one.`)
  }
  const ahead = (await appliedMigrations(client)).find((name) => name > last)
  if (ahead !== undefined)
    throw new Error(`The database has ${ahead}, which the backup has not: restore into a new, empty one.`)
}

async function restoreRows(client: pg.Client, file: BackupReader, last: string): Promise<Ending> {
  await client.query('begin')
  try {
    await client.query(UNLIMITED)
    const tables = (await listTables(client)).map(({ table }) => table)
    // A server that starts in the meantime waits here and then gives up.
    await client.query(`lock table ${quoted(tables)} in access exclusive mode`)
    await refuseUnlessUnused(client, last)
    const setAside = await setRulesAside(client, tables)
    await client.query(`truncate ${quoted(tables)}`)
    const counts = new Map<string, number>()
    let part = await file.object<Section | Ending>()
    for (; 'table' in part; part = await file.object()) {
      const copy = client.query(copyFrom(`copy ${quoted([part.table])} (${quoted(part.columns)}) from stdin`))
      await pipeline(file.rows(), copy).catch(async (error: unknown) => {
        // What PostgreSQL cannot read may be what the disk has spoilt, which nobody could tell from its message.
        throw (await file.isWhole()) ? error : new Damaged('its checksum is another')
      })
      counts.set(part.table, copy.rowCount)
    }
    await file.end(part)
    for (const [table, count] of Object.entries(part.rows))
      if (counts.get(table) !== count)
        throw new Damaged(`${table} has ${counts.get(table)} rows, not ${count}`)
    for (const statement of setAside) await client.query(statement)
    // Last, because no rollback takes it back.
    for (const [name, value] of Object.entries(part.sequences))
      await client.query('select setval($1::regclass, $2)', [quoted([name]), value])
    await client.query('commit')
    return part
  } catch (error) {
    await client.query('rollback').catch(() => undefined)
    throw error
  }
}

/**
 * Lets rows come in any order and leave no trail, which they bring along. Answers the statements that put triggers and
 * references back; those check every row.
 */
async function setRulesAside(client: pg.Client, tables: readonly string[]): Promise<string[]> {
  const { rows: references } = await client.query<{ table: string; name: string; definition: string }>(`
    select conrelid::regclass::text as table, quote_ident(conname) as name, pg_get_constraintdef(oid) as definition
    from pg_constraint where contype = 'f' and connamespace = 'public'::regnamespace order by 1, 2`)
  for (const table of tables) await client.query(`alter table ${quoted([table])} disable trigger user`)
  for (const { table, name } of references) await client.query(`alter table ${table} drop constraint ${name}`)
  return [
    ...references.map(
      ({ table, name, definition }) => `alter table ${table} add constraint ${name} ${definition}`,
    ),
    ...tables.map((table) => `alter table ${quoted([table])} enable trigger user`),
  ]
}

class Damaged extends Error {}

/** Reads the parts of a backup one after the other. */
class BackupReader {
  readonly #chunks: AsyncIterator<Buffer>
  readonly #hash = createHash('sha256')
  #buffer: Buffer = Buffer.alloc(0)
  /** The line that was read last: it is counted in when something follows, for the very last one is not. */
  #pending: Buffer | undefined

  constructor(chunks: AsyncIterable<Buffer>) {
    this.#chunks = chunks[Symbol.asyncIterator]()
  }

  async #more(): Promise<boolean> {
    const { done, value } = await this.#chunks.next()
    if (done) return false
    this.#buffer = this.#buffer.length === 0 ? value : Buffer.concat([this.#buffer, value])
    return true
  }

  #take(length: number): Buffer {
    const taken = this.#buffer.subarray(0, length)
    this.#buffer = this.#buffer.subarray(length)
    return taken
  }

  async object<T extends object>(): Promise<T> {
    let end: number
    while ((end = this.#buffer.indexOf('\n')) < 0)
      if (!(await this.#more())) throw new Damaged('its end is missing')
    if (this.#pending) this.#hash.update(this.#pending)
    const line = this.#take(end + 1)
    this.#pending = line
    try {
      return JSON.parse(line.toString()) as T
    } catch {
      throw new Damaged('a line is not what it should be')
    }
  }

  /** The rows of a table, in chunks of whole rows. Each row ends with a newline, and none is "\.". */
  async *rows(): AsyncGenerator<Buffer> {
    for (;;) {
      const end = this.#buffer.subarray(0, 3).equals(TABLE_END) ? 0 : this.#buffer.indexOf(AFTER_ROW) + 1
      const found = end > 0 || this.#buffer.subarray(0, 3).equals(TABLE_END)
      const whole = this.#take(found ? end : this.#buffer.lastIndexOf('\n') + 1)
      if (whole.length > 0) {
        this.#count(whole)
        yield whole
      }
      if (found) return this.#count(this.#take(TABLE_END.length))
      if (!(await this.#more())) throw new Damaged('its end is missing')
    }
  }

  /** Reads what is left; whether all bytes are those that were written. */
  async isWhole(): Promise<boolean> {
    do {
      // All but the last line, which has the checksum of the others.
      const before = this.#buffer.lastIndexOf('\n', Math.max(0, this.#buffer.length - 2)) + 1
      if (before > 0) this.#count(this.#take(before))
    } while (await this.#more())
    try {
      const { sha256 } = JSON.parse(this.#buffer.toString()) as Ending
      return this.#hash.digest('hex') === sha256
    } catch {
      return false
    }
  }

  #count(bytes: Buffer): void {
    if (this.#pending) this.#hash.update(this.#pending)
    this.#pending = undefined
    this.#hash.update(bytes)
  }

  /** Throws unless this was all, and the bytes are those that were written. */
  async end({ sha256 }: Ending): Promise<void> {
    if (this.#buffer.length > 0 || (await this.#more())) throw new Damaged('something follows its end')
    if (this.#hash.digest('hex') !== sha256) throw new Damaged('its checksum is another')
  }
}

const TABLE_END = Buffer.from('\\.\n')
const AFTER_ROW = Buffer.from('\n\\.\n')
