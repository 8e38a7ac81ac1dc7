// Starts the service in this process, or in several, and returns how to stop it.
import cluster from 'node:cluster'
import { ensureFirstAdmin, hasAdmin } from '../accounts/auth/first-admin.ts'
import { respellAddresses } from '../accounts/users/respell-addresses.ts'
import { ConfigError, loadConfig, type Config } from '../config.ts'
import { configureRole, openDatabase } from '../database/db.ts'
import { openStore } from '../store/open.ts'
import { createLogger, type Logger } from '../telemetry/log.ts'
import { migrate, pendingMigrations } from '../database/migrate.ts'
import { resealSecrets } from '../trail/webhooks/reseal.ts'
import type { Serving } from './serve.ts'
import { serveWithWorkers, toldToStop } from './workers.ts'

/** A stopping process exits after this long, whatever is still running. */
const STOP_WITHIN_MS = 19_000

/** Starts serving. Returns the function that shuts down gracefully and then exits. */
export async function start(): Promise<() => Promise<void>> {
  const config = loadConfig()
  const logger = createLogger(config.logLevel)
  // After an unforeseen fault the state of this process is unknown, so it stops serving.
  process.on('uncaughtException', (err) => {
    logger.fatal({ err }, 'uncaught')
    process.exit(1)
  })
  if (!cluster.isWorker) {
    const serving = await serveFirst(config, logger)
    return () => end(serving, logger)
  }
  const told = toldToStop()
  const serving = await serveHere(config, config.databaseUrl, logger)
  void told.then(() => end(serving, logger))
  // A signal to the whole group (Ctrl-C, systemd) also reaches the primary process, which then stops the workers.
  return async () => undefined
}

/** What happens once, however many workers there are: database, migrations, first administrator, the printed URL. */
async function serveFirst(config: Config, logger: Logger): Promise<Serving> {
  // Loaded while the database starts. A primary process that only supervises workers does not need it.
  if (config.webConcurrency === 1) void import('./serve.ts')
  const embedded = config.databaseUrl === '' ? await startEmbedded(config) : undefined
  const url = embedded?.url ?? config.databaseUrl
  await prepareDatabase(url, config, logger)
  const serving =
    config.webConcurrency === 1
      ? await serveHere(config, url, logger)
      : await serveWithWorkers(config.webConcurrency, embedded ? { DATABASE_URL: url } : {}, logger)
  announce(serving.port)
  return {
    port: serving.port,
    async stop() {
      try {
        await serving.stop()
      } finally {
        await embedded?.stop()
      }
    },
  }
}

async function serveHere(config: Config, url: string, logger: Logger): Promise<Serving> {
  const { serve } = await import('./serve.ts')
  return serve(config, url, logger)
}

async function startEmbedded(config: Config) {
  const { startEmbeddedPostgres } = await import('../database/embedded/embedded.ts')
  return startEmbeddedPostgres({ dataDir: config.dataDir })
}

async function prepareDatabase(url: string, config: Config, logger: Logger) {
  if (config.autoMigrate) await migrate(url, (line) => logger.info(line))
  const db = openDatabase({ url, size: 2, prepared: config.preparedStatements })
  try {
    await configureRole(db)
    const lacking = await pendingMigrations(db)
    if (lacking.length > 0)
      throw new ConfigError([`the database lacks ${lacking.join(', ')}; run "npm run tasktrail -- migrate"`])
    await resealSecrets(db, config)
    await respellAddresses(db, (line) => logger.warn(line))
    const admin = await ensureFirstAdmin(db, config)
    // Printed at once: the password is stored nowhere, and the process may exit next because the port is taken.
    if (admin) announceAdmin(admin)
    if (config.registration === 'open')
      logger.warn('Anybody who can reach this service can make an account. REGISTRATION=invite stops that.')
    if (config.mail === 'off')
      logger.warn(
        'No mail is sent: nobody can have a new password sent to them, and addresses are not confirmed. Set SMTP_URL, MAIL_FROM and PUBLIC_URL.',
      )
    const store = openStore(config)
    if ('missing' in store) logger.warn(`Files cannot be put on tasks: ${store.missing}.`)
    else
      await store.check().catch((err: unknown) => logger.warn({ err }, 'The store of files does not answer'))
    if (!(await hasAdmin(db)))
      logger.warn(
        'There is no administrator who can log in. Add one with: node src/cli.ts admin create --email you@example.com ' +
          '(in the container), or: npm run tasktrail -- admin create --email you@example.com',
      )
  } finally {
    await db.close()
  }
}

async function end(serving: Serving, logger: Logger): Promise<void> {
  logger.info('stopping: no longer ready, finishing the requests under way')
  setTimeout(() => {
    logger.error('stopped before everything under way was finished')
    process.exit(1)
  }, STOP_WITHIN_MS).unref()
  try {
    await serving.stop()
    logger.info('stopped')
    process.exit(0)
  } catch (err) {
    logger.error({ err }, 'stopped in disorder')
    process.exit(1)
  }
}

function announceAdmin({ email, password }: { email: string; password: string }): void {
  process.stdout.write(
    `\nThe first administrator, shown this once:\n  e-mail    ${email}\n  password  ${password}\n`,
  )
}

function announce(port: number): void {
  process.stdout.write(
    `\nTasktrail serves http://localhost:${port}\nAPI reference:   http://localhost:${port}/docs\n\n`,
  )
}

/** Why the start failed: one sentence if the operator can act on it, otherwise the whole stack. */
export function explain(error: unknown): string {
  // Node.js tried every address of the host.
  if (error instanceof AggregateError && error.errors.length > 0) return explain(error.errors[0])
  if (!(error instanceof Error)) return String(error)
  if (error instanceof ConfigError) return error.message
  const { code, port, syscall } = error as NodeJS.ErrnoException & { port?: number }
  // Our own errors from here on are sentences written for the operator.
  if (error.constructor === Error && code === undefined) return error.message
  // The driver's error is the cause of our own error for clients.
  if (error.cause !== undefined) return explain(error.cause)
  if (code === 'EADDRINUSE')
    return `Port ${port} is taken by another program: stop it, or set PORT to another.`
  if (code === 'EACCES' && syscall === 'listen')
    return `Port ${port} is not for this user: set PORT to another.`
  if (syscall === 'connect' || syscall === 'getaddrinfo')
    return `The database cannot be reached: ${error.message}`
  // Unknown database or user, wrong password, starting up or shutting down.
  if (/^(3D|28|57P)/.test(code ?? '')) return `The database refuses: ${error.message}`
  return error.stack ?? error.message
}
