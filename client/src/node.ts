// What only Node.js has. Import it from '@tasktrail/client/node'.
import { appendFile, readFile, rename, writeFile } from 'node:fs/promises'
import type { ReplicaStorage } from './replica/storage.ts'

/** The file may be this much larger than what it holds, and a bit, before it is written anew. */
const GROWTH = 2
const BIT = 1_000_000

/** Keeps a replica in a file, for one process at a time. Each line is a change that is there whole or not at all. */
export function fileStorage(file: string): ReplicaStorage {
  let kept = new Map<string, unknown>()
  let [written, held] = [0, 0]

  async function rewrite(): Promise<void> {
    const text = lineOf(kept)
    await writeFile(`${file}.new`, text)
    await rename(`${file}.new`, file)
    written = held = text.length
  }

  return {
    async load() {
      const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
        if (error.code === 'ENOENT') return ''
        throw error
      })
      kept = new Map()
      const lines = text.split('\n')
      // What comes after the last line end was cut off by a kill; something appended to it would be lost too.
      const torn = lines.pop() !== ''
      for (const line of lines) apply(kept, JSON.parse(line) as [string, unknown?][])
      if (torn) await rewrite()
      else written = text.length
      held = written
      return new Map(kept)
    },
    async save(entries) {
      apply(kept, entries)
      const line = lineOf(entries)
      await appendFile(file, line)
      written += line.length
      if (written > GROWTH * held + BIT) await rewrite()
    },
  }
}

/** Pairs; a name alone is taken away. */
const lineOf = (entries: Iterable<[string, unknown]>): string =>
  `${JSON.stringify([...entries].map(([name, value]) => (value === undefined ? [name] : [name, value])))}\n`

function apply(kept: Map<string, unknown>, entries: Iterable<[string, unknown?]>): void {
  for (const [name, value] of entries)
    if (value === undefined) kept.delete(name)
    else kept.set(name, value)
}
