// The server process: started, kept alive, stopped.
import { spawn, type ChildProcess } from 'node:child_process'
import { Socket } from 'node:net'
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

/** Sensible for a small machine. Passed at every start, so that a new version's values apply to existing data. */
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
    guard(child, options)
    return untilReady(child, log)
  }

  const watch = (server: ChildProcess) => {
    server.once('exit', (code, signal) => {
      if (stopping) return
      log(`PostgreSQL ended unexpectedly (${signal ?? code}) and is started again`)
      void revive()
    })
  }

  const revive = async () => {
    for (let delay = 200; !stopping; delay = 1000) {
      await sleep(delay, undefined, { ref: false })
      try {
        await freeDataDirectory(directory)
        if (!stopping) return watch(await launch())
      } catch (error) {
        log(String(error))
      }
    }
  }

  const first = await launch().catch(async () => {
    // Another process was faster, or children of a killed server still hold its shared memory.
    await freeDataDirectory(directory)
    return launch()
  })
  watch(first)
  return () => (stopping ??= child ? end(child) : Promise.resolve())
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
  const all = Object.entries({ ...DEFAULTS, ...settings, ...fixed })
  const values = all.flatMap(([name, value]) => ['-c', `${name}=${value}`])
  return spawn(binaries.postgres, ['-D', nameFromInside(directory), ...values], {
    ...account,
    cwd: directory,
    env: serverEnvironment(),
    stdio: ['ignore', 'ignore', 'pipe'],
    // In its own process group: the terminal's Ctrl-C is meant for us, and the server must stop last.
    detached: true,
  })
}

/** Shuts the server down however we end, even by kill -9: a shell waits until its pipe from us closes. */
function guard(server: ChildProcess, { account, socketDirectory }: ServerOptions): void {
  if (server.pid === undefined) return
  const script = 'read -r _; kill -INT $0; sleep 1; rmdir "$1"'
  const shell = spawn('/bin/sh', ['-c', script, String(server.pid), socketDirectory], {
    ...account,
    cwd: '/',
    env: serverEnvironment(),
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  })
  shell.on('error', () => {}) // without it, the next start ends the server
  shell.unref()
  unref(shell.stdin)
  server.once('exit', () => shell.kill('SIGKILL'))
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
      // From now on it must not keep our process alive.
      child.unref()
      unref(child.stderr)
      resolve(child)
    })
    child.once('error', reject)
    child.once('close', (code, signal) => {
      const reasons = lines.flatMap((line) => /(?:FATAL|PANIC|DETAIL|HINT): .*/.exec(line) ?? [])
      const reason = reasons.join(' ') || lines.at(-1) || `it ended with ${signal ?? code}`
      reject(new Error(`PostgreSQL did not start: ${reason}`))
    })
  })
}

function unref(pipe: unknown): void {
  if (pipe instanceof Socket) pipe.unref()
}

/** Stops the server gracefully, or by force if that takes too long. */
async function end(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return
  const exited = new Promise<true>((resolve) => child.once('exit', () => resolve(true)))
  child.ref()
  for (const signal of ['SIGINT', 'SIGQUIT', 'SIGKILL'] as const) {
    child.kill(signal)
    const timer = new AbortController()
    const late = sleep(10_000, false, { signal: timer.signal }).catch(() => false)
    const done = await Promise.race([exited, late])
    timer.abort()
    if (done) return
  }
}
