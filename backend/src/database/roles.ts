// The two roles of a deployment: one owns the tables and migrates, the other serves and may only read and write rows.
import pg from 'pg'

/** Any constant does; it only has to be the same in every version. */
const LOCK = 7_270_903

/**
 * Makes the role that `serviceUrl` names, with its password and no right but to rows, and the role `<database>_owner`,
 * to which everything in the schema `public` goes. Answers the URL that migrates as the owner. `adminUrl` names a role
 * that owns the database and may create roles, or a superuser. Can be repeated, and then sets the password again.
 * Throws for a service role that could do more than it should.
 */
export async function prepareRoles(adminUrl: string, serviceUrl: string): Promise<string> {
  // The driver reads what URL does not: a socket instead of a host.
  const { user: service = '', password } = new pg.Client({ connectionString: serviceUrl })
  const client = new pg.Client({ connectionString: adminUrl, application_name: 'tasktrail migrate' })
  client.on('error', () => undefined)
  await client.connect()
  try {
    await client.query('begin')
    // Of two who make a role at once, one would fail.
    await client.query(`select pg_advisory_xact_lock(${LOCK})`)
    const owner = await grant(client, service, password ?? '')
    await client.query('commit')
    return actingAs(owner, adminUrl)
  } finally {
    await client.end()
  }
}

async function grant(client: pg.Client, service: string, password: string): Promise<string> {
  const { rows } = await client.query<{ database: string; admin: string }>(
    'select current_database() as database, current_user as admin',
  )
  const { database = '', admin = '' } = rows[0] ?? {}
  const owner = `${database}_owner`
  if (service === admin || service === owner)
    throw new Error(
      `DATABASE_URL and MIGRATION_DATABASE_URL must name different roles; both name ${service}.`,
    )
  await createIfMissing(client, owner, 'nologin')
  if (await createIfMissing(client, service, 'login'))
    throw new Error(`${service} of DATABASE_URL is a superuser: the service must not be.`)

  const [db, role, app] = [database, owner, service].map((name) => pg.escapeIdentifier(name))
  if (password !== '') await client.query(`alter role ${app} password ${pg.escapeLiteral(password)}`)
  const rights = 'select, insert, update, delete on'
  for (const statement of [
    `grant ${role} to current_user`,
    // "create" is for extensions, which a migration may bring.
    `grant connect, create on database ${db} to ${role}`,
    `alter schema public owner to ${role}`,
    ...(await strays(client, owner)).map((what) => `alter ${what} owner to ${role}`),
    `grant connect on database ${db} to ${app}`,
    `grant usage on schema public to ${app}`,
    `grant ${rights} all tables in schema public to ${app}`,
    `alter default privileges for role ${role} in schema public grant ${rights} tables to ${app}`,
  ])
    await client.query(statement)
  return owner
}

/** Answers whether there is a superuser of that name. */
async function createIfMissing(
  client: pg.Client,
  role: string,
  login: 'login' | 'nologin',
): Promise<boolean> {
  const { rows } = await client.query<{ rolsuper: boolean }>(
    'select rolsuper from pg_roles where rolname = $1',
    [role],
  )
  if (rows.length === 0) await client.query(`create role ${pg.escapeIdentifier(role)} ${login}`)
  return rows[0]?.rolsuper ?? false
}

/** What others made before there was an owner, as `table tasks`. A sequence of a column follows its table. */
async function strays(client: pg.Client, owner: string): Promise<string[]> {
  const { rows } = await client.query<{ what: string }>(
    `select kind || ' ' || name as what
    from (
      select 'table', oid::regclass::text, oid, relowner from pg_class
      where relnamespace = 'public'::regnamespace and relkind in ('r', 'p', 'v', 'm', 'S')
      union all
      select 'routine', oid::regprocedure::text, oid, proowner from pg_proc
      where pronamespace = 'public'::regnamespace
      union all
      select 'type', oid::regtype::text, oid, typowner from pg_type
      where typnamespace = 'public'::regnamespace and typtype in ('d', 'e')
    ) as objects (kind, name, id, held_by)
    where held_by <> $1::text::regrole
      and not exists (select from pg_depend where objid = id and deptype in ('a', 'e', 'i'))`,
    [pg.escapeIdentifier(owner)],
  )
  return rows.map(({ what }) => what)
}

const actingAs = (role: string, url: string) =>
  `${url}${url.includes('?') ? '&' : '?'}options=${encodeURIComponent(`-c role=${role}`)}`
