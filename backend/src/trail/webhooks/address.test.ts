import assert from 'node:assert/strict'
import dns from 'node:dns/promises'
import { syncBuiltinESMExports } from 'node:module'
import { isIP } from 'node:net'
import { describe, it } from 'node:test'
import { refused, start } from '../../../test/harness.ts'
import { isRefused, publicLookup, RefusedAddress } from './address.ts'
import { send } from './send.ts'

const world = await start()

/** Loopback, private, link-local (the metadata services of EC2 and ECS), shared, unique local, and their disguises. */
const PRIVATE = [
  '127.0.0.1',
  '127.1',
  '2130706433',
  '0x7f.0.0.1',
  '0177.0.0.1',
  '0.0.0.0',
  '10.1.2.3',
  '172.16.0.1',
  '172.31.255.255',
  '192.168.1.1',
  '169.254.169.254',
  '169.254.170.2',
  '100.64.0.1',
  '[::1]',
  '[::]',
  '[fd00::1]',
  '[fe80::1]',
  '[::ffff:127.0.0.1]',
  '[::ffff:a9fe:a9fe]',
  '[::ffff:0:127.0.0.1]',
  '[2002:7f00:1::]',
  '[64:ff9b::7f00:1]',
  '[64:ff9b:1::7f00:1]',
  '[2001:0:7f00:1::]',
  '[::127.0.0.1]',
  '[fec0::1]',
  '[2001:db8::1]',
  '127.0.0.1.',
  '①②⑦.0.0.1',
  '[ff02::1]',
  '224.0.0.1',
  '255.255.255.255',
]

describe('A webhook must not reach inside', () => {
  it('by an address in any spelling, when it is created or changed', async () => {
    const { owner, project } = await world.team()
    const { body: webhook } = await owner.post(`projects/${project.id}/webhooks`, {
      url: 'https://example.com',
    })
    for (const host of PRIVATE) {
      refused(await owner.post(`projects/${project.id}/webhooks`, { url: `http://${host}/` }), 400, 'invalid')
      refused(
        await owner.patch(`projects/${project.id}/webhooks/${webhook.id}`, { url: `http://${host}/` }),
        400,
        'invalid',
      )
    }
  })

  it('by an address it had before the rule, nor by a name that resolves to one', async () => {
    for (const host of ['127.0.0.1:1', '[::1]:1', 'localhost:1']) {
      const outcome = await send({ id: 'x', url: `http://${host}/`, payload: '{}', secrets: [] }, false)
      assert.deepEqual([outcome.status, outcome.error], [null, new RefusedAddress().message], host)
    }
  })

  it('by a name of which one address is private, nor by one that changes its mind after it was checked', async (t) => {
    const answers = [['8.8.8.8', '10.0.0.1'], ['::ffff:127.0.0.1'], ['2606:4700::1'], ['127.0.0.1']]
    const asked: string[] = []
    const real = dns.lookup
    t.after(() => {
      dns.lookup = real
      syncBuiltinESMExports()
    })
    dns.lookup = (async (name: string) => {
      asked.push(name)
      return answers.shift()!.map((address) => ({ address, family: isIP(address) }))
    }) as any
    syncBuiltinESMExports()
    const resolve = (all: boolean) =>
      new Promise((done) => publicLookup('name.example', { all }, (error, address) => done(error ?? address)))
    assert((await resolve(true)) instanceof RefusedAddress)
    assert((await resolve(false)) instanceof RefusedAddress)
    // What the connection is given is what was checked: the name is not looked up again.
    assert.deepEqual(await resolve(true), [{ address: '2606:4700::1', family: 6 }])
    assert.equal(asked.length, 3)
    const outcome = await send({ id: 'x', url: 'http://name.example:1/', payload: '{}', secrets: [] }, false)
    assert.deepEqual([outcome.status, outcome.error], [null, new RefusedAddress().message])
    assert.deepEqual(
      asked,
      Array.from({ length: 4 }, () => 'name.example'),
    )
  })

  it('but public addresses are fine', () => {
    for (const address of ['8.8.8.8', '1.1.1.1', '2606:4700:4700::1111', '172.32.0.1', '100.128.0.1'])
      assert.equal(isRefused(address), false, address)
  })

  it('nor carry credentials or another scheme', async () => {
    const { owner, project } = await world.team()
    for (const url of [
      'ftp://example.com',
      'https://user:pass@example.com',
      'javascript:alert(1)',
      'example.com',
    ]) {
      refused(await owner.post(`projects/${project.id}/webhooks`, { url }), 400, 'invalid')
    }
  })
})
