// The data directory: created atomically, owned by the account that the server runs as, of the right major version.
import { spawn } from 'node:child_process'
import {
  chmodSync,
  chownSync,
  existsSync,
  lchownSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs'
import { join } from 'node:path'
import type { Account } from './account.ts'
import type { Binaries } from './binaries.ts'

/**
 * What a PostgreSQL program calls its data directory. Linux lets a process use its working directory by this name even when
 * its account may not enter the folders above, as when root keeps the project under /root.
 */
export function nameFromInside(directory: string): string {
  return process.platform === 'linux' ? '/proc/self/cwd' : directory
}

/** Creates the data directory on the first start and checks it on every other. */
export async function prepareDirectory(
  directory: string,
  binaries: Binaries,
  account: Account | undefined,
  durable: boolean,
): Promise<void> {
  removeUnfinished(directory)
  const contents = existsSync(directory) ? readdirSync(directory) : []
  if (contents.length === 0) return create(directory, binaries, account, durable)
  if (!contents.includes('PG_VERSION')) {
    throw new Error(
      `${directory} is neither empty nor a PostgreSQL data directory: move it away, or set DATA_DIR`,
    )
  }
  const major = readFileSync(join(directory, 'PG_VERSION'), 'utf8').trim()
  if (major !== binaries.major) {
    throw new Error(
      `${directory} was written by PostgreSQL ${major} and this is PostgreSQL ${binaries.major}: ` +
        'run the release that wrote it, "npm run tasktrail -- backup FILE", and "restore FILE" into an empty DATA_DIR with this one',
    )
  }
  // A copy or a restored backup lost its owner or mode, which PostgreSQL insists on.
  if (account && statSync(directory).uid === 0) giveTo(account, directory)
  if ((statSync(directory).mode & 0o077) !== 0) chmodSync(directory, 0o700)
}

/** Created beside its final place and renamed: an interrupted start leaves nothing that looks complete. */
async function create(
  directory: string,
  binaries: Binaries,
  account: Account | undefined,
  durable: boolean,
): Promise<void> {
  const unfinished = `${directory}.new-${process.pid}`
  rmSync(unfinished, { recursive: true, force: true })
  mkdirSync(unfinished, { mode: 0o700 })
  try {
    if (account) chownSync(unfinished, account.uid, account.gid)
    await initdb(unfinished, binaries, account, durable)
    renameSync(unfinished, directory)
  } catch (error) {
    rmSync(unfinished, { recursive: true, force: true })
    // Another process that started at the same moment was first.
    if (existsSync(join(directory, 'PG_VERSION'))) return
    throw error
  }
}

function initdb(
  directory: string,
  binaries: Binaries,
  account: Account | undefined,
  durable: boolean,
): Promise<void> {
  const options = [
    '--username=postgres',
    '--auth=trust', // the socket is in a folder that only its owner may enter
    '--encoding=UTF8',
    // Unicode rules built into PostgreSQL: no index depends on the system's version of a locale.
    '--locale-provider=builtin',
    '--builtin-locale=C.UTF-8',
    '--locale=C',
    // pg_trgm still asks the system what a letter is, and for C only a to z are
    process.platform === 'darwin' ? '--lc-ctype=UTF-8' : '--lc-ctype=C.UTF-8',
    '--data-checksums',
    '--no-instructions',
    ...(durable ? [] : ['--no-sync']),
  ]
  return new Promise((resolve, reject) => {
    const child = spawn(binaries.initdb, ['--pgdata', nameFromInside(directory), ...options], {
      ...account,
      cwd: directory,
      env: serverEnvironment(),
      stdio: ['ignore', 'ignore', 'pipe'],
      detached: true,
    })
    let output = ''
    child.stderr.setEncoding('utf8').on('data', (text: string) => (output += text))
    child.on('error', (error) => reject(new Error(`Cannot run ${binaries.initdb}: ${error.message}`)))
    child.on('close', (code, signal) => {
      if (code === 0) return resolve()
      reject(
        new Error(
          `Cannot create a database in ${directory}: ${output.trim() || `initdb ended with ${code ?? signal}`}`,
        ),
      )
    })
  })
}

/** PostgreSQL's programs obey PGPORT, PGDATA and the like, which are meant for other servers. */
export function serverEnvironment(): NodeJS.ProcessEnv {
  return { PATH: process.env['PATH'] ?? '/usr/bin:/bin', LC_ALL: 'C' }
}

function removeUnfinished(directory: string): void {
  const [parent, name] = [join(directory, '..'), `${directory.slice(directory.lastIndexOf('/') + 1)}.new-`]
  for (const entry of readdirSync(parent)) {
    if (entry.startsWith(name) && !isAlive(Number(entry.slice(name.length)))) {
      rmSync(join(parent, entry), { recursive: true, force: true })
    }
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

function giveTo(account: Account, path: string): void {
  lchownSync(path, account.uid, account.gid)
  for (const entry of readdirSync(path, { withFileTypes: true })) {
    if (entry.isDirectory()) giveTo(account, join(path, entry.name))
    else lchownSync(join(path, entry.name), account.uid, account.gid)
  }
}
