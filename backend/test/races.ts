// Races are forced, not hoped for: a lock held from outside stops the calls where they would collide.
import assert from 'node:assert/strict'
import pg from 'pg'
import { eventually, refused, type Client, type World } from './harness.ts'

/**
 * Starts the calls in order while `lock` is held: each starts once all before it have finished or wait for a lock.
 * Then releases the lock and returns their results.
 */
export async function collide<T>(
  world: World,
  lock: pg.QueryConfig,
  calls: readonly (() => Promise<T>)[],
): Promise<T[]> {
  const holder = new pg.Client({ connectionString: world.url })
  await holder.connect()
  const answers: Promise<T>[] = []
  let unsettled = 0
  try {
    await holder.query('begin')
    await holder.query(lock)
    for (const call of calls) {
      unsettled++
      answers.push(call().finally(() => unsettled--))
      await eventually(async () => {
        const { rows } = await world.pool.query<{ blocked: number }>(
          `select count(*)::int as blocked from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
        )
        assert((rows[0]?.blocked ?? 0) >= unsettled, `${rows[0]?.blocked} of ${unsettled} wait for a lock`)
      }, 4_000)
    }
  } finally {
    await holder.end()
    await Promise.allSettled(answers)
  }
  return Promise.all(answers)
}

/** Adds one to a task's position this many times, by reading and conditional writing, with a retry after each conflict. */
export async function increment(client: Client, path: string, times: number): Promise<void> {
  for (let done = 0; done < times;) {
    const { body, headers } = await client.get(path)
    const answer = await client.patch(
      path,
      { position: body.position + 1 },
      { 'if-match': headers.get('etag')! },
    )
    if (answer.status === 200) done++
    else refused(answer, 412, 'precondition_failed')
  }
}
