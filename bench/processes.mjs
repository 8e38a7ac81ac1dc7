// What processes cost, by the operating system's own account, and how they are started and ended.
import { spawn } from 'node:child_process'
import { readFileSync, readdirSync } from 'node:fs'
import { createServer } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

const { scripts } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'))
/** What "npm start", and the image, tell Node.js. */
export const NODE_FLAGS = scripts.start.split(' ').filter((word) => word.startsWith('--'))

/** Linux counts CPU time in these. */
const TICKS_PER_SECOND = 100

/** Of a process and its living descendants. */
function tree(root) {
  const children = new Map()
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue
    const stat = readStat(Number(name))
    if (stat) children.set(stat.parent, [...(children.get(stat.parent) ?? []), stat])
  }
  const all = [readStat(root)].filter(Boolean)
  for (const { pid } of all) all.push(...(children.get(pid) ?? []))
  return all
}

function readStat(pid) {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8')
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
    const [parent, own, reaped] = [fields[1], [11, 12], [13, 14]]
    const sum = (indices) => indices.reduce((total, index) => total + Number(fields[index]), 0)
    return { pid, parent: Number(parent), own: sum(own), reaped: sum(reaped) }
  } catch {
    return undefined // It has ended, or this is not Linux.
  }
}

/** CPU time in µs that a process, its descendants and those already ended have used; undefined where it cannot be known. */
export function cpuTime(root) {
  if (root === undefined || !readStat(root)) return undefined
  const ticks = tree(root).reduce((total, { own, reaped }) => total + own + reaped, 0)
  return (ticks / TICKS_PER_SECOND) * 1e6
}

/** Resident memory in MB of a process and its descendants. */
export function residentMemory(root) {
  if (!readStat(root)) return undefined
  return tree(root).reduce((total, { pid }) => {
    try {
      return (
        total + Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024
      )
    } catch {
      return total
    }
  }, 0)
}

/** A port nobody listens on. */
export function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.on('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address()
      server.close(() => resolve(port))
    })
  })
}

const running = new Set()
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  process.on(signal, () => {
    for (const child of running) child.kill('SIGTERM')
    process.exit(130)
  })
}

/** Starts a server and answers once `url` does. `stop` ends it and waits until it has. */
export async function startServer(command, args, options, url, within = 60_000) {
  const begun = performance.now()
  const child = spawn(command, args, { stdio: ['ignore', 'ignore', 'inherit'], ...options })
  running.add(child)
  const ended = new Promise((resolve) => {
    child.once('error', resolve)
    child.once('exit', resolve)
  }).finally(() => running.delete(child))
  let over = false
  void ended.then(() => (over = true))
  while (!(await answers(url))) {
    if (over || performance.now() - begun > within) {
      child.kill('SIGKILL')
      throw new Error(`${command} ${args.join(' ')} did not start`)
    }
    await sleep(10)
  }
  return {
    pid: child.pid,
    ms: performance.now() - begun,
    async stop() {
      child.kill('SIGTERM')
      await ended
    },
  }
}

async function answers(url) {
  try {
    const response = await fetch(url)
    await response.arrayBuffer()
    return response.ok
  } catch {
    return false
  }
}
