import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after, describe, it } from 'node:test'
import { ConfigError, loadConfig } from '../../config.ts'
import { startService } from '../../../test/process.ts'

const STRONG = 'kq3Vw8Zr5Tn1Xb7Lm4Pc9Hd2Sf6Gj0Ya'
const production = { NODE_ENV: 'production', DATABASE_URL: 'postgres://localhost/x' }
const folder = mkdtempSync(path.join(tmpdir(), 'tasktrail-secrets-'))
after(() => rmSync(folder, { recursive: true }))

const WEAK = {
  'the one of the example': 'your_jwt_secret_key',
  'a longer placeholder': 'your-secret-key-goes-here-0123456789abcdef',
  'change me': 'change_me_please_change_me_please_change_me',
  'a word': 'password',
  'one character over and over': 'x'.repeat(64),
  'a strong one that is short': STRONG.slice(0, 31),
}

describe('in production', () => {
  for (const name of ['JWT_SECRET_KEY', 'JWT_SECRET_KEY_ACCEPTED']) {
    for (const [what, secret] of Object.entries(WEAK)) {
      it(`${name} cannot be ${what}, and the refusal names it without its value`, () => {
        assert.throws(
          () => loadConfig({ ...production, JWT_SECRET_KEY: STRONG, [name]: secret }),
          (error: Error) =>
            error instanceof ConfigError && error.message.includes(name) && !error.message.includes(secret),
        )
      })
    }
  }

  it('the secret is required, from the environment or from a file', () => {
    assert.throws(() => loadConfig(production), /JWT_SECRET_KEY is required/)
    const file = path.join(folder, 'secret')
    writeFileSync(file, `${STRONG}\n`)
    assert.equal(loadConfig({ ...production, JWT_SECRET_KEY_FILE: file }).jwtSecret, STRONG)
    writeFileSync(file, 'your_jwt_secret_key')
    assert.throws(
      () => loadConfig({ ...production, JWT_SECRET_KEY_FILE: file }),
      /JWT_SECRET_KEY is a placeholder/,
    )
    assert.throws(
      () => loadConfig({ ...production, JWT_SECRET_KEY_FILE: path.join(folder, 'none') }),
      ConfigError,
    )
  })

  it('the process ends and says which variable is wrong', async () => {
    const { ended, lines } = startService({ ...production, JWT_SECRET_KEY: 'your_jwt_secret_key' })
    assert.equal((await ended).code, 1)
    const said = lines.join('\n')
    assert.match(said, /JWT_SECRET_KEY is a placeholder/)
    assert(!said.includes('your_jwt_secret_key'))
  })
})

describe('in development', () => {
  it('a missing secret is made once and kept where only its owner reads it', () => {
    const env = { DATABASE_URL: 'postgres://localhost/x', DATA_DIR: path.join(folder, 'data') }
    const { jwtSecret } = loadConfig(env)
    assert(Buffer.byteLength(jwtSecret) >= 32)
    assert.equal(loadConfig(env).jwtSecret, jwtSecret)
    for (const made of ['data', 'data/jwt-secret'])
      assert.equal(statSync(path.join(folder, made)).mode & 0o077, 0, made)
  })
})
