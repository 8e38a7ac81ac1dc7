// Which server processes already use a data directory, and how to stop those that nobody owns any more.
import { spawnSync } from 'node:child_process'
import { closeSync, constants, openSync, readFileSync, readdirSync, statSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

/** Says in the server's command line which process started it: only while that is also its parent is it not an orphan. */
export const OWNER_SETTING = 'tasktrail.owner'

interface ServerProcess {
  pid: number
  parent: number
  command: string
}

/**
 * Makes the data directory free for a new server: ends what a killed Tasktrail left behind.
 * Throws if a live process works on it. Returns the folder of the socket left behind, if any.
 */
export async function freeDataDirectory(directory: string): Promise<string | undefined> {
  const lock = readLock(directory)
  if (!lock) return undefined
  const processes = serverProcesses(directory, lock.pid)
  const postmaster = processes.find(({ pid }) => pid === lock.pid)
  if (postmaster) {
    const owner = ownerOf(postmaster)
    if (Number.isNaN(owner)) {
      throw new Error(
        `${directory} is in use by PostgreSQL process ${lock.pid}, which Tasktrail did not start`,
      )
    }
    if (owner === postmaster.parent) {
      throw new Error(
        `${directory} is in use by Tasktrail process ${owner}: stop it, or set DATA_DIR to another folder for this one`,
      )
    }
  }
  await end(directory, lock.pid, postmaster !== undefined)
  forgetLock(directory, lock)
  return lock.socketDirectory
}

/** The folder of the socket of a server that a live Tasktrail runs on the data directory, if there is one. */
export function socketInUse(directory: string): string | undefined {
  const lock = readLock(directory)
  const postmaster = lock && serverProcesses(directory, lock.pid).find(({ pid }) => pid === lock.pid)
  return postmaster && ownerOf(postmaster) === postmaster.parent ? lock.socketDirectory : undefined
}

/** The process that started the server, or NaN if that was not Tasktrail. */
const ownerOf = ({ command }: ServerProcess) =>
  Number(new RegExp(`${OWNER_SETTING}=(\\d+)`).exec(command)?.[1])

/** Ends orphans: a postmaster in good order, else whatever children a killed one left at work. */
async function end(directory: string, postmaster: number, alive: boolean): Promise<void> {
  for (const signal of ['SIGINT', 'SIGQUIT', 'SIGKILL'] as const) {
    if (signal === 'SIGINT' && !alive) continue // only a postmaster takes it as a shutdown
    const targets = serverProcesses(directory, postmaster)
    for (const { pid } of targets) {
      if (pid === postmaster || !targets.some((target) => target.pid === postmaster)) kill(pid, signal)
    }
    for (const deadline = Date.now() + 10_000; Date.now() < deadline; await sleep(10)) {
      if (serverProcesses(directory, postmaster).length === 0) return
    }
  }
  throw new Error(`${directory} is in use by PostgreSQL process ${postmaster}, which does not stop`)
}

function kill(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}

/** The server processes whose working directory this is, which says more than a process id that may be in its second use. */
function serverProcesses(directory: string, postmaster: number): ServerProcess[] {
  if (process.platform !== 'linux') return fromPs(directory, postmaster)
  const wanted = statSync(directory)
  return readdirSync('/proc').flatMap((entry) => {
    if (!/^\d+$/.test(entry)) return []
    try {
      const found = statSync(`/proc/${entry}/cwd`)
      if (found.ino !== wanted.ino || found.dev !== wanted.dev) return []
      const command = readFileSync(`/proc/${entry}/cmdline`, 'utf8').replaceAll('\0', ' ')
      // "pid (name) state parent ...": the name may hold spaces and brackets
      const [state, parent] = readFileSync(`/proc/${entry}/stat`, 'utf8')
        .replace(/^.*\) /s, '')
        .split(' ')
      if (state === 'Z' || !/^(\S.*\/)?postgres[: ]/.test(command)) return []
      return [{ pid: Number(entry), parent: Number(parent), command }]
    } catch {
      return [] // ended meanwhile, or another user's
    }
  })
}

function fromPs(directory: string, postmaster: number): ServerProcess[] {
  const { stdout } = spawnSync('ps', ['-o', 'ppid=,command=', '-p', String(postmaster)], { encoding: 'utf8' })
  const [, parent, command] = /^\s*(\d+)\s+(.*\/postgres .*)/.exec(stdout ?? '') ?? []
  return command?.includes(directory) ? [{ pid: postmaster, parent: Number(parent), command }] : []
}

interface Lock {
  pid: number
  text: string
  socketDirectory: string
}

function readLock(directory: string): Lock | undefined {
  try {
    const text = readFileSync(join(directory, 'postmaster.pid'), 'utf8')
    const lines = text.split('\n')
    return { pid: Number(lines[0]), text, socketDirectory: lines[4] ?? '' }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

/**
 * A lock file left behind stays, because PostgreSQL reads from it whether shared memory is still in use, but must not name a process id that now belongs to somebody else: PostgreSQL would refuse to start.
 */
function forgetLock(directory: string, lock: Lock): void {
  // A server that another process has started meanwhile keeps its own.
  if (readLock(directory)?.text !== lock.text) return
  const NO_PROCESS = 2 ** 31 - 1
  // Not through a symbolic link: we may be root, and the folder belongs to a lesser account.
  const file = openSync(
    join(directory, 'postmaster.pid'),
    constants.O_WRONLY | constants.O_TRUNC | constants.O_NOFOLLOW,
  )
  writeSync(file, lock.text.replace(/^\d+/, String(NO_PROCESS)))
  closeSync(file)
}
