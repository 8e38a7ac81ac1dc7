// What is traced: every request, and every statement below it. Loaded only when OTEL_* variables ask for it.
import type { FastifyBaseLogger, FastifyReply, FastifyRequest } from 'fastify'
import { DatabaseError } from 'pg'
import type { Db, Queryable } from '../../database/db.ts'
import { createExporter, type Exporter } from './exporter.ts'
import type { TracingSettings } from './settings.ts'
import { endSpan, startCall, startRequest, type Span } from './spans.ts'

export type Tracing = ReturnType<typeof createTracing>

export function createTracing(settings: TracingSettings, log: FastifyBaseLogger) {
  const exporter = createExporter(settings, log)
  const spans = new WeakMap<FastifyRequest, Span>()

  return {
    begin(request: FastifyRequest): void {
      const { traceparent } = request.headers
      const span = startRequest(typeof traceparent === 'string' ? traceparent : undefined, settings)
      if (span) spans.set(request, span)
    },

    end(request: FastifyRequest, reply: FastifyReply): void {
      const span = spans.get(request)
      if (!span) return
      const { url: route } = request.routeOptions
      span.name = route === undefined ? request.method : `${request.method} ${route}`
      span.failed = reply.statusCode >= 500
      // https://opentelemetry.io/docs/specs/semconv/http/http-spans/, without the query, which may hold personal data.
      Object.assign(span.attributes, {
        'http.request.method': request.method,
        'http.response.status_code': reply.statusCode,
        'url.scheme': request.protocol,
        'url.path': request.url.split('?', 1)[0],
        ...(route !== undefined && { 'http.route': route }),
        ...(span.failed && { 'error.type': String(reply.statusCode) }),
        'tasktrail.request_id': request.id,
      })
      endSpan(span)
      exporter.add(span)
    },

    traceId: (request: FastifyRequest): string | undefined => spans.get(request)?.traceId,

    /** Wraps the database for this request, so that every statement gets a span. */
    database(request: FastifyRequest, db: Db): Db {
      const span = spans.get(request)
      return span ? traced(db, span, exporter) : db
    },

    close: () => exporter.close(),
  }
}

function traced(db: Db, parent: Span, exporter: Exporter): Db {
  const watch = (on: Queryable): Queryable => ({
    async query(statement) {
      const span = startCall(parent)
      const { text } = statement
      const operation = /\w+/.exec(text)?.[0] ?? 'query'
      const table = /\b(?:from|into|update)\s+(\w+)/.exec(text)?.[1]
      span.name = table ? `${operation} ${table}` : operation
      // Values are parameters, so the text holds none.
      Object.assign(span.attributes, {
        'db.system.name': 'postgresql',
        'db.operation.name': operation,
        'db.query.text': text.trim().slice(0, 2_000),
      })
      try {
        return await on.query(statement)
      } catch (error) {
        span.failed = true
        if (error instanceof DatabaseError) span.attributes['db.response.status_code'] = error.code ?? ''
        throw error
      } finally {
        endSpan(span)
        exporter.add(span)
      }
    },
  })
  return {
    read: watch(db.read),
    write: watch(db.write),
    transaction: (work) => db.transaction((tx) => work(traced(tx, parent, exporter))),
  }
}
