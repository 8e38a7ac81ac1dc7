// How a mail leaves: by SMTP, or onto the terminal of whoever develops.
import { createTransport } from 'nodemailer'
import type { Rendered } from './render.ts'

export interface Envelope {
  /** The same at every attempt, so that a mail which arrives twice after all can be known by it. */
  readonly id: string
  readonly to: string
}

export interface Transport {
  send(envelope: Envelope, mail: Rendered): Promise<void>
  close(): void
}

const AT_ONCE = 3

export function smtp(url: string, from: string): Transport {
  const transport = createTransport({
    ...optionsOf(url),
    pool: true,
    maxConnections: AT_ONCE,
    connectionTimeout: 10_000,
    greetingTimeout: 10_000,
    socketTimeout: 20_000,
    // Whoever writes the text of a mail reads no files and fetches nothing.
    disableFileAccess: true,
    disableUrlAccess: true,
  })
  const domain =
    from
      .split('@')
      .at(-1)
      ?.replace(/[>\s]+$/, '') ?? 'localhost'
  return {
    async send({ id, to }, mail) {
      await transport.sendMail({
        ...mail,
        from,
        // An address, and not a list of them.
        to: { name: '', address: to },
        messageId: `<${id}@${domain}>`,
        headers: { 'Auto-Submitted': 'auto-generated', 'X-Auto-Response-Suppress': 'All' },
      })
    },
    close: () => transport.close(),
  }
}

/** `smtp://user:password@host:587` (with STARTTLS where the server has it) or `smtps://…` (TLS from the start). */
function optionsOf(text: string) {
  const url = new URL(text)
  const secure = url.protocol === 'smtps:'
  return {
    host: url.hostname,
    port: Number(url.port) || (secure ? 465 : 587),
    secure,
    // A password is never sent in the clear, and so neither are links where the server is asked for one.
    requireTLS: !secure && url.username !== '',
    ...(url.username !== '' && {
      auth: { user: decodeURIComponent(url.username), pass: decodeURIComponent(url.password) },
    }),
  }
}

/** For development: whoever runs the server is the one who reads. */
export const terminal = (print: (text: string) => void): Transport => ({
  async send({ to }, { subject, text }) {
    print(`\nMail to ${to}: ${subject}\n${text.replaceAll(/^(?=.)/gm, '  ')}\n`)
  },
  close: () => undefined,
})
