// Where the contents of files are kept, and how much of them.
import path from 'node:path'
import type { Reader } from '../environment.ts'

const MIB = 2 ** 20

export function readFileSettings(env: Reader, production: boolean, dataDir: string) {
  // A container's own disk goes with the container, so in production a folder has to be named.
  const folder = production && env.text('DATA_DIR', '') === '' ? undefined : path.join(dataDir, 'files')
  return {
    /** The folder; undefined if there is none that lasts. */
    filesFolder: folder,
    filesMaxSize: env.integer('FILES_MAX_SIZE', 100 * MIB, 1, 5 * 1024 * MIB),
    filesMaxProjectSize: env.integer('FILES_MAX_PROJECT_SIZE', 10 * 1024 * MIB, 1, Number.MAX_SAFE_INTEGER),
  }
}
