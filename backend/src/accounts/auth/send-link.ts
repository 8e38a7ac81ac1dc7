import { v7 as uuid } from 'uuid'
import type { Db } from '../../database/db.ts'
import { post } from '../../mail/outbox.ts'
import { languageOf } from '../../mail/texts/texts.ts'
import { makeLink } from './link-queries.ts'
import { PURPOSES, type Purpose } from './links.ts'

/**
 * Has a link sent to the user, at the address of the account or at `email`. To nobody, and to who may not log in, nothing
 * is sent, and it takes the same work.
 */
export const sendLink = (
  db: Db,
  userId: string | null,
  purpose: Purpose,
  acceptLanguage: string | undefined,
  email: string | null = null,
) =>
  db.transaction(async (tx) => {
    const link = await makeLink(tx, userId, purpose, email)
    await post(tx, {
      kind: purpose,
      to: link ? { userId: link.user_id, address: link.email } : null,
      cause: link?.id ?? uuid(),
      language: languageOf(acceptLanguage),
      ttl: PURPOSES[purpose].ttl,
      ...(link && { link: { purpose, id: link.id } }),
    })
  })

const NOTICE_TTL = 7 * 86_400

/** Tells somebody what was just done to their account: part of the transaction, and once for each operation. */
export const sendNotice = (
  tx: Db,
  kind: 'password_changed' | 'address_changed',
  to: { readonly userId: string; readonly address: string },
  operation: string,
  acceptLanguage: string | undefined,
) => post(tx, { kind, to, cause: operation, language: languageOf(acceptLanguage), ttl: NOTICE_TTL })
