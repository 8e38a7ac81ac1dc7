// What a password may be and what guessing one costs.
import { hash, verify } from '@node-rs/argon2'
import { readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { ApiError } from '../errors.ts'

// OWASP Password Storage Cheat Sheet: 19 MiB, two passes. Argon2id is the library's default algorithm.
const COST = { memoryCost: 19_456, timeCost: 2, parallelism: 1 }
const CURRENT = `$argon2id$v=19$m=${COST.memoryCost},t=${COST.timeCost},p=${COST.parallelism}$`

export const PASSWORD_MAX_LENGTH = 256

const common = new Set(
  readFileSync(new URL('common-passwords.txt', import.meta.url), 'utf8')
    .split('\n')
    .filter(Boolean),
)

// Hashing runs on libuv's few threads and takes 19 MiB each time. More at once than there are cores gains nothing
// and starves file and name look-ups, so further attempts wait, and past a bound are turned away.
const AT_ONCE = Math.min(4, availableParallelism())
const MOST_WAITING = 64
const waiting: (() => void)[] = []
let running = 0

async function inTurn<T>(work: () => Promise<T>): Promise<T> {
  if (running >= AT_ONCE) {
    if (waiting.length >= MOST_WAITING) {
      throw new ApiError('unavailable', 'Too many log-ins at once. Try again shortly.', {
        headers: { 'Retry-After': '2' },
      })
    }
    await new Promise<void>((resolve) => waiting.push(resolve))
  } else {
    running++
  }
  try {
    return await work()
  } finally {
    const next = waiting.shift()
    if (next) next()
    else running--
  }
}

/** The password as a PHC string, its parameters included. */
export const hashPassword = (password: string): Promise<string> => inTurn(() => hash(password, COST))

let dummy: Promise<string> | undefined

/**
 * Whether the password belongs to the hash. Without a hash (there is no such user) it takes as long and is false.
 */
export async function verifyPassword(stored: string | null | undefined, password: string): Promise<boolean> {
  dummy ??= hash('nobody has this password', COST)
  const against = stored ?? (await dummy)
  return (await inTurn(() => verify(against, password))) && stored !== null && stored !== undefined
}

/** Whether the hash was made with other parameters than today's. */
export const needsRehash = (stored: string): boolean => !stored.startsWith(CURRENT)

/**
 * Refuses a password that is easy to guess: too short (in code points), among the most common, one character over
 * and over, or made of the user's own e-mail name or the product's. There are no rules of composition (NIST 800-63B).
 */
export function checkNewPassword(password: string, email: string, minLength: number, pointer: string): void {
  const refuse = (message: string) => {
    throw new ApiError('invalid', `The password ${message}.`, { errors: [{ pointer, message }] })
  }
  if ([...password].length < minLength) refuse(`must have at least ${minLength} characters`)
  const plain = password.toLowerCase()
  const name = email.toLowerCase().split('@')[0] ?? ''
  const letters = plain.replace(/[^\p{L}]/gu, '')
  if (common.has(plain) || common.has(letters) || new Set(plain).size < 4)
    refuse('is among the first that are guessed')
  if (isRun(plain)) refuse('is a run of neighbouring characters')
  if (
    letters === 'tasktrail' ||
    (name.length >= 4 && plain.includes(name) && plain.length - name.length < 8)
  ) {
    refuse('is made of your e-mail address or the name of this product')
  }
}

function isRun(text: string): boolean {
  const steps = new Set(
    [...text].slice(1).map((character, i) => (character.codePointAt(0) ?? 0) - (text.codePointAt(i) ?? 0)),
  )
  return steps.size === 1
}
