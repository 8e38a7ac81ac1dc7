// Bodies are read strictly: what two JSON parsers could read differently is refused, not guessed.
import { ApiError } from '../errors.ts'

const DEEPEST = 32
const utf8 = new TextDecoder('utf-8', { fatal: true })

/**
 * Parses a body. Refuses invalid UTF-8, duplicate and `__proto__` keys, nesting deeper than 32, and strings that
 * PostgreSQL cannot store (U+0000, lone surrogates) with `malformed_json`.
 */
export function parseJson(body: Buffer): unknown {
  let text: string
  let value: unknown
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

/** Walks over a text that is known to be JSON, so only brackets, strings and colons need a look. */
function inspect(text: string): void {
  const open: (Set<string> | undefined)[] = []
  for (const { 0: token } of text.matchAll(/[{}[\]]|"(?:[^"\\]|\\.)*"(?:\s*:)?/g)) {
    if (token === '{') open.push(new Set())
    else if (token === '[') open.push(undefined)
    else if (token === '}' || token === ']') open.pop()
    else inspectString(token, open.at(-1))
    if (open.length > DEEPEST) throw malformed(`The body is nested deeper than ${DEEPEST} levels.`)
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
