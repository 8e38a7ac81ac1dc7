// What happened since a cursor, as the viewer may see it now. docs/changes.md says what a client may rely on.
//
// Why following it ends with exactly what a fresh read answers: every item carries the state at the time of reading,
// so it is never older than what was told before. A change that was not yet committed when something was told has an
// event with a higher number than all that were told, so it comes. Whatever makes a project visible to the viewer is
// an event after which its present state is told; whatever hides one is an event after which the client drops it.
import type { Db } from '../../database/db.ts'
import { ApiError } from '../../errors.ts'
import type { Viewer } from '../../policy.ts'
import { kindsTold, nounOf, NOUNS } from '../../nouns.ts'
import type { Noun } from '../noun.ts'
import type { Trail } from '../trail.ts'
import { encodeCursor, EVERYTHING, type Cursor, type Telling } from './cursor.ts'
import { changesOf, namesOf, seenIn, type Event } from './event.ts'
import * as queries from './queries.ts'
import type { Change, Changes } from './schema.ts'
import { listStates, pageStates, type State } from './state.ts'

/** How many events it is quicker to look at one by one than to look into each of the viewer's projects. */
const NEAR = 100

/** Where one starts without a cursor: everything is told first, or only what happens from here on. */
export async function startCursor(
  db: Db,
  trail: Trail,
  viewer: Viewer,
  from: 'everything' | 'now',
): Promise<Cursor> {
  await trail.number()
  const { head, head_mark } = await queries.findHead(db)
  return {
    viewer: viewer.id,
    seq: head,
    mark: head_mark,
    ...(from === 'everything' && { telling: EVERYTHING }),
  }
}

/** A page of the feed. Throws `cursor_expired` if the trail does not reach back to the cursor. */
export async function readChanges(
  db: Db,
  trail: Trail,
  remembered: Viewer,
  start: Cursor,
  limit: number,
): Promise<Changes> {
  const newest = await trail.number()
  // Not the role of up to a second ago: what follows a change of role is never told again by the new one.
  const viewer = { ...remembered, role: await queries.findRole(db, remembered.id) }
  const items: Change[] = []
  let cursor = start
  while (items.length < limit) {
    const room = limit - items.length
    const { telling, ...place } = cursor
    if (telling) {
      const { told, rest } = await tell(db, viewer, telling, room)
      items.push(...told)
      cursor = { ...place, ...(rest && { telling: rest }) }
      continue
    }
    const near = newest - cursor.seq <= NEAR
    const { events, head, head_mark, ...ends } = await queries.listEvents(db, viewer, cursor.seq, room, near)
    checkCursor(cursor, head, ends)
    const turn = events.findIndex((event) => consequence(event, viewer) !== undefined)
    const passed = turn === -1 ? events : events.slice(0, turn + 1)
    items.push(...(await toChanges(db, viewer, passed)))
    const last = passed.at(-1)
    if (last === undefined || (turn === -1 && passed.length < room)) {
      return { items, next: encodeCursor({ viewer: viewer.id, seq: head, mark: head_mark }), more: false }
    }
    const following = consequence(last, viewer)
    cursor = { viewer: viewer.id, seq: last.seq, mark: last.mark, ...(following && { telling: following }) }
    // The rest is for the role that the viewer has from here on.
    if (following === EVERYTHING) break
  }
  return { items, next: encodeCursor(cursor), more: true }
}

function checkCursor(cursor: Cursor, head: number, { pruned, mark }: { pruned: number; mark: string }): void {
  const known = pruned <= cursor.seq && cursor.seq <= head
  const same = cursor.mark === '' || mark === '' || mark === cursor.mark
  if (known && same) return
  throw new ApiError(
    'cursor_expired',
    'Changes after this cursor are no longer kept. Read the feed without a cursor: it begins with all that you can see.',
    { extra: { resynchronise: '/api/v1/changes' } },
  )
}

