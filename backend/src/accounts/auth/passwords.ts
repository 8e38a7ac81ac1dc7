// What a password may be and what guessing one costs.
import { hash, verify } from '@node-rs/argon2'
import { readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { ApiError } from '../../errors.ts'
import { createLimiter, slowWork } from '../../concurrency.ts'
import { hasControls, normalPassword } from '../../text.ts'
import type { InviteClaims, LinkClaims } from './tokens.ts'

export interface NewPassword {
  readonly passwordHash: string
  /** The hash of the previous password, which was checked. */
  readonly replaces?: string
  /** The invitation to set it. */
  readonly invite?: InviteClaims
  /** The link that lets it be set. */
  readonly link?: LinkClaims
}

declare module 'fastify' {
  interface FastifyRequest {
    /** Checked and hashed before the handler, since that may run in a transaction. */
    newPassword: NewPassword | undefined
  }
}

// OWASP Password Storage Cheat Sheet: 19 MiB, two passes. Argon2id is the library's default algorithm.
const COST = { memoryCost: 19_456, timeCost: 2, parallelism: 1 }
const CURRENT = `$argon2id$v=19$m=${COST.memoryCost},t=${COST.timeCost},p=${COST.parallelism}$`

// Searched as one text: a set of its lines would cost every start more than all the searches together.
const common = readFileSync(new URL('common-passwords.txt', import.meta.url), 'utf8')
const isCommon = (text: string) => common.includes(`\n${text}\n`)

// Hashing runs on libuv's few threads and takes 19 MiB each time. One core is left for all who are logged in already,
// so further attempts wait, and past a bound are turned away.
const AT_ONCE = Math.max(1, Math.min(4, availableParallelism() - 1))
const MOST_WAITING = 128
const limit = createLimiter(AT_ONCE, (waiting) => {
  if (waiting >= MOST_WAITING)
    throw new ApiError('unavailable', 'Too many log-ins at once. Try again shortly.', {
      headers: { 'Retry-After': '2' },
    })
})

/** Hashing may have to wait, so it never runs inside a transaction. */
function limited<T>(work: () => Promise<T>): Promise<T> {
  slowWork.publish('hashing')
  return limit(work)
}

/** The password as a PHC string, its parameters included. */
export const hashPassword = (password: string): Promise<string> =>
  limited(() => hash(normalPassword(password), COST))

/** Salt and tag that belong to no password. */
const NOBODYS = `${CURRENT}${'A'.repeat(22)}$${'A'.repeat(43)}`

/**
 * Whether the password belongs to the hash. Without a hash (there is no such user) it takes as long and is false.
 * `as_typed`: before version 0.2 it was hashed as it came. That is tried where the two differ, for whoever it is, so it
 * tells nobody whether there is such a user, and costs those nothing who type what is normal already.
 */
export const verifyPassword = (
  stored: string | null | undefined,
  password: string,
): Promise<boolean | 'as_typed'> =>
  limited(async () => {
    const normal = normalPassword(password)
    if (await verify(stored ?? NOBODYS, normal)) return true
    return normal !== password && (await verify(stored ?? NOBODYS, password)) && 'as_typed'
  })

/** Whether the hash was made with parameters other than today's. */
export const needsRehash = (stored: string): boolean => !stored.startsWith(CURRENT)

/**
 * Refuses a password that is easy to guess: too short (in code points), among the most common or one of those with
 * little around it, one character over and over, or made of the user's own e-mail name or the product's. There are no
 * rules of composition (NIST 800-63B), but for control characters.
 */
export function checkNewPassword(typed: string, email: string, minLength: number, pointer: string): void {
  const password = normalPassword(typed)
  const refuse = (message: string) => {
    throw new ApiError('invalid', `The password ${message}.`, { errors: [{ pointer, message }] })
  }
  if (hasControls(password)) refuse('must not have control characters')
  const plain = password.toLowerCase()
  const characters = Array.from(plain, (character) => character.codePointAt(0) ?? 0)
  if (Array.from(password).length < minLength) refuse(`must have at least ${minLength} characters`)
  const adds = (stem: string) => characters.length - Array.from(stem).length
  const letters = plain.replace(/[^\p{L}]/gu, '')
  // Repeated characters count once.
  const unit = /^(.+?)\1*$/su.exec(plain)?.[1] ?? ''
  const repeats = unit !== plain && (Array.from(unit).length < 8 || isCommon(unit))
  const lengthens = adds(letters) < 8 && isCommon(letters)
  if (isCommon(plain) || lengthens || repeats || new Set(characters).size < 4)
    refuse('is among the first that are guessed')
  if (isRun(characters)) refuse('is a run of neighbouring characters')
  const name = email.toLowerCase().split('@')[0] ?? ''
  if ([name, 'tasktrail'].some((own) => own.length >= 4 && plain.includes(own) && adds(own) < 8)) {
    refuse('is made of your e-mail address or the name of this product')
  }
}

const isRun = (characters: readonly number[]) =>
  new Set(characters.slice(1).map((character, i) => character - (characters[i] ?? 0))).size === 1
