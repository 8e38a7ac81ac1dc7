// Every setting. Lists all mistakes at once and never prints a value.
import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { isIP } from 'node:net'
import path from 'node:path'
import { Reader, type Environment } from './environment.ts'
import { readFileSettings } from './store/settings.ts'
import { readTracingSettings } from './telemetry/tracing/settings.ts'
import { normalAddress } from './text.ts'

export type Config = Readonly<ReturnType<typeof read>>

export class ConfigError extends Error {
  constructor(mistakes: readonly string[]) {
    super(
      `The configuration has ${mistakes.length === 1 ? 'a mistake' : `${mistakes.length} mistakes`}:\n  - ${mistakes.join('\n  - ')}`,
    )
  }
}

export const ENV_FILE = path.resolve(import.meta.dirname, '../.env')
const PLACEHOLDERS = /^(your[_-]|change[_-]?me|secret|password|example|placeholder|replace)/i
const SECRET_BYTES = 32

/** Reads and checks the environment. Throws a ConfigError that lists every mistake. */
export const loadConfig = (env: Environment = environment()): Config => load(read, env)

/** The settings that a migration needs. It signs nothing, so it needs no secrets. */
export const loadDatabaseConfig = () => load(readDatabase, environment())

function load<T>(from: (env: Reader) => T, env: Environment): Readonly<T> {
  const mistakes: string[] = []
  const config = from(new Reader(env, mistakes))
  if (mistakes.length > 0) throw new ConfigError(mistakes)
  return Object.freeze(config)
}

function environment(): Environment {
  if (existsSync(ENV_FILE)) process.loadEnvFile(ENV_FILE)
  return process.env
}

function readDatabase(env: Reader) {
  const production = env.text('NODE_ENV', 'development') === 'production'
  const databaseUrl = env.secret('DATABASE_URL')
  if (production && databaseUrl === '') env.mistake('DATABASE_URL', 'is required when NODE_ENV is production')
  const migrationDatabaseUrl = env.secret('MIGRATION_DATABASE_URL')
  if (migrationDatabaseUrl !== '' && databaseUrl === '')
    env.mistake('MIGRATION_DATABASE_URL', 'needs a DATABASE_URL, which names the role of the service')
  return {
    production,
    dataDir: path.resolve(env.text('DATA_DIR', '.data')),
    /** Empty: the embedded server is started. */
    databaseUrl,
    /** An administrator of that database, for the command "migrate" alone. Empty: the role of `databaseUrl` migrates. */
    migrationDatabaseUrl,
  }
}

function read(env: Reader) {
  const database = readDatabase(env)
  const { production, dataDir } = database
  return {
    ...database,
    ...readFileSettings(env, production, dataDir),
    host: env.text('HOST', '0.0.0.0'),
    port: env.integer('PORT', 5000, 0, 65535),
    databasePool: env.integer('DB_POOL_SIZE', 10, 2, 500),
    /** Off for a pooler that cannot keep prepared statements (PgBouncer before 1.21). */
    preparedStatements: env.flag('DB_PREPARED', true),
    autoMigrate: env.flag('AUTO_MIGRATE', true),
    jwtSecret: jwtSecret(env, production, dataDir),
    /** Only verifies: during a rotation the next secret, and afterwards the previous one. */
    acceptedJwtSecret: strongSecret(env, 'JWT_SECRET_KEY_ACCEPTED', production),
    accessTtl: env.integer('JWT_ACCESS_TTL', 900, 1, 900),
    refreshTtl: env.integer('JWT_REFRESH_TTL', 30 * 86_400, 1, 366 * 86_400),
    sessionIdleTtl: env.integer('SESSION_IDLE_TTL', 7 * 86_400, 1, 366 * 86_400),
    /** The longest that a token for a program may be good. */
    tokenMaxTtl: env.integer('TOKEN_MAX_TTL', 365 * 86_400, 60, 3660 * 86_400),
    adminEmail: adminEmail(env),
    adminPassword: env.secret('ADMIN_PASSWORD'),
    registration: env.choice(
      'REGISTRATION',
      ['open', 'invite', 'closed'] as const,
      production ? 'invite' : 'open',
    ),
    passwordMinLength: env.integer('PASSWORD_MIN_LENGTH', 8, 8, 64),
    /** The address from outside, without a trailing slash; empty if not set. */
    publicUrl: publicUrl(env),
    ...mailSettings(env, production),
    corsOrigins: env.list(
      'CORS_ORIGINS',
      isOrigin,
      'an origin such as https://app.example.com or http://localhost:*',
    ),
    trustProxy: env.list('TRUST_PROXY', isNetwork, 'an address or CIDR range such as 10.0.0.0/8'),
    rateLimit: env.flag('RATE_LIMIT', true),
    rateLimitPerMinute: env.integer('RATE_LIMIT_PER_MINUTE', 1200, 1, 1_000_000),
    /** How far back the feed, the histories and undo reach. */
    eventDays: env.integer('EVENT_RETENTION_DAYS', 365, 1, 36_500),
    auditDays: env.integer('AUDIT_RETENTION_DAYS', 365, 1, 36_500),
    trashDays: env.integer('TRASH_RETENTION_DAYS', 30, 1, 3650),
    /** For receivers that are in the same network as this server. */
    webhookAllowPrivate: env.flag('WEBHOOK_ALLOW_PRIVATE', false),
    logLevel: env.choice(
      'LOG_LEVEL',
      ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const,
      'info',
    ),
    /** Seconds in which a stopping process still takes requests, so that load balancers can notice. */
    drainDelay: env.integer('DRAIN_DELAY', production ? 5 : 0, 0, 15),
    webConcurrency: env.integer('WEB_CONCURRENCY', 1, 1, Math.max(64, availableParallelism())),
    metricsToken: env.secret('METRICS_TOKEN'),
    tracing: readTracingSettings(env),
  }
}

