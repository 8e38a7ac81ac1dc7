// Notices what must not happen while a request holds a transaction: hashing, calls over the network, and waiting for a
// second connection.
import { AsyncLocalStorage } from 'node:async_hooks'
import type { Database } from '../src/database/db.ts'
import { slowWork } from '../src/concurrency.ts'

const holding = new AsyncLocalStorage<true>()
const seen: string[] = []

slowWork.subscribe((kind) => {
  if (holding.getStore()) seen.push(new Error(`${String(kind)} while a transaction is open`).stack ?? '')
})

/** Watches all transactions of the database from now on. */
export function watchTransactions(db: Database): Database {
  const { transaction } = db
  return Object.assign(db, {
    transaction: <T>(work: Parameters<typeof transaction<T>>[0]) => {
      if (holding.getStore()) seen.push(new Error('a second transaction while one is open').stack ?? '')
      return transaction<T>((tx) => holding.run(true, () => work(tx)))
    },
  })
}

/** Where it happened, and forgets it. */
export const misusedTransactions = (): string[] => seen.splice(0)
