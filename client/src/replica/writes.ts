// A write: what somebody did here that the service has not confirmed.
import type { ProblemError } from '../problem.ts'
import type { AnyResource } from './copy.ts'
import type { Changes, New, WritableKind } from './writable.ts'

interface Common {
  /** Its Idempotency-Key, too. */
  readonly id: string
  /** They go out in this order. */
  readonly order: number
  /** Which tab sends it. */
  readonly tab: string
  readonly kind: WritableKind
  /** Of what it creates or changes: one of its own until the service has given it one. */
  readonly target: string
}

export type Write =
  | (Common & { readonly act: 'create'; readonly what: New[WritableKind]; readonly at: string })
  | (Common & {
      readonly act: 'update'
      readonly changes: Changes[WritableKind]
      /** What the changed fields were on screen. */
      readonly seen: Fields
      /** The version that was on screen; undefined of what had none. */
      readonly base: number | undefined
    })
  | (Common & { readonly act: 'remove' })

export type Fields = Record<string, unknown>

/** A write that the service refused. What was shown of it is taken back; what it said is here until it is dismissed. */
export interface Refused {
  readonly write: Write
  readonly code: ProblemError['code']
  readonly detail: string
  /** The sides of each field that somebody else had changed meanwhile, and the version that has theirs. */
  readonly conflicts: Record<string, { base: unknown; current: unknown; yours: unknown }> | undefined
  readonly version: number | undefined
}

/** What a write comes to. */
export interface Sent<T> {
  /** Of the resource; one of its own of what was only just created here, by which it can be found from then on. */
  readonly id: string
  /** Resolves when it survives a reload. */
  readonly kept: Promise<void>
  /** Resolves when the service has confirmed it; rejects with its ProblemError when it refuses. */
  readonly done: Promise<T>
}

const LOCAL = 'local-'
export const localId = (key: string): string => `${LOCAL}${key}`
export const isLocal = (id: string): boolean => id.startsWith(LOCAL)

/** The write, naming what was created by the id that the service has given it. */
export function renamed(write: Write, from: string, { id, version }: AnyResource & { id: string }): Write {
  const target = write.target === from ? id : write.target
  if (write.act === 'create') return { ...write, target, what: swap(write.what, from, id) }
  if (write.act === 'remove') return { ...write, target }
  const base = write.target === from ? (write.base ?? version) : write.base
  return { ...write, target, base, changes: swap(write.changes, from, id), seen: swap(write.seen, from, id) }
}

/** The fields, with one value for another, also inside lists. */
function swap<T extends object>(fields: T, from: string, to: string): T {
  const one = (value: unknown) => (value === from ? to : value)
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [name, Array.isArray(value) ? value.map(one) : one(value)]),
  ) as T
}

/** Whether two values of a field are the same: text as Unicode sees it, lists whatever their order. */
export function isSame(one: unknown, other: unknown): boolean {
  return JSON.stringify(plain(one)) === JSON.stringify(plain(other))
}

function plain(value: unknown): unknown {
  if (typeof value === 'string') return value.normalize('NFC')
  return Array.isArray(value) ? value.map((each) => JSON.stringify(plain(each))).sort() : (value ?? null)
}
