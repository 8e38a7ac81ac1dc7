// Starts embedded servers for their tests: here, in processes of their own, and under other users.
import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { after } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { startEmbeddedPostgres } from '../src/database/embedded/embedded.ts'

export const IS_ROOT = process.getuid?.() === 0
export const NOBODY = 65534
export const NO_PROC = process.platform !== 'linux' && 'finds processes in /proc'
export const MODULE = new URL('../src/database/embedded/embedded.ts', import.meta.url).href
const TYPESCRIPT = new URL('../../scripts/typescript-enable.mjs', import.meta.url).href
const SETTINGS = { fsync: 'off' }

export const root = mkdtempSync(join(tmpdir(), 'tasktrail-embedded-'))
export const children: ChildProcess[] = []
after(() => {
  for (const child of children) child.kill('SIGKILL')
  rmSync(root, { recursive: true, force: true })
})

export const start = (dataDir: string) =>
  startEmbeddedPostgres({ dataDir, settings: SETTINGS, log: () => {} })

export async function query(url: string, statement: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    return (await client.query(statement)).rows
  } finally {
    await client.end()
  }
}

export async function rows(url: string): Promise<unknown[]> {
  return (await query(url, 'select name from kept order by id')).map(({ name }) => name)
}

/** Starts the server in a Node process of its own, which answers with the URL or the message of the error. */
export async function startElsewhere(
  dataDir: string,
  uid = process.getuid?.() ?? 0,
): Promise<{ child: ChildProcess; answer: string }> {
  const program = `
    const { startEmbeddedPostgres } = await import(${JSON.stringify(MODULE)})
    const options = ${JSON.stringify({ dataDir, settings: SETTINGS })}
    const answer = await startEmbeddedPostgres({ ...options, log() {} }).then(({ url }) => url, (error) => error.message)
    console.log(answer)
    if (answer.startsWith('postgresql:')) setInterval(() => {}, 60_000)`
  const child = spawn(process.execPath, ['--import', TYPESCRIPT, '--input-type=module', '--eval', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
    uid,
    gid: uid,
  })
  children.push(child)
  assert(child.stdout)
  const [answer] = (await once(createInterface({ input: child.stdout }), 'line')) as [string]
  return { child, answer }
}

export const lockFile = (dataDir: string) => join(dataDir, 'postgres/postmaster.pid')
/** Empty while there is none: a server that starts after a crash replaces the file. */
export const lockText = (dataDir: string) => {
  try {
    return readFileSync(lockFile(dataDir), 'utf8')
  } catch {
    return ''
  }
}
export const postmaster = (dataDir: string) => Number(lockText(dataDir).split('\n')[0])
export const socketDirectory = (url: string) => new URLSearchParams(url.split('?')[1]).get('host') ?? ''

export function isAlive(pid: number): boolean {
  try {
    // A zombie is only waiting for its parent to ask how it ended.
    return process.platform === 'linux'
      ? !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))
      : process.kill(pid, 0)
  } catch {
    return false
  }
}

export function everyoneMayEnter(path: string): boolean {
  return (statSync(path).mode & 0o001) !== 0 && (path === '/' || everyoneMayEnter(dirname(path)))
}

export async function kill(child: ChildProcess): Promise<void> {
  child.kill('SIGKILL')
  await once(child, 'exit')
}

/** The shell that would shut the server down: without it a killed process leaves an orphan. */
export function killGuardOf(pid: number): void {
  for (const entry of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    const command = existsSync(`/proc/${entry}/cmdline`) ? readFileSync(`/proc/${entry}/cmdline`, 'utf8') : ''
    if (command.startsWith('/bin/sh\0-c\0read') && command.includes(`\0${pid}\0`))
      process.kill(Number(entry), 'SIGKILL')
  }
}

export async function until(condition: () => boolean): Promise<void> {
  for (const deadline = Date.now() + 30_000; !condition(); await sleep(20))
    assert(Date.now() < deadline, String(condition))
}
