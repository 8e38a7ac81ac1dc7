// npm run tasktrail -- <command>: the administration commands.
import { installIfNeeded } from './install.mjs'
import { importTypeScript } from './typescript.mjs'

await installIfNeeded()
await importTypeScript('backend/src/cli.ts')
// The types of the client follow the document.
if (process.argv[2] === 'openapi') (await import('../client/scripts/generate.mjs')).writeGenerated()
