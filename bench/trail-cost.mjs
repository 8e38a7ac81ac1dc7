// node bench/trail-cost.mjs [--rounds 9] [--seconds 3] [--tasks 100000]: what the trail costs an update, in requests a
// second: rounds with the trigger that keeps versions and writes the event take turns with rounds without it.
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
const { withoutEvents } = await import('./events.mjs')
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
  await run()
  const rounds = []
  for (let round = 0; round < Number(values.rounds); round++) {
    // Each goes first in turn, so that neither always finds what the other has left behind.
    const both = [() => run(), () => withoutEvents(url, run)]
    const [first, second] = round % 2 === 0 ? both : both.toReversed()
    const results = [await first(), await second()]
    const [event, none] = round % 2 === 0 ? results : results.toReversed()
    rounds.push({ event, none, ratio: none.rate / event.rate })
    console.log(
      `${Math.round(event.rate)}/s with its event, ${Math.round(none.rate)}/s without: ${rounds.at(-1).ratio.toFixed(2)}`,
    )
  }
  for (const kind of ['event', 'none']) {
    const { rate, app: process, database } = summarise(rounds.map((round) => round[kind]))
    console.log(
      `${kind === 'event' ? 'with' : 'without'}: ${Math.round(rate.median)}/s (${Math.round(rate.min)} to ${Math.round(rate.max)}), app ${Math.round(process?.median ?? 0)} µs, PostgreSQL ${Math.round(database?.median ?? 0)} µs`,
    )
  }
  console.log(`ratio: ${median(rounds.map(({ ratio }) => ratio)).toFixed(2)} (bar: below 1.5)`)
} finally {
  await app?.stop()
  await dropDatabase(server, NAME)
  await server.stop()
  rmSync(directory, { recursive: true, force: true })
}
process.exit()
