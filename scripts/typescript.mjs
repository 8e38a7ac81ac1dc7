// How TypeScript runs here. Node 22.18 and later strip the types themselves; older ones get the same from a hook.
import module from 'node:module'
import { fileURLToPath } from 'node:url'

const native = Boolean(process.features.typescript)
const root = new URL('../', import.meta.url)

if (!native) module.register('./typescript-hook.mjs', import.meta.url)

/** Where Node keeps compiled code, which halves the time of loading the packages (22.1 and later). */
export const compileCache = fileURLToPath(new URL('node_modules/.cache/compiled', root))
module.enableCompileCache?.(compileCache)

/** Arguments that let a new Node process run TypeScript. */
export const typeScriptArguments = native ? [] : ['--import', import.meta.url]

/** Imports a TypeScript module of this repository into this process. */
export const importTypeScript = (path) => import(new URL(path, root).href)
