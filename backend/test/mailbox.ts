// A real SMTP server that keeps what it gets.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { text as readAll } from 'node:stream/consumers'
import { SMTPServer } from 'smtp-server'
import { createLinkTo } from '../src/accounts/auth/links.ts'
import { startMail } from '../src/mail/deliver.ts'
import { smtp } from '../src/mail/transport.ts'
import { eventually, type World } from './harness.ts'

export interface Mail {
  to: string
  from: string
  subject: string
  headers: string
  text: string
  html: string
}

const POLL_MS = 20
export const MAIL_FROM = 'Tasktrail <tasktrail@example.org>'

export type Mailbox = Awaited<ReturnType<typeof openMailbox>>

export async function openMailbox() {
  const mails: Mail[] = []
  /** What the server says to the next mails in place of taking them. */
  const refusals: { responseCode: number; message: string }[] = []
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    onData(stream, { envelope }, done) {
      void readAll(stream).then((raw) => {
        const refusal = refusals.shift()
        if (refusal) return done(Object.assign(new Error(refusal.message), refusal))
        mails.push(parse(raw, envelope.rcptTo.map(({ address }) => address).join()))
        done()
      })
    },
  })
  server.listen(0, '127.0.0.1')
  await once(server.server, 'listening')
  const url = `smtp://127.0.0.1:${(server.server.address() as AddressInfo).port}`
  const to = (address: string) => mails.filter((mail) => mail.to === address)

  return {
    url,
    mails,
    refusals,
    to,

    /** The newest of so many mails to somebody, all of which have come. */
    async newest(address: string, count = 1): Promise<Mail> {
      await eventually(async () => assert.equal(to(address).length, count))
      return to(address).at(-1)!
    },

    /** What each server's process would do. */
    deliver(world: World) {
      for (const { db } of world.servers) {
        const sender = { transport: smtp(url, MAIL_FROM), linkTo: createLinkTo(world.config, world.tokens) }
        const { stop } = startMail(
          db,
          sender,
          { error: (fields) => assert.fail(JSON.stringify(fields)), warn: () => undefined },
          POLL_MS,
        )
        world.beforeStop(stop)
      }
      world.beforeStop(() => new Promise<void>((resolve) => server.close(() => resolve())))
    },
  }
}

/** The token of the link in a mail. */
export const tokenIn = ({ text }: Mail): string => /#(\S+)/.exec(text)?.[1] ?? assert.fail(text)

function parse(raw: string, to: string): Mail {
  const [head = ''] = raw.split('\r\n\r\n', 1)
  const headers = head.replaceAll(/\r\n[ \t]+/g, ' ')
  const boundary = /boundary="([^"]+)"/.exec(headers)?.[1] ?? ''
  const part = (type: string) => {
    const found = raw.split(`--${boundary}`).find((each) => each.includes(`Content-Type: ${type}`)) ?? ''
    const at = found.indexOf('\r\n\r\n')
    const body = found.slice(at + 4).replaceAll('\r\n', '\n')
    if (/encoding: base64/i.test(found.slice(0, at))) return Buffer.from(body, 'base64').toString()
    return /encoding: quoted/i.test(found.slice(0, at)) ? unquote(body.replaceAll('=\n', '')) : body
  }
  const field = (name: string) => new RegExp(`^${name}: (.*)$`, 'im').exec(headers)?.[1] ?? ''
  return {
    to,
    from: field('From'),
    subject: words(field('Subject')),
    headers,
    text: part('text/plain'),
    html: part('text/html'),
  }
}

const unquote = (text: string) =>
  Buffer.from(
    text.replaceAll(/=([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(parseInt(hex, 16))),
    'latin1',
  ).toString()

const words = (text: string) =>
  text.replaceAll(/=\?UTF-8\?([QB])\?([^?]*)\?=\s*/gi, (_, how: string, word: string) =>
    how.toUpperCase() === 'B' ? Buffer.from(word, 'base64').toString() : unquote(word.replaceAll('_', ' ')),
  )
