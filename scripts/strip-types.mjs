// For Node before 22.18: strips types with the same code (amaro) that newer versions have built in. It keeps every line
// and column in place, so stack traces need no source map. Results are cached, because loading amaro takes longer than
// using it. It runs in a process of its own, because it would hold 40 MB for as long as the process lives.
//   node scripts/strip-types.mjs: all sources that are not cached yet
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { pathToFileURL } from 'node:url'

const CACHE = new URL('../node_modules/.cache/stripped/', import.meta.url)
const SOURCES = ['../backend/', '../client/'].map((folder) => new URL(folder, import.meta.url))

/** Where the result for a source is cached. */
const keptFor = (text) => new URL(createHash('sha256').update(text).digest('hex'), CACHE)

/** The cached result for a source, or undefined. */
export function readKept(text) {
  try {
    return readFileSync(keptFor(text), 'utf8')
  } catch {
    return undefined
  }
}

export async function strip(text, filename) {
  const { default: amaro } = await import('amaro')
  return amaro.transformSync(text, { mode: 'strip-only', filename }).code
}

async function stripAll() {
  mkdirSync(CACHE, { recursive: true })
  for (const folder of SOURCES)
    for (const name of namesIn(folder)) {
      if (!name.endsWith('.ts') || name.includes('node_modules')) continue
      const text = readFileSync(new URL(name, folder), 'utf8')
      if (readKept(text) !== undefined) continue
      const kept = keptFor(text)
      const unfinished = new URL(`${kept.href}.${process.pid}`)
      writeFileSync(unfinished, await strip(text, name))
      renameSync(unfinished, kept)
    }
}

/** Not every folder is in the image. */
function namesIn(folder) {
  return existsSync(folder) ? readdirSync(folder, { recursive: true }) : []
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await stripAll()
