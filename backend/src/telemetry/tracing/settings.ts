// The standard OTEL_* variables that say whether, where and how much to trace.
import type { Reader } from '../../environment.ts'

export type TracingSettings = NonNullable<ReturnType<typeof readTracingSettings>>

const SAMPLERS = [
  'always_on',
  'always_off',
  'traceidratio',
  'parentbased_always_on',
  'parentbased_always_off',
  'parentbased_traceidratio',
] as const

/** Undefined when tracing is off, as it is until an endpoint is set. */
export function readTracingSettings(env: Reader) {
  const exporter = env.choice('OTEL_TRACES_EXPORTER', ['otlp', 'none'], 'otlp')
  const base = env.text('OTEL_EXPORTER_OTLP_ENDPOINT', '').replace(/\/+$/, '')
  const url = env.text('OTEL_EXPORTER_OTLP_TRACES_ENDPOINT', base && `${base}/v1/traces`)
  if (url === '' || exporter === 'none' || env.flag('OTEL_SDK_DISABLED', false)) return undefined

  if (!URL.canParse(url) || !/^https?:/.test(url))
    env.mistake('OTEL_EXPORTER_OTLP_ENDPOINT', 'must be an http:// or https:// address')
  // A collector's HTTP port takes both encodings; JSON is what is sent.
  env.choice('OTEL_EXPORTER_OTLP_PROTOCOL', ['http/json', 'http/protobuf'], 'http/json')
  const sampler = env.choice('OTEL_TRACES_SAMPLER', SAMPLERS, 'parentbased_always_on')
  const ratio = Number(env.text('OTEL_TRACES_SAMPLER_ARG', '1'))
  if (!(ratio >= 0 && ratio <= 1)) env.mistake('OTEL_TRACES_SAMPLER_ARG', 'must be a number from 0 to 1')
  return {
    url,
    headers: env.pairs('OTEL_EXPORTER_OTLP_HEADERS'),
    resource: {
      ...env.pairs('OTEL_RESOURCE_ATTRIBUTES'),
      ...(env.text('OTEL_SERVICE_NAME', '') && { 'service.name': env.text('OTEL_SERVICE_NAME', '') }),
    },
    /** Milliseconds between two exports. */
    sendEvery: env.integer('OTEL_BSP_SCHEDULE_DELAY', 5_000, 100, 60_000),
    /** The share of traces that begin here and are sampled. */
    share: sampler.endsWith('always_off') ? 0 : sampler.endsWith('traceidratio') ? ratio : 1,
    /** Whether the caller's own decision takes precedence. */
    parentBased: sampler.startsWith('parentbased'),
  }
}
