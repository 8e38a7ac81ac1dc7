// The server under test: the real one, as a process of its own.
import { join } from 'node:path'
import { ROOT } from '../scripts/install.mjs'
import { typeScriptArguments } from '../scripts/typescript.mjs'
import { freePort, NODE_FLAGS, startServer } from './processes.mjs'
import { SECRET } from './world.mjs'

/** Starts it on a database, or, without one, with the embedded server on a directory. */
export async function startTasktrail({ url = '', directory, environment = {} }) {
  const port = await freePort()
  const server = await startServer(
    process.execPath,
    [...NODE_FLAGS, ...typeScriptArguments, 'backend/src/main.ts'],
    {
      cwd: ROOT,
      env: {
        ...process.env,
        DATABASE_URL: url,
        DATA_DIR: join(directory, 'data'),
        PORT: String(port),
        HOST: '127.0.0.1',
        JWT_SECRET_KEY: SECRET,
        RATE_LIMIT: 'off',
        LOG_LEVEL: 'warn',
        ...environment,
      },
    },
    `http://127.0.0.1:${port}/readyz`,
  )
  return { name: 'tasktrail', port, ...server }
}
