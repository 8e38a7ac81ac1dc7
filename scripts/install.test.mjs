import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { isInstalled, requireNode, withLock } from './install.mjs'

const root = mkdtempSync(join(tmpdir(), 'tasktrail-install-'))
after(() => rmSync(root, { recursive: true }))

describe('the version of Node.js', () => {
  it('has to be the least one or newer', () => {
    for (const version of ['20.19.0', '20.20.2', '22.0.0', '26.10.0']) requireNode(version, '>=20.19')
    for (const version of ['20.18.3', '18.20.8', '8.17.0']) {
      assert.throws(
        () => requireNode(version, '>=20.19'),
        /needs Node.js 20.19 or newer, and this is \d+\.\d+/,
      )
    }
  })
})

describe('the packages', () => {
  const locked = {
    '': { name: 'root' },
    backend: { name: 'backend' },
    'node_modules/backend': { link: true },
    'node_modules/left': { version: '1.0.0', integrity: 'sha512-a' },
    'node_modules/elsewhere': { version: '1.0.0', integrity: 'sha512-b', optional: true },
    'backend/node_modules/left': { version: '2.0.0', integrity: 'sha512-c' },
  }
  const { 'node_modules/elsewhere': _, ...installed } = locked
  const check = (packages) => {
    mkdirSync(join(root, 'node_modules'), { recursive: true })
    writeFileSync(join(root, 'package-lock.json'), JSON.stringify({ packages: locked }))
    writeFileSync(join(root, 'node_modules/.package-lock.json'), JSON.stringify({ packages }))
    return isInstalled(root)
  }

  it('are installed when all locked ones are, but for those of other platforms', () => {
    assert.equal(check(installed), true)
    assert.equal(check(locked), true)
  })

  it('are not when one is missing, even an inner one', () => {
    const { 'backend/node_modules/left': inner, ...others } = installed
    assert.equal(check(others), false)
    assert.equal(check({ ...others, 'backend/node_modules/left': inner }), true)
  })

  it('are not when one has another version or other contents', () => {
    const left = installed['node_modules/left']
    assert.equal(check({ ...installed, 'node_modules/left': { ...left, version: '1.0.1' } }), false)
    assert.equal(check({ ...installed, 'node_modules/left': { ...left, integrity: 'sha512-z' } }), false)
  })

  it('are not while npm has not finished', () => {
    check(installed)
    rmSync(join(root, 'node_modules/.package-lock.json'))
    assert.equal(isInstalled(root), false)
  })
})

describe('the lock', () => {
  const lock = join(root, 'lock')

  it('lets one process work at a time, and is gone afterwards', async () => {
    const program = `
      import { appendFileSync } from 'node:fs'
      import { setTimeout as sleep } from 'node:timers/promises'
      import { withLock } from ${JSON.stringify(new URL('install.mjs', import.meta.url).href)}
      await withLock(${JSON.stringify(lock)}, async () => {
        appendFileSync(${JSON.stringify(`${lock}.log`)}, 'in ')
        await sleep(150)
        appendFileSync(${JSON.stringify(`${lock}.log`)}, 'out ')
      })`
    // A dead process's lock is there already, so that all of them come upon it at once.
    const dead = spawn(process.execPath, ['--version'])
    await once(dead, 'exit')
    writeFileSync(lock, String(dead.pid))
    const workers = [1, 2, 3].map(() => spawn(process.execPath, ['--input-type=module', '--eval', program]))
    await Promise.all(workers.map((worker) => once(worker, 'exit')))
    assert.equal(readFileSync(`${lock}.log`, 'utf8'), 'in out in out in out ')
    assert(!existsSync(lock))
  })

  it('is given back when the work fails', async () => {
    await assert.rejects(
      withLock(lock, () => Promise.reject(new Error('no network'))),
      /no network/,
    )
    assert(!existsSync(lock))
  })

  it('says so when the folder cannot be written to', async () => {
    await assert.rejects(
      withLock(join(root, 'nowhere/lock'), async () => {}),
      /Packages have to be installed, and this folder cannot be written to: ENOENT/,
    )
  })
})
