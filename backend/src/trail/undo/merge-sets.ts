import { isDeepStrictEqual } from 'node:util'
import type { Noun, Recorded } from '../noun.ts'

type Fields = Readonly<Record<string, unknown>>

/**
 * The change in terms of what its sets hold now. Undoing it then takes away what it added and puts back what it took
 * away, whatever others have added and taken away since; only who touched the same elements is in the way. Not of a row
 * that was created or moved, for the elements belong to the project.
 */
export function mergeSets<T extends Recorded & { readonly noun: Noun; readonly created: boolean }>(
  change: T,
  row: Fields = {},
): T {
  const { noun, created, before, after } = change
  if (created || (noun.project !== null && noun.project in before)) return change
  const was: Record<string, unknown> = {}
  const left: Record<string, unknown> = {}
  for (const name of noun.sets ?? []) {
    const [old, made, now] = [before[name], after[name], row[name]]
    if (!isList(old) || !isList(made) || !isList(now) || isDeepStrictEqual(made, now)) continue
    const [added, removed] = [without(made, old), without(old, made)]
    if (without(added, now).length > 0 || without(removed, now).length < removed.length) continue
    was[name] = [...without(now, added), ...removed]
    left[name] = now
  }
  return { ...change, before: { ...before, ...was }, after: { ...after, ...left } }
}

const isList = (value: unknown): value is readonly unknown[] => Array.isArray(value)

const without = (list: readonly unknown[], others: readonly unknown[]) =>
  list.filter((element) => !others.includes(element))
