// How TypeScript runs here: by Node itself where it can (22.18 and later), else through tsx.
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { ROOT } from './install.mjs'

/** Arguments that let a new Node process run TypeScript. */
export const typeScriptArguments = process.features.typescript ? [] : ['--import', 'tsx']

let registered = Boolean(process.features.typescript)

/** Imports a TypeScript module of this repository into this process. */
export async function importTypeScript(path) {
  if (!registered) {
    const { register } = await import('tsx/esm/api')
    register()
    registered = true
  }
  return import(pathToFileURL(resolve(ROOT, path)).href)
}
