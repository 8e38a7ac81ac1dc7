// For Node before 22.18: strips types with the very code that newer ones have built in. It leaves every line and column
// where it was, so stack traces need no source map. The results are kept, because loading that code takes longer than
// using it; and it is used in a process of its own, because it would keep 40 MB for as long as the process lives.
//   node scripts/strip-types.mjs: all sources that are not kept yet
import { createHash } from 'node:crypto'
import { mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { pathToFileURL } from 'node:url'

const CACHE = new URL('../node_modules/.cache/stripped/', import.meta.url)
const SOURCES = new URL('../backend/', import.meta.url)

/** Where the result for a source is kept. */
const keptFor = (text) => new URL(createHash('sha256').update(text).digest('hex'), CACHE)

/** The kept result for a source, or undefined. */
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
  for (const name of readdirSync(SOURCES, { recursive: true })) {
    if (!name.endsWith('.ts') || name.includes('node_modules')) continue
    const text = readFileSync(new URL(name, SOURCES), 'utf8')
    if (readKept(text) !== undefined) continue
    const kept = keptFor(text)
    const unfinished = new URL(`${kept.href}.${process.pid}`)
    writeFileSync(unfinished, await strip(text, name))
    renameSync(unfinished, kept)
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await stripAll()
