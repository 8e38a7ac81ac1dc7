// Installs the packages when they are not there or not the locked ones. Runs before anything is installed: only Node itself.
import { spawn } from 'node:child_process'
import { readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { isAlive } from './processes.mjs'

export const ROOT = fileURLToPath(new URL('..', import.meta.url))

/** Brings node_modules in line with package-lock.json; ends the process with one sentence if that cannot be done. */
export async function installIfNeeded() {
  try {
    requireNode(process.versions.node, readJson(join(ROOT, 'package.json')).engines.node)
    if (isInstalled(ROOT)) return
    await withLock(join(ROOT, '.install.lock'), async () => {
      if (isInstalled(ROOT)) return
      console.error('Installing packages ...')
      await npmCi()
    })
  } catch (error) {
    console.error(error.message)
    process.exit(1)
  }
}

/** Throws unless the version is at least the one in a range like ">=20.19". */
export function requireNode(version, range) {
  const [major, minor] = version.split('.').map(Number)
  const [leastMajor, leastMinor] = range.replace('>=', '').split('.').map(Number)
  if (major > leastMajor || (major === leastMajor && minor >= leastMinor)) return
  throw new Error(
    `Tasktrail needs Node.js ${leastMajor}.${leastMinor} or newer, and this is ${version}: see https://nodejs.org`,
  )
}

/** Says whether every locked package is installed in its locked version, by the list that npm keeps in node_modules. */
export function isInstalled(root) {
  const installed = readJson(join(root, 'node_modules/.package-lock.json'))?.packages
  if (!installed) return false
  return Object.entries(readJson(join(root, 'package-lock.json')).packages).every(([path, locked]) => {
    if (locked.link || !path.includes('node_modules/')) return true // the workspaces themselves
    if (!installed[path]) return locked.optional === true // for another platform
    return installed[path].version === locked.version && installed[path].integrity === locked.integrity
  })
}

function readJson(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8'))
  } catch (error) {
    if (error.code === 'ENOENT') return undefined
    throw error
  }
}

function npmCi() {
  // --include=dev: NODE_ENV=production would leave out what running from the sources needs
  const options = ['ci', '--include=dev', '--loglevel=error']
  const npm = process.env.npm_execpath
  const known = npm !== undefined && basename(npm) === 'npm-cli.js'
  const child = known
    ? spawn(process.execPath, [npm, ...options], { cwd: ROOT, stdio: ['ignore', 2, 2] })
    : spawn('npm', options, { cwd: ROOT, stdio: ['ignore', 2, 2], shell: process.platform === 'win32' })
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('exit', (code, signal) => {
      if (code === 0) resolve()
      else
        reject(
          new Error(
            `The packages could not be installed: "npm ${options.join(' ')}" ended with ${code ?? signal}`,
          ),
        )
    })
  })
}

/** Runs `work` while no other process does, waiting for one that is at it and passing over one that has died. */
export async function withLock(path, work) {
  await takeLock(path)
  try {
    await work()
  } finally {
    rmSync(path, { force: true })
  }
}

async function takeLock(path) {
  for (;;) {
    if (createLock(path)) return
    if (isHeld(path)) {
      await sleep(100)
      continue
    }
    rmSync(path, { force: true })
    if (!createLock(path)) continue
    // Another process that waits may have removed our lock, believing it to be the dead one's still.
    await sleep(50)
    if (readLock(path) === String(process.pid)) return
  }
}

function createLock(path) {
  try {
    writeFileSync(path, String(process.pid), { flag: 'wx' })
    return true
  } catch (error) {
    if (error.code === 'EEXIST') return false
    throw new Error(`Packages have to be installed, and this folder cannot be written to: ${error.message}`, {
      cause: error,
    })
  }
}

/** Whether the process that made the lock is at work. An empty lock has just been made, unless that was long ago. */
function isHeld(path) {
  const pid = readLock(path)
  if (pid !== '') return pid === undefined || isAlive(Number(pid))
  const age = Date.now() - (statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0)
  return age < 5000
}

function readLock(path) {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    if (error.code === 'ENOENT') return undefined // given back meanwhile
    throw error
  }
}
