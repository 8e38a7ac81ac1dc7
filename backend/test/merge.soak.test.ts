// Many people, one task, two processes of the service:
//   node scripts/test.mjs backend/test/merge.soak.test.ts
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { refused, start } from './harness.ts'
import { startService } from './process.ts'
import { increment } from './races.ts'

const CLIENTS = 20
const ROUNDS = 50
const EQUAL = 50

const world = await start()
type Send = (title: string, tag: string) => [body: object, query: string, headers: Record<string, string>]
const services = [0, 1].map(() => startService({ DATABASE_URL: world.url }))
const origins = (await Promise.all(services.map(({ port }) => port))).map(
  (port) => `http://127.0.0.1:${port}`,
)

async function task() {
  const { editor, project } = await world.team()
  const { body } = await editor.post(`projects/${project.id}/tasks`, { title: 'First', position: 0 })
  const client = (n: number) => world.client(editor.token, origins[n % 2])
  return { editor, path: `tasks/${body.id}`, client }
}

describe('Two processes', () => {
  it(`lose none of ${CLIENTS} × ${ROUNDS} steps of reading and writing`, { timeout: 300_000 }, async (t) => {
    const { editor, path, client } = await task()
    const begun = performance.now()
    await Promise.all(Array.from({ length: CLIENTS }, (_, n) => increment(client(n), path, ROUNDS)))
    const { position, version } = (await editor.get(path)).body
    assert.deepEqual([position, version], [CLIENTS * ROUNDS, CLIENTS * ROUNDS + 1])
    t.diagnostic(`${((performance.now() - begun) / 1000).toFixed(1)} s`)
  })

  for (const [name, code, send] of [
    ['If-Match', 'precondition_failed', (title, tag) => [{ title }, '', { 'if-match': tag }]],
    ['base_version', 'version_conflict', (title) => [{ title }, '?base_version=1', {}]],
  ] satisfies [string, string, Send][])
    it(`let one of ${EQUAL} equal writes through, by ${name}, every time`, async () => {
      for (let round = 0; round < 20; round++) {
        const { editor, path, client } = await task()
        const tag = (await editor.get(path)).headers.get('etag')!
        const answers = await Promise.all(
          Array.from({ length: EQUAL }, (_, n) => {
            const [body, query, headers] = send(`Write ${n}`, tag)
            return client(n).patch(path + query, body, headers)
          }),
        )
        const won = answers.filter(({ status }) => status === 200)
        assert.equal(won.length, 1)
        for (const answer of answers)
          if (answer.status !== 200) refused(answer, name === 'If-Match' ? 412 : 409, code)
        assert.deepEqual((await editor.get(path)).body, won[0]!.body)
        assert.equal(won[0]!.body.version, 2)
      }
    })
})
