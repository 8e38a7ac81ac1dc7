// The trail as the rest of the code meets it: naming the author of a change, numbering what was committed, and
// waking those who wait for it.
import { many, maybe, one, type Db } from '../database/db.ts'
import { ApiError } from '../errors.ts'
import { joinMine, owned, visible, type Viewer } from '../policy.ts'
import { sql, type Sql } from '../database/sql.ts'

/** Who makes a change, and in which operation; null is the system itself. */
export interface Author {
  readonly id: string | null
  readonly operation: string
  /** The network address of whoever makes it, for the audit. */
  readonly address?: string
  /** The token for programs by which they do it. */
  readonly token?: { readonly id: string }
  /** Set for what is not asked for in a request. */
  readonly source?: 'command_line'
}

/**
 * Names the author of the changes a statement makes, for their events. Always true: put it into the where clause.
 * The database refuses a change of a tracked table whose transaction has not named one.
 */
export const recordAs = ({ id, operation, token }: Author): Sql =>
  token ? sql`record_as(${id}, ${operation}, ${token.id})` : sql`record_as(${id}, ${operation})`

/** Somebody who wants to know as soon as there may be something new for them. */
export interface Watcher {
  readonly viewer: Pick<Viewer, 'id' | 'role'>
  wake(): void
}

/** Changes made within this time of each other are numbered together. */
const NUMBER_AFTER_MS = 20
/** How late a change that another process made is noticed, and that process has not numbered it. */
const LOOK_EVERY_MS = 250

export type Trail = ReturnType<typeof createTrail>

/** One per process. Nothing runs while nobody writes here and nobody waits here. */
export function createTrail(db: Db) {
  const watchers = new Set<Watcher>()
  let running: Promise<number> | undefined
  let following: Promise<number> | undefined
  let soon: NodeJS.Timeout | undefined
  let looking: NodeJS.Timeout | undefined
  /** The last number whose watchers were woken; undefined while that is not known. */
  let seen: number | undefined

  /** Numbers all that is committed by now and answers the last number. */
  function number(): Promise<number> {
    if (!running) {
      running = numberEvents(db).finally(() => (running = undefined))
      return running
    }
    // A pass under way may have begun before the caller's change was committed, so it waits for the one after.
    following ??= running
      .catch(() => undefined)
      .then(() => {
        following = undefined
        return number()
      })
    return following
  }

  async function look(): Promise<void> {
    try {
      const head = await number()
      if (head === seen || watchers.size === 0) return
      const from = seen
      seen = head
      const ids = [...watchers].map(({ viewer }) => viewer.id)
      const audience =
        from === undefined || head - from > BATCH
          ? undefined
          : new Set(await listAudience(db, from, head, [...new Set(ids)]))
      for (const watcher of watchers)
        if (!audience || watcher.viewer.role === 'admin' || audience.has(watcher.viewer.id)) watcher.wake()
    } catch {
      // Whoever was to be woken is woken when the database is back.
      seen = undefined
    }
  }

  return {
    number,

    /** Something may have been written here: numbers it soon. */
    touch(): void {
      soon ??= setTimeout(() => {
        soon = undefined
        void look()
      }, NUMBER_AFTER_MS)
    },

    /** Wakes the watcher whenever something it may see has happened, and sometimes when not, until the returned function is called. */
    watch(watcher: Watcher): () => void {
      if (watchers.size === 0) {
        seen = undefined
        looking = setInterval(() => void look(), LOOK_EVERY_MS)
      }
      watchers.add(watcher)
      return () => {
        watchers.delete(watcher)
        if (watchers.size === 0) clearInterval(looking)
      }
    },

    /** Stops the timers; what is not numbered yet, whoever reads next will number. */
    close(): void {
      clearTimeout(soon)
      clearInterval(looking)
      watchers.clear()
    },
  }
}

/** How many events number_events() numbers in one call, under one lock. */
const BATCH = 5_000
/** Where events come faster than they are numbered, this is when a caller goes on with those that are. */
const NUMBER_FOR_MS = 2_000

/** Numbers all that is committed by now, oldest first, and answers the last number. */
export async function numberEvents(db: Db): Promise<number> {
  const end = performance.now() + NUMBER_FOR_MS
  for (;;) {
    const { before, head } = await one<{ before: number; head: number }>(
      db.write,
      sql`select last_seq as before, number_events(${BATCH}) as head from trail`,
    )
    if (head - before < BATCH || performance.now() > end) return head
  }
}

/** Less than proxies commonly wait for an answer. */
const NUMBER_OPERATION_FOR_MS = 20_000

/**
 * Numbers all events of an operation, however many wait before them: of one that was numbered in part, a part would be
 * undone. Throws `unavailable` if that takes too long.
 */
export async function numberOperation(db: Db, operationId: string): Promise<void> {
  const end = performance.now() + NUMBER_OPERATION_FOR_MS
  do {
    await numberEvents(db)
    if (!(await isPending(db, operationId))) return
  } while (performance.now() < end)
  throw new ApiError('unavailable', 'The operation waits to be recorded behind many others. Try again.')
}

const isPending = async (db: Db, operationId: string) =>
  (await maybe(db.write, sql`select from pending_events where operation_id = ${operationId} limit 1`)) !==
  undefined

/** Whether the viewer may see every project that an operation touched; one in the trash only its owners can. */
export const seesOperation = async (db: Db, viewer: Viewer, operationId: string) =>
  (
    await one<{ sees: boolean }>(
      db.read,
      sql`
  select not exists (
    select
    from (
      select project_id, from_project_id from events where operation_id = ${operationId}
      union all
      select project_id, from_project_id from pending_events where operation_id = ${operationId}
    ) as touched
    cross join unnest(array[project_id, from_project_id]) as project (id)
    where project.id is not null and not exists (
      select from projects ${joinMine(viewer)} where projects.id = project.id and (${visible(viewer)} or ${owned(viewer)}))
  ) as sees`,
    )
  ).sees

/** Which of these users may see something of what was numbered after `from`, up to `head`. */
const listAudience = async (db: Db, from: number, head: number, ids: readonly string[]) =>
  (
    await many<{ user_id: string }>(
      db.read,
      sql`
  with changed as (
    select project_id, from_project_id, resource_id, parent_id, kind from events where seq > ${from} and seq <= ${head}
  )
  select user_id from project_members
  where user_id = any (${ids}::uuid[]) and project_id in (
    select project_id from changed
    union select from_project_id from changed
    union select theirs.project_id from changed join project_members theirs on theirs.user_id = resource_id and kind like 'user.%')
  union
  select parent_id from changed where project_id is null and parent_id = any (${ids}::uuid[])
  union
  select resource_id from changed where (kind like 'user.%' or kind like 'member.%') and resource_id = any (${ids}::uuid[])`,
    )
  ).map(({ user_id }) => user_id)
