// One measurement, and what many of them amount to.
import { load } from './load.mjs'
import { cpuTime, residentMemory } from './processes.mjs'

/** Loads a server with a case for some seconds: rate, latencies, CPU time of both sides for each request, memory. */
export async function measure(subject, work, seconds, { database, directory }) {
  const before = { app: cpuTime(subject.pid), database: cpuTime(database) }
  const { requests, seconds: took, p50, p99 } = await load(subject.port, work, seconds, directory)
  const each = (from, pid) => (from === undefined ? undefined : (cpuTime(pid) - from) / requests)
  return {
    rate: requests / took,
    p50,
    p99,
    app: each(before.app, subject.pid),
    database: each(before.database, database),
    memory: residentMemory(subject.pid),
  }
}

/** Median, least and most of each figure of some measurements. */
export function summarise(measurements) {
  const names = Object.keys(measurements[0] ?? {})
  return Object.fromEntries(
    names.map((name) => {
      const values = measurements.map((each) => each[name]).filter((value) => value !== undefined)
      return [
        name,
        values.length > 0
          ? { median: median(values), min: Math.min(...values), max: Math.max(...values) }
          : undefined,
      ]
    }),
  )
}

export function median(values) {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
}
