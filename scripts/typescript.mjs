// How TypeScript runs here. Node 22.18 and later strip the types themselves; older ones get the same from a hook.
import module from 'node:module'
import { fileURLToPath } from 'node:url'

const native = Boolean(process.features.typescript)
const root = new URL('../', import.meta.url)

/** Packages of many files, loaded before the hook: it would send each file through another thread, 200 ms in all. */
const LOADED_BEFORE = ['typebox', 'jose', 'uuid']

/** Where Node keeps compiled code, which halves the time of loading the packages (22.1 and later). */
export const compileCache = fileURLToPath(new URL('node_modules/.cache/compiled', root))
module.enableCompileCache?.(compileCache)

let enabled

/** Lets this process import TypeScript from then on. The packages have to be installed. */
export function enableTypeScript() {
  return (enabled ??= native ? Promise.resolve() : addHook())
}

async function addHook() {
  await Promise.all(LOADED_BEFORE.map((name) => import(name)))
  module.register('./typescript-hook.mjs', import.meta.url)
}

/** Arguments that let a new Node process run TypeScript. */
export const typeScriptArguments = native
  ? []
  : ['--import', new URL('./typescript-enable.mjs', import.meta.url).href]

/** Imports a TypeScript module of this repository into this process. */
export async function importTypeScript(path) {
  await enableTypeScript()
  return import(new URL(path, root).href)
}
