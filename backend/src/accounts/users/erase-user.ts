// Deleting a user touches several features' tables. All of it is here, in one transaction.
import { auditAs } from '../audit/record.ts'
import { deleteSessions } from '../auth/queries.ts'
import { many, type Db } from '../../database/db.ts'
import { ApiError } from '../../errors.ts'
import type { Precondition } from '../../http/schemas.ts'
import type { Viewer } from '../../policy.ts'
import { raw, sql } from '../../database/sql.ts'
import { recordAs } from '../../trail/trail.ts'
import { canLogIn } from '../auth/queries.ts'
import { keepAnAdmin, lockUser } from './queries.ts'

/**
 * Erases the user: ends the sessions, leaves every project and task, trashes the projects nobody else shares, and
 * removes the personal data. The work stays and names a deleted user. Answers false if there is no such user, or it
 * does not meet the precondition. Throws `sole_owner`, naming the projects, while others share projects that only this user owns, and `last_admin`.
 */
export const eraseUser = (db: Db, viewer: Viewer, id: string, precondition: Precondition): Promise<boolean> =>
  db.transaction(async (tx) => {
    await keepAnAdmin(tx, id)
    if (!(await lockUser(tx, id, precondition))) return false
    await lockProjects(tx, id)
    const owned = await listSolelyOwned(tx, id)
    const shared = owned.filter((project) => project.shared)
    if (shared.length > 0) {
      const names = shared.map(({ key, name }) => `${key} (${name})`).join(', ')
      throw new ApiError('sole_owner', `Make somebody else an owner first: ${names}.`, {
        extra: {
          projects: shared.map((project) => ({ id: project.id, key: project.key, name: project.name })),
        },
      })
    }
    await trashProjects(
      tx,
      viewer,
      owned.map((project) => project.id),
    )
    await deleteMemberships(tx, viewer, id)
    await unassign(tx, viewer, id)
    await deleteSessions(tx, viewer, id, 'account_deleted')
    await deleteTokens(tx, id)
    await deleteMails(tx, id)
    await deleteOwn(tx, viewer, id)
    await anonymise(tx, viewer, id)
    return true
  })

/**
 * Whoever changes the members of a project locks its row, so what listSolelyOwned sees next stays true. The account is
 * held already, so the user joins no project meanwhile.
 */
const lockProjects = (tx: Db, id: string) =>
  many(
    tx.write,
    sql`
  select from projects
  where id in (select project_id from project_members where user_id = ${id})
  order by id
  for no key update`,
  )

const listSolelyOwned = (tx: Db, id: string) =>
  many<{ id: string; key: string; name: string; shared: boolean }>(
    tx.write,
    sql`
  select projects.id, key, name,
         exists (select from project_members other where other.project_id = projects.id and other.user_id <> ${id}) as shared
  from projects join project_members mine on mine.project_id = projects.id and mine.user_id = ${id} and mine.role = 'owner'
  where projects.deleted_at is null
    and not exists (
      select from project_members other join users on users.id = other.user_id
      where other.project_id = projects.id and other.user_id <> ${id} and other.role = 'owner' and ${canLogIn})`,
  )

const trashProjects = (tx: Db, viewer: Viewer, ids: readonly string[]) =>
  many(
    tx.write,
    sql`update projects set deleted_at = now() where id = any (${ids}::uuid[]) and ${recordAs(viewer)}`,
  )

const deleteMemberships = (tx: Db, viewer: Viewer, id: string) =>
  many(tx.write, sql`delete from project_members where user_id = ${id} and ${recordAs(viewer)}`)

const unassign = (tx: Db, viewer: Viewer, id: string) =>
  many(
    tx.write,
    sql`
  update tasks set assignee_ids = array_remove(assignee_ids, ${id}::uuid)
  where assignee_ids @> array[${id}::uuid] and ${recordAs(viewer)}`,
  )

/** Their names may name a person. */
const deleteTokens = (tx: Db, id: string) => many(tx.write, sql`delete from tokens where user_id = ${id}`)

/** They hold the address. */
const deleteMails = async (tx: Db, id: string) => {
  await many(tx.write, sql`delete from mails where user_id = ${id}`)
  await many(tx.write, sql`delete from account_links where user_id = ${id}`)
}

/** What the user has for themselves, and what the trail says of it. Nobody is left to be told that it is gone. */
const deleteOwn = async (tx: Db, viewer: Viewer, id: string) => {
  await many(tx.write, sql`select set_config('tasktrail.purging', ${id}, true)`)
  await many(tx.write, sql`delete from personal_views where created_by = ${id} and ${recordAs(viewer)}`)
  // In this order, or an event that is numbered between the two would be missed.
  for (const events of [raw('pending_events'), raw('events')])
    await many(
      tx.write,
      sql`update ${events} set before = '{}', after = '{}', title = null where project_id is null and parent_id = ${id}`,
    )
}

const anonymise = (tx: Db, viewer: Viewer, id: string) =>
  many(
    tx.write,
    sql`
  update users
  set email = null, name = 'Deleted user', password_hash = null, time_zone = 'UTC', role = 'user', bot_project_id = null, deleted_at = now()
  where id = ${id} and ${auditAs(viewer)}`,
  )
