// npm run tasktrail -- <command>: administration from the machine itself. Whoever can run it has the database anyway,
// so it asks for no log-in. Results go to standard output, errors in one line to standard error. What a command needs
// is loaded when it runs, so that help and mistakes are answered at once.
import path from 'node:path'
import { text } from 'node:stream/consumers'
import { parseArgs, type ParseArgsConfig } from 'node:util'
import { loadConfig, loadDatabaseConfig, type Config } from './config.ts'
import type { Database } from './database/db.ts'

const HELP = `Usage: npm run tasktrail -- <command>

  migrate                               bring the database up to date
  admin create --email <address>        add an administrator
      [--name <name>]                     shown to others; "Administrator" if not given
      [--password-stdin]                  read the password; without this one is made and shown once
  admin reset-password --email <address>  give any user a new password and end all their sessions
      [--password-stdin]
  seed                                  fill in a demonstration workspace, once
      [--force-production]                also where NODE_ENV is production
  openapi                               write backend/openapi.json anew, after a change of the routes
  schema                                write backend/schema.sql anew, after a new migration
  help                                  show this

Works on the database of DATABASE_URL or, without that, on the embedded one in DATA_DIR, also while the
server runs. Exit status: 0 done, 1 failed, 2 not a valid command.
`

class UsageError extends Error {}

const print = (line: string) => process.stdout.write(`${line}\n`)

const COMMANDS: Readonly<Record<string, (args: string[]) => Promise<void>>> = {
  async migrate(args) {
    options(args, {})
    await withServer(loadDatabaseConfig(), async ({ migrationDatabaseUrl }, url) => {
      const { migrate } = await import('./database/migrate.ts')
      const { prepareRoles } = await import('./database/roles.ts')
      const migratesWith = migrationDatabaseUrl === '' ? url : await prepareRoles(migrationDatabaseUrl, url)
      const applied = await migrate(migratesWith, print)
      if (applied.length === 0) print('The database is up to date.')
    })
  },

  async 'admin create'(args) {
    const {
      email,
      name,
      'password-stdin': given,
    } = options(args, {
      email: { type: 'string' },
      name: { type: 'string', default: 'Administrator' },
      'password-stdin': { type: 'boolean' },
    })
    const profile = { email: required('--email', email), name }
    const sent = given ? await readPassword() : undefined
    await withDatabase(async (config, db) => {
      const { createAdmin } = await import('./accounts/auth/administration.ts')
      const password = await createAdmin(db, profile, config.passwordMinLength, sent)
      print(`${profile.email} is an administrator now.`)
      if (sent === undefined) print(`The password, shown this once: ${password}`)
    })
  },

  async 'admin reset-password'(args) {
    const { email, 'password-stdin': given } = options(args, {
      email: { type: 'string' },
      'password-stdin': { type: 'boolean' },
    })
    const address = required('--email', email)
    const sent = given ? await readPassword() : undefined
    await withDatabase(async (config, db) => {
      const { resetPassword } = await import('./accounts/auth/administration.ts')
      const { password, disabled } = await resetPassword(db, address, config.passwordMinLength, sent)
      print(`${address} has a new password, and is logged out everywhere.`)
      if (sent === undefined) print(`The password, shown this once: ${password}`)
      if (disabled) print('The account is disabled: an administrator has to enable it before it can log in.')
    })
  },

  async seed(args) {
    const { 'force-production': forced } = options(args, { 'force-production': { type: 'boolean' } })
    await withDatabase(async (config, _db, url) => {
      if (config.production && !forced)
        throw new Error(
          'This is production. To put demonstration data here all the same, add --force-production.',
        )
      const { seed } = await import('./seed/seed.ts')
      print(await seed(url, config.jwtSecret))
    })
  },

  openapi: (args) => regenerate(args, 'writeOpenapi'),
  schema: (args) => regenerate(args, 'writeSchema'),
}

async function regenerate(args: string[], what: 'writeOpenapi' | 'writeSchema'): Promise<void> {
  options(args, {})
  const generated = await import('./process/generated.ts')
  print(`Wrote ${path.relative('.', await generated[what]())}.`)
}

function options<const T extends NonNullable<ParseArgsConfig['options']>>(args: string[], known: T) {
  try {
    return parseArgs({ args, options: known }).values
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error))
  }
}

function required(name: string, value: string | undefined): string {
  if (!value) throw new UsageError(`${name} is required`)
  return value
}

/** What was piped in, without the line's end that echo adds. */
async function readPassword(): Promise<string> {
  if (process.stdin.isTTY) process.stderr.write('Type the password, then Enter and Ctrl-D:\n')
  return (await text(process.stdin)).replace(/\r?\n$/, '')
}

/** Runs `work` with the URL of the configured database, starting the embedded server if it does not run. */
async function withServer<C extends ReturnType<typeof loadDatabaseConfig>>(
  config: C,
  work: (config: C, url: string) => Promise<void>,
): Promise<void> {
  if (config.databaseUrl !== '') return work(config, config.databaseUrl)
  const { openEmbeddedPostgres } = await import('./database/embedded/embedded.ts')
  const embedded = await openEmbeddedPostgres({ dataDir: config.dataDir })
  try {
    return await work(config, embedded.url)
  } finally {
    await embedded.stop()
  }
}

/** Runs `work` on the configured database, brought up to date first where the server would do that too. */
const withDatabase = (work: (config: Config, db: Database, url: string) => Promise<void>) =>
  withServer(loadConfig(), async (config, url) => {
    const { migrate, pendingMigrations } = await import('./database/migrate.ts')
    const { openDatabase } = await import('./database/db.ts')
    if (config.autoMigrate) await migrate(url)
    const db = openDatabase({ url, size: 2, prepared: config.preparedStatements })
    try {
      const lacking = await pendingMigrations(db)
      if (lacking.length > 0)
        throw new Error(`The database lacks ${lacking.join(', ')}: run "migrate" first.`)
      await work(config, db, url)
    } finally {
      await db.close()
    }
  })

async function main([first = 'help', ...rest]: string[]): Promise<void> {
  if (first === 'help' || [first, ...rest].some((word) => word === '--help' || word === '-h')) {
    return void process.stdout.write(HELP)
  }
  const [name, args] = first === 'admin' ? [`admin ${rest[0] ?? ''}`, rest.slice(1)] : [first, rest]
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined
  if (!command) throw new UsageError(`there is no command "${name.trim()}"`)
  await command(args)
}

/** One line that says what to do; a stack only for what nobody foresaw. */
async function explain(error: unknown): Promise<string> {
  if (error instanceof UsageError) return `${error.message}; see "npm run tasktrail -- help"`
  const { toApiError } = await import('./errors.ts')
  const known = toApiError(error) // a constraint has a better message than the database's
  if (known.status < 500) return known.message
  return (await import('./process/start.ts')).explain(error)
}

try {
  await main(process.argv.slice(2))
} catch (error) {
  process.stderr.write(`tasktrail: ${await explain(error)}\n`)
  process.exitCode = error instanceof UsageError ? 2 : 1
}
