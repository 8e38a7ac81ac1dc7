import { channel } from 'node:diagnostics_channel'

/**
 * Where hashing and calls over the network say that they begin. Nobody listens but the tests, which fail when one
 * begins while its request holds a transaction: rows that it has locked would stay locked for others meanwhile.
 */
export const slowWork = channel('tasktrail:slow-work')

/**
 * Makes a function that runs work, so many at a time; what comes meanwhile waits for its turn, first come first
 * served. `admit` is told how many wait already, and throws to turn one more away.
 */
export function createTurns(most: number, admit: (waiting: number) => void = () => {}) {
  const waiting: (() => void)[] = []
  let running = 0

  return async function inTurn<T>(work: () => Promise<T>): Promise<T> {
    if (running < most) running++
    else {
      admit(waiting.length)
      await new Promise<void>((resolve) => waiting.push(resolve))
    }
    try {
      return await work()
    } finally {
      // Whoever comes next takes over the place, so that nobody slips in between.
      const next = waiting.shift()
      if (next) next()
      else running--
    }
  }
}
