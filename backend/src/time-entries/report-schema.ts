import { Type, type Static } from 'typebox'
import { ByIdOrKey, Closed, Id, ID_PATTERN, Nullable, OneOf, Ref } from '../http/schemas.ts'

const moment = (description: string, example: string) =>
  Type.String({
    format: 'day-or-instant',
    canonical: 'microseconds',
    maxLength: 35,
    description,
    examples: [example],
  })

export const TimeQuery = Closed({
  from: moment('Entries that began on or after this day or instant.', '2026-11-01'),
  to: moment('And before this one, at most 366 days later.', '2026-12-01'),
  group_by: Type.Optional(
    OneOf(['user', 'project', 'task'], {
      title: 'TimeGrouping',
      default: 'user',
      description: 'Sums of each person, of each project or of each task.',
      examples: ['user'],
    }),
  ),
  project: Type.Optional(
    Type.Unsafe<string>({ ...ByIdOrKey.properties.id, description: 'In this project only, by id or key.' }),
  ),
  user: Type.Optional(
    Type.String({
      maxLength: 36,
      pattern: `^(me|${ID_PATTERN})$`,
      canonical: 'uuid',
      description: 'Of this person only: `me` or the id of a user.',
      examples: ['me'],
    }),
  ),
  time_zone: Type.Optional(
    Type.String({
      format: 'time-zone',
      maxLength: 64,
      description: 'Where days begin; yours if it is not given.',
      examples: ['Europe/Berlin'],
    }),
  ),
})
export type TimeQuery = Static<typeof TimeQuery>

const total = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER, examples: [480] })

export const TimeSum = Type.Object(
  {
    id: Type.Unsafe<string>({ ...Id, description: 'Of the user, the project or the task.' }),
    name: Type.String({
      maxLength: 500,
      description: 'Of the user or the project; the title of the task.',
      examples: ['Ada Lovelace'],
    }),
    ref: Nullable(Type.String({ maxLength: 21 }), {
      description: 'The key of the project, or the reference of the task; null for a user.',
      examples: ['OPS-42'],
    }),
    minutes: total,
    entries: Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER, examples: [6] }),
  },
  { $id: 'TimeSum' },
)

export const TimeReport = Type.Object(
  {
    minutes: Type.Unsafe<number>({ ...total, description: 'Of all, also of items that are left out.' }),
    items: Type.Array(Ref(TimeSum), {
      maxItems: 1_000,
      description: 'Most time first, at most 1,000. Timers that run do not count.',
    }),
  },
  { $id: 'TimeReport' },
)
export type TimeReport = Static<typeof TimeReport>
