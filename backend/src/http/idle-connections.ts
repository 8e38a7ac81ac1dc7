import type { Socket } from 'node:net'
import type { App } from './server.ts'

/** A connection on which nothing was asked for so long is one that was opened in advance. */
const UNUSED_MS = 1_000

/**
 * Once the server closes, ends each connection as soon as nothing is under way on it. Node.js looks once, and so
 * leaves one whose last answer was just leaving; and it leaves those that browsers and pools of clients open in
 * advance, on which nothing was asked yet, for as long as the client likes.
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
