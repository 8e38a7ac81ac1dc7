// What is logged and how: JSON lines, or lines for people when standard output is a terminal. Headers, bodies and
// addresses with their parameters are never logged, so there is no secret to redact.
import cluster from 'node:cluster'
import { pino, type DestinationStream, type Level, type LevelOrString, type Logger } from 'pino'
import { lineForPeople } from './log-for-people.ts'

export type { Logger } from 'pino'

/** Writes lines of `level` and above to `destination`. */
export function createLogger(
  level: LevelOrString,
  destination: DestinationStream = standardOutput(),
): Logger {
  return pino(
    {
      level,
      timestamp: pino.stdTimeFunctions.isoTime,
      base: cluster.worker ? { worker: cluster.worker.id } : null,
      formatters: { level: (label) => ({ level: label as Level }) },
      serializers: { err: describeError },
    },
    destination,
  )
}

function standardOutput(): DestinationStream {
  const { stdout } = process
  if (!stdout.isTTY) return pino.destination(1)
  return { write: (line) => void stdout.write(lineForPeople(line, stdout.hasColors())) }
}

/** Not the driver's other fields: `detail` and `where` quote whole rows, addresses and password hashes included. */
function describeError(error: unknown): object {
  if (!(error instanceof Error)) return { message: String(error) }
  const { name, message, stack, cause } = error
  const { code, constraint, table } = error as { code?: unknown; constraint?: unknown; table?: unknown }
  return {
    type: name,
    code,
    message,
    constraint,
    table,
    stack,
    ...(cause !== undefined && { cause: describeError(cause) }),
  }
}
