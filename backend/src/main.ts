// The edge of the process: configuration, database, listening, and an orderly end.
import { buildApp } from './app.ts'
import { ensureFirstAdmin } from './auth/first-admin.ts'
import { ConfigError, loadConfig, type Config } from './config.ts'
import { openDatabase } from './db.ts'
import { createLogger } from './log.ts'
import { migrate, pendingMigrations } from './migrate.ts'

async function main(config: Config): Promise<void> {
  const logger = createLogger(config)
  const embedded = config.databaseUrl === '' ? await startEmbedded(config) : undefined
  const url = embedded?.url ?? config.databaseUrl
  if (config.autoMigrate) await migrate(url, (line) => logger.info(line))
  const db = openDatabase({ url, size: config.databasePool, prepared: config.preparedStatements })
  const lacking = await pendingMigrations(db)
  if (lacking.length > 0)
    throw new ConfigError([`the database lacks ${lacking.join(', ')}; run "npm run tasktrail -- migrate"`])
  const admin = await ensureFirstAdmin(db, config)
  const { app, lifecycle } = await buildApp({ config, db, logger })
  await app.listen({ host: config.host, port: config.port })
  announce(app.server.address(), admin)

  let ending = false
  const end = async (signal: string) => {
    if (ending) return
    ending = true
    logger.info(`${signal}: finishing the requests under way`)
    lifecycle.draining = true
    setTimeout(() => process.exit(1), 20_000).unref()
    await app.close()
    await db.close()
    await embedded?.stop()
    process.exit(0)
  }
  process.on('SIGTERM', (signal) => void end(signal))
  process.on('SIGINT', (signal) => void end(signal))
}

async function startEmbedded(config: Config) {
  const { startEmbeddedPostgres } = await import('./postgres/embedded.ts')
  return startEmbeddedPostgres({ dataDir: config.dataDir })
}

function announce(address: unknown, admin: { email: string; password: string } | undefined): void {
  const port =
    typeof address === 'object' && address !== null && 'port' in address ? String(address.port) : ''
  const lines = [
    `Tasktrail serves http://localhost:${port}`,
    `API reference:   http://localhost:${port}/docs`,
  ]
  if (admin)
    lines.push(
      '',
      'The first administrator, shown this once:',
      `  e-mail    ${admin.email}`,
      `  password  ${admin.password}`,
    )
  process.stdout.write(`\n${lines.join('\n')}\n\n`)
}

try {
  await main(loadConfig())
} catch (error) {
  if (!(error instanceof ConfigError)) throw error
  process.stderr.write(`${error.message}\n`)
  process.exit(1)
}
