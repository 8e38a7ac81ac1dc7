import { appendFileSync, renameSync, statSync } from 'node:fs'

const MAX_BYTES = 5_000_000

/** Writes lines to a file that never outgrows its limit: the lines before the last ones move to `<file>.1`. */
export function logToFile(path: string): (line: string) => void {
  return (line) => {
    try {
      if ((statSync(path, { throwIfNoEntry: false })?.size ?? 0) > MAX_BYTES) renameSync(path, `${path}.1`)
      appendFileSync(path, `${line}\n`, { mode: 0o600 })
    } catch {
      // A full disk must not end the application over its database's log.
    }
  }
}
