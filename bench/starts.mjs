// How long a start takes until the first answer, with an embedded database that is new and one that is there.
import { mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { startTasktrail } from './tasktrail.mjs'
import { median } from './measure.mjs'
import { cpuTime } from './processes.mjs'

/** Starts so many times on an empty directory, and again on what that left; milliseconds until /readyz says yes. */
export async function measureStarts(times, directory) {
  const [empty, existing, cpu] = [[], [], []]
  for (let i = 0; i < times; i++) {
    const own = mkdtempSync(join(directory, 'start-'))
    for (const durations of [empty, existing]) {
      const app = await startTasktrail({ directory: own })
      durations.push(app.ms)
      cpu.push(cpuTime(app.pid) / 1e3)
      await app.stop()
    }
    rmSync(own, { recursive: true, force: true })
  }
  const of = (values) => ({ median: median(values), min: Math.min(...values), max: Math.max(...values) })
  const every = (first) => cpu.filter((_, i) => (i % 2 === 0) === first)
  return {
    empty: of(empty),
    existing: of(existing),
    emptyCpu: of(every(true)),
    existingCpu: of(every(false)),
  }
}
