import { channel } from 'node:diagnostics_channel'

/**
 * Hashing and network calls report here when they begin. Only the tests listen: they fail when one begins inside a
 * transaction, whose locked rows would stay locked for others meanwhile.
 */
export const slowWork = channel('tasktrail:slow-work')

/**
 * Makes a function that runs at most `most` pieces of work at a time; the rest wait, first in, first out. `admit` gets
 * the number that wait already, and throws to reject one more.
 */
export function createLimiter(most: number, admit: (waiting: number) => void = () => {}) {
  const waiting: (() => void)[] = []
  let running = 0

  return async function limited<T>(work: () => Promise<T>): Promise<T> {
    if (running < most) running++
    else {
      admit(waiting.length)
      await new Promise<void>((resolve) => waiting.push(resolve))
    }
    try {
      return await work()
    } finally {
      // The next one takes over the slot, or a newcomer could take it first.
      const next = waiting.shift()
      if (next) next()
      else running--
    }
  }
}
