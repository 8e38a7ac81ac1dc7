import assert from 'node:assert/strict'
import { createServer, request as send } from 'node:http'
import { after, describe, it } from 'node:test'
import { eventually, refused, start, type Actor } from '../../test/harness.ts'
import { noS3, startS3 } from '../../test/s3.ts'
import { ConfigError, loadConfig } from '../config.ts'
import { keepHouse } from '../process/housekeeping.ts'
import { bucketStore } from './bucket.ts'
import { keysOf } from './keys.ts'
import { openStore } from './open.ts'
import type { Bucket } from './settings.ts'

describe('Files in a bucket', { skip: noS3 }, async () => {
  if (noS3) return
  const s3 = await startS3()
  const world = await start(s3.env)
  const { files: place } = world.config

  async function team() {
    const people = await world.team()
    const { body: task } = await people.editor.post(`projects/${people.project.id}/tasks`, { title: 'Task' })
    return { ...people, task, files: `tasks/${task.id}/files` }
  }

  const read = async (actor: Actor, id: string, headers: Record<string, string> = {}) => {
    const response = await fetch(`${world.origins[0]}/api/v1/files/${id}/content`, {
      headers: { authorization: `Bearer ${actor.token}`, ...headers },
    })
    return [response.status, await response.text(), response.headers.get('content-range')]
  }

  it('are kept there, read whole and in parts, and removed once they are purged', async () => {
    const { editor, viewer, admin, files } = await team()
    const { status, body: file } = await editor.post(`${files}?name=x`, '0123456789')
    assert.equal(status, 201)
    assert(s3.objects().includes(`team files/${file.id}`), s3.objects().join())
    assert.deepEqual(await read(viewer, file.id), [200, '0123456789', null])
    assert.deepEqual(await read(viewer, file.id, { range: 'bytes=2-4' }), [206, '234', 'bytes 2-4/10'])
    const { body: empty } = await editor.post(`${files}?name=empty`)
    assert.deepEqual(await read(viewer, empty.id), [200, '', null])
    await editor.delete(`files/${file.id}`)
    await keepHouse(world.servers[0]!.db, world.config)
    assert(s3.objects().includes(`team files/${file.id}`))
    await admin.delete(`trash/${file.id}`)
    await Promise.all(world.servers.map(({ db }) => keepHouse(db, world.config)))
    assert(!s3.objects().includes(`team files/${file.id}`))
    assert.equal((await read(viewer, file.id))[0], 404)
  })

  it('leave nothing there if they break off or are refused afterwards', async () => {
    const { editor, files } = await team()
    const before = s3.objects().length
    const request = send(`${world.origins[0]}/api/v1/${files}?name=x`, {
      method: 'POST',
      headers: { authorization: `Bearer ${editor.token}`, 'content-length': 1000 },
    })
    request.on('error', () => undefined)
    request.write('half')
    const announced = async () => {
      const { rows } = await world.pool.query('select from unclaimed_contents')
      return rows.length
    }
    await eventually(async () => assert.equal(await announced(), 1))
    request.destroy()
    await eventually(async () => assert.equal(await announced(), 0))
    const wrong = { 'content-digest': `sha-256=:${Buffer.alloc(32).toString('base64')}:` }
    refused(await editor.post(`${files}?name=x`, 'Content', wrong), 400, 'digest_mismatch')
    await eventually(async () => assert.equal(await announced(), 0))
    assert.equal(s3.objects().length, before)
  })

  it('are not available while the bucket refuses, and the start says so', async () => {
    const bucket = place as Bucket
    const store = bucketStore({ ...bucket, keys: { key: 'tasktrail', secret: 'wrong', token: '' } })
    await assert.rejects(store.check(), /answers 403: .*SignatureDoesNotMatch/s)
    const large = async function* () {
      for (let i = 0; i < 100; i++) yield Buffer.alloc(100_000)
    }
    await assert.rejects(store.write('id', large(), 10_000_000), { code: 'unavailable' })
    await assert.rejects(store.read('id'), { code: 'unavailable' })
    await assert.rejects(store.remove('id'), /answers 403/)
    await bucketStore(bucket).check()
    assert.equal(await bucketStore(bucket).read('none'), undefined)
  })
})

describe('The place of files', () => {
  const load = (env: Record<string, string>) =>
    loadConfig({ JWT_SECRET_KEY: 'for the tests only 0123456789abcdefghijk', DATA_DIR: '/data', ...env })
  const KEYS = { AWS_ACCESS_KEY_ID: 'a', AWS_SECRET_ACCESS_KEY: 'b' }

  it('is a folder, or a bucket with its region, endpoint and keys', () => {
    assert.deepEqual(load({}).files, { folder: '/data/files' })
    assert.deepEqual(load({ FILES_URL: 's3://team/a/b?region=eu-central-1', ...KEYS }).files, {
      bucket: 'team',
      prefix: 'a/b/',
      region: 'eu-central-1',
      endpoint: '',
      keys: { key: 'a', secret: 'b', token: '' },
    })
    const role = { AWS_REGION: 'eu-west-1', AWS_CONTAINER_CREDENTIALS_RELATIVE_URI: '/v2/x' }
    assert.deepEqual(load({ FILES_URL: 's3://team', ...role }).files, {
      bucket: 'team',
      prefix: '',
      region: 'eu-west-1',
      endpoint: '',
      keys: { container: 'http://169.254.170.2/v2/x' },
    })
    for (const url of ['https://x', 's3://', 's3://team', 's3://team?region=a&x=1', 's3://team?endpoint=x'])
      assert.throws(() => load({ FILES_URL: url, ...KEYS }), ConfigError, url)
    assert.throws(() => load({ FILES_URL: 's3://team?region=a', AWS_ACCESS_KEY_ID: 'a' }), /belong together/)
  })

  it('is missing in production without a folder that lasts, and where nobody may write', () => {
    const production = { NODE_ENV: 'production', DATABASE_URL: 'postgresql://x/x', DATA_DIR: '' }
    assert.equal(load(production).files, undefined)
    assert.match(String(Object.values(openStore(load(production)))), /set DATA_DIR/)
    assert.match(String(Object.values(openStore(load({ DATA_DIR: '/dev/null' })))), /has to be a folder/)
    const keyless = openStore(load({ FILES_URL: 's3://team?region=a' }))
    assert.match(String(Object.values(keyless)), /AWS_ACCESS_KEY_ID/)
  })

  it('gets the keys of a container’s role, and new ones before they end', async () => {
    let asked = 0
    const ends = [Date.now() + 60_000, Date.now() + 3_600_000]
    const role = createServer((_request, response) => {
      const Expiration = new Date(ends[asked++] ?? 0).toISOString()
      response.end(JSON.stringify({ AccessKeyId: `a${asked}`, SecretAccessKey: 'b', Token: 'c', Expiration }))
    }).listen(0, '127.0.0.1')
    after(() => role.close())
    await new Promise((resolve) => role.on('listening', resolve))
    const { port } = role.address() as { port: number }
    const keys = keysOf({ keys: { container: `http://127.0.0.1:${port}/` } } as Bucket)
    const got = [await keys(), await keys(), await keys()].map(({ key }) => key)
    assert.deepEqual([got, asked], [['a1', 'a2', 'a2'], 2])
  })
})
