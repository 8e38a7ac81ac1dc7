import assert from 'node:assert/strict'
import http from 'node:http'
import { after, describe, it } from 'node:test'
import { start } from '../../../test/harness.ts'
import { startService } from '../../../test/process.ts'
import { loadConfig } from '../../config.ts'

interface Span {
  traceId: string
  spanId: string
  parentSpanId?: string
  kind: number
  name: string
  startTimeUnixNano: string
  endTimeUnixNano: string
  attributes: { key: string; value: { stringValue?: string; intValue?: string } }[]
  status: { code?: number }
}

const world = await start()

/** A collector that keeps what it is sent, and answers with these statuses first. */
async function startCollector(...statuses: number[]) {
  const spans: Span[] = []
  const requests: http.IncomingHttpHeaders[] = []
  let resource: Span['attributes'] = []
  const server = http.createServer((request, response) => {
    const parts: Buffer[] = []
    request
      .on('data', (part: Buffer) => parts.push(part))
      .on('end', () => {
        requests.push(request.headers)
        const status = request.url === '/v1/traces' ? (statuses.shift() ?? 200) : 404
        const { resourceSpans } = JSON.parse(Buffer.concat(parts).toString()) as {
          resourceSpans: { resource: { attributes: Span['attributes'] }; scopeSpans: { spans: Span[] }[] }[]
        }
        if (status === 200) {
          resource = resourceSpans[0]!.resource.attributes
          spans.push(...resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap((scope) => scope.spans)))
        }
        response.writeHead(status, { 'content-type': 'application/json' }).end('{}')
      })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  after(() => void server.close())
  const { port } = server.address() as { port: number }
  return {
    spans,
    requests,
    endpoint: `http://127.0.0.1:${port}`,
    resource: () => attributes({ attributes: resource }),
  }
}

const attributes = ({ attributes: list }: Pick<Span, 'attributes'>) =>
  Object.fromEntries(list.map(({ key, value }) => [key, value.stringValue ?? Number(value.intValue)]))

const TRACE = '0af7651916cd43dd8448eb211c80319c'
const CALLER = 'b7ad6b7169203331'

describe('Traces', () => {
  it('have a span for each request and each statement, below the span of the caller', async () => {
    const collector = await startCollector()
    const { owner, project } = await world.team()
    const service = startService({
      DATABASE_URL: world.url,
      OTEL_EXPORTER_OTLP_ENDPOINT: collector.endpoint,
      OTEL_EXPORTER_OTLP_HEADERS: 'api-key=some%20key',
      OTEL_RESOURCE_ATTRIBUTES: 'deployment.environment.name=test',
      OTEL_SERVICE_NAME: 'tasks',
    })
    const url = `http://127.0.0.1:${await service.port}/api/v1/projects/${project.id}/tasks`
    const send = (traceparent: string) =>
      fetch(`${url}?status=todo`, { headers: { authorization: `Bearer ${owner.token}`, traceparent } })
    assert.equal((await send(`00-${TRACE}-${CALLER}-01`)).status, 200)
    // Not recorded, says the caller.
    assert.equal((await send(`00-${TRACE.replace('0af', '1af')}-${CALLER}-00`)).status, 200)
    // Not a trace: one begins here.
    assert.equal((await send(`00-${'0'.repeat(32)}-${CALLER}-01`)).status, 200)
    assert.equal((await service.signal('SIGTERM')).code, 0)

    assert.deepEqual(
      { ...collector.resource(), 'process.pid': 0 },
      {
        'service.name': 'tasks',
        'service.version': '0.1.0',
        'deployment.environment.name': 'test',
        'process.pid': 0,
      },
    )
    assert.equal(collector.requests[0]!['api-key'], 'some key')
    for (const span of collector.spans) {
      assert.match(span.traceId, /^[0-9a-f]{32}$/)
      assert.match(span.spanId, /^[0-9a-f]{16}$/)
      assert(BigInt(span.endTimeUnixNano) >= BigInt(span.startTimeUnixNano))
    }
    assert.equal(new Set(collector.spans.map(({ traceId }) => traceId)).size, 2)

    const [request] = collector.spans.filter(({ traceId, kind }) => traceId === TRACE && kind === 2)
    assert.equal(request!.parentSpanId, CALLER)
    assert.equal(request!.name, 'GET /api/v1/projects/:id/tasks')
    const { 'tasktrail.request_id': id, ...rest } = attributes(request!)
    assert.match(String(id), /^[0-9a-f-]{36}$/)
    assert.deepEqual(rest, {
      'http.request.method': 'GET',
      'http.response.status_code': 200,
      'http.route': '/api/v1/projects/:id/tasks',
      'url.scheme': 'http',
      'url.path': new URL(url).pathname,
    })

    const statements = collector.spans.filter(({ traceId, kind }) => traceId === TRACE && kind === 3)
    assert(statements.length > 0)
    for (const statement of statements) {
      assert.equal(statement.parentSpanId, request!.spanId)
      assert.match(statement.name, /^\w+ \w+$/)
      const { 'db.query.text': text } = attributes(statement)
      assert.match(String(text), /\$1/)
      assert(!String(text).includes(project.id), 'a statement holds no values')
    }
    await service.line(new RegExp(`"trace_id":"${TRACE}"`))
  })

  it('wait for a collector that is away, and nobody waits for it', async () => {
    const collector = await startCollector(503)
    const service = startService({
      DATABASE_URL: world.url,
      OTEL_EXPORTER_OTLP_ENDPOINT: collector.endpoint,
      OTEL_BSP_SCHEDULE_DELAY: '200',
    })
    const url = `http://127.0.0.1:${await service.port}/health`
    assert.equal((await fetch(url)).status, 200)
    await service.line(/"spans cannot be sent"/)
    assert.equal(collector.spans.length, 0)
    assert.equal((await service.signal('SIGTERM')).code, 0)
    assert.equal(collector.spans.filter(({ name }) => name === 'GET /health').length, 1)
  })
})

describe('OTEL_* variables', () => {
  const tracing = (env: Record<string, string>) =>
    loadConfig({ DATABASE_URL: 'postgresql:///', JWT_SECRET_KEY: world.config.jwtSecret, ...env }).tracing
  const endpoint = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318/' }

  it('turn traces on only when they name an endpoint', () => {
    assert.equal(tracing({}), undefined)
    assert.equal(tracing({ OTEL_SERVICE_NAME: 'tasks' }), undefined)
    assert.equal(tracing({ ...endpoint, OTEL_SDK_DISABLED: 'true' }), undefined)
    assert.equal(tracing({ ...endpoint, OTEL_TRACES_EXPORTER: 'none' }), undefined)
    assert.equal(tracing(endpoint)?.url, 'http://collector:4318/v1/traces')
    assert.equal(
      tracing({ OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'http://collector/x' })?.url,
      'http://collector/x',
    )
  })

  it('choose how many traces are recorded', () => {
    const sampler = (name: string, share = '') => {
      const { share: recorded, parentBased } = tracing({
        ...endpoint,
        OTEL_TRACES_SAMPLER: name,
        OTEL_TRACES_SAMPLER_ARG: share,
      })!
      return [recorded, parentBased]
    }
    assert.deepEqual(sampler('always_off'), [0, false])
    assert.deepEqual(sampler('traceidratio', '0.25'), [0.25, false])
    assert.deepEqual(sampler('parentbased_traceidratio', '0.1'), [0.1, true])
  })

  it('are refused, each by its name, when they make no sense', () => {
    const env = {
      OTEL_EXPORTER_OTLP_ENDPOINT: 'collector:4317',
      OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc',
      OTEL_TRACES_SAMPLER: 'sometimes',
      OTEL_TRACES_SAMPLER_ARG: '7',
      OTEL_EXPORTER_OTLP_HEADERS: 'nothing',
    }
    assert.throws(
      () => tracing(env),
      ({ message }: Error) => Object.keys(env).every((name) => message.includes(name)),
    )
  })
})
