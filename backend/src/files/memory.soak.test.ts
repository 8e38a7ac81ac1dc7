// Twenty uploads of 100 MB at once, then twenty downloads, through one process, with each of the stores:
//   node scripts/test.mjs backend/src/files/memory.soak.test.ts
import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { request as send } from 'node:http'
import { it } from 'node:test'
import { start } from '../../test/harness.ts'
import { startService } from '../../test/process.ts'
import { noS3, startS3 } from '../../test/s3.ts'

const AT_ONCE = 20
const PARTS = 100
const PART = randomBytes(1_000_000)
const MOST_MB = 250

const world = await start()
const content = createHash('sha256')
for (let i = 0; i < PARTS; i++) content.update(PART)
const sha256 = content.digest('hex')

/** The most memory that the process has had. */
const peak = (pid: number) =>
  Math.round(Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024)

const linux = process.platform !== 'linux' && 'reads /proc'

for (const [store, skip] of [
  ['a folder', linux],
  ['a bucket', linux || noS3],
] as const)
  it(`files in ${store} stream through less than ${MOST_MB} MB`, { skip, timeout: 400_000 }, async (t) => {
    const { editor, project } = await world.team()
    const { body: task } = await editor.post(`projects/${project.id}/tasks`, { title: 'Large' })
    const service = startService({
      DATABASE_URL: world.config.databaseUrl,
      DATA_DIR: world.config.dataDir,
      // As the image and npm start have it.
      NODE_OPTIONS: '--max-semi-space-size=4 --max-old-space-size=512',
      ...(store === 'a bucket' && (await startS3()).env),
    })
    const origin = `http://127.0.0.1:${await service.port}/api/v1`
    const headers = { authorization: `Bearer ${editor.token}` }
    const before = peak(service.pid)

    const upload = (name: string) =>
      new Promise<any>((resolve, reject) => {
        const request = send(`${origin}/tasks/${task.id}/files?name=${name}`, {
          agent: false,
          method: 'POST',
          headers: { ...headers, 'content-length': PARTS * PART.length },
        })
        request.on('error', reject).on('response', (response) => {
          let text = ''
          response.on('data', (chunk) => (text += chunk)).on('end', () => resolve(JSON.parse(text)))
        })
        let sent = 0
        const more = () => {
          while (sent < PARTS) {
            sent++
            if (!request.write(PART)) return
          }
          request.end()
        }
        request.on('drain', more)
        more()
      })
    const begun = performance.now()
    const files = await Promise.all(Array.from({ length: AT_ONCE }, (_, n) => upload(`${n}.bin`)))
    for (const file of files) assert.equal(file.sha256, sha256, JSON.stringify(file))
    const up = peak(service.pid)
    const seconds = Math.round((performance.now() - begun) / 1000)

    const download = async (id: string) => {
      const response = await fetch(`${origin}/files/${id}/content`, { headers })
      const hash = createHash('sha256')
      for await (const chunk of response.body!) hash.update(chunk as Uint8Array)
      return hash.digest('hex')
    }
    const read = await Promise.all(files.map(({ id }) => download(id)))
    assert.deepEqual(new Set(read), new Set([sha256]))
    const down = peak(service.pid)
    t.diagnostic(`${before} MB before, ${up} MB after ${seconds} s of uploads, ${down} MB after downloads`)
    assert(down < MOST_MB)
    await service.signal('SIGTERM')
  })
