// A TCP proxy in front of PostgreSQL that can be slow, silent, cut, closed, or lose an answer.
import { createServer, connect, type Socket } from 'node:net'
import { once } from 'node:events'

export type Proxy = Awaited<ReturnType<typeof startProxy>>

/** `delay` in ms holds for each direction. */
export async function startProxy(target: string) {
  const { where, through } = parse(target)
  const pairs = new Set<readonly [Socket, Socket]>()
  let delay = 0
  let linger = 0
  let loses: ((request: Buffer) => boolean) | undefined

  const server = createServer((client) => {
    const upstream = connect(where)
    const pair = [client, upstream] as const
    pairs.add(pair)
    const state = { silent: false, answerLost: false }
    silences.set(pair, state)
    const pass = (from: Socket, to: Socket, answers: boolean) => {
      from.on('data', (chunk: Buffer) => {
        if (state.silent) return
        if (!answers && loses?.(chunk)) {
          loses = undefined
          state.answerLost = true
        }
        if (answers && state.answerLost) client.resetAndDestroy()
        else if (delay === 0) to.write(chunk)
        else setTimeout(() => to.writable && to.write(chunk), delay)
      })
      from.on('error', () => undefined)
      from.on('close', () => {
        if (state.silent) return
        pairs.delete(pair)
        setTimeout(() => to.destroy(), delay + linger)
      })
    }
    pass(client, upstream, false)
    pass(upstream, client, true)
  })
  const silences = new WeakMap<readonly [Socket, Socket], { silent: boolean }>()
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('a proxy without a port')
  const { port } = address

  return {
    url: through(port),
    port,
    get connections() {
      return pairs.size
    },
    setDelay(ms: number) {
      delay = ms
    },
    /** How long the end of a connection is kept back after its last words. */
    setLinger(ms: number) {
      linger = ms
    },
    /** From now on the present connections neither pass anything on nor end, until `end()`; new ones work. */
    silence() {
      const silenced = [...pairs]
      for (const pair of silenced) {
        const state = silences.get(pair)
        if (state) state.silent = true
        pairs.delete(pair)
        pair[1].destroy()
      }
      return { end: () => silenced.forEach(([client]) => client.resetAndDestroy()) }
    },
    /** Resets one connection, or all. */
    cut(some: (index: number) => boolean = () => true) {
      let index = 0
      for (const [client] of pairs) if (some(index++)) client.resetAndDestroy()
    },
    /** Passes on the next request that matches and resets the connection instead of answering. */
    loseAnswerTo(matches: (request: Buffer) => boolean) {
      loses = matches
    },
    /** Refuses connections, as a server that is down does. */
    async down() {
      const closed = once(server, 'close')
      server.close()
      for (const [client] of pairs) client.resetAndDestroy()
      await closed
    },
    async up() {
      server.listen(port, '127.0.0.1')
      await once(server, 'listening')
    },
    stop() {
      server.close()
      for (const [client] of pairs) client.destroy()
    },
  }
}

/** Where a database URL leads, also to a unix socket, and the same URL by way of another port. */
function parse(url: string) {
  const [, user = '', host = '', database = '', query = ''] =
    /^postgres(?:ql)?:\/\/([^/]*@)?([^/?]*)\/([^?]*)\??(.*)$/.exec(url) ?? []
  const parameters = new URLSearchParams(query)
  const directory = parameters.get('host')
  const port = parameters.get('port') ?? host.split(':')[1] ?? '5432'
  return {
    where: directory?.startsWith('/')
      ? { path: `${directory}/.s.PGSQL.${port}` }
      : { host: directory ?? host.split(':')[0] ?? 'localhost', port: Number(port) },
    through: (proxyPort: number) => `postgresql://${user}127.0.0.1:${proxyPort}/${database}?sslmode=disable`,
  }
}
