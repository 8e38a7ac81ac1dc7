// The server process: started, kept alive, stopped.
import { spawn, type ChildProcess } from 'node:child_process'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Account } from './account.ts'
import type { Binaries } from './binaries.ts'
import { nameFromInside, serverEnvironment } from './directory.ts'
import { OWNER_SETTING, freeDataDirectory } from './running.ts'
import { PORT, clearSocketDirectory } from './socket.ts'

export interface ServerOptions {
  directory: string
  socketDirectory: string
  binaries: Binaries
  account: Account | undefined
  settings: Record<string, string>
  log: (line: string) => void
}

/** Sensible for a small machine. They are given at every start, so that a new version's values reach old data. */
const DEFAULTS = {
  shared_buffers: '128MB',
  max_connections: '100',
  random_page_cost: '1.1', // disks without moving parts
  timezone: 'UTC',
  log_timezone: 'UTC',
  // The application reports failed statements itself, and these lines would hold personal data.
  log_min_messages: 'log',
  log_checkpoints: 'off',
}

const READY = /database system is ready to accept connections/

/** Starts a server, starts it again whenever it dies, and returns the function that stops it. */
export async function startServer(options: ServerOptions): Promise<() => Promise<void>> {
  const { directory, log } = options
  let child: ChildProcess | undefined
  let stopping: Promise<void> | undefined

  const launch = () => {
    clearSocketDirectory(options.socketDirectory)
    child = spawnServer(options)
    return untilReady(child, log)
  }

  const watch = (server: ChildProcess, startedAt = Date.now()) => {
    server.once('exit', (code, signal) => {
      if (stopping) return
      log(`PostgreSQL ended unexpectedly (${signal ?? code}) and is started again`)
      void revive(Date.now() - startedAt > 10_000 ? 0 : 1000)
    })
  }

  const revive = async (delay: number) => {
    while (!stopping) {
      await sleep(delay)
      delay = 1000
      try {
        await freeDataDirectory(directory)
        if (!stopping) return watch(await launch())
      } catch (error) {
        log(String(error))
      }
    }
  }

  // Whoever exits without stopping us, on an uncaught error for example, leaves no server behind.
  const stopWithoutWaiting = () => child?.kill('SIGINT')
  process.once('exit', stopWithoutWaiting)

  const stop = async () => {
    process.off('exit', stopWithoutWaiting)
    if (child) await end(child)
  }

  try {
    watch(
      await launch().catch(async () => {
        // Another process was faster, or children of a killed server hold its shared memory.
        await freeDataDirectory(directory)
        return launch()
      }),
    )
  } catch (error) {
    process.off('exit', stopWithoutWaiting)
    throw error
  }
  return () => (stopping ??= stop())
}

function spawnServer({
  directory,
  socketDirectory,
  binaries,
  account,
  settings,
}: ServerOptions): ChildProcess {
  const fixed = {
    listen_addresses: '',
    port: String(PORT),
    unix_socket_directories: socketDirectory,
    unix_socket_permissions: '0700',
    [OWNER_SETTING]: String(process.pid),
  }
  const values = Object.entries({ ...DEFAULTS, ...settings, ...fixed }).flatMap(([name, value]) => [
    '-c',
    `${name}=${value}`,
  ])
  return spawn(binaries.postgres, ['-D', nameFromInside(directory), ...values], {
    ...account,
    cwd: directory,
    env: serverEnvironment(),
    stdio: ['ignore', 'ignore', 'pipe'],
    // Its own process group: a terminal's Ctrl-C is for us, and the server goes last.
    detached: true,
  })
}

function untilReady(child: ChildProcess, log: (line: string) => void): Promise<ChildProcess> {
  return new Promise((resolve, reject) => {
    const lines: string[] = []
    let ready = false
    if (!child.stderr) throw new Error('a server without a log')
    createInterface({ input: child.stderr }).on('line', (line) => {
      log(line)
      if (ready) return
      lines.push(line)
      if (!READY.test(line)) return
      ready = true
      // Only ours to wait for while it starts and stops.
      child.unref()
      if (child.stderr && 'unref' in child.stderr) (child.stderr as { unref(): void }).unref()
      resolve(child)
    })
    child.once('error', reject)
    child.once('close', (code, signal) => {
      const fatal = lines
        .filter((line) => /(FATAL|HINT|PANIC): /.test(line))
        .map((line) => line.replace(/^.*?(?=FATAL|PANIC)/, ''))
      reject(
        new Error(
          `PostgreSQL did not start: ${fatal.join(' ') || lines.at(-1) || `it ended with ${signal ?? code}`}`,
        ),
      )
    })
  })
}

/** Ends the server in good order, and by force if that takes too long. */
async function end(child: ChildProcess): Promise<void> {
  const exited = new Promise<true>((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) resolve(true)
    else child.once('exit', () => resolve(true))
  })
  child.ref()
  for (const signal of ['SIGINT', 'SIGQUIT', 'SIGKILL'] as const) {
    child.kill(signal)
    const timeout = new AbortController()
    const late = sleep(10_000, false, { signal: timeout.signal }).catch(() => false)
    if (await Promise.race([exited, late])) return timeout.abort()
  }
}
