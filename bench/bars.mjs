// The bars that the design sets, and whether this run meets them.
const REFERENCE = 12
const LIMIT = 60
const SCALE = 1.3
const MEMORY = 150
const START = { empty: 3_000, existing: 1_000 }
const EVENT = 1.5

/** Each bar with what was measured; bars whose measurement was skipped are left out. */
export function bars({ cases, starts, settings }) {
  const of = (kind) => cases.filter((each) => each.kind === kind)
  const ours = (name) => cases.find((each) => each.kind === 'tasktrail' && each.name === name)
  const result = []
  const add = (bar, measured, met) => result.push({ bar, measured, met })

  for (const { name, rate } of of('reference')) {
    const times = ours(name).rate.median / rate.median
    add(`${name}: ${REFERENCE} × the reference`, `${times.toFixed(1)} ×`, times >= REFERENCE)
  }
  for (const { name, rate } of of('limit')) {
    const percent = (100 * ours(name).rate.median) / rate.median
    add(`${name}: ${LIMIT} % of pgbench`, `${percent.toFixed(0)} %`, percent >= LIMIT)
  }
  const least = Math.min(...settings.scales)
  const most = Math.max(...settings.scales)
  if (most > least) {
    for (const { name, p50 } of of(`scale ${most}`)) {
      const times =
        p50.median / cases.find((each) => each.kind === `scale ${least}` && each.name === name).p50.median
      add(
        `${name}: latency at ${most} tasks at most ${SCALE} × that at ${least}`,
        `${times.toFixed(2)} ×`,
        times <= SCALE,
      )
    }
  }
  const without = cases.find(({ kind }) => kind === 'no event')
  if (without) {
    const times = without.rate.median / ours('update').rate.median
    add(`an update without its event: below ${EVENT} × as fast`, `${times.toFixed(2)} ×`, times < EVENT)
  }
  const memory = Math.max(...of('tasktrail').map((each) => each.memory?.max ?? 0))
  if (memory > 0) add(`below ${MEMORY} MB under load`, `${memory.toFixed(0)} MB`, memory < MEMORY)
  for (const [name, limit] of Object.entries(START))
    add(
      `first answer within ${limit / 1000} s, ${name} database`,
      `${(starts[name].median / 1000).toFixed(1)} s`,
      starts[name].median <= limit,
    )
  return result
}
