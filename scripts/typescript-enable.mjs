// node --import …/typescript-enable.mjs: a process that can run TypeScript.
import { enableTypeScript } from './typescript.mjs'

await enableTypeScript()
