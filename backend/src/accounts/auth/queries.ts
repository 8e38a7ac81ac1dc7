// Sessions and credentials: the only file that names password_hash, and the only one that writes sessions.
import { v7 as uuid } from 'uuid'
import { many, maybe, one, type Db } from '../../database/db.ts'
import type { Viewer } from '../../policy.ts'
import { spellingOf } from '../../text.ts'
import type { Author } from '../../trail/trail.ts'
import { assign, columns, sql } from '../../database/sql.ts'
import { auditAs } from '../audit/record.ts'
import type { ENDINGS } from '../audit/schema.ts'
import { User } from '../users/schema.ts'
import { Session } from './schema.ts'
import type { InviteClaims, RefreshClaims } from './tokens.ts'

const USER = columns('users', User)

type Ending = (typeof ENDINGS)[number]

/** Condition: the user may and can log in; who was invited and has no password yet cannot. */
export const canLogIn = sql`users.password_hash is not null and users.disabled_at is null and users.deleted_at is null`

export interface Credentials {
  readonly id: string
  readonly email: string
  readonly password_hash: string | null
  readonly disabled: boolean
  /** The version at which the password last changed. */
  readonly generation: number
}

// Tells guesses at a password from those at earlier ones, and an invitation to set it from those to set earlier ones.
export const generation = sql`coalesce((users.field_versions ->> 'password_hash')::integer, 0)`

const CREDENTIALS = sql`id, email, password_hash, disabled_at is not null as disabled, ${generation} as generation`

/** Condition: the session is still good: neither ended nor expired nor idle, and the user may log in. */
const good = (idleTtl: number) => sql`
  sessions.expires_at > now() and sessions.refreshed_at > now() - make_interval(secs => ${idleTtl})
  and users.disabled_at is null and users.deleted_at is null`

/** The user of a session that is still good. */
export const findSessionUser = (db: Db, sessionId: string, userId: string, idleTtl: number) =>
  maybe<Pick<Viewer, 'id' | 'role'>>(
    db.read,
    sql`
  select users.id, users.role
  from sessions join users on users.id = sessions.user_id
  where sessions.id = ${sessionId} and users.id = ${userId} and ${good(idleTtl)}`,
  )

/** Those of the sessions that are still good, with their users' roles. */
export const findSessionUsers = (db: Db, sessionIds: readonly string[], idleTtl: number) =>
  many<{ id: string; role: Viewer['role'] }>(
    db.read,
    sql`
  select sessions.id, users.role
  from sessions join users on users.id = sessions.user_id
  where sessions.id = any (${sessionIds}::uuid[]) and ${good(idleTtl)}`,
  )

/**
 * The account of an e-mail address, however it is spelled. Addresses are stored in their one spelling, but by versions
 * before 0.2, so that what is stored may differ in case, and where two accounts have one address in two spellings
 * (respell-addresses.ts), each is found by its own.
 */
export const findCredentials = (db: Db, typed: string) =>
  maybe<Credentials>(
    db.read,
    sql`
  select ${CREDENTIALS} from users
  where lower(email) in (lower(${typed}), lower(${spellingOf(typed)}))
  order by email = ${typed} desc, email = ${spellingOf(typed)} desc
  limit 1`,
  )

export const findOwnCredentials = (db: Db, userId: string) =>
  maybe<Credentials>(
    db.read,
    sql`select ${CREDENTIALS} from users where id = ${userId} and deleted_at is null`,
  )

/** Opens a session unless the user was disabled or changed the password since it was checked. */
export const insertSession = (
  db: Db,
  session: { id: string; userId: string; passwordHash: string; ttl: number; userAgent: string; ip: string },
) =>
  maybe<{ counter: number; expires: number }>(
    db.write,
    sql`
  insert into sessions (id, user_id, expires_at, user_agent, ip)
  select ${session.id}, id, now() + make_interval(secs => ${session.ttl}), ${session.userAgent}, ${session.ip}
  from users
  where id = ${session.userId} and password_hash = ${session.passwordHash} and disabled_at is null and deleted_at is null
  for share
  returning counter, floor(extract(epoch from expires_at))::integer as expires`,
  )

