import { createLinkTo } from '../accounts/auth/links.ts'
import { createTokens } from '../accounts/auth/tokens.ts'
import type { Config } from '../config.ts'
import type { Db } from '../database/db.ts'
import { startMail, type MailDelivery } from '../mail/deliver.ts'
import type { Logger } from '../telemetry/log.ts'

/** Sends what is in the outbox, until it is stopped; undefined where no mail is sent. */
export async function serveMail(db: Db, config: Config, logger: Logger): Promise<MailDelivery | undefined> {
  if (config.mail === 'off') return undefined
  const { smtp, terminal } = await import('../mail/transport.ts')
  const transport =
    config.mail === 'smtp'
      ? smtp(config.smtpUrl, config.mailFrom)
      : terminal((text) => void process.stdout.write(text))
  const linkTo = createLinkTo(config, createTokens(config.jwtSecret, config.accessTtl))
  return startMail(db, { transport, linkTo }, logger)
}
