// Takes out of the store what belongs to no file: purged ones, and what an upload or a crash left behind.
import type { Db } from '../database/db.ts'
import { abandonContent, forgetContents, takeUnclaimed } from './queries.ts'
import type { NoStore, Store } from '../store/store.ts'

/** All there is by now. Several processes may do it at once, and any may die on the way. */
export async function removeUnclaimed(db: Db, store: Store | NoStore): Promise<void> {
  if ('missing' in store) return
  const errors: unknown[] = []
  while (errors.length === 0) {
    const ids = (await takeUnclaimed(db)).map(({ id }) => id)
    if (ids.length === 0) return
    const removed: string[] = []
    for (const id of ids)
      await store.remove(id).then(
        () => removed.push(id),
        (error: unknown) => errors.push(error),
      )
    await forgetContents(db, removed)
  }
  throw new AggregateError(errors, 'some contents could not be removed from the store of files')
}

/** The content of an upload, if no file was made of it. */
export async function abandon(db: Db, store: Store, id: string): Promise<void> {
  if (!(await abandonContent(db, id))) return
  await store.remove(id)
  await forgetContents(db, [id])
}
