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
  admin reset-link --email <address>    print a link with which a user sets a new password, good for an hour
  token end                             read a token for a program that was found somewhere, and end it
  mail                                  how many mails wait, and which were given up and why
      [--retry]                           try those again that are still of use
  seed                                  fill in a demonstration workspace, once
      [--force-production]                also where NODE_ENV is production
  backup <file>                         write all data to a new file, also while the server runs
  restore <file>                        put a backup into an empty database, while no server runs;
                                          "-" is standard output or input
  openapi                               write backend/openapi.json anew, after a change of the routes
  schema                                write backend/schema.sql anew, after a new migration
  help                                  show this

Works on the database of DATABASE_URL or, without that, on the embedded one in DATA_DIR, also while the
server runs, and says which. Only "migrate" and "restore" make an embedded one where there is none. Exit status: 0 done, 1 failed, 2 not a valid command.
`

class UsageError extends Error {}

const print = (line: string) => process.stdout.write(`${line}\n`)

const COMMANDS: Readonly<Record<string, (args: string[]) => Promise<void>>> = {
  async migrate(args) {
    options(args, {})
    await withServer('made if missing', async (url) => {
      const { migrate } = await import('./database/migrate.ts')
      const applied = await migrate(await ownersUrl(url), print)
      if (applied.length === 0) print('The database is up to date.')
    })
  },

  async backup(args) {
    const file = fileName(args)
    await withServer('must exist', async (url, secret) => {
      const { backup, summary } = await import('./database/backup.ts')
      const { writingTo } = await import('./database/backup-file.ts')
      const done = await writingTo(file, async (out) => backup(await ownersUrl(url), out))
      tell(
        `Backed up ${summary(done)}.${secret && ` Not in it, and needed with it: JWT_SECRET_KEY, or the file ${secret}.`}`,
      )
    })
  },

  async restore(args) {
    const file = fileName(args)
    const { openForReading } = await import('./database/backup-file.ts')
    const input = await openForReading(file)
    await withServer('made if missing', async (url, secret) => {
      const { summary } = await import('./database/backup.ts')
      const { restore } = await import('./database/restore.ts')
      const done = await restore(await ownersUrl(url), input, tell)
      tell(
        `Restored ${summary(done)}.${secret && ` Needed with it: the JWT_SECRET_KEY of the backup's server, or its file as ${secret}.`}`,
      )
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
    const sent = given ? await readSecret('password') : undefined
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
    const sent = given ? await readSecret('password') : undefined
    await withDatabase(async (config, db) => {
      const { resetPassword } = await import('./accounts/auth/administration.ts')
      const { password, disabled } = await resetPassword(db, address, config.passwordMinLength, sent)
      print(`${address} has a new password, and is logged out everywhere.`)
      if (sent === undefined) print(`The password, shown this once: ${password}`)
      if (disabled) print('The account is disabled: an administrator has to enable it before it can log in.')
    })
  },

  async 'admin reset-link'(args) {
    const { email } = options(args, { email: { type: 'string' } })
    const address = required('--email', email)
    await withDatabase(async (config, db) => {
      const { makeResetLink } = await import('./accounts/auth/administration.ts')
      const link = await makeResetLink(db, config, address)
      print(link.address)
      tell(`Good once, until ${link.until}. Hand it to ${address} and nobody else.`)
    })
  },

  async 'token end'(args) {
    options(args, {})
    const { readToken } = await import('./accounts/tokens/secret.ts')
    const named = readToken((await readSecret('token')).trim())
    if (!named) throw new UsageError('that is no token: its checksum is wrong')
    await withDatabase(async (_config, db) => {
      const { endFoundToken } = await import('./accounts/auth/administration.ts')
      print(`${await endFoundToken(db, named.id)} ended: the token, and what descends from it.`)
    })
  },

  async mail(args) {
    const { retry } = options(args, { retry: { type: 'boolean' } })
    await withDatabase(async (_config, db) => {
      const { countMails, listGivenUp, retryGivenUp } = await import('./mail/outbox.ts')
      if (retry) print(`${await retryGivenUp(db)} are tried again.`)
      const { waiting, given_up } = await countMails(db)
      print(`${waiting} wait, ${given_up} were given up.`)
      for (const mail of await listGivenUp(db))
        print(`${mail.given_up_at}  ${mail.kind}  ${mail.address}  ${mail.error}`)
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

/** What was piped in, without the newline that echo adds. */
async function readSecret(what: 'password' | 'token'): Promise<string> {
  if (process.stdin.isTTY) process.stderr.write(`Type the ${what}, then Enter and Ctrl-D:\n`)
  return (await text(process.stdin)).replace(/\r?\n$/, '')
}

function fileName(args: string[]): string {
  const [file, ...more] = args
  if (file === undefined || more.length > 0 || (file.startsWith('-') && file !== '-'))
    throw new UsageError('name one file, or "-"')
  return file
}

/** Messages for people, kept apart from the results. */
const tell = (line: string) => void process.stderr.write(`${line}\n`)

/**
 * Runs `work` with the URL of the configured database, starting the embedded server if it does not run, and says which
 * database it is. `secret` is the file of the secret that goes with an embedded database; else it is empty.
 */
async function withServer(
  missing: 'must exist' | 'made if missing',
  work: (url: string, secret: string) => Promise<void>,
): Promise<void> {
  const { databaseUrl, dataDir } = loadDatabaseConfig()
  if (databaseUrl !== '') {
    const { database, host, port } = new (await import('pg')).default.Client(databaseUrl)
    tell(`Database: ${database} at ${host}:${port}`)
    return work(databaseUrl, '')
  }
  const { hasEmbeddedDatabase, openEmbeddedPostgres } = await import('./database/embedded/embedded.ts')
  const exists = hasEmbeddedDatabase(dataDir)
  if (!exists && missing === 'must exist')
    throw new Error(
      `There is no database in ${dataDir}: set DATA_DIR or DATABASE_URL, or make one with "migrate" or "npm start".`,
    )
  tell(`Database: ${exists ? 'the embedded one' : 'a new embedded one'} in ${dataDir}`)
  const embedded = await openEmbeddedPostgres({ dataDir })
  try {
    return await work(embedded.url, path.join(dataDir, 'jwt-secret'))
  } finally {
    await embedded.stop()
  }
}

/** The URL for whoever changes tables: the owner's, where the deployment keeps the two roles apart. */
async function ownersUrl(url: string): Promise<string> {
  const { migrationDatabaseUrl } = loadDatabaseConfig()
  if (migrationDatabaseUrl === '') return url
  return (await import('./database/roles.ts')).prepareRoles(migrationDatabaseUrl, url)
}

/** Runs `work` on the configured database, brought up to date first where the server would do that too. */
const withDatabase = (work: (config: Config, db: Database, url: string) => Promise<void>) =>
  withServer('must exist', async (url) => {
    // Not earlier: this generates a secret where DATA_DIR has none, and by now a wrong folder has been refused.
    const config = loadConfig()
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
  const two = first === 'admin' || first === 'token'
  const [name, args] = two ? [`${first} ${rest[0] ?? ''}`, rest.slice(1)] : [first, rest]
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined
  if (!command) throw new UsageError(`there is no command "${name.trim()}"`)
  await command(args)
}

/** One line that says what to do; a stack only for unexpected errors. */
async function explain(error: unknown): Promise<string> {
  if (error instanceof UsageError) return `${error.message}; see "npm run tasktrail -- help"`
  const { toApiError } = await import('./http/error-handler.ts')
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
