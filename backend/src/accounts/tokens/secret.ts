// What a token for programs looks like: `tt_`, then in base 62 its id (22 characters), its secret (43) and a checksum (6).
// The prefix and the checksum are for whoever looks for leaked ones (SECURITY.md).
import { createHash, randomBytes } from 'node:crypto'
import { crc32 } from 'node:zlib'

const PREFIX = 'tt_'
const DIGITS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
const [ID_LENGTH, SECRET_LENGTH, CHECKSUM_LENGTH] = [22, 43, 6]
const SHAPE = /^tt_[0-9A-Za-z]{71}$/

/** What is stored of a token: it authenticates nobody. */
export interface TokenName {
  readonly id: string
  readonly hash: Buffer
}

/** A new token with this id. It is shown once and kept nowhere. */
export function makeToken(id: string): TokenName & { readonly token: string } {
  const body =
    PREFIX +
    base62(id.replaceAll('-', ''), ID_LENGTH) +
    base62(randomBytes(32).toString('hex'), SECRET_LENGTH)
  const token = body + checksum(body)
  return { id, token, hash: hashOf(token) }
}

/** Which token it is, if it may be one; undefined, without a look into the database, for what is none. */
export function readToken(token: string): TokenName | undefined {
  const body = token.slice(0, -CHECKSUM_LENGTH)
  if (!SHAPE.test(token) || token !== body + checksum(body)) return undefined
  const hex = numberOf(body.slice(PREFIX.length, PREFIX.length + ID_LENGTH))
    .toString(16)
    .padStart(32, '0')
  if (hex.length > 32) return undefined
  return { id: hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-'), hash: hashOf(token) }
}

/** The secret is long and random, so one fast hash is enough, and the database may compare it. */
const hashOf = (token: string): Buffer => createHash('sha256').update(token).digest()

const checksum = (body: string): string => base62(crc32(body).toString(16), CHECKSUM_LENGTH)

function base62(hex: string, length: number): string {
  let digits = ''
  for (let rest = BigInt(`0x${hex}`); digits.length < length; rest /= 62n)
    digits = (DIGITS[Number(rest % 62n)] ?? '') + digits
  return digits
}

const numberOf = (digits: string): bigint =>
  [...digits].reduce((number, digit) => number * 62n + BigInt(DIGITS.indexOf(digit)), 0n)
