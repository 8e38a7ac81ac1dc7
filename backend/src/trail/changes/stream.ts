// Server-Sent Events: https://html.spec.whatwg.org/multipage/server-sent-events.html
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { ServerResponse } from 'node:http'
import type { Listener } from './audience.ts'
import type { Changes } from './schema.ts'

/** Below the idle time-outs of proxies and load balancers, which begin at 30 s. */
const HEARTBEAT_MS = 20_000
/** Who does not take what is sent for so long is cut off, and goes on from the last id it got. */
const SLOWEST_MS = 15_000

/**
 * Answers with the page and then, page by page, with what follows it, until the listener is over. The state of a
 * stream is its cursor; a page is read when the one before has left for the client.
 */
export async function stream(
  request: FastifyRequest,
  reply: FastifyReply,
  listener: Listener,
  first: Changes,
  read: (next: string) => Promise<Changes>,
): Promise<void> {
  reply.hijack()
  const { raw } = reply
  raw.writeHead(200, {
    ...(reply.getHeaders() as Record<string, string>),
    'Content-Type': 'text/event-stream; charset=utf-8',
    'X-Accel-Buffering': 'no',
    Connection: 'close',
  })
  // Not all at once, when a server that was restarted is asked again by everybody.
  raw.write(`retry: ${1_000 + Math.floor(Math.random() * 3_000)}\n\n`)
  try {
    for (let page = first; ; page = await read(page.next)) {
      if (page.items.length > 0) await send(raw, toText(page), listener)
      while (!page.more && !listener.over && !(await listener.hears(HEARTBEAT_MS)))
        if (!listener.over) await send(raw, ':\n\n', listener)
      if (listener.over) break
    }
    raw.end()
  } catch (error) {
    request.log.error({ request_id: request.id, err: error }, 'stream')
    raw.destroy()
  }
}

/** The id comes with the last item: whoever loses the stream before it gets the whole page again. */
const toText = ({ items, next }: Changes): string =>
  items
    .map((item, i) => `${i === items.length - 1 ? `id: ${next}\n` : ''}data: ${JSON.stringify(item)}\n\n`)
    .join('')

async function send(raw: ServerResponse, text: string, listener: Listener): Promise<void> {
  if (listener.over || raw.write(text)) return
  const taken = await new Promise<boolean>((resolve) => {
    const timer = setTimeout(() => resolve(false), SLOWEST_MS)
    const settle = () => {
      clearTimeout(timer)
      raw.off('drain', settle).off('close', settle)
      resolve(true)
    }
    raw.on('drain', settle).on('close', settle)
  })
  if (taken) return
  listener.end('closed')
  raw.destroy()
}
