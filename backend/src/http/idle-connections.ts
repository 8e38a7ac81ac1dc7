import type { Socket } from 'node:net'
import type { App } from './server.ts'

/** A connection without a request for this long was opened in advance. */
const UNUSED_MS = 1_000

/**
 * Once the server closes, ends each connection as soon as no request is in flight on it. Node.js checks only once, so
 * it misses a connection whose last answer is just being sent; and it keeps those that browsers and client pools open in
 * advance, without any request yet, for as long as the client likes.
 */
export function closeUnusedConnections(app: App): void {
  const opened = new Map<Socket, number>()
  app.server.on('connection', (socket) => {
    opened.set(socket, performance.now())
    socket.once('close', () => opened.delete(socket))
  })
  let sweep: NodeJS.Timeout | undefined
  app.addHook('preClose', async () => {
    sweep = setInterval(() => {
      app.server.closeIdleConnections()
      for (const [socket, since] of opened)
        if (socket.bytesRead === 0 && performance.now() - since > UNUSED_MS) socket.destroy()
    }, 100)
  })
  app.addHook('onClose', async () => clearInterval(sweep))
}