/** Moves a session on to its next refresh token, if `counter` names the current one. One of many callers succeeds. */
export const rotateSession = (
  db: Db,
  session: { sessionId: string; userId: string; counter: number },
  idleTtl: number,
) =>
  maybe<{ counter: number; expires: number }>(
    db.write,
    sql`
  update sessions set counter = counter + 1, refreshed_at = now()
  from users
  where sessions.id = ${session.sessionId} and sessions.user_id = ${session.userId} and counter = ${session.counter}
    and expires_at > now() and refreshed_at > now() - make_interval(secs => ${idleTtl})
    and users.id = sessions.user_id and users.disabled_at is null and users.deleted_at is null
  returning counter, floor(extract(epoch from expires_at))::integer as expires`,
  )

/** The session, if `counter` names the token just before the current one and that is at most ten seconds old. */
export const findJustRotated = (db: Db, session: { sessionId: string; userId: string; counter: number }) =>
  maybe<{ counter: number; expires: number }>(
    db.read,
    sql`
  select counter, floor(extract(epoch from expires_at))::integer as expires
  from sessions join users on users.id = sessions.user_id
  where sessions.id = ${session.sessionId} and sessions.user_id = ${session.userId} and counter = ${session.counter} + 1
    and refreshed_at > now() - interval '10 seconds' and expires_at > now()
    and users.disabled_at is null and users.deleted_at is null`,
  )

export const listSessions = (db: Db, viewer: Viewer, idleTtl: number) =>
  many<Session>(
    db.read,
    sql`
  select ${columns('sessions', Session, { current: sql`sessions.id = ${viewer.session_id}` })}
  from sessions
  where user_id = ${viewer.id} and expires_at > now() and refreshed_at > now() - make_interval(secs => ${idleTtl})
  order by created_at desc, id desc
  limit 200`,
  )

export const deleteSession = (db: Db, viewer: Viewer, sessionId: string | null, why: Ending) =>
  maybe<{ id: string }>(
    db.write,
    sql`
  delete from sessions
  where id = ${sessionId} and user_id = ${viewer.id} and ${auditAs(viewer, why)}
  returning id`,
  )

/** Ends the session whose refresh token is refused: it has expired, or the token is an older one, in two hands. */
export const deleteRefused = (db: Db, author: Author, { userId, sessionId, counter }: RefreshClaims) => {
  const why = sql`case when counter > ${counter} then 'refresh_token_reused' else 'expired' end`
  return many(
    db.write,
    sql`delete from sessions where id = ${sessionId} and user_id = ${userId} and ${auditAs(author, why)}`,
  )
}

/** Ends every session of the user but `staying`. */
export const deleteSessions = (
  db: Db,
  author: Author,
  userId: string,
  why: Ending,
  staying: string | null = null,
) =>
  many(
    db.write,
    sql`
  delete from sessions
  where user_id = ${userId} and id is distinct from ${staying}::uuid and ${auditAs(author, why)}`,
  )

/** Sets the password, or takes it away until an invitation to set a new one is accepted. */
export const updatePassword = (db: Db, author: Author, userId: string, passwordHash: string | null) =>
  maybe<{ id: string }>(
    db.write,
    sql`
  update users set password_hash = ${passwordHash}
  where id = ${userId} and deleted_at is null and ${auditAs(author)}
  returning id`,
  )

/** Sets the password unless it was changed since it was checked. `rehashed`: it is the same one. */
export const replacePassword = (
  db: Db,
  author: Author,
  userId: string,
  was: string,
  passwordHash: string,
  why: 'rehashed' | null = null,
) =>
  maybe<{ id: string }>(
    db.write,
    sql`
  update users set password_hash = ${passwordHash}
  where id = ${userId} and password_hash = ${was} and ${auditAs(author, why)}
  returning id`,
  )

