import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { refused, start } from '../../test/harness.ts'
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
  '[2002:7f00:1::]',
  '[64:ff9b::7f00:1]',
  '[2001:0:7f00:1::]',
  '[::127.0.0.1]',
  '[ff02::1]',
  '224.0.0.1',
  '255.255.255.255',
]

describe('A webhook must not reach inside', () => {
  it('by an address in any spelling, when it is created or changed', async () => {
    const { owner, project } = await world.cast()
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

  it('because the connection is made to the address that was checked', async () => {
    const error = await new Promise((resolve) => publicLookup('localhost', {}, resolve))
    assert(error instanceof RefusedAddress)
  })

  it('but public addresses are fine', () => {
    for (const address of ['8.8.8.8', '1.1.1.1', '2606:4700:4700::1111', '172.32.0.1', '100.128.0.1'])
      assert.equal(isRefused(address), false, address)
  })

  it('nor carry credentials or another scheme', async () => {
    const { owner, project } = await world.cast()
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
