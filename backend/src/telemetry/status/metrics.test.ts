import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { refused, start } from '../../../test/harness.ts'

const world = await start({ METRICS_TOKEN: 'only for the tests' })
const AUTHORIZED = { authorization: 'Bearer only for the tests' }
const OPEN_METRICS = { ...AUTHORIZED, accept: 'application/openmetrics-text; version=1.0.0' }
const first = world.client(undefined, world.origins[0])

interface Family {
  type: string
  help: string
  samples: { name: string; labels: Record<string, string>; value: number }[]
}

/** Reads what https://github.com/prometheus/OpenMetrics allows and nothing else. */
function parse(text: string): Map<string, Family> {
  const families = new Map<string, Family>()
  const lines = text.split('\n')
  assert.equal(lines.pop(), '', 'ends with a line feed')
  assert.equal(lines.pop(), '# EOF')
  let current: Family | undefined
  let name = ''
  for (const line of lines) {
    const [, keyword, described, rest = ''] = /^# (HELP|TYPE) ([a-z_]+) (.+)$/.exec(line) ?? []
    if (described) {
      if (described !== name) {
        assert(!families.has(described), `${described} comes in two places`)
        families.set((name = described), (current = { type: '', help: '', samples: [] }))
      }
      if (keyword === 'HELP') current!.help = rest
      else current!.type = rest
      continue
    }
    const [, sample = '', list = '', value] =
      /^([a-z_]+)(?:\{(.*)\})? (-?[\d.]+(?:e-?\d+)?)$/.exec(line) ?? []
    assert(value !== undefined, `not a sample: ${line}`)
    const suffixes: Record<string, string[]> = {
      gauge: [''],
      counter: ['_total'],
      histogram: ['_bucket', '_sum', '_count'],
    }
    assert(
      suffixes[current!.type]!.includes(sample.slice(name.length)) && sample.startsWith(name),
      `misplaced: ${line}`,
    )
    const labels = [...list.matchAll(/([a-z_]+)="((?:[^"\\\n]|\\["\\n])*)"(?:,|$)/g)]
    assert.equal(labels.map(([all]) => all).join(''), list, `bad labels: ${line}`)
    current!.samples.push({
      name: sample,
      labels: Object.fromEntries(labels.map(([, k, v]) => [k, v])),
      value: Number(value),
    })
  }
  return families
}

const scrape = async () => parse((await first.get('/metrics', OPEN_METRICS)).body as string)

const countOf = (families: Map<string, Family>, labels: Record<string, string>) =>
  families
    .get('http_request_duration_seconds')
    ?.samples.find(
      (sample) =>
        sample.name.endsWith('_count') &&
        Object.entries(labels).every(([name, value]) => sample.labels[name] === value),
    )?.value ?? 0

describe('GET /metrics', () => {
  it('is for whoever has the token', async () => {
    refused(await first.get('/metrics'), 401, 'unauthenticated')
    refused(
      await first.get('/metrics', { authorization: 'Bearer only for the test' }),
      401,
      'unauthenticated',
    )
    const { admin } = await world.team()
    refused(await admin.get('/metrics'), 401, 'unauthenticated')
    assert.equal((await first.get('/metrics', AUTHORIZED)).status, 200)
  })

  it('is not there where no token is configured', async () => {
    const other = await start()
    refused(await other.anonymous.get('/metrics', AUTHORIZED), 404, 'not_found')
  })

  it('counts requests by route, method and status, and their time', async () => {
    const labels = { method: 'GET', route: '/api/v1/tasks/:id', status: '401' }
    const before = countOf(await scrape(), labels)
    for (const id of [1, 2, 3]) await first.get(`tasks/OPS-${id}`)
    const after = await scrape()
    assert.equal(countOf(after, labels), before + 3)
    await first.get('/no/such/address')
    assert.equal(countOf(await scrape(), { route: 'none', status: '404' }), 1)
    // Only the one that asks.
    assert.equal(after.get('http_requests_in_flight')?.samples[0]?.value, 1)
  })

  it('has cumulative buckets that end with the count', async () => {
    const histogram = (await scrape()).get('http_request_duration_seconds')
    assert.equal(histogram?.type, 'histogram')
    const series = new Map<string, Family['samples']>()
    for (const sample of histogram.samples) {
      const { le: _, ...labels } = sample.labels
      const key = JSON.stringify(labels)
      series.set(key, [...(series.get(key) ?? []), sample])
    }
    for (const samples of series.values()) {
      const buckets = samples.filter(({ name }) => name.endsWith('_bucket'))
      assert(buckets.length > 1)
      assert.deepEqual(
        buckets.map(({ value }) => value),
        buckets.map(({ value }) => value).sort((a, b) => a - b),
      )
      assert.equal(buckets.at(-1)?.labels['le'], '+Inf')
      assert.equal(buckets.at(-1)?.value, samples.find(({ name }) => name.endsWith('_count'))?.value)
    }
  })

  it('tells how far the trail is behind', async () => {
    const families = await scrape()
    assert.equal(families.get('tasktrail_events_pending')?.samples.length, 1)
    assert(families.get('tasktrail_events')!.samples[0]!.value >= 0)
  })

  it('is also there in the text format of older scrapers, which promtool accepts', async () => {
    const answer = await first.get('/metrics', AUTHORIZED)
    assert.equal(answer.headers.get('content-type'), 'text/plain; version=0.0.4; charset=utf-8')
    const text = answer.body as string
    assert.match(text, /^# TYPE process_cpu_seconds_total counter\nprocess_cpu_seconds_total \d/m)
    assert(!text.includes('# EOF'))
    const promtool = spawnSync('promtool', ['check', 'metrics'], { input: text, encoding: 'utf8' })
    if (promtool.error) return
    assert.equal(promtool.status, 0, promtool.stdout + promtool.stderr)
  })

  it('has every metric that the dashboard shows', async () => {
    const names = new Set((await scrape()).keys())
    const dashboard = readFileSync(
      new URL('../../../../deploy/grafana/tasktrail.json', import.meta.url),
      'utf8',
    )
    const shown = new Set(dashboard.match(/\b(?:http|nodejs|process|tasktrail)_[a-z_]+/g))
    assert(shown.size > 8)
    for (const name of shown) {
      assert(
        names.has(name) || names.has(name.replace(/_(total|bucket|sum|count)$/, '')),
        `${name} is not measured`,
      )
    }
  })
})
