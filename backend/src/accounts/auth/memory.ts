/** How long what was read of a session, a token or their user may be remembered: the bound on how late a revocation acts. */
const REMEMBERED_MS = 1_000
const MOST_REMEMBERED = 10_000

/** Remembers for a moment what was read under a key. */
export function createMemory<T extends object>() {
  let remembered = new Map<string, { value: T; until: number }>()
  return {
    async get(key: string, read: () => Promise<T | undefined>): Promise<T | undefined> {
      const now = Date.now()
      const known = remembered.get(key)
      if (known && known.until > now) return known.value
      if (remembered.size >= MOST_REMEMBERED) remembered = new Map()
      // What forget() throws away while this reads must not come back; and counted from before the read, so that the
      // answer is never older than the bound.
      const memory = remembered
      const value = await read()
      if (value) memory.set(key, { value, until: now + REMEMBERED_MS })
      else memory.delete(key)
      return value
    },

    forget(): void {
      remembered = new Map()
    },
  }
}
