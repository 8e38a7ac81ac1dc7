// The whole comparison, in interleaved rounds: other load on the machine affects all candidates alike.
import { buildCases } from './cases.mjs'
import { createSeeded, dropDatabase, withoutTriggers } from './databases.mjs'
import { startFlask, whyNoFlask } from './flask.mjs'
import { withoutEvents, withoutTrigger } from './events.mjs'
import { createLimit, whyNoLimit } from './limit.mjs'
import { generator } from './load.mjs'
import { measure, summarise } from './measure.mjs'
import { residentMemory } from './processes.mjs'
import { measureStarts } from './starts.mjs'
import { measureStreams } from './streams.mjs'
import { startTasktrail } from './tasktrail.mjs'

const WARM_UP = 2

export async function compareAll(
  { server, directory, database, stopping },
  { rounds, seconds, tasks, scales, only },
) {
  const skipped = []
  const starts = await measureStarts(3, directory)
  console.log(
    `starts: empty ${Math.round(starts.empty.median)} ms, existing ${Math.round(starts.existing.median)} ms`,
  )

  const world = await open('bench_main', tasks)
  const fresh = residentMemory(world.app.pid)
  const chosen = world.cases.filter(({ name }) => name.includes(only))
  const flask = await openReference(world)
  const noLimit = whyNoLimit()
  if (noLimit) skip(skipped, 'the limit', noLimit)
  const limit = noLimit ? undefined : await createLimit({ url: world.url, tasks, database, directory })
  const others = []
  for (const scale of scales) others.push({ scale, ...(await open(`bench_${scale}`, scale)) })

  const results = new Map()
  const note = (kind, name, figures) => {
    const key = `${kind}\t${name}`
    results.set(key, [...(results.get(key) ?? []), figures])
    const { rate, p50, app, database: postgres } = figures
    console.log(
      `${kind.padEnd(12)} ${name.padEnd(34)} ${Math.round(rate).toString().padStart(7)}/s`,
      `${p50.toFixed(1).padStart(7)} ms  app ${Math.round(app ?? 0)} µs  PostgreSQL ${Math.round(postgres ?? 0)} µs`,
    )
  }
  const run = async (kind, subject, work, time) =>
    note(kind, work.key ?? work.name, await measure(subject, work, time, { database, directory }))

  for (const work of chosen) await measure(world.app, work, WARM_UP, { database, directory })
  for (let round = 1; round <= rounds; round++) {
    console.log(`\nround ${round} of ${rounds}`)
    for (const work of chosen) {
      await run('tasktrail', world.app, work, seconds)
      if (flask && work.reference) await run('reference', flask, work, seconds)
      if (limit && work.pgbench) note('limit', work.name, await limit(work.name, seconds))
      if (work.name === 'update') {
        await withoutEvents(world.url, () => run('no event', world.app, work, seconds))
        await withoutTrigger(world.url, () => run('no trigger', world.app, work, seconds))
      }
      if (!work.scaled) continue
      for (const { scale, app, cases } of others) {
        const same = cases.find((other) => (other.key ?? other.name) === (work.key ?? work.name))
        await run(`scale ${scale}`, app, same, seconds)
      }
    }
  }
  const loaded = residentMemory(world.app.pid)
  // A server of their own: the memory that another has to spare would hide what they take.
  const another = await startTasktrail({ url: world.url, directory })
  stopping.push(another.stop)
  const streams = await measureStreams({ app: another, url: world.url, seconds: 10, database })
  console.log(streams)
  return {
    settings: { rounds, seconds, tasks, scales, generator, gunicorn: flask?.settings, trials: flask?.trials },
    skipped,
    starts,
    streams,
    memory: { fresh, loaded },
    cases: [...results].map(([key, all]) => {
      const [kind, name] = key.split('\t')
      return { kind, name, ...summarise(all) }
    }),
  }

  /** A seeded database with a server on it, which has been warmed up. */
  async function open(name, count) {
    console.log(`seeding ${count} tasks`)
    const url = await createSeeded(server, name, count)
    stopping.push(() => dropDatabase(server, name))
    const app = await startTasktrail({ url, directory })
    stopping.push(app.stop)
    const cases = await buildCases(url, app.port)
    for (const work of cases.filter(({ scaled }) => scaled))
      await measure(app, work, 1, { database, directory })
    return { name, url, app, cases }
  }

  async function openReference({ cases }) {
    const why = whyNoFlask()
    if (why) return skip(skipped, 'the reference', why)
    const url = await withoutTriggers(await createSeeded(server, 'bench_flask', tasks))
    stopping.push(() => dropDatabase(server, 'bench_flask'))
    const subject = await startFlask({
      url,
      work: cases.find(({ name }) => name === 'task by id'),
      directory,
    })
    stopping.push(subject.stop)
    return subject
  }
}

function skip(reasons, what, why) {
  reasons.push(`${what}: ${why}`)
  console.log(`skipped ${what}: ${why}`)
}
