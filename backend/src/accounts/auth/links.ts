// The links that are sent to people: signed tokens, each naming the row that makes it good once (link-queries.ts).
import type { Config } from '../../config.ts'
import { ApiError } from '../../errors.ts'
import type { Tokens } from './tokens.ts'

/** The page that a link leads to, and the seconds for which it is good. */
export const PURPOSES = {
  reset_password: { page: 'reset-password', ttl: 3600 },
  verify_email: { page: 'verify-email', ttl: 7 * 86_400 },
  change_email: { page: 'verify-email', ttl: 86_400 },
} as const

export type Purpose = keyof typeof PURPOSES

const isPurpose = (text: string): text is Purpose => Object.hasOwn(PURPOSES, text)

/** Where people reach this service. */
const base = ({ publicUrl, port }: Config) => publicUrl || `http://localhost:${port}`

/** Makes addresses with the token behind a #, which browsers send to nobody: it is in no log and no Referer. */
export const createLinkTo =
  (config: Config, tokens: Tokens) =>
  async (userId: string, link: { purpose: string; id: string }, expires: number): Promise<string> => {
    const { purpose, id } = link
    if (!isPurpose(purpose)) throw new TypeError(`a link for ${purpose}`)
    const token = await tokens.signLink({ userId, purpose, id }, expires)
    return `${base(config)}/${PURPOSES[purpose].page}#${token}`
  }

/** Somebody came with a link that is not good, or no longer. */
export const badLink = () =>
  new ApiError('invalid', 'The link is not valid, or no longer. Have another one sent.', {
    errors: [{ pointer: '/token', message: 'is not valid' }],
  })
