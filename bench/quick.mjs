// The guard: a few cases for a short time, to be compared with what was stored before a change.
import { buildCases } from './cases.mjs'
import { createSeeded, dropDatabase } from './databases.mjs'
import { measure, summarise } from './measure.mjs'
import { startTasktrail } from './tasktrail.mjs'

const CASES = /^(health|validate|task by id|list of 50|create|update$|mixed)/
const ROUNDS = 5
const SECONDS = 1

/** Medians of rate and CPU time for each case. */
export async function compareQuickly({ server, directory, database, stopping }) {
  const url = await createSeeded(server, 'bench_quick', 10_000)
  stopping.push(() => dropDatabase(server, 'bench_quick'))
  const app = await startTasktrail({ url, directory })
  stopping.push(app.stop)
  const cases = (await buildCases(url, app.port)).filter(({ name }) => CASES.test(name))
  const measured = new Map(cases.map(({ name }) => [name, []]))
  for (const work of cases) await measure(app, work, 2, { database, directory })
  for (let round = 0; round < ROUNDS; round++)
    for (const work of cases)
      measured.get(work.name).push(await measure(app, work, SECONDS, { database, directory }))

  console.log(`${'medians'.padEnd(34)} requests/s  app µs  PostgreSQL µs`)
  return Object.fromEntries(
    [...measured].map(([name, all]) => {
      const { rate, app: appTime, database: databaseTime } = summarise(all)
      const figures = [rate, appTime, databaseTime].map((figure) => figure && Math.round(figure.median))
      console.log(name.padEnd(34), ...figures.map((figure) => String(figure ?? '–').padStart(9)))
      return [name, { rate: figures[0], app: figures[1], database: figures[2] }]
    }),
  )
}
