// Where a request comes from. The only reader of X-Forwarded-For: sessions, throttles, the rate limit and the log all
// take `request.clientAddress`, or two of them would count one client twice.
import type { IncomingMessage } from 'node:http'
import { BlockList, isIPv4, isIPv6, SocketAddress } from 'node:net'

declare module 'fastify' {
  interface FastifyRequest {
    /** The client's IP address in its canonical spelling, without port or zone. */
    clientAddress: string
  }
}

/** Used when the client was gone before its address could be read. */
const UNKNOWN = '0.0.0.0'

/** Whether an address is one of the proxies, which are addresses and CIDR ranges. */
export function trustedProxies(proxies: readonly string[]): (address: string) => boolean {
  const list = new BlockList()
  for (const proxy of proxies) {
    const [text = '', bits] = proxy.split('/')
    const address = parseAddress(text) ?? text
    const family = isIPv4(address) ? 'ipv4' : 'ipv6'
    const mapped = family === 'ipv4' && text.includes(':') ? 96 : 0
    list.addSubnet(
      address,
      bits === undefined ? (family === 'ipv4' ? 32 : 128) : Number(bits) - mapped,
      family,
    )
  }
  return (text) => {
    const address = parseAddress(text)
    return address !== undefined && list.check(address, isIPv4(address) ? 'ipv4' : 'ipv6')
  }
}

/**
 * The peer; or if it is a proxy of ours, the last address in X-Forwarded-For that no proxy of ours has. What is no
 * address there (`unknown`, a word) tells nothing, so then it is the proxy that wrote it.
 */
export function clientAddress(
  { socket, headers }: IncomingMessage,
  trusted: (address: string) => boolean,
): string {
  let client = parseAddress(socket.remoteAddress ?? '') ?? UNKNOWN
  const hops = String(headers['x-forwarded-for'] ?? '').split(',')
  for (let hop = hops.pop(); hop !== undefined && trusted(client); hop = hops.pop()) {
    const address = parseAddress(hop)
    if (address === undefined) break
    client = address
  }
  return client
}

/**
 * An IP address in its canonical spelling, from what sockets and proxies write: with a port, in brackets or quotes,
 * with a zone, or an IPv4 address mapped into IPv6. Answers undefined for anything else.
 */
export function parseAddress(text: string): string | undefined {
  if (isIPv4(text)) return text
  const bare = text.trim().replace(/^"(.*)"$/, '$1')
  const [, bracketed, withPort] = /^(?:\[(.+)\]|([\d.]+))(?::\d{1,5})?$/.exec(bare) ?? []
  const address = (bracketed ?? withPort ?? bare).replace(/%.*$/s, '')
  if (isIPv4(address)) return address
  if (!isIPv6(address)) return undefined
  const canonical = new SocketAddress({ address, family: 'ipv6' }).address
  return /^::ffff:(\d+(?:\.\d+){3})$/.exec(canonical)?.[1] ?? canonical
}

/** What counters count an address as: an IPv4 address as itself, an IPv6 address as the /64 that its subscriber has. */
export const networkOf = (address: string): string => (isIPv4(address) ? address : prefixOf(address, 4))

/** The /48 of an IPv6 address, which is what a site has. */
export const siteOf = (address: string): string => prefixOf(address, 3)

/** The first groups of 16 bits of an IPv6 address. */
function prefixOf(address: string, groups: number): string {
  const [start = '', end] = address.split('::')
  const parts = (part = '') => part.split(':').filter(Boolean)
  const zeros = end === undefined ? 0 : 8 - parts(start).length - parts(end).length
  return [...parts(start), ...Array<string>(zeros).fill('0'), ...parts(end)].slice(0, groups).join(':')
}
