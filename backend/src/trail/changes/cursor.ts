// A client's place in the feed. All that the server knows of a client is in its cursor.
import { Type, type Static } from 'typebox'
import { ApiError } from '../../errors.ts'
import { Closed, Id, Instant, OneOf } from '../../http/schemas.ts'
import { compileBody } from '../../http/validation.ts'
import { kindsInSnapshots, NOUNS } from '../../nouns.ts'

/** `reset` is the word that the client shall forget what it has, `gone` that it shall forget a project. */
const PARTS = ['reset', 'gone', ...kindsInSnapshots()]

/** Present state that the feed still sends, page by page, before it goes on after `seq`. */
const Snapshot = Closed({
  /** What is left, in this order; the first is under way. */
  parts: Type.Array(OneOf(PARTS), { minItems: 1, maxItems: PARTS.length }),
  /** Only of this project. */
  project: Type.Optional(Id),
  /** Only what hangs on this. */
  parent: Type.Optional(Id),
  /** Only of this member. */
  user: Type.Optional(Id),
  /** After the row with this key. `at` is when it was created, for a noun that is paged by that. */
  after: Type.Optional(Closed({ project: Id, id: Id, at: Type.Optional(Instant) })),
})
export type Snapshot = Static<typeof Snapshot>

const Cursor = Closed({
  viewer: Id,
  /** The client has everything up to this number. */
  seq: Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER }),
  /** Of the event with that number: betrays a trail that was restored from before it and went on differently. */
  mark: Type.String({ pattern: '^([0-9a-f]{8})?$' }),
  /** A snapshot. The first release called it so, and its cursors stay valid. */
  telling: Type.Optional(Snapshot),
})
export type Cursor = Static<typeof Cursor>

const isCursor = compileBody(Cursor)

/** Everything the viewer can see, after the word to forget what was known before. */
export const EVERYTHING: Snapshot = { parts: ['reset', ...kindsInSnapshots()] }

export const encodeCursor = (cursor: Cursor): string =>
  Buffer.from(JSON.stringify(cursor)).toString('base64url')

/** Throws `invalid_cursor` for what was not made here for this viewer. It carries no authority, so it is not signed. */
export function decodeCursor(text: string, viewerId: string): Cursor {
  const cursor = parse(text)
  if (!isCursor(cursor) || (cursor as Cursor).viewer !== viewerId || !goesOn(cursor as Cursor))
    throw new ApiError('invalid_cursor', 'The cursor is not one that the feed gave this user.')
  return cursor as Cursor
}

/** Whether a page can begin after the row that it names: where rows are paged by their creation, that is needed too. */
function goesOn({ telling }: Cursor): boolean {
  const noun = NOUNS.find(({ kind }) => kind === telling?.parts[0])
  return !telling?.after || !noun?.pagedBy || telling.after.at !== undefined
}

function parse(text: string): unknown {
  try {
    return JSON.parse(Buffer.from(text, 'base64url').toString())
  } catch {
    return undefined
  }
}
