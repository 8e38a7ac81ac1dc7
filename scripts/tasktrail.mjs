// npm run tasktrail -- <command>: the administration commands.
import { installIfNeeded } from './install.mjs'
import { importTypeScript } from './typescript.mjs'

await installIfNeeded()
await importTypeScript('backend/src/cli.ts')
