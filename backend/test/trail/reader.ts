// A process that follows the feed through a server of its own, until it is killed. What it has read, and where it goes
// on, is one line of a file for each page; half a line is what it was writing when it was killed.
import { appendFileSync, readFileSync, truncateSync } from 'node:fs'
import { buildApp } from '../../src/app.ts'
import { loadConfig } from '../../src/config.ts'
import { openDatabase } from '../../src/database/db.ts'

const [file = '', token = '', start = ''] = process.argv.slice(2)
const text = readFileSync(file, 'utf8')
const whole = text.slice(0, text.lastIndexOf('\n') + 1)
truncateSync(file, Buffer.byteLength(whole))
const last = whole.trimEnd().split('\n').at(-1)
let after: string = last ? JSON.parse(last).next : start

const config = loadConfig(process.env)
const { app } = await buildApp({
  config,
  db: openDatabase({ url: config.databaseUrl, size: 4, prepared: true }),
})
for (;;) {
  const answer = await app.inject({
    url: `/api/v1/changes?wait=5&limit=${1 + Math.floor(Math.random() * 100)}&after=${after}`,
    headers: { authorization: `Bearer ${token}` },
  })
  if (answer.statusCode !== 200) throw new Error(answer.body)
  const { items, next } = answer.json()
  after = next
  const events = items.map(({ seq, resource_id, version }: Record<string, unknown>) => [
    seq,
    resource_id,
    version,
  ])
  appendFileSync(file, `${JSON.stringify({ events, next })}\n`)
  process.send?.('working')
}
