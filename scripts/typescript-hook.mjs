// For Node before 22.18: strips types with the very code that newer ones have built in. It leaves every line and column where
// it was, so stack traces need no source map. The results are kept, because loading that code takes longer than using it.
import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'

const CACHE = new URL('../node_modules/.cache/stripped/', import.meta.url)

/** Node's hook for reading modules: https://nodejs.org/api/module.html#loadurl-context-nextload */
export async function load(url, context, nextLoad) {
  if (!url.startsWith('file:') || !new URL(url).pathname.endsWith('.ts')) return nextLoad(url, context)
  const text = readFileSync(new URL(url), 'utf8')
  const kept = new URL(createHash('sha256').update(text).digest('hex'), CACHE)
  return { format: 'module', source: readKept(kept) ?? (await strip(text, url, kept)), shortCircuit: true }
}

function readKept(file) {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return undefined
  }
}

async function strip(text, url, kept) {
  const { default: amaro } = await import('amaro')
  const { code } = amaro.transformSync(text, { mode: 'strip-only', filename: url })
  try {
    mkdirSync(CACHE, { recursive: true })
    const unfinished = new URL(`${kept.href}.${process.pid}`)
    writeFileSync(unfinished, code)
    renameSync(unfinished, kept)
  } catch {
    // Packages that another user has installed: then each start strips anew.
  }
  return code
}
