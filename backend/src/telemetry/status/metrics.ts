// What is measured, and how it is written down for Prometheus.
import { readdirSync } from 'node:fs'
import { monitorEventLoopDelay, performance } from 'node:perf_hooks'
import type { Database } from '../../database/db.ts'
import { version } from '../../version.ts'

/** One number: what comes after the family's name (`_bucket`, `_sum`), its labels, its value. */
export type Sample = readonly [suffix: string, labels: Readonly<Record<string, string>>, value: number]

export interface Family {
  readonly name: string
  readonly type: 'counter' | 'gauge' | 'histogram'
  readonly help: string
  readonly samples: readonly Sample[]
}

/** Seconds. */
const BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]

/** How often the event loop's delay is sampled. Node.js includes this interval in the delay. */
const RESOLUTION_MS = 20

interface Requests {
  readonly labels: Readonly<Record<string, string>>
  /** How many fell into each bucket, and into none. */
  readonly counts: number[]
  sum: number
}

export type Metrics = ReturnType<typeof createMetrics>

/** Starts measuring this process. */
export function createMetrics(db: Pick<Database, 'pool'>) {
  const requests = new Map<string, Requests>()
  const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS })
  delay.enable()
  let inFlight = 0

  return {
    requestStarted(): void {
      inFlight++
    },

    requestEnded(method: string, route: string, status: number, milliseconds: number): void {
      inFlight--
      const key = `${method} ${status} ${route}`
      let entry = requests.get(key)
      if (!entry) {
        entry = {
          labels: { method, route, status: String(status) },
          counts: Array.from({ length: BUCKETS.length + 1 }, () => 0),
          sum: 0,
        }
        requests.set(key, entry)
      }
      const seconds = milliseconds / 1_000
      const bucket = BUCKETS.findIndex((limit) => seconds <= limit)
      const at = bucket === -1 ? BUCKETS.length : bucket
      entry.counts[at] = (entry.counts[at] ?? 0) + 1
      entry.sum += seconds
    },

    /** Everything about this process now. Event loop delays are those since the last call. */
    snapshot(): Family[] {
      const gauge = (name: string, help: string, value: number): Family => ({
        name,
        type: 'gauge',
        help,
        samples: [['', {}, value]],
      })
      const counter = (name: string, help: string, value: number): Family => ({
        name,
        type: 'counter',
        help,
        samples: [['_total', {}, value]],
      })
      const { pool } = db
      const cpu = process.cpuUsage()
      const memory = process.memoryUsage()
      const loopDelays: Sample[] = [50, 99, 100].map((percentile) => [
        '',
        { percentile: String(percentile) },
        delay.count === 0 ? 0 : Math.max(0, delay.percentile(percentile) / 1e9 - RESOLUTION_MS / 1e3),
      ])
      delay.reset()
      return [
        {
          name: 'http_request_duration_seconds',
          type: 'histogram',
          help: 'Time from a request to the end of its answer.',
          samples: [...requests.values()].flatMap(histogram),
        },
        gauge('http_requests_in_flight', 'Requests being answered.', inFlight),
        {
          name: 'tasktrail_db_connections',
          type: 'gauge',
          help: 'Connections of the pool for writes and transactions, by state.',
          samples: [
            ['', { state: 'idle' }, pool.idleCount],
            ['', { state: 'in_use' }, pool.totalCount - pool.idleCount],
          ],
        },
        gauge('tasktrail_db_waiting', 'Statements waiting for a connection of the pool.', pool.waitingCount),
        {
          name: 'nodejs_eventloop_delay_seconds',
          type: 'gauge',
          help: 'How late timers fire, since the last scrape: half, 99 of 100, all are below.',
          samples: loopDelays,
        },
        counter(
          'nodejs_eventloop_active_seconds',
          'Time the event loop was busy; its rate is the utilisation.',
          performance.eventLoopUtilization().active / 1_000,
        ),
        counter('process_cpu_seconds', 'CPU time used.', (cpu.user + cpu.system) / 1e6),
        gauge('process_resident_memory_bytes', 'Memory in RAM.', memory.rss),
        gauge('nodejs_heap_used_bytes', 'Memory in use by JavaScript objects.', memory.heapUsed),
        gauge('process_start_time_seconds', 'Start, in seconds since 1970.', performance.timeOrigin / 1_000),
        ...openFiles().map((count) => gauge('process_open_fds', 'Open files and sockets.', count)),
        {
          name: 'tasktrail_build_info',
          type: 'gauge',
          help: 'Always 1; the labels tell what runs.',
          samples: [['', { version, node: process.versions.node }, 1]],
        },
      ]
    },
  }
}

function histogram({ labels, counts, sum }: Requests): Sample[] {
  let below = 0
  const buckets = counts.map((count, i): Sample => {
    below += count
    return ['_bucket', { ...labels, le: bound(BUCKETS[i]) }, below]
  })
  return [...buckets, ['_sum', labels, sum], ['_count', labels, below]]
}

/** OpenMetrics requires a float here, even for whole numbers. */
const bound = (limit: number | undefined) =>
  limit === undefined ? '+Inf' : Number.isInteger(limit) ? `${limit}.0` : String(limit)

function openFiles(): number[] {
  try {
    return [readdirSync('/proc/self/fd').length]
  } catch {
    return [] // not Linux
  }
}

/** Merges the snapshots of several processes; each sample is labelled with its process. */
export function merge(
  snapshots: readonly (readonly [worker: string, families: readonly Family[]])[],
): Family[] {
  const merged = new Map<string, Family>()
  for (const [worker, families] of snapshots) {
    for (const family of families) {
      const samples = family.samples.map(([suffix, labels, value]): Sample => [
        suffix,
        { worker, ...labels },
        value,
      ])
      merged.set(family.name, {
        ...family,
        samples: [...(merged.get(family.name)?.samples ?? []), ...samples],
      })
    }
  }
  return [...merged.values()]
}

export const OPEN_METRICS = 'application/openmetrics-text; version=1.0.0; charset=utf-8'
export const PROMETHEUS_TEXT = 'text/plain; version=0.0.4; charset=utf-8'

/**
 * Writes families as OpenMetrics text, or as Prometheus' older text format, which differs in that a counter's
 * `_total` belongs to the family's name and that nothing marks the end.
 */
export function render(families: readonly Family[], openMetrics: boolean): string {
  const lines: string[] = []
  for (const { name, type, help, samples } of families) {
    if (samples.length === 0) continue
    const title = type === 'counter' && !openMetrics ? `${name}_total` : name
    lines.push(`# HELP ${title} ${help}`, `# TYPE ${title} ${type}`)
    for (const [suffix, labels, value] of samples) {
      const list = Object.entries(labels).map(([label, text]) => `${label}="${escape(text)}"`)
      lines.push(`${name}${suffix}${list.length > 0 ? `{${list.join(',')}}` : ''} ${value}`)
    }
  }
  if (openMetrics) lines.push('# EOF')
  return `${lines.join('\n')}\n`
}

const escape = (text: string) => text.replace(/["\\]/g, '\\$&').replaceAll('\n', '\\n')