/**
 * The signing secret. In production a weak one refuses to start; elsewhere a missing one is made once and kept in
 * the data directory, so that tokens survive a restart, and a weak one only warns (RFC 7518 3.2: 32 bytes for HS256).
 */
function jwtSecret(env: Reader, production: boolean, dataDir: string): string {
  const secret = strongSecret(env, 'JWT_SECRET_KEY', production)
  if (secret !== '') return secret
  if (!production) return generatedSecret(env, dataDir)
  env.mistake('JWT_SECRET_KEY', 'is required when NODE_ENV is production (openssl rand -base64 48)')
  return ''
}

function adminEmail(env: Reader): string {
  const text = env.text('ADMIN_EMAIL', '')
  if (text === '') return ''
  const address = normalAddress(text)
  if (address === undefined) env.mistake('ADMIN_EMAIL', 'must be an e-mail address')
  return address ?? ''
}

/** The address under which people see the service. It may have a path, below which a proxy shows it. */
function publicUrl(env: Reader): string {
  const text = env.text('PUBLIC_URL', '')
  if (text === '') return ''
  const { protocol, origin, pathname, href } = URL.canParse(text) ? new URL(text) : new URL('invalid:')
  if (/^https?:$/.test(protocol) && href === origin + pathname) return href.replace(/\/+$/, '')
  env.mistake('PUBLIC_URL', 'must be an address such as https://example.com or https://example.com/tasks')
  return ''
}

/** By SMTP; in development without it, onto the terminal; in production without it, not at all. */
function mailSettings(env: Reader, production: boolean) {
  const smtpUrl = env.secret('SMTP_URL')
  const mailFrom = env.text('MAIL_FROM', '')
  const mail = smtpUrl !== '' ? ('smtp' as const) : production ? ('off' as const) : ('terminal' as const)
  if (mail !== 'smtp') return { mail, smtpUrl, mailFrom }
  if (!/^smtps?:\/\/[^/]/.test(smtpUrl) || !URL.canParse(smtpUrl))
    env.mistake('SMTP_URL', 'must be an address such as smtp://user:password@mail.example.com:587')
  if (!/^([^<>]* <)?[^\s<>@,]+@[^\s<>@,]+>?$/.test(mailFrom))
    env.mistake('MAIL_FROM', 'must be the address mails come from, such as tasktrail@example.com')
  if (env.text('PUBLIC_URL', '') === '') env.mistake('PUBLIC_URL', 'is needed for the links in mails')
  return { mail, smtpUrl, mailFrom }
}

/** A secret that others cannot guess, or empty if it is not set. */
function strongSecret(env: Reader, name: string, production: boolean): string {
  const secret = env.secret(name)
  const short = Buffer.byteLength(secret) < SECRET_BYTES
  if (secret === '' || !(isPlaceholder(secret) || short)) return secret
  const weakness = isPlaceholder(secret) ? 'is a placeholder' : 'is too short'
  if (production)
    env.mistake(
      name,
      `${weakness}; it must be a random secret of at least ${SECRET_BYTES} bytes (openssl rand -base64 48)`,
    )
  else
    process.emitWarning(
      `${name} ${weakness}: anybody can forge tokens. Never run like this in production.`,
      'SecurityWarning',
    )
  return secret
}

const isPlaceholder = (secret: string) => PLACEHOLDERS.test(secret) || new Set(secret).size < 8

function generatedSecret(env: Reader, dataDir: string): string {
  const file = path.join(dataDir, 'jwt-secret')
  try {
    mkdirSync(dataDir, { recursive: true, mode: 0o700 })
    try {
      writeFileSync(file, randomBytes(48).toString('base64url'), { mode: 0o600, flag: 'wx' })
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    }
    return readFileSync(file, 'utf8')
  } catch (error) {
    env.mistake('DATA_DIR', `has to be a folder that this user may write to (${(error as Error).message})`)
    return ''
  }
}

/** An origin, or one with `*` for any port. */
function isOrigin(text: string): boolean {
  const origin = text.replace(/:\*$/, '')
  return (
    URL.canParse(origin) &&
    new URL(origin).origin === origin &&
    (origin === text || new URL(origin).port === '')
  )
}

function isNetwork(text: string): boolean {
  const [address = '', bits, ...rest] = text.split('/')
  const version = isIP(address)
  return (
    version > 0 &&
    rest.length === 0 &&
    (bits === undefined || (/^\d+$/.test(bits) && Number(bits) <= (version === 4 ? 32 : 128)))
  )
}
