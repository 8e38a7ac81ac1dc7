// Dates as people say them: 2026-12-01, today, now, start of week, end of month, each with +3d, -2w, +1m and the like.
import { FORMATS } from '../../http/validation.ts'
import { raw, sql, type Sql } from '../../database/sql.ts'
import type { Moment } from '../due.ts'
import type { Value } from './parse.ts'
import type { Refuse } from './refusal.ts'

export const DATES = [
  'a date such as 2026-12-01',
  'an instant such as 2026-12-01T09:00:00Z',
  'today',
  'now',
  'start of week',
  'end of month',
  'each with +3d, -2w or +1m',
]

/** The most of each unit, thrice: what comes out is a date that PostgreSQL has. */
const UNITS = {
  h: ['hours', 9999],
  d: ['days', 9999],
  w: ['weeks', 9999],
  m: ['months', 9999],
  y: ['years', 999],
} as const
/** A plus that was not escaped in an address has become a space. */
const TERM = /^(?:\s*([+-])\s*|\s+)(\d{1,4})\s*([hdwmy])/i
const MOST_TERMS = 3

const PERIOD = /^(start|end)\s+of\s+(week|month|quarter|year)/i
const INSTANT = /^\d{4}-\d{2}-\d{2}T[\d:.]+(?:Z|[+-]\d{2}:\d{2})/i
const DAY = /^\d{4}-\d{2}-\d{2}/
const WORD = /^(today|now)/i

/** The day or the instant that a value names; days begin and end in the zone. */
export function readMoment(value: Value, zone: Sql, refuse: Refuse): Moment {
  const { text, at } = value
  const start = PERIOD.exec(text) ?? INSTANT.exec(text) ?? DAY.exec(text) ?? WORD.exec(text)
  if (start === null) return refuse(at, text, DATES)
  let moment = beginning(start[0], zone, () => refuse(at, text, DATES))
  let from = start[0].length
  for (let terms = 0; from < text.length; terms++) {
    const [whole, sign = '+', number, unit = ''] = TERM.exec(text.slice(from)) ?? []
    const [name, most] = UNITS[unit.toLowerCase() as keyof typeof UNITS] ?? []
    if (whole === undefined || name === undefined || Number(number) > most || terms === MOST_TERMS)
      return refuse(at, text, DATES)
    if ('day' in moment && name === 'hours')
      return refuse(at, text, ['days, weeks, months or years after a day'])
    moment = plus(moment, Number(sign + number), name, zone)
    from += whole.length
  }
  return moment
}

const todayIn = (zone: Sql): Sql => sql`timezone(${zone}, now())`

function beginning(text: string, zone: Sql, refuse: () => never): Moment {
  const words = text.toLowerCase().split(/\s+/)
  if (words[0] === 'now') return { instant: raw('now()') }
  if (words[0] === 'today') return { day: sql`${todayIn(zone)}::date` }
  const [edge, , period = ''] = words
  if (words.length === 3) {
    const first = sql`date_trunc(${period}, ${todayIn(zone)})`
    const length = period === 'quarter' ? '3 months' : `1 ${period}`
    return edge === 'start'
      ? { day: sql`${first}::date` }
      : { day: sql`((${first} + ${length}::interval)::date - 1)` }
  }
  const spelled = text.toUpperCase().replace(/(\.\d{6})\d+/, '$1')
  if (FORMATS['date']?.(spelled)) return { day: sql`${spelled}::date` }
  return FORMATS['date-time']?.(spelled) ? { instant: sql`${spelled}::timestamptz` } : refuse()
}

/** In the zone, for a day there can have more or fewer hours. */
function plus(moment: Moment, number: number, unit: string, zone: Sql): Moment {
  const length = sql`${`${number} ${unit}`}::interval`
  if ('day' in moment) return { day: sql`(${moment.day} + ${length})::date` }
  return unit === 'hours'
    ? { instant: sql`(${moment.instant} + ${length})` }
    : { instant: sql`timezone(${zone}, timezone(${zone}, ${moment.instant}) + ${length})` }
}
