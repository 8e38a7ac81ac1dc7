import { Type, type Static } from 'typebox'
import { Changes, Closed, Id, Instant, Lines, Nullable, Version } from '../http/schemas.ts'

/** A month, so that a timer that was forgotten does not count for more. */
const MOST_MINUTES = 31 * 24 * 60
const Minutes = Type.Integer({ minimum: 0, maximum: MOST_MINUTES, examples: [90] })

/** What a client may set. */
const fields = {
  started_at: Instant,
  ended_at: Nullable(Instant, {
    description: 'null while the timer runs; at most 31 days after it began.',
    examples: ['2026-11-22T11:00:00Z'],
  }),
  note: Lines(2_000, { description: 'What was done.', examples: ['On the phone with the supplier.'] }),
}

export const TimeEntry = Type.Object(
  {
    id: Id,
    project_id: Id,
    task_id: Id,
    ...fields,
    minutes: Nullable(Minutes, { description: 'From beginning to end; null while the timer runs.' }),
    created_by: Type.Unsafe<string>({ ...Id, description: 'Whose time it is.' }),
    created_at: Instant,
    updated_at: Instant,
    version: Version,
  },
  { $id: 'TimeEntry' },
)
export type TimeEntry = Static<typeof TimeEntry>

export const NewTimeEntry = Closed(
  {
    started_at: Type.Optional(
      Type.Unsafe<string>({
        ...Instant,
        description: 'Without it, so that it ends now, or as a timer begins now.',
      }),
    ),
    ended_at: Type.Optional(fields.ended_at),
    note: Type.Optional(fields.note),
    minutes: Type.Optional(
      Type.Unsafe<number>({ ...Minutes, minimum: 1, description: 'How long it took, instead of ended_at.' }),
    ),
    stop_running: Type.Optional(
      Type.Boolean({
        description: 'Stops the timer of yours that is running, wherever that is, in the same operation.',
        examples: [true],
      }),
    ),
  },
  { $id: 'NewTimeEntry', examples: [{ minutes: 90, note: 'On the phone.' }, { stop_running: true }] },
)
export type NewTimeEntry = Static<typeof NewTimeEntry>

export const TimeEntryChanges = Changes(fields, {
  $id: 'TimeEntryChanges',
  examples: [{ ended_at: '2026-11-22T11:00:00Z' }],
})
export type TimeEntryChanges = Static<typeof TimeEntryChanges>
