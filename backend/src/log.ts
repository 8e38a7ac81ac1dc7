import { pino, type Logger } from 'pino'
import type { Config } from './config.ts'

/** JSON lines on standard output. Headers and bodies are never logged, so there is no secret to redact. */
export const createLogger = (config: Config): Logger =>
  pino({ level: config.logLevel, timestamp: pino.stdTimeFunctions.isoTime, base: null })
