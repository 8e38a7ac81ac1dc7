import type { Config } from '../config.ts'
import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto'

type Secrets = Pick<Config, 'jwtSecret' | 'acceptedJwtSecret'>

/**
 * Encrypts what must be stored but must not be readable in a dump of the database (AES-256-GCM). The key is derived
 * from the instance's secret and the purpose, so a text sealed for one purpose cannot be opened for another.
 */
export function createSeal({ jwtSecret, acceptedJwtSecret }: Secrets, purpose: string) {
  const keyOf = (secret: string) => Buffer.from(hkdfSync('sha256', secret, '', purpose, 32))
  const key = keyOf(jwtSecret)
  const acceptedKey = acceptedJwtSecret === '' ? undefined : keyOf(acceptedJwtSecret)

  function seal(text: string): Buffer {
    const nonce = randomBytes(12)
    const cipher = createCipheriv('aes-256-gcm', key, nonce)
    return Buffer.concat([nonce, cipher.update(text), cipher.final(), cipher.getAuthTag()])
  }

  /** Undefined if the bytes were sealed with neither of the instance's secrets, or changed since. */
  const open = (sealed: Buffer) => decrypt(key, sealed) ?? (acceptedKey && decrypt(acceptedKey, sealed))

  /** The same, sealed with the first secret; undefined if it is already, or cannot be opened. */
  function renew(sealed: Buffer): Buffer | undefined {
    const text = decrypt(key, sealed) === undefined ? open(sealed) : undefined
    return text === undefined ? undefined : seal(text)
  }

  return { seal, open, renew }
}

function decrypt(key: Buffer, sealed: Buffer): string | undefined {
  const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(0, 12))
  decipher.setAuthTag(sealed.subarray(-16))
  const text = decipher.update(sealed.subarray(12, -16), undefined, 'utf8')
  try {
    return text + decipher.final('utf8')
  } catch {
    return undefined
  }
}

export type Seal = ReturnType<typeof createSeal>