/** Who may accept an invitation, and which one. */
export const findInvited = (db: Db, userId: string) =>
  maybe<{ email: string; generation: number; invitation: string | null }>(
    db.read,
    sql`
  select email, ${generation} as generation, account_invitations.id as invitation
  from users left join account_invitations on user_id = users.id
  where users.id = ${userId} and password_hash is null and disabled_at is null and deleted_at is null`,
  )

/** Gives an invited user, who has no password, one. Of several callers one succeeds. */
export const acceptInvite = (
  db: Db,
  author: Author,
  invite: InviteClaims,
  profile: { name: string; time_zone?: string },
  passwordHash: string,
) =>
  maybe<User>(
    db.write,
    sql`
  with newest as (select id from account_invitations where user_id = ${invite.userId} for update)
  update users set ${assign('users', { ...profile, password_hash: passwordHash })}
  where id = ${invite.userId} and password_hash is null and ${generation} = ${invite.generation}
    and not exists (select from newest where id is distinct from ${invite.invitation}::uuid)
    and disabled_at is null and deleted_at is null and ${auditAs(author)}
  returning ${USER}`,
  )

/**
 * Makes a new invitation the only one that is good. Before the account is changed in the same transaction, in the order
 * in which acceptInvite takes its locks.
 */
export const insertInvitation = async (tx: Db, userId: string): Promise<string> =>
  (
    await one<{ id: string }>(
      tx.write,
      sql`
  insert into account_invitations (user_id, id) values (${userId}, ${uuid()})
  on conflict (user_id) do update set id = excluded.id
  returning id`,
    )
  ).id

/** Makes no invitation good any more that was sent to another address. Before the account is changed, as above. */
export const voidInvitations = (tx: Db, userId: string, email: string) =>
  many(
    tx.write,
    sql`
  insert into account_invitations (user_id, id)
  select id, ${uuid()} from users where id = ${userId} and password_hash is null and email <> ${email}
  on conflict (user_id) do update set id = excluded.id`,
  )

/** A password_hash of null waits for the invitation to be accepted. */
export const insertUser = (
  db: Db,
  author: Author,
  user: {
    id: string
    email: string
    name: string
    time_zone: string
    role: User['role']
    passwordHash: string | null
    /** Whether somebody vouches for the address who may: an administrator, or whoever runs the service. */
    verified: boolean
  },
) =>
  one<User>(
    db.write,
    sql`
  insert into users (id, email, name, time_zone, role, password_hash, email_verified_at)
  select ${user.id}, ${user.email}, ${user.name}, ${user.time_zone}, ${user.role}, ${user.passwordHash},
    case when ${user.verified} then now() end
  where ${auditAs(author)}
  returning ${USER}`,
  )

/** Notes that the user reads the mail of this address, which is theirs from now on. */
export const confirmAddress = (tx: Db, author: Author, userId: string, email: string) =>
  many(
    tx.write,
    sql`
  update users
  set email = ${email}, email_verified_at = case when email = ${email} then coalesce(email_verified_at, now()) else now() end
  where id = ${userId} and deleted_at is null and ${auditAs(author)}`,
  )

/** Also a bot's, which has no address. */
export const findAccount = (db: Db, id: string) =>
  maybe<Omit<User, 'email'> & { email: string | null }>(
    db.read,
    sql`select ${USER} from users where id = ${id} and deleted_at is null`,
  )

export const findUser = (db: Db, id: string) =>
  maybe<User>(
    db.read,
    sql`select ${USER} from users where id = ${id} and kind = 'person' and deleted_at is null`,
  )

/** Forgets sessions that ended by themselves; each was refused from the moment it expired, whether or not this runs. */
export const deleteExpiredSessions = (db: Db, author: Author, idleTtl: number) =>
  many(
    db.write,
    sql`
  delete from sessions
  where (expires_at < now() or refreshed_at < now() - make_interval(secs => ${idleTtl}))
    and ${auditAs(author, 'expired')}`,
  )
