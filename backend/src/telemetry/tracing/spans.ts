// Spans: what they hold, which traces are sampled, and how a caller's trace continues here (W3C Trace Context).
import { randomBytes } from 'node:crypto'
import type { TracingSettings } from './settings.ts'

export type Attributes = Record<string, string | number>

export interface Span {
  readonly traceId: string
  readonly id: string
  readonly parentId: string | undefined
  /** SpanKind of OTLP: 2 is a server's, 3 a client's. */
  readonly kind: 2 | 3
  /** Microseconds since 1970. */
  readonly start: number
  end: number
  name: string
  readonly attributes: Attributes
  failed: boolean
}

const now = () => Math.round((performance.timeOrigin + performance.now()) * 1_000)

/** The span of a request, or undefined when its trace is not recorded. */
export function startRequest(traceparent: string | undefined, settings: TracingSettings): Span | undefined {
  const caller = parseTraceparent(traceparent)
  const traceId = caller?.traceId ?? randomBytes(16).toString('hex')
  const recorded =
    caller && settings.parentBased
      ? caller.sampled
      : parseInt(traceId.slice(-12), 16) < settings.share * 16 ** 12
  return recorded ? open(traceId, caller?.spanId, 2) : undefined
}

/** A child span, of a call that the service makes. */
export const startCall = (parent: Span): Span => open(parent.traceId, parent.id, 3)

/** Marks the end. */
export function endSpan(span: Span): void {
  span.end = now()
}

const open = (traceId: string, parentId: string | undefined, kind: 2 | 3): Span => ({
  traceId,
  id: randomBytes(8).toString('hex'),
  parentId,
  kind,
  start: now(),
  end: 0,
  name: '',
  attributes: {},
  failed: false,
})

/** https://www.w3.org/TR/trace-context/: a later version may have more parts, version 00 has exactly these. */
function parseTraceparent(header = '') {
  const [, version, traceId = '', spanId = '', flags = '', more] =
    /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/.exec(header) ?? []
  if (version === undefined || version === 'ff' || (version === '00' && more !== undefined)) return undefined
  if (/^0+$/.test(traceId) || /^0+$/.test(spanId)) return undefined
  return { traceId, spanId, sampled: (parseInt(flags, 16) & 1) === 1 }
}
