import type { Locks } from '../connection.ts'

/**
 * Of all tabs that share a storage one leads, until it ends; then another does. Answers whether this one leads from
 * the start; if not, `later` is called when its turn comes.
 */
export async function lead(
  locks: Locks | undefined,
  name: string | undefined,
  until: AbortSignal,
  later: () => void,
): Promise<boolean> {
  if (!locks || name === undefined) return true
  const ended = new Promise<void>((resolve) => until.addEventListener('abort', () => resolve()))
  const first = await new Promise<boolean>((resolve, reject) => {
    locks
      .request(`${name} replica`, { ifAvailable: true }, async (lock) => {
        resolve(lock !== null)
        if (lock) await ended
      })
      .catch(reject)
  })
  if (!first)
    locks
      .request(`${name} replica`, { signal: until }, async () => {
        later()
        await ended
      })
      // It has ended before its turn came.
      .catch(() => undefined)
  return first
}

/** Holds a name as long as this tab lives, by which others know that it does. */
export function hold(locks: Locks | undefined, name: string, until: AbortSignal): void {
  const ended = new Promise<void>((resolve) => until.addEventListener('abort', () => resolve()))
  locks?.request(name, () => ended).catch(() => undefined)
}

export async function isHeld(locks: Locks | undefined, name: string): Promise<boolean> {
  return locks ? locks.request(name, { ifAvailable: true }, async (lock) => lock === null) : false
}
