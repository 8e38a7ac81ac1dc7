// A PostgreSQL server of a test's own, to be restarted, frozen and killed: the embedded one, or with PG_BIN another
// version's programs (PG_BIN=/usr/lib/postgresql/15/bin).
import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { chmodSync, chownSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs'
import { once } from 'node:events'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { after } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { serverAccount, type Account } from '../../src/database/embedded/account.ts'
import { findBinaries } from '../../src/database/embedded/binaries.ts'
import { PORT, clearSocketDirectory, createSocketDirectory } from '../../src/database/embedded/socket.ts'

const LOCALE = process.env['PG_BIN']
  ? ['--locale=C.UTF-8']
  : ['--locale-provider=builtin', '--builtin-locale=C.UTF-8', '--locale=C']
const ENVIRONMENT = { LC_ALL: 'C', PATH: process.env['PATH'] }

export class Cluster {
  readonly url: string
  readonly #postgres: string
  readonly #account: Account | undefined
  readonly #data: string
  readonly socketDirectory: string
  readonly #settings: readonly string[]
  #postmaster: ChildProcess | undefined
  #log: string[] = []

  /** Creates and starts a server that ends with the test file. */
  static async start(settings: Record<string, string> = {}): Promise<Cluster> {
    const cluster = new Cluster(settings)
    after(() => cluster.#remove())
    await cluster.start()
    return cluster
  }

  private constructor(settings: Record<string, string>) {
    const folder = mkdtempSync(join(tmpdir(), 'tasktrail-fault-'))
    this.#account = serverAccount(folder)
    const { initdb, postgres } = process.env['PG_BIN']
      ? { initdb: join(process.env['PG_BIN'], 'initdb'), postgres: join(process.env['PG_BIN'], 'postgres') }
      : findBinaries(this.#account, folder)
    this.#postgres = postgres
    this.#data = join(folder, 'data')
    chmodSync(folder, 0o755)
    mkdirSync(this.#data, { mode: 0o700 })
    if (this.#account) chownSync(this.#data, this.#account.uid, this.#account.gid)
    this.socketDirectory = createSocketDirectory(this.#data, this.#account)
    this.#settings = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])
    this.url = `postgresql://postgres@/postgres?host=${encodeURIComponent(this.socketDirectory)}&port=${PORT}&sslmode=disable`
    const made = spawnSync(
      initdb,
      ['-D', this.#data, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--no-sync', ...LOCALE],
      { ...this.#account, cwd: this.#data, env: ENVIRONMENT, encoding: 'utf8' },
    )
    if (made.status !== 0) throw new Error(`initdb failed: ${made.stderr}`)
  }

  async start(): Promise<void> {
    for (let attempt = 0; ; attempt++) {
      if (await this.#launch()) return
      // The children of a killed postmaster hold its shared memory for a moment.
      if (attempt === 100) throw new Error(`PostgreSQL does not start: ${this.#log.slice(-5).join('\n')}`)
      await sleep(100)
    }
  }

  async #launch(): Promise<boolean> {
    clearSocketDirectory(this.socketDirectory)
    const child = spawn(
      this.#postgres,
      // prettier-ignore
      ['-D', this.#data, '-c', 'listen_addresses=', '-c', `unix_socket_directories=${this.socketDirectory}`, '-c', `port=${PORT}`, ...this.#settings],
      {
        ...this.#account,
        cwd: this.#data,
        env: ENVIRONMENT,
        stdio: ['ignore', 'ignore', 'pipe'],
        detached: true,
      },
    )
    this.#postmaster = child
    this.#log = []
    const lines = createInterface({ input: child.stderr as NodeJS.ReadableStream })
    return new Promise((resolve) => {
      lines.on('line', (line) => {
        this.#log.push(line)
        if (/ready to accept connections/.test(line)) resolve(true)
      })
      child.once('exit', () => resolve(false))
    })
  }

  /** Signals the postmaster and waits for its end: SIGINT is a fast stop, SIGQUIT an immediate one, SIGKILL a crash. */
  async stop(signal: 'SIGINT' | 'SIGQUIT' | 'SIGKILL'): Promise<void> {
    const child = this.#postmaster
    if (!child || child.exitCode !== null || child.signalCode !== null) return
    const exited = once(child, 'exit')
    child.kill(signal)
    await exited
  }

  /** Stops every process of the server where it is, or lets all go on. */
  signalAll(signal: 'SIGSTOP' | 'SIGCONT'): void {
    const postmaster = this.#postmaster?.pid
    if (!postmaster) throw new Error('PostgreSQL does not run')
    // The postmaster first, so that it starts no more of them.
    process.kill(postmaster, signal)
    for (const pid of childrenOf(postmaster)) {
      try {
        process.kill(pid, signal)
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error // it has ended meanwhile
      }
    }
  }

  async query<Row extends pg.QueryResultRow>(text: string, values: unknown[] = []): Promise<Row[]> {
    const client = new pg.Client({ connectionString: this.url, application_name: 'test' })
    await client.connect()
    try {
      return (await client.query<Row>(text, values)).rows
    } finally {
      await client.end()
    }
  }

  async #remove(): Promise<void> {
    if (this.#postmaster?.exitCode === null) this.signalAll('SIGCONT')
    await this.stop('SIGQUIT')
    rmSync(join(this.#data, '..'), { recursive: true, force: true })
    rmSync(this.socketDirectory, { recursive: true, force: true })
  }
}

function childrenOf(parent: number): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      try {
        return Number(readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ')[1]) === parent
      } catch {
        return false // ended meanwhile
      }
    })
}
