// npm run bench [-- --quick [--save]] [--rounds 5] [--seconds 3] [--tasks 100000] [--scale 10000,1000000]: measures the
// server beside the reference and the limit, and writes bench/results.md, results.json and results.svg.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { availableParallelism, cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { ROOT, installIfNeeded } from '../scripts/install.mjs'

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    save: { type: 'boolean', default: false },
    rounds: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '3' },
    tasks: { type: 'string', default: '100000' },
    scale: { type: 'string', default: '10000,1000000' },
    only: { type: 'string', default: '' },
  },
})
await installIfNeeded()
process.chdir(ROOT)
mkdirSync('bench/out', { recursive: true })

const { openServer, postmaster } = await import('./databases.mjs')
const directory = mkdtempSync(join(tmpdir(), 'tasktrail-bench-'))
const server = await openServer(directory)
const stopping = []
try {
  const context = { server, directory, database: await postmaster(server), stopping }
  if (values.quick) await quick(context)
  else await full(context)
} catch (error) {
  console.error(error)
  process.exitCode = 1
} finally {
  for (const stop of stopping.toReversed()) await stop()
  await server.stop()
  rmSync(directory, { recursive: true, force: true })
  process.exit()
}

async function full(context) {
  const { compareAll } = await import('./compare.mjs')
  const { report } = await import('./report.mjs')
  const results = {
    at: new Date().toISOString().slice(0, 10),
    machine: machine(),
    command: `npm run bench${process.argv.slice(2).length > 0 ? ` -- ${process.argv.slice(2).join(' ')}` : ''}`,
    ...(await compareAll(context, {
      rounds: Number(values.rounds),
      seconds: Number(values.seconds),
      tasks: Number(values.tasks),
      scales: values.scale.split(',').filter(Boolean).map(Number),
      only: values.only,
    })),
  }
  report(results)
}

function machine() {
  return `${availableParallelism()} × ${cpus()[0]?.model ?? 'processor'}, Node ${process.version}`
}

async function quick(context) {
  const { compareQuickly } = await import('./quick.mjs')
  const baseline = 'bench/baseline.json'
  const now = await compareQuickly(context)
  if (values.save) {
    writeFileSync(baseline, `${JSON.stringify({ machine: machine(), cases: now }, null, 2)}\n`)
    console.log(`\nsaved as ${baseline}`)
    return
  }
  const { machine: where, cases: before } = JSON.parse(readFileSync(baseline, 'utf8'))
  if (where !== machine())
    console.log(
      `\nThe baseline is of another machine (${where}): save one of this first, with --quick --save.`,
    )
  const ratio = (a, b) => (a && b ? `${(a / b).toFixed(2)} ×` : '–')
  console.log(`\n${'now : baseline'.padEnd(34)}      rate   app CPU    PostgreSQL CPU`)
  for (const [name, figures] of Object.entries(now)) {
    const then = before[name]
    if (then)
      console.log(
        name.padEnd(34),
        ...['rate', 'app', 'database'].map((figure) => ratio(figures[figure], then[figure]).padStart(9)),
      )
  }
}
