// node bench/trail-cost.mjs [--rounds 9] [--seconds 3] [--tasks 100000]: what the trail costs an update, in requests a
// second. It alternates between four set-ups: the trigger as it is; the trigger without events; a trigger that only does
// what any optimistic locking does (version and updated_at); and no trigger at all.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { ROOT, installIfNeeded } from '../scripts/install.mjs'

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '9' },
    seconds: { type: 'string', default: '3' },
    tasks: { type: 'string', default: '100000' },
  },
})
await installIfNeeded()
process.chdir(ROOT)
const { buildCases } = await import('./cases.mjs')
const { createSeeded, dropDatabase, openServer, postmaster } = await import('./databases.mjs')
const { withLockingOnly, withoutEvents, withoutTrigger } = await import('./events.mjs')
const { measure, median, summarise } = await import('./measure.mjs')
const { startTasktrail } = await import('./tasktrail.mjs')

const NAME = 'bench_trail_cost'
const directory = mkdtempSync(join(tmpdir(), 'tasktrail-bench-'))
const server = await openServer(directory)
let app
try {
  const url = await createSeeded(server, NAME, Number(values.tasks))
  app = await startTasktrail({ url, directory })
  const update = (await buildCases(url, app.port)).find(({ name }) => name === 'update')
  const context = { database: await postmaster(server), directory }
  const run = () => measure(app, update, Number(values.seconds), context)
  const kinds = [
    ['with its event', run],
    ['without', () => withoutEvents(url, run)],
    ['version and updated_at only', () => withLockingOnly(url, run)],
    ['no trigger', () => withoutTrigger(url, run)],
  ]
  await run()
  const results = new Map(kinds.map(([name]) => [name, []]))
  for (let round = 0; round < Number(values.rounds); round++) {
    // Each goes first in turn, so that none always finds what another has left behind.
    const order = kinds.map((_, i) => kinds[(round + i) % kinds.length])
    for (const [name, measureIt] of order) results.get(name).push(await measureIt())
    console.log(
      [...results].map(([name, all]) => `${String(name)} ${Math.round(all.at(-1).rate)}/s`).join(', '),
    )
  }
  const event = results.get('with its event')
  for (const [name, all] of results) {
    const { rate, app: process, database } = summarise(all)
    const ratio = median(all.map((each, round) => each.rate / event[round].rate))
    console.log(
      `${String(name)}: ${Math.round(rate.median)}/s (${Math.round(rate.min)} to ${Math.round(rate.max)}), app ${Math.round(process?.median ?? 0)} µs, PostgreSQL ${Math.round(database?.median ?? 0)} µs, ratio ${ratio.toFixed(2)}`,
    )
  }
} finally {
  await app?.stop()
  await dropDatabase(server, NAME)
  await server.stop()
  rmSync(directory, { recursive: true, force: true })
}
process.exit()
