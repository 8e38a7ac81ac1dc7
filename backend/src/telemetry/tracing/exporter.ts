// Sends finished spans to a collector: OTLP over HTTP, in JSON (https://opentelemetry.io/docs/specs/otlp/).
import type { FastifyBaseLogger } from 'fastify'
import { version } from '../../version.ts'
import type { TracingSettings } from './settings.ts'
import type { Attributes, Span } from './spans.ts'

const BATCH = 512
/** Spans beyond this are dropped, or memory would grow without a bound while the collector is down. */
const MOST_WAITING = 2_048
const TIMEOUT_MS = 5_000

export type Exporter = ReturnType<typeof createExporter>

export function createExporter(settings: TracingSettings, log: FastifyBaseLogger) {
  const resource = encodeAttributes({
    'service.name': 'tasktrail',
    'service.version': version,
    'process.pid': process.pid,
    ...settings.resource,
  })
  let waiting: Span[] = []
  let dropped = 0
  let sending: Promise<void> | undefined
  let reachable = true

  const timer = setInterval(() => void flush(), settings.sendEvery).unref()

  /** Sends what is queued, batch by batch, until none is left or one cannot be sent. */
  function flush(): Promise<void> {
    sending ??= sendAll().finally(() => (sending = undefined))
    return sending
  }

  async function sendAll(): Promise<void> {
    while (waiting.length > 0) {
      const batch = waiting.slice(0, BATCH)
      if (!(await send(batch))) return
      waiting = waiting.slice(batch.length)
    }
  }

  /** Whether the batch is finished: accepted, or refused in a way that a retry would not change. */
  async function send(batch: readonly Span[]): Promise<boolean> {
    try {
      const response = await fetch(settings.url, {
        method: 'POST',
        headers: { ...settings.headers, 'content-type': 'application/json' },
        body: JSON.stringify(encode(batch)),
        signal: AbortSignal.timeout(TIMEOUT_MS),
      })
      await response.arrayBuffer()
      if (response.ok) {
        reachable = true
        if (dropped > 0) log.warn({ dropped }, 'spans were dropped while the collector was away')
        dropped = 0
        return true
      }
      complain(new Error(`the collector answered ${response.status}`))
      return ![429, 502, 503, 504].includes(response.status)
    } catch (err) {
      complain(err)
      return false
    }
  }

  /** Logs the first failure only, not every retry. */
  function complain(err: unknown): void {
    if (reachable) log.warn({ err }, 'spans cannot be sent')
    reachable = false
  }

  const encode = (spans: readonly Span[]) => ({
    resourceSpans: [
      {
        resource: { attributes: resource },
        scopeSpans: [{ scope: { name: 'tasktrail', version }, spans: spans.map(encodeSpan) }],
      },
    ],
  })

  return {
    add(span: Span): void {
      if (waiting.length >= MOST_WAITING) {
        dropped++
        return
      }
      waiting.push(span)
      if (waiting.length === BATCH) void flush()
    },

    /** Sends the rest. */
    async close(): Promise<void> {
      clearInterval(timer)
      await flush()
    },
  }
}

const encodeSpan = ({ traceId, id, parentId, kind, name, start, end, attributes, failed }: Span) => ({
  traceId,
  spanId: id,
  ...(parentId !== undefined && { parentSpanId: parentId }),
  kind,
  name,
  startTimeUnixNano: `${start}000`,
  endTimeUnixNano: `${end}000`,
  attributes: encodeAttributes(attributes),
  status: failed ? { code: 2 } : {},
})

const encodeAttributes = (attributes: Readonly<Attributes>) =>
  Object.entries(attributes).map(([key, value]) => ({
    key,
    value: typeof value === 'number' ? { intValue: String(value) } : { stringValue: value },
  }))
