// The folder the server listens in: short enough for a socket's address, entered by the server's account alone.
import { createHash } from 'node:crypto'
import { chownSync, mkdtempSync, rmSync, rmdirSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import type { Account } from './account.ts'

export const PORT = 5432 // only part of the socket's file name

const PREFIX = 'tasktrail-'
const SOCKET = `.s.PGSQL.${PORT}`
const MAX_ADDRESS_BYTES = 103 // macOS; Linux has 4 more

/**
 * How the socket's folder of a data directory is called. The name says which directory it is by device and inode, which
 * a copy does not share: so a lock file that was copied along does not lead a copy's server to the original's socket.
 */
function prefixFor(dataDirectory: string): string {
  const { dev, ino } = statSync(dataDirectory, { bigint: true })
  return `${PREFIX}${createHash('sha256').update(`${dev}:${ino}`).digest('hex').slice(0, 8)}-`
}

/** Makes a new private folder for the socket of the server on a data directory. */
export function createSocketDirectory(dataDirectory: string, account: Account | undefined): string {
  const prefix = prefixFor(dataDirectory)
  const base = [tmpdir(), '/tmp'].find((path) => {
    const address = join(path, `${prefix}XXXXXX`, SOCKET)
    return Buffer.byteLength(address) <= MAX_ADDRESS_BYTES && (!account || everyoneMayEnter(path))
  })
  if (!base)
    throw new Error(
      `The database's socket fits neither in ${tmpdir()} nor in /tmp: set TMPDIR to another folder`,
    )
  const directory = mkdtempSync(join(base, prefix))
  if (account) chownSync(directory, account.uid, account.gid)
  return directory
}

/** Removes what a server that was killed left in its folder. */
export function clearSocketDirectory(directory: string): void {
  for (const file of [SOCKET, `${SOCKET}.lock`]) rmSync(join(directory, file), { force: true })
}

/** Removes a socket's folder, if it is this data directory's, with what a server leaves in it and nothing else. */
export function removeSocketDirectory(directory: string, dataDirectory: string): void {
  if (!basename(directory).startsWith(prefixFor(dataDirectory))) return
  try {
    clearSocketDirectory(directory)
    rmdirSync(directory)
  } catch {
    // Gone already, or not empty: then it is left to the system's cleaning of temporary files.
  }
}

function everyoneMayEnter(path: string): boolean {
  const mode = statSync(path, { throwIfNoEntry: false })?.mode ?? 0
  return (mode & 0o001) !== 0 && (path === dirname(path) || everyoneMayEnter(dirname(path)))
}
