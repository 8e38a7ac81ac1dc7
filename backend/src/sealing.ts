import type { Config } from './config.ts'
import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto'

type Secrets = Pick<Config, 'jwtSecret' | 'acceptedJwtSecret'>

/**
 * Encrypts what must be stored but must not be readable in a dump of the database (AES-256-GCM). The key is derived
 * from the instance's secret and the purpose, so a text sealed for one purpose cannot be opened for another.
 */
export function createSeal({ jwtSecret, acceptedJwtSecret }: Secrets, purpose: string) {
  const keyOf = (secret: string) => Buffer.from(hkdfSync('sha256', secret, '', purpose, 32))
  const key = keyOf(jwtSecret)
  const keys = acceptedJwtSecret === '' ? [key] : [key, keyOf(acceptedJwtSecret)]
  return {
    seal: (text: string): Buffer => {
      const nonce = randomBytes(12)
      const cipher = createCipheriv('aes-256-gcm', key, nonce)
      return Buffer.concat([nonce, cipher.update(text), cipher.final(), cipher.getAuthTag()])
    },

    /** Throws if the bytes were sealed with neither of the instance's secrets, or changed since. */
    open: (sealed: Buffer): string => {
      for (const [i, each] of keys.entries()) {
        try {
          return decrypt(each, sealed)
        } catch (error) {
          if (i === keys.length - 1) throw error
        }
      }
      throw new Error('there is always a key')
    },
  }
}

function decrypt(key: Buffer, sealed: Buffer): string {
  const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(0, 12))
  decipher.setAuthTag(sealed.subarray(-16))
  return decipher.update(sealed.subarray(12, -16), undefined, 'utf8') + decipher.final('utf8')
}

export type Seal = ReturnType<typeof createSeal>
