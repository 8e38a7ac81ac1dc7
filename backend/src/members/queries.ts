// Statements about the members of a project. A change of membership runs in a transaction that holds lockProject().
import { many, maybe, one, type Db } from '../database/db.ts'
import type { Precondition } from '../http/schemas.ts'
import type { After } from '../http/pages.ts'
import { canLogIn } from '../accounts/auth/queries.ts'
import { joinMine, namedProject, visible, type Membership, type ProjectRole, type Viewer } from '../policy.ts'
import { columns, raw, sql } from '../database/sql.ts'
import type { Reversal } from '../trail/noun.ts'
import { recordAs } from '../trail/trail.ts'
import { holds } from '../trail/versions.ts'
import { Member } from './schema.ts'

export const MEMBER = columns('project_members', Member, {
  name: sql`users.name`,
  kind: sql`users.kind`,
})

/**
 * The project and the viewer's role in it. It stays locked against other changes of membership until the transaction
 * ends. The role is read again once the lock is held, because the viewer may lose it while waiting.
 */
export async function lockProject(tx: Db, viewer: Viewer, idOrKey: string) {
  const seen = await findMembership(tx, viewer, idOrKey)
  if (!seen) return undefined
  await many(tx.write, sql`select from projects where id = ${seen.id} for no key update`)
  return findMembership(tx, viewer, seen.id)
}

/**
 * Whether the user is an owner and no other owner can log in. Accounts are read without a lock: an administrator may
 * disable the last owner anyway, and then manages the project.
 */
export const isLastOwner = async (tx: Db, projectId: string, userId: string) =>
  (await maybe(
    tx.write,
    sql`
  select from project_members
  where project_id = ${projectId} and user_id = ${userId} and role = 'owner' and not exists (
    select from project_members other join users on users.id = other.user_id
    where other.project_id = ${projectId} and other.user_id <> ${userId} and other.role = 'owner' and ${canLogIn})`,
  )) !== undefined

/** The project and the viewer's role in it; undefined if they cannot see it. */
export const findMembership = (db: Db, viewer: Viewer, idOrKey: string) =>
  maybe<Membership & { id: string }>(
    db.read,
    sql`select projects.id, mine.role as my_role from projects ${joinMine(viewer)} where ${namedProject(idOrKey)} and ${visible(viewer)}`,
  )

export const listMembers = (db: Db, projectId: string, after: After, count: number) =>
  many<Member & { id: string; sort_key: string }>(
    db.read,
    sql`
  select ${MEMBER}, project_members.user_id as id, project_members.created_at as sort_key
  from project_members join users on users.id = project_members.user_id
  where project_members.project_id = ${projectId}
    ${after ? sql`and (project_members.created_at, project_members.user_id) > (${after.key}::timestamptz, ${after.id}::uuid)` : raw('')}
  order by project_members.created_at, project_members.user_id
  limit ${count}`,
  )

export const countMembers = async (db: Db, projectId: string) =>
  (
    await one<{ count: number }>(
      db.read,
      sql`select count(*) from project_members where project_id = ${projectId}`,
    )
  ).count

export const findMember = (db: Db, projectId: string, userId: string) =>
  maybe<Member>(
    db.read,
    sql`
  select ${MEMBER}
  from project_members join users on users.id = project_members.user_id
  where project_members.project_id = ${projectId} and project_members.user_id = ${userId}`,
  )

/**
 * The user who becomes a member, locked so that nobody deletes or disables the account meanwhile. Lock the user before
 * the project: deleting an account takes its locks in that order, and another order would deadlock. With
 * `verified`, an address reaches only whoever has proved it.
 */
export const lockUser = (
  tx: Db,
  who: { user_id?: string | undefined; email?: string | undefined },
  verified: boolean,
) =>
  maybe<{ id: string }>(
    tx.write,
    sql`
  select id from users
  where ${who.user_id === undefined ? sql`lower(email) = lower(${who.email})` : sql`id = ${who.user_id}`}
    and ${who.user_id === undefined && verified ? raw('email_verified_at is not null') : raw('true')}
    and disabled_at is null and deleted_at is null
  for share`,
  )

export const insertMember = (tx: Db, viewer: Viewer, projectId: string, userId: string, role: ProjectRole) =>
  one<Member>(
    tx.write,
    sql`
  with project_members as (
    insert into project_members (project_id, user_id, role)
    select ${projectId}, ${userId}, ${role} where ${recordAs(viewer)}
    returning *
  )
  select ${MEMBER} from project_members join users on users.id = project_members.user_id`,
  )

/** `for update` waits for every write that relies on the role (`heldProjects` in policy.ts). */
export const updateMember = (
  tx: Db,
  viewer: Viewer,
  projectId: string,
  userId: string,
  role: ProjectRole,
  precondition: Precondition,
) =>
  maybe<Member>(
    tx.write,
    sql`
  with held as (
    select user_id from project_members where project_id = ${projectId} and user_id = ${userId} for update
  )
  update project_members set role = ${role}
  from users, held
  where project_members.user_id = held.user_id and project_members.project_id = ${projectId} and project_members.user_id = ${userId} and users.id = project_members.user_id
    and ${holds('project_members', precondition, { role })} and ${recordAs(viewer)}
  returning ${MEMBER}`,
  )

export const deleteMember = (
  tx: Db,
  viewer: Viewer,
  projectId: string,
  userId: string,
  precondition: Precondition,
) =>
  maybe<{ user_id: string }>(
    tx.write,
    sql`
  delete from project_members
  where project_members.project_id = ${projectId} and project_members.user_id = ${userId} and ${holds('project_members', precondition)} and ${recordAs(viewer)}
  returning user_id`,
  )

/**
 * Unassigns a former member from the project's tasks. Call deleteMember first: it waits for assignments in progress.
 * In the other order, an assignment could slip in between.
 */
export const unassignTasks = (tx: Db, viewer: Viewer, projectId: string, userId: string) =>
  many(
    tx.write,
    sql`
  update tasks set assignee_ids = array_remove(assignee_ids, ${userId}::uuid)
  where project_id = ${projectId} and assignee_ids @> array[${userId}::uuid] and ${recordAs(viewer)}`,
  )

/** Restores a member's role, and the joining date if they were removed. False if the account no longer exists. */
export const putMember = async (tx: Db, viewer: Viewer, { id, projectId, before }: Reversal) =>
  (
    await many(
      tx.write,
      sql`
  insert into project_members (project_id, user_id, role, created_at)
  select ${projectId}, users.id, was.role, coalesce(was.created_at, now())
  from users cross join jsonb_populate_record(null::project_members, ${JSON.stringify(before)}::jsonb) as was
  where users.id = ${id} and users.deleted_at is null and ${recordAs(viewer)}
  on conflict on constraint project_members_pkey do update set role = excluded.role
  returning user_id`,
    )
  ).length > 0

/** One of these projects if none of its owners can log in. */
export const findProjectWithoutOwner = (tx: Db, ids: readonly string[]) =>
  maybe<{ key: string }>(
    tx.write,
    sql`
  select key from projects
  where id = any (${ids}::uuid[]) and not exists (
    select from project_members join users on users.id = project_members.user_id
    where project_id = projects.id and project_members.role = 'owner' and ${canLogIn})`,
  )
