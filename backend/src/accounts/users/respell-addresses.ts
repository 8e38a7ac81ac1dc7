// E-mail addresses that a version before 0.2 stored as they were typed.
import { DatabaseError } from 'pg'
import type { Db } from '../../database/db.ts'
import { normalAddress } from '../../text.ts'
import { listOddAddresses, respell } from './queries.ts'

/**
 * Brings stored addresses into their one spelling, which SQL cannot do (IDNA). Where two accounts have one address in two
 * spellings both are left as they are, to be found by their own (findCredentials), and `tell` says so. At every start:
 * beside a new version an old one may have stored more.
 */
export async function respellAddresses(db: Db, tell: (line: string) => void): Promise<void> {
  for (const { id, email } of await listOddAddresses(db)) {
    const address = normalAddress(email)
    if (address === undefined || address === email) continue
    try {
      await respell(db, id, email, address)
    } catch (error) {
      if (!(error instanceof DatabaseError && error.constraint === 'users_email_key')) throw error
      tell(
        `The e-mail address of user ${id} is, in another spelling, that of another user too. Both log in with the spelling ` +
          'they have. Change one of them: PATCH /api/v1/users/{id}.',
      )
    }
  }
}
