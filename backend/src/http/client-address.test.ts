import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { PASSWORD, refused, start } from '../../test/harness.ts'
import { networkOf, parseAddress, trustedProxies } from './client-address.ts'

const world = await start({
  RATE_LIMIT: 'on',
  RATE_LIMIT_PER_MINUTE: '1000000',
  TRUST_PROXY: '127.0.0.1,10.0.0.0/8,2001:db8:ffff::/48',
})

/** Where the service thinks a log-in came from that went through our proxy with this X-Forwarded-For. */
async function seenAs(forwarded: string): Promise<string> {
  const { email, get } = await world.user()
  const headers = { 'x-forwarded-for': forwarded }
  const { status, body } = await world.anonymous.post('auth/login', { email, password: PASSWORD }, headers)
  assert.equal(status, 200, `${forwarded}: ${JSON.stringify(body)}`)
  const { body: sessions } = await get('auth/sessions')
  return sessions.items.find(({ ip }: { ip: string | null }) => ip !== null).ip
}

describe('a client behind a proxy', () => {
  const written = {
    '192.0.2.1': '192.0.2.1',
    '192.0.2.1:5678': '192.0.2.1',
    ' 192.0.2.1 ': '192.0.2.1',
    '"192.0.2.1:5678"': '192.0.2.1',
    '::ffff:192.0.2.1': '192.0.2.1',
    '::FFFF:C000:0201': '192.0.2.1',
    '[::ffff:192.0.2.1]:443': '192.0.2.1',
    '2001:DB8:0:0::1': '2001:db8::1',
    '[2001:db8::1]:443': '2001:db8::1',
    '[2001:db8::1]': '2001:db8::1',
    'fe80::1%eth0': 'fe80::1',
    '[fe80::1%25eth0]:443': 'fe80::1',
    unknown: '127.0.0.1',
    '"x"': '127.0.0.1',
    _hidden: '127.0.0.1',
    '192.0.2.1:port': '127.0.0.1',
    '192.0.2.256': '127.0.0.1',
    '': '127.0.0.1',
    ',': '127.0.0.1',
    '192.0.2.1, unknown': '127.0.0.1',
    // Through three proxies of ours; what comes before the first of them is only what somebody claims.
    '203.0.113.9, 192.0.2.1:80, 10.1.2.3:4567, [2001:db8:ffff::7]:443': '192.0.2.1',
    '192.0.2.1, unknown, 10.1.2.3:4567': '10.1.2.3',
    '10.1.2.3': '10.1.2.3',
  }

  it('is known by its address, however the proxy writes it, and else by that of the proxy', async () => {
    const seen = await Promise.all(
      Object.keys(written).map(async (forwarded) => [forwarded, await seenAs(forwarded)]),
    )
    assert.deepEqual(Object.fromEntries(seen), written)
  })

  it('is logged and counted under that address', async () => {
    const { email } = await world.user()
    const guess = (forwarded: string) =>
      world.anonymous.post(
        'auth/login',
        { email, password: 'a wrong horse' },
        { 'x-forwarded-for': forwarded },
      )
    for (let port = 1; port <= 10; port++)
      refused(
        await guess(port % 2 ? `[2001:db8:1:2::${port}]:${port}` : `2001:db8:1:2:${port}::`),
        401,
        'invalid_credentials',
      )
    refused(await guess('2001:db8:1:2::ffff'), 429, 'rate_limited')
    refused(await guess('[2001:db8:1:3::1]:1'), 401, 'invalid_credentials')
    assert(world.log.some((line) => JSON.parse(line).ip === '2001:db8:1:3::1'))
  })
})

describe('an address', () => {
  it('is none if it is not one', () => {
    for (const text of ['', 'x', '1.2.3', '1.2.3.4.5', '1.2.3.4:x', '[1.2.3.4', ':::', '::1]:2', '[]', '%'])
      assert.equal(parseAddress(text), undefined, text)
  })

  it('stands for itself if it is IPv4, and for the network of its subscriber if it is IPv6', () => {
    const same = (a: string, b: string) => assert.equal(networkOf(a), networkOf(b))
    assert.equal(networkOf('192.0.2.1'), '192.0.2.1')
    same('2001:db8:1:2::1', '2001:db8:1:2:ffff:ffff:ffff:ffff')
    same('2001:db8::1', '2001:db8:0:0:9::')
    same('::1', '::2')
    assert.notEqual(networkOf('2001:db8:1:2::1'), networkOf('2001:db8:1:3::1'))
    assert.notEqual(networkOf('2001:db8::1'), networkOf('2001:db9::1'))
  })

  it('is a proxy of ours in every spelling, and only in its network', () => {
    const trusted = trustedProxies(['10.0.0.0/8', '::ffff:192.0.2.0/120', '2001:db8::7'])
    for (const address of ['10.1.2.3', '::ffff:10.1.2.3', '10.1.2.3:80', '192.0.2.9', '2001:DB8:0::7'])
      assert(trusted(address), address)
    for (const address of ['11.1.2.3', '192.0.3.9', '2001:db8::8', 'unknown', ''])
      assert(!trusted(address), address)
  })
})
