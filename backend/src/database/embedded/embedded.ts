// A PostgreSQL server of our own, for whoever has none: it listens on a private socket only and lives as long as we do.
import { accessSync, constants, existsSync, mkdirSync, statSync } from 'node:fs'
import { join, resolve } from 'node:path'
import pg from 'pg'
import { serverAccount } from './account.ts'
import { findBinaries } from './binaries.ts'
import { prepareDirectory } from './directory.ts'
import { logToFile } from './log.ts'
import { freeDataDirectory, socketInUse } from './running.ts'
import { startServer } from './server.ts'
import { PORT, createSocketDirectory, removeSocketDirectory } from './socket.ts'

export interface EmbeddedPostgres {
  url: string
  stop: () => Promise<void>
}

const DATABASE = 'tasktrail'

/** Starts the server on `<dataDir>/postgres`, creating that with an empty database `tasktrail` on the first start. */
export async function startEmbeddedPostgres(options: {
  dataDir: string
  settings?: Record<string, string>
  log?: (line: string) => void
}): Promise<EmbeddedPostgres> {
  const dataDir = resolve(options.dataDir)
  const directory = join(dataDir, 'postgres')
  const settings = options.settings ?? {}
  const log = options.log ?? logToFile(join(dataDir, 'postgres.log'))

  claimFolder(dataDir, directory)
  const account = serverAccount(directory)
  const binaries = findBinaries(account, dataDir)
  const abandonedSocket = await freeDataDirectory(directory)
  if (abandonedSocket) removeSocketDirectory(abandonedSocket, directory)
  await prepareDirectory(directory, binaries, account, settings['fsync'] !== 'off')

  const socketDirectory = createSocketDirectory(directory, account)
  const url = (database: string) => urlOf(socketDirectory, database)
  let stopServer: (() => Promise<void>) | undefined
  const stop = async () => {
    await stopServer?.()
    removeSocketDirectory(socketDirectory, directory)
  }
  try {
    stopServer = await startServer({ directory, socketDirectory, binaries, account, settings, log })
    await ensureDatabase(url)
  } catch (error) {
    await stop()
    throw error
  }
  return { url: url(DATABASE), stop }
}

/** Whether a start would find a database in the folder, and not make one. */
export const hasEmbeddedDatabase = (dataDir: string): boolean =>
  existsSync(join(resolve(dataDir), 'postgres/PG_VERSION'))

/** The server that a live Tasktrail runs on these data, which stays when we stop, or else one of our own. */
export async function openEmbeddedPostgres(options: { dataDir: string }): Promise<EmbeddedPostgres> {
  const dataDir = resolve(options.dataDir)
  claimFolder(dataDir, join(dataDir, 'postgres'))
  const socketDirectory = socketInUse(join(dataDir, 'postgres'))
  return socketDirectory === undefined
    ? startEmbeddedPostgres(options)
    : { url: urlOf(socketDirectory, DATABASE), stop: async () => undefined }
}

const urlOf = (socketDirectory: string, database: string) =>
  `postgresql://postgres@/${database}?host=${encodeURIComponent(socketDirectory)}&port=${PORT}&sslmode=disable`

function claimFolder(dataDir: string, directory: string): void {
  let owner: number | undefined
  try {
    mkdirSync(dataDir, { recursive: true, mode: 0o700 })
    accessSync(dataDir, constants.W_OK | constants.X_OK)
    owner = statSync(directory, { throwIfNoEntry: false })?.uid
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new Error(`DATA_DIR has to be a folder that you may write to (${reason})`, { cause: error })
  }
  const user = process.getuid?.()
  if (owner !== undefined && user !== 0 && owner !== user) {
    throw new Error(
      `${directory} belongs to user ${owner}: start as that user, or set DATA_DIR to another folder`,
    )
  }
}

/** Not part of creating the data directory, because a start may have been cut short in between. */
async function ensureDatabase(url: (database: string) => string): Promise<void> {
  try {
    await run(url(DATABASE), 'select 1')
  } catch (error) {
    const NO_SUCH_DATABASE = '3D000'
    if (!(error instanceof pg.DatabaseError) || error.code !== NO_SUCH_DATABASE) throw error
    await run(url('postgres'), `create database ${DATABASE}`)
  }
}

async function run(connectionString: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString })
  await client.connect()
  try {
    await client.query(statement)
  } finally {
    await client.end()
  }
}