/** What looks different to the viewer after this event besides the resource itself, and so has to be told. */
function consequence({ kind, after, project_id, resource_id }: Event, viewer: Viewer): Telling | undefined {
  const [subject = '', verb] = kind.split('.')
  const own = resource_id === viewer.id
  if (kind === 'user.updated' && own && 'role' in after) return EVERYTHING
  const affected = NOUNS.filter(({ shows }) => shows?.[subject]?.fields.some((field) => field in after))
  if (affected.length > 0 && verb === 'updated')
    return {
      parts: affected.map((noun) => noun.kind),
      ...(project_id === null ? { user: resource_id } : { project: project_id }),
    }
  if (project_id === null) return undefined
  if (kind === 'member.created' && own) return { parts: kindsTold(), project: project_id }
  // What happened while the viewer was away is not told, so what they hold of the project is worth nothing, also when
  // they are back by now. An administrator never was away.
  if (kind === 'member.removed' && own && viewer.role !== 'admin')
    return { parts: ['gone'], project: project_id }
  if (subject === 'member' && own) return { parts: ['project'], project: project_id }
  if (kind === 'project.restored')
    return { parts: kindsTold().filter((each) => each !== 'project'), project: project_id }
  const hanging = NOUNS.filter(({ parent }) => parent?.noun.kind === subject)
  if (verb === 'restored' && hanging.length > 0)
    return { parts: hanging.map((noun) => noun.kind), project: project_id, parent: resource_id }
  return undefined
}

/** As much of the present state as there is room for, and what of it is still to be told. */
async function tell(
  db: Db,
  viewer: Viewer,
  telling: Telling,
  room: number,
): Promise<{ told: Change[]; rest: Telling | undefined }> {
  const [part, ...parts] = telling.parts
  const { after, ...whole } = telling
  const noun = NOUNS.find(({ kind }) => kind === part)
  const rest = parts.length > 0 ? { ...whole, parts } : undefined
  if (part === 'gone' && whole.project !== undefined) return { told: [projectGone(whole.project)], rest }
  if (!noun) return { told: [RESET], rest }
  const states = await pageStates(db, viewer, noun, telling, room)
  const last = states.at(-1)
  if (last && states.length === room) {
    const { project_id, id, at } = last
    return {
      told: states.map((state) => toldState(noun, state)),
      rest: { ...whole, after: { project: project_id ?? id, id, ...(at !== undefined && { at }) } },
    }
  }
  // A project that was to be told and cannot be seen is gone for this viewer.
  if (part === 'project' && states.length === 0 && whole.project !== undefined && !after)
    return { told: [projectGone(whole.project)], rest }
  return { told: states.map((state) => toldState(noun, state)), rest }
}

const NOTHING_HAPPENED = { seq: null, at: null, operation_id: null, actor_id: null, changes: {} }

const RESET: Change = {
  ...NOTHING_HAPPENED,
  kind: 'reset',
  project_id: null,
  resource_id: null,
  version: null,
  resource: null,
}

const projectGone = (id: string): Change => ({
  ...NOTHING_HAPPENED,
  kind: 'project.state',
  project_id: id,
  resource_id: id,
  version: null,
  resource: null,
})

const toldState = ({ kind }: Noun, { project_id, id, resource }: State): Change => ({
  ...NOTHING_HAPPENED,
  kind: `${kind}.state`,
  project_id,
  resource_id: id,
  version: (resource['version'] as number | undefined) ?? null,
  resource,
})

/** The events as items, each with the present state of what it is about. */
async function toChanges(db: Db, viewer: Viewer, events: readonly Event[]): Promise<Change[]> {
  const resources = new Map<string, State['resource']>()
  const keyOf = (noun: Noun, project: string | null, id: string) =>
    noun.id === 'id' ? id : `${project} ${id}`
  await Promise.all(
    // What only those who manage a project see is no part of the copy that a follower keeps.
    NOUNS.filter(({ seenBy }) => seenBy === 'members').map(async (noun) => {
      const about = events.filter(({ kind }) => nounOf(kind) === noun)
      if (about.length === 0) return
      for (const { project_id, id, resource } of await listStates(db, viewer, noun, about))
        resources.set(keyOf(noun, project_id, id), resource)
    }),
  )
  return events.map((event) => {
    const { seq, at, operation_id, actor_id, kind, resource_id, version } = event
    const noun = nounOf(kind)
    const changes = changesOf(event)
    const { name } = changes
    const known = noun?.kind !== 'user' || resource_id === viewer.id || viewer.role === 'admin'
    return {
      kind,
      seq,
      at,
      operation_id,
      actor_id,
      project_id: seenIn(event),
      resource_id,
      version,
      ...namesOf(event),
      changes: known ? changes : { ...(name && { name }) },
      // Null also for a project that is back by now: what happened while it was away is not told.
      resource:
        (noun && kind !== 'project.deleted' && resources.get(keyOf(noun, event.project_id, resource_id))) ||
        null,
    }
  })
}
