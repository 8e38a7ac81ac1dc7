// Which addresses a webhook may reach. Its owner chooses the URL, and the server sits inside a network: without this
// check the server would fetch the cloud's metadata or a neighbour's admin page on anybody's behalf (SSRF).
import { lookup } from 'node:dns/promises'
import { BlockList, isIP, type LookupFunction } from 'node:net'

// IANA special-purpose registries. Of IPv6 only 2000::/3 is the Internet. The ranges that carry an IPv4 address
// (v4-mapped, v4-translated, NAT64, 6to4, Teredo) are refused whole: what they reach is that IPv4 address.
const REFUSED = {
  ipv4: [
    '0.0.0.0/8',
    '10.0.0.0/8',
    '100.64.0.0/10',
    '127.0.0.0/8',
    '169.254.0.0/16',
    '172.16.0.0/12',
    '192.0.0.0/24',
    '192.0.2.0/24',
    '192.88.99.0/24',
    '192.168.0.0/16',
    '198.18.0.0/15',
    '198.51.100.0/24',
    '203.0.113.0/24',
    '224.0.0.0/4',
    '240.0.0.0/4',
  ],
  ipv6: ['::/3', '2001::/23', '2001:db8::/32', '2002::/16', '3fff::/20', '4000::/2', '8000::/1'],
} as const

// One list for each family: a list of both takes every IPv4 address for its v4-mapped spelling.
const lists = { ipv4: new BlockList(), ipv6: new BlockList() }
for (const family of ['ipv4', 'ipv6'] as const) {
  for (const range of REFUSED[family]) {
    const [network = '', bits = ''] = range.split('/')
    lists[family].addSubnet(network, Number(bits), family)
  }
}

export class RefusedAddress extends Error {
  constructor() {
    // The address is not told: it would turn webhooks into a way to look names up from inside the network.
    super('the address is private or reserved')
  }
}

/** Whether an address is one that only the inside of a network, or nobody, should answer under. */
export function isRefused(address: string): boolean {
  const family = isIP(address) === 6 ? 'ipv6' : 'ipv4'
  return lists[family].check(address, family)
}

/**
 * Looks a name up and answers only if every address is public; the connection is made to what was checked, so a name
 * that changes its mind in between (DNS rebinding) gains nothing.
 */
export const publicLookup: LookupFunction = (hostname, options, callback) => {
  lookup(hostname, { ...options, all: true }).then(
    (addresses) => {
      const [first] = addresses
      if (!first || addresses.some(({ address }) => isRefused(address))) callback(new RefusedAddress(), '', 0)
      else if (options.all) callback(null, addresses)
      else callback(null, first.address, first.family)
    },
    (error: NodeJS.ErrnoException) => callback(error, '', 0),
  )
}

/** Throws for a URL whose host is a refused address itself: no name is looked up then. Takes any spelling of it. */
export function checkLiteralAddress(url: URL): void {
  const host = url.hostname.replace(/^\[|\]$/g, '')
  if (isIP(host) > 0 && isRefused(host)) throw new RefusedAddress()
}
