// npm run dev: the server, started again whenever its sources or migrations change.
import { spawn } from 'node:child_process'
import { existsSync, watch } from 'node:fs'
import { join } from 'node:path'
import { ROOT, installIfNeeded } from './install.mjs'
import { endWithNpm } from './processes.mjs'

endWithNpm()
await installIfNeeded()

const WATCHED = ['backend/src', 'backend/migrations']
const QUIET_MS = 100 // an editor writes a file in several steps, a checkout many files

let child
let timer
let ending = false

function start() {
  // Its own process group, so that Ctrl-C reaches it once, through us, and it can close in good order.
  child = spawn(process.execPath, [join(ROOT, 'scripts/start.mjs')], {
    cwd: ROOT,
    stdio: 'inherit',
    detached: true,
  })
  child.on('exit', (code, signal) => {
    child = undefined
    if (ending) process.exit(code ?? 0)
    if (restarting) {
      restarting = false
      start()
    } else {
      console.error(`The server ended with ${code ?? signal}; it starts again on the next change.`)
    }
  })
}

let restarting = false

function restart() {
  if (ending || restarting) return
  if (!child) return start()
  restarting = true
  child.kill('SIGTERM')
}

for (const folder of WATCHED.map((path) => join(ROOT, path)).filter(existsSync)) {
  watch(folder, { recursive: true }, (_event, file) => {
    if (!file || !/\.(ts|sql)$/.test(file) || file.endsWith('.test.ts')) return
    clearTimeout(timer)
    timer = setTimeout(restart, QUIET_MS)
  })
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  process.on(signal, () => {
    if (!child) process.exit(0)
    child.kill(ending ? 'SIGKILL' : 'SIGTERM')
    ending = true
  })
}

start()
