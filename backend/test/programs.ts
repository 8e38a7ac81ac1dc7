// Programs that some tests need and not every machine has.
import { accessSync, constants } from 'node:fs'
import path from 'node:path'

/** Where the program is, or undefined. Debian keeps servers where only root looks. */
export function findProgram(name: string, ...more: string[]): string | undefined {
  const folders = [
    ...(process.env['PATH'] ?? '').split(path.delimiter),
    '/usr/sbin',
    '/usr/local/sbin',
    ...more,
  ]
  return folders
    .map((folder) => path.join(folder, name))
    .find((file) => {
      try {
        accessSync(file, constants.X_OK)
        return true
      } catch {
        return false
      }
    })
}
