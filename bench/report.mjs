// Writes what was measured: bench/results.json, results.md and results.svg.
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { bars } from './bars.mjs'
import { plot } from './plot.mjs'

const NOTES = 'bench/notes.md'

/** Prints the tables and writes the three files. What people say about the figures is kept in notes.md. */
export function report(results) {
  const text = [
    '# What was measured',
    `\`${results.command}\` on ${results.at}: ${results.machine}; everything on this one machine.`,
    settings(results.settings),
    ...results.skipped.map((line) => `**Skipped** ${line}.`),
    '## The bars of the design',
    table(
      ['bar', 'measured', ''],
      bars(results).map(({ bar, measured, met }) => [bar, measured, met ? 'met' : '**not met**']),
    ),
    '## Cases',
    'Medians over the rounds, in brackets the least and the most. CPU time is for each request, as the operating system accounts it: all processes of the server, all processes of PostgreSQL.',
    cases(results),
    '![Requests a second](results.svg)',
    '## Reference and limit',
    rivals(results),
    '## An update with and without its event',
    events(results),
    ...(results.settings.scales.length > 0
      ? ['## Scale', 'Median latency in ms, with the same load at every size.', scale(results)]
      : []),
    '## Event streams, start-up, memory',
    others(results),
    ...(existsSync(NOTES) ? [readFileSync(NOTES, 'utf8').trim()] : []),
  ].join('\n\n')
  writeFileSync('bench/results.md', `${text}\n`)
  writeFileSync('bench/results.json', `${JSON.stringify(results, null, 1)}\n`)
  writeFileSync('bench/results.svg', plot(results))
  console.log(`\n${text}`)
}

const whole = (number) => Math.round(number).toLocaleString('en').replaceAll(',', ' ')
const spread = ({ median, min, max }) => `${whole(median)} (${whole(min)}–${whole(max)})`
const figure = (measured, digits = 0) => (measured ? measured.median.toFixed(digits) : '–')

export const find = ({ cases: all }, kind, name) =>
  all.find((each) => each.kind === kind && each.name === name)
const ofKind = ({ cases: all }, kind) => all.filter((each) => each.kind === kind)

function settings({ rounds, seconds, tasks, generator, gunicorn, trials }) {
  const lines = [
    `${rounds} interleaved rounds of ${seconds} s for each case, ${generator} with 32 connections, ${whole(tasks)} tasks, a tenth of them in the project that is listed. One server process with its defaults, \`RATE_LIMIT=off\`, \`LOG_LEVEL=warn\`.`,
  ]
  if (gunicorn)
    lines.push(
      `The reference (bench/reference/flask) is Flask with SQLAlchemy, PyJWT and psycopg2 under \`gunicorn ${gunicorn}\`, on a database of its own with the same tables, indexes and data and without triggers, so that it writes no trail, which favours it. Tried on reading a task: ${trials.map((trial) => `\`${trial.settings}\` ${whole(trial.rate)}/s`).join(', ')}.`,
    )
  return lines.join(' ')
}

function table(heads, rows) {
  const line = (cells) => `| ${cells.join(' | ')} |`
  return [line(heads), line(heads.map((_, i) => (i === 0 ? '---' : '---:'))), ...rows.map(line)].join('\n')
}

const cases = (results) =>
  table(
    ['case', 'requests/s', 'p50 ms', 'p99 ms', 'app µs', 'PostgreSQL µs', 'RSS MB'],
    ofKind(results, 'tasktrail').map(({ name, rate, p50, p99, app, database, memory }) => [
      name,
      spread(rate),
      figure(p50, 1),
      figure(p99, 1),
      figure(app),
      figure(database),
      figure(memory),
    ]),
  )

const rivals = (results) =>
  table(
    [
      'case',
      'reference requests/s',
      'app µs',
      'PostgreSQL µs',
      'Tasktrail is',
      'with CPU of',
      'pgbench/s',
      'PostgreSQL µs',
      'Tasktrail reaches',
    ],
    ofKind(results, 'tasktrail').flatMap((ours) => {
      const theirs = find(results, 'reference', ours.name)
      const limit = find(results, 'limit', ours.name)
      if (!theirs && !limit) return []
      return [
        [
          ours.name,
          ...(theirs
            ? [
                spread(theirs.rate),
                figure(theirs.app),
                figure(theirs.database),
                `${(ours.rate.median / theirs.rate.median).toFixed(1)} ×`,
                theirs.app && ours.app ? `1/${(theirs.app.median / ours.app.median).toFixed(1)}` : '–',
              ]
            : ['–', '–', '–', '–', '–']),
          ...(limit
            ? [
                spread(limit.rate),
                figure(limit.database),
                `${((100 * ours.rate.median) / limit.rate.median).toFixed(0)} %`,
              ]
            : ['–', '–', '–']),
        ],
      ]
    }),
  )

const events = (results) =>
  table(
    ['', 'requests/s', 'app µs', 'PostgreSQL µs'],
    [
      ['with its event', find(results, 'tasktrail', 'update')],
      ['without (the trigger writes none)', find(results, 'no event', 'update')],
      ['without its trigger: no version, no `updated_at` either', find(results, 'no trigger', 'update')],
    ]
      .filter(([, measured]) => measured)
      .map(([name, { rate, app, database }]) => [name, spread(rate), figure(app), figure(database)]),
  )

function scale(results) {
  const { scales, tasks } = results.settings
  const sizes = [...scales.map((size) => [size, `scale ${size}`]), [tasks, 'tasktrail']].sort(
    ([a], [b]) => a - b,
  )
  const names = ofKind(results, `scale ${scales[0]}`).map(({ name }) => name)
  const cell = (measured) => `${figure(measured?.p50, 1)} (PostgreSQL ${figure(measured?.database)} µs)`
  return table(
    ['case', ...sizes.map(([size]) => `${whole(size)} tasks`)],
    names.map((name) => [name, ...sizes.map(([, kind]) => cell(find(results, kind, name)))]),
  )
}

function others({ streams, starts, memory }) {
  const ms = (each) => `${whole(each.median)} ms (${whole(each.min)}–${whole(each.max)})`
  return [
    `- ${whole(streams.streams)} open streams, each with a reader of its own, while 20 tasks a second are changed: ${streams.arrived} of ${streams.expected} events arrived, ${streams.p50.toFixed(0)} ms after the change was sent (p99 ${streams.p99.toFixed(0)} ms). A stream takes ${whole(streams.kilobytesEach)} kB; the server used ${streams.appPercent?.toFixed(0)} % of a processor, PostgreSQL ${streams.databasePercent?.toFixed(0)} %.`,
    `- From start to the first answer: ${ms(starts.empty)} with an empty embedded database (${whole(starts.emptyCpu.median)} ms of CPU time), ${ms(starts.existing)} with an existing one (${whole(starts.existingCpu.median)} ms).`,
    `- Resident memory: ${whole(memory.fresh)} MB after the start, ${whole(memory.loaded)} MB at the end of all this.`,
  ].join('\n')
}
