// Keeps the whole log of a test file's servers and, at its end, looks in it for what must never be logged.
import assert from 'node:assert/strict'
import { createLogger } from '../src/telemetry/log.ts'

const FORBIDDEN = [
  ['a token', /eyJ[\w-]{8,}\.[\w-]+\.[\w-]+/],
  ['the token of a program', /tt_\w{60}/],
  ['an Authorization header', /bearer [\w.~+/-]{8,}/i],
  ['a password hash', /\$argon2/],
  ['the secret of a webhook', /whsec_/],
  ['an e-mail address', /[\w.+-]+@example\.com/],
] as const

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/
const SECRET_FIELD = /password|token|secret/

export type LogWatch = ReturnType<typeof watchLog>

export function watchLog() {
  const lines: string[] = []
  const secrets = new Set<string>()

  /** Notes the passwords, tokens and secrets in a body that was sent or answered. */
  function note(body: unknown): void {
    if (typeof body !== 'object' || body === null) return
    for (const [name, value] of Object.entries(body)) {
      // A short one may be part of a word that is none, and an id sent in a token's place is none either.
      if (typeof value === 'string' && value.length >= 12 && SECRET_FIELD.test(name) && !UUID.test(value))
        secrets.add(value)
      else note(value)
    }
  }

  return {
    note,
    logger: createLogger('trace', { write: (line) => void lines.push(line) }),
    lines,

    assertNoSecrets(): void {
      for (const line of lines) {
        for (const [what, pattern] of FORBIDDEN) assert(!pattern.test(line), `the log holds ${what}: ${line}`)
      }
      const log = lines.join('')
      for (const secret of secrets)
        assert(!log.includes(JSON.stringify(secret).slice(1, -1)), `the log holds ${secret}`)
    },
  }
}
