// Installs the packages when they are not there or not the locked ones. Runs before anything is installed: only Node itself.
import { spawn } from 'node:child_process'
import { readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

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
  while (!take(path)) {
    const owner = liveOwner(path)
    if (owner === undefined) rmSync(path, { force: true })
    else await sleep(100)
  }
  const release = () => rmSync(path, { force: true })
  process.once('exit', release)
  try {
    await work()
  } finally {
    process.off('exit', release)
    release()
  }
}

function take(path) {
  try {
    writeFileSync(path, String(process.pid), { flag: 'wx' })
    return true
  } catch (error) {
    if (error.code === 'EEXIST') return false
    throw new Error(
      `The packages have to be installed, and this folder cannot be written to: ${error.message}`,
      { cause: error },
    )
  }
}

/** The process that holds the lock, or undefined when it has died or gone away. */
function liveOwner(path) {
  try {
    const pid = Number(readFileSync(path, 'utf8'))
    // Made a moment ago and not yet written to, or never written to.
    if (pid === 0) return Date.now() - statSync(path).mtimeMs < 5000 ? pid : undefined
    process.kill(pid, 0)
    return pid
  } catch (error) {
    return error.code === 'EPERM' ? 0 : undefined
  }
}
