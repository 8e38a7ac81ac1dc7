// For Node before 22.18: its hook for reading modules, https://nodejs.org/api/module.html#loadurl-context-nextload
import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { readKept, strip } from './strip-types.mjs'

let stripped

export async function load(url, context, nextLoad) {
  if (!url.startsWith('file:') || !new URL(url).pathname.endsWith('.ts')) return nextLoad(url, context)
  const text = readFileSync(new URL(url), 'utf8')
  return { format: 'module', source: readKept(text) ?? (await strippedNow(text, url)), shortCircuit: true }
}

async function strippedNow(text, url) {
  await (stripped ??= stripAll())
  // Nothing can be kept in packages that another user has installed: then each start strips anew.
  return readKept(text) ?? strip(text, url)
}

const stripAll = () =>
  new Promise((done) => {
    execFile(process.execPath, [fileURLToPath(new URL('./strip-types.mjs', import.meta.url))], done)
  })
