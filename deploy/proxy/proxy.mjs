// Spreads requests in turn over the backends whose /readyz says yes. The proxy profile of docker-compose.yml runs it,
// and the test of rolling restarts. A request is sent once: whether it may be repeated, only its client knows.
import { lookup } from 'node:dns/promises'
import http from 'node:http'
import { pipeline } from 'node:stream'
import { fileURLToPath } from 'node:url'

const PROBE_TIMEOUT_MS = 2_000
/** Theirs is the connection and not the message (RFC 9110 7.6.1). */
const HOP_BY_HOP = ['connection', 'keep-alive', 'proxy-connection', 'te', 'trailer', 'upgrade']

/** Starts to serve on `port`. `backends` are `host:port`; a host stands for all addresses it has. */
export async function startProxy({ port, backends, probeEveryMs = 500 }) {
  const agent = new http.Agent({ keepAlive: true })
  let ready = []
  let turn = 0

  async function probe() {
    const targets = (await Promise.all(backends.map(addresses))).flat()
    const answers = await Promise.all(targets.map(isReady))
    ready = targets.filter((_, i) => answers[i])
  }

  const server = http.createServer({ keepAliveTimeout: 65_000 }, (request, response) => {
    const target = ready[turn++ % ready.length]
    if (!target) return refuse(response, 503, 'No backend is ready.')
    const { method, url: path, headers, socket } = request
    const upstream = http.request({
      ...target,
      agent,
      method,
      path,
      headers: {
        ...endToEnd(headers),
        'x-forwarded-for': socket.remoteAddress,
        'x-forwarded-host': headers.host ?? '',
        'x-forwarded-proto': 'http',
      },
    })
    upstream.on('response', (answer) => {
      response.writeHead(answer.statusCode, answer.statusMessage, endToEnd(answer.headers))
      pipeline(answer, response, () => {})
    })
    upstream.on('error', () => {
      if (response.headersSent) response.destroy()
      else refuse(response, 502, 'The backend did not answer.')
    })
    response.on('close', () => upstream.destroy())
    pipeline(request, upstream, () => {})
  })

  await probe()
  const timer = setInterval(() => void probe(), probeEveryMs)
  await new Promise((resolve, reject) => server.once('error', reject).listen(port, resolve))
  return {
    port: server.address().port,
    async stop() {
      clearInterval(timer)
      await new Promise((resolve) => {
        server.close(resolve)
        server.closeIdleConnections()
      })
      agent.destroy()
    },
  }
}

async function addresses(backend) {
  const [host, port] = backend.split(':')
  const found = await lookup(host, { all: true, family: 4 }).catch(() => [])
  return found.map(({ address }) => ({ host: address, port: Number(port) }))
}

/** On a connection of its own, which also shows whether new ones are taken. */
function isReady(target) {
  return new Promise((resolve) => {
    const request = http.get(
      { ...target, path: '/readyz', agent: false, timeout: PROBE_TIMEOUT_MS },
      (answer) => {
        answer.resume()
        resolve(answer.statusCode === 200)
      },
    )
    request.on('timeout', () => request.destroy())
    request.on('error', () => resolve(false))
  })
}

const endToEnd = (headers) =>
  Object.fromEntries(Object.entries(headers).filter(([name]) => !HOP_BY_HOP.includes(name)))

function refuse(response, status, title) {
  response.writeHead(status, { 'content-type': 'application/problem+json', 'retry-after': '1' })
  response.end(JSON.stringify({ type: 'about:blank', title, status }))
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { PORT = '8080', BACKENDS = 'localhost:5000' } = process.env
  const { port, stop } = await startProxy({ port: Number(PORT), backends: BACKENDS.split(',') })
  console.log(`serving ${BACKENDS} on port ${port}`)
  for (const signal of ['SIGTERM', 'SIGINT']) {
    process.on(signal, () => {
      setTimeout(() => process.exit(1), 10_000).unref()
      void stop().then(() => process.exit(0))
    })
  }
}
