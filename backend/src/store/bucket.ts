// A store in a bucket of S3, or of what speaks like it. Node.js' own client sends the requests, because through fetch
// each upload would take several times the memory; aws4fetch signs them.
import http, { type IncomingMessage } from 'node:http'
import https from 'node:https'
import { pipeline } from 'node:stream/promises'
import { AwsV4Signer } from 'aws4fetch'
import { slowWork } from '../concurrency.ts'
import { keysOf } from './keys.ts'
import type { Bucket } from './settings.ts'
import { unavailable, type Store } from './store.ts'

/** Without a byte either way; longer than a sender of a file may be silent. */
const SILENT_MS = 60_000

export function bucketStore(place: Bucket): Store {
  const { bucket, prefix, region, endpoint } = place
  const base = endpoint === '' ? `https://${bucket}.s3.${region}.amazonaws.com` : `${endpoint}/${bucket}`
  const client = base.startsWith('https:') ? https : http
  const agent = new client.Agent({ keepAlive: true })
  const keys = keysOf(place)

  /** Sends a request, and with it what the source has. Answers the response if it has one of these statuses. */
  async function send(
    method: 'GET' | 'PUT' | 'DELETE',
    name: string,
    expected: readonly number[],
    headers: Record<string, string> = {},
    source?: AsyncIterable<Buffer>,
  ): Promise<IncomingMessage> {
    slowWork.publish('a file')
    const { key, secret, token } = await keys()
    const signed = await new AwsV4Signer({
      method,
      url: `${base}/${name}`,
      accessKeyId: key,
      secretAccessKey: secret,
      ...(token !== '' && { sessionToken: token }),
      service: 's3',
      region,
    }).sign()
    const request = client.request(signed.url, {
      method,
      headers: { ...Object.fromEntries(signed.headers), ...headers },
      // A connection that was kept may be closed by now, and what streams cannot be sent again.
      agent: source ? false : agent,
      timeout: SILENT_MS,
    })
    request.on('timeout', () => request.destroy(new Error('the bucket does not answer')))
    const answered = new Promise<IncomingMessage>((resolve, reject) =>
      request.on('response', resolve).on('error', reject),
    ).then(async (response) => {
      // Whoever reads it may take their time.
      request.setTimeout(0)
      if (expected.includes(response.statusCode ?? 0)) return response
      const text = await beginningOf(response)
      request.destroy()
      throw new Error(`the bucket answers ${response.statusCode}: ${text}`)
    })
    if (!source) {
      request.end()
      return answered
    }
    // A refusal may come before all is sent.
    const [response] = await Promise.all([answered, pipeline(source, request)])
    return response
  }

  return {
    async write(id, source, size) {
      const headers = { 'content-length': String(size) }
      const response = await send('PUT', prefix + id, [200], headers, source).catch(unavailable)
      response.resume()
    },

    async read(id, range) {
      const headers = range && { range: `bytes=${range.start}-${range.end}` }
      const response = await again(() => send('GET', prefix + id, [range ? 206 : 200, 404], headers)).catch(
        unavailable,
      )
      if (response.statusCode !== 404) return response
      response.resume()
      return undefined
    },

    async remove(id) {
      const response = await again(() => send('DELETE', prefix + id, [200, 204, 404]))
      response.resume()
    },

    async check() {
      const response = await again(() => send('GET', '?list-type=2&max-keys=1', [200]))
      response.resume()
    },
  }
}

/** Once more if the connection that was kept had been closed by the other side. */
const again = (send: () => Promise<IncomingMessage>): Promise<IncomingMessage> =>
  send().catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ECONNRESET' || error.code === 'EPIPE') return send()
    throw error
  })

async function beginningOf(response: IncomingMessage): Promise<string> {
  for await (const chunk of response) return String(chunk).slice(0, 500)
  return ''
}
