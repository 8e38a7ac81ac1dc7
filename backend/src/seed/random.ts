// The same "random" choices on every run, and ids that never change.
import { createHash } from 'node:crypto'

export type Random = ReturnType<typeof createRandom>

/** A small generator (mulberry32): its whole state is one number, so the same seed gives the same story. */
export function createRandom(seed: number) {
  let state = seed
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
  const between = (least: number, most: number) => least + next() * (most - least)
  return {
    between,
    chance: (probability: number) => next() < probability,
    /** One of the items; there has to be one. */
    pick<T>(items: readonly T[]): T {
      const item = items[Math.floor(next() * items.length)]
      if (item === undefined) throw new Error('nothing to pick from')
      return item
    },
    /** Mostly near the mean, now and then several times as much, as waiting times are. */
    about: (mean: number) => -mean * Math.log(1 - next() * 0.98),
    shuffle<T>(items: readonly T[]): T[] {
      return items
        .map((item) => ({ item, place: next() }))
        .sort((a, b) => a.place - b.place)
        .map(({ item }) => item)
    },
  }
}

const FIRST_ID = Date.UTC(2026, 0, 1)

/** The id of the nth thing of a kind: a version 7 UUID of fixed time, so that ids sort in the order of n. */
export function fixedId(kind: string, n: number): string {
  const time = (FIRST_ID + n).toString(16).padStart(12, '0')
  const hash = createHash('sha256').update(`demonstration ${kind} ${n}`).digest('hex')
  return `${time.slice(0, 8)}-${time.slice(8)}-7${hash.slice(0, 3)}-a${hash.slice(3, 6)}-${hash.slice(6, 18)}`
}
