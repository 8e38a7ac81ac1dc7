// Bodies are parsed strictly: whatever two JSON parsers could read differently is refused.
import { ApiError } from '../errors.ts'

const DEEPEST = 32
/** The most values in a body. A thousand times what any body needs; a megabyte of `{}` would be 350,000. */
const MOST_VALUES = 50_000
const utf8 = new TextDecoder('utf-8', { fatal: true })

/**
 * Parses a body. Refuses invalid UTF-8, duplicate and `__proto__` keys, nesting deeper than 32, and strings that
 * PostgreSQL cannot store (U+0000, lone surrogates) with `malformed_json`, and too many values with `body_too_large`.
 */
export function parseJson(body: Buffer): unknown {
  let text: string
  let value: unknown
  bound(body)
  try {
    text = utf8.decode(body)
    value = JSON.parse(text)
  } catch {
    throw malformed('The body is not valid JSON in UTF-8.')
  }
  inspect(text)
  return value
}

const malformed = (detail: string) => new ApiError('malformed_json', detail)

const [QUOTE, BACKSLASH, COMMA, OPEN_LIST, CLOSE_LIST, OPEN_OBJECT, CLOSE_OBJECT] = Buffer.from('"\\,[]{}')

/**
 * Counts what is outside of strings, before anything is made of it: to parse a megabyte of small objects and look at
 * each takes a quarter of a second, in which nobody else is answered. Of what is no JSON it may count anything.
 */
function bound(body: Buffer): void {
  let values = 0
  let depth = 0
  for (let i = 0; i < body.length; i++) {
    const byte = body[i]
    if (byte === QUOTE) {
      // A string ends at the next quote that no backslash escapes.
      while (++i < body.length && body[i] !== QUOTE) if (body[i] === BACKSLASH) i++
    } else if (byte === COMMA) values++
    else if (byte === OPEN_OBJECT || byte === OPEN_LIST) {
      values++
      if (++depth > DEEPEST) throw malformed(`The body is nested deeper than ${DEEPEST} levels.`)
    } else if (byte === CLOSE_OBJECT || byte === CLOSE_LIST) depth--
    if (values > MOST_VALUES)
      throw new ApiError('body_too_large', `The body holds more than ${MOST_VALUES} values.`)
  }
}

/** Walks over text that is known to be JSON, so only brackets, strings and colons matter. */
function inspect(text: string): void {
  const open: (Set<string> | undefined)[] = []
  for (const { 0: token } of text.matchAll(/[{}[\]]|"(?:[^"\\]|\\.)*"(?:\s*:)?/g)) {
    if (token === '{') open.push(new Set())
    else if (token === '[') open.push(undefined)
    else if (token === '}' || token === ']') open.pop()
    else inspectString(token, open.at(-1))
  }
}

function inspectString(token: string, keys: Set<string> | undefined): void {
  const isKey = token.endsWith(':')
  const quoted = isKey ? token.slice(0, -1).trimEnd() : token
  const string = quoted.includes('\\') ? (JSON.parse(quoted) as string) : quoted.slice(1, -1)
  if (string.includes('\0')) throw malformed('The body holds U+0000, which cannot be stored.')
  if (!string.isWellFormed()) throw malformed('The body holds half of a surrogate pair, which is not text.')
  if (!isKey) return
  if (string === '__proto__') throw malformed('The body holds the key __proto__.')
  if (keys?.has(string)) throw malformed(`The body holds the key ${JSON.stringify(string)} twice.`)
  keys?.add(string)
}
