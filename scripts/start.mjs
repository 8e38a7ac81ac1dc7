// npm start: the server, in this very process so that signals and the exit code are its own.
import { installIfNeeded } from './install.mjs'
import { endWithNpm } from './processes.mjs'
import { importTypeScript } from './typescript.mjs'

endWithNpm()
await installIfNeeded()
await importTypeScript('backend/src/main.ts')
