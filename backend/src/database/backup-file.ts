// The file of a backup: only its owner may read it, and it never exists half-written under its name.
import { existsSync } from 'node:fs'
import { open, rename, rm } from 'node:fs/promises'
import type { Readable, Writable } from 'node:stream'

/** Runs `work` with a stream into a new file, or into standard output for "-". The file appears when it is complete. */
export async function writingTo<T>(file: string, work: (out: Writable) => Promise<T>): Promise<T> {
  if (file === '-') {
    if (process.stdout.isTTY) throw new Error('A backup is not for a terminal: send it to a file.')
    return work(process.stdout)
  }
  if (existsSync(file)) throw new Error(`${file} exists already.`)
  const unfinished = `${file}.unfinished`
  const handle = await open(unfinished, 'w', 0o600).catch(explained)
  try {
    const result = await work(handle.createWriteStream({ flush: true }))
    await rename(unfinished, file)
    return result
  } catch (error) {
    await rm(unfinished, { force: true })
    throw error
  }
}

/** A stream of a file, or of standard input for "-". Rejects at once if there is no such file. */
export async function openForReading(file: string): Promise<Readable> {
  if (file === '-') return process.stdin
  return (await open(file).catch(explained)).createReadStream()
}

function explained(error: Error): never {
  throw new Error(`The file cannot be opened: ${error.message}`, { cause: error })
}
