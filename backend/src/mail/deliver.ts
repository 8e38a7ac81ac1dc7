// Sends what waits in the outbox. Every process runs this; the table shares the work between them.
import type { Db } from '../database/db.ts'
import * as outbox from './outbox.ts'
import type { Due, Link } from './outbox.ts'
import { render } from './render.ts'
import type { Transport } from './transport.ts'

const MINUTE = 60
const HOUR = 3600
/** Seconds before the second attempt, the third, …: ten attempts in some fourteen hours. */
const RETRY_DELAYS = [15, MINUTE, 5 * MINUTE, 15 * MINUTE, 30 * MINUTE, HOUR, 2 * HOUR, 4 * HOUR, 6 * HOUR]
const AT_ONCE = 10
const POLL_MS = 1_000
/** An attempt has ended by then, or its mail is taken by another process. */
const ATTEMPT_MS = 45_000
const LEASE_SECONDS = 120

/** What the operator is told. */
interface Log {
  error(fields: object, message: string): void
  warn(fields: object, message: string): void
}

interface Sender {
  readonly transport: Transport
  /** The address behind a link: signed now, so that it is written down nowhere. */
  linkTo(userId: string, link: Link, expires: number): Promise<string>
}

export type MailDelivery = ReturnType<typeof startMail>

/** Starts sending. `stop` waits for what is under way; the rest is sent by other processes, or later. */
export function startMail(db: Db, { transport, linkTo }: Sender, log: Log, pollMs = POLL_MS) {
  let stopped = false
  let wake = () => {}

  async function send(due: Due): Promise<void> {
    const { id, user_id: userId, address, kind, language, data } = due
    if (address === null || userId === null) return void (await outbox.recordSent(db, due))
    if (due.expired) return void (await outbox.recordFailure(db, due, 'it was no longer of use', null))
    try {
      const expires = Math.floor(Date.parse(due.expires_at) / 1000)
      const link = data.link && (await linkTo(userId, data.link, expires))
      await inTime(transport.send({ id, to: address }, render(kind, language, link)))
    } catch (error) {
      const { permanent, text } = read(error)
      const delay = permanent ? null : (RETRY_DELAYS[due.attempts - 1] ?? null)
      await outbox.recordFailure(db, due, text, delay)
      // Neither the address nor the link.
      log.warn({ mail: id, kind, attempt: due.attempts, given_up: delay === null }, 'a mail was not sent')
      return
    }
    await outbox.recordSent(db, due)
  }

  async function poll(): Promise<number> {
    const due = await outbox.takeDue(db, AT_ONCE, LEASE_SECONDS)
    await Promise.all(due.map((each) => send(each)))
    return due.length
  }

  async function run(): Promise<void> {
    while (!stopped) {
      const pause = new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, pollMs).unref()
        wake = () => {
          clearTimeout(timer)
          resolve()
        }
      })
      const sent = await poll().catch((err: unknown) => {
        log.error({ err }, 'mail failed')
        return 0
      })
      if (sent < AT_ONCE) await pause
    }
  }
  const running = run()

  return {
    async stop(): Promise<void> {
      stopped = true
      wake()
      await running
      transport.close()
    },
  }
}

async function inTime(work: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error('the server did not answer in time')), ATTEMPT_MS)
  })
  try {
    await Promise.race([work, late])
  } finally {
    clearTimeout(timer)
  }
}

/** What an error of SMTP means: one that begins with 5 will be the same tomorrow, but for a refused log-in. */
function read(error: unknown): { permanent: boolean; text: string } {
  const {
    code = '',
    responseCode = 0,
    message = '',
  } = error as {
    code?: string
    responseCode?: number
    message?: string
  }
  const permanent = responseCode >= 500 && code !== 'EAUTH'
  return { permanent, text: `${code} ${message}`.trim().slice(0, 500) }
}
