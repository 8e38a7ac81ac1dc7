// What happened since a cursor, as the viewer may see it now. docs/changes.md says what a client may rely on.
//
// Why a client that follows it ends with exactly what a fresh read answers: every item carries the state at the time of
// reading, so it is never older than an earlier item. A change that commits after a snapshot was read has an event with
// a higher number, so it comes later. An event that makes a project visible is followed by a snapshot of the project;
// an event that hides one makes the client drop it.
import type { Db } from '../../database/db.ts'
import { ApiError } from '../../errors.ts'
import { roleOf, type Viewer } from '../../policy.ts'
import { kindsOfMembers, nounOf, NOUNS } from '../../nouns.ts'
import type { Noun } from '../noun.ts'
import type { Trail } from '../trail.ts'
import { encodeCursor, EVERYTHING, type Cursor, type Snapshot } from './cursor.ts'
import { changesOf, namesOf, seenIn, type Event } from './event.ts'
import * as queries from './queries.ts'
import type { Change, Changes } from './schema.ts'
import { listStates, pageStates, type State } from './state.ts'

/** How many events it is quicker to look at one by one than to look into each of the viewer's projects. */
const NEAR = 100

/** Where a client starts without a cursor: with a snapshot of everything, or with what happens from now on. */
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
  // Not the role of up to a second ago: what follows a change of role must be read by the new role.
  const role = roleOf(await queries.findRole(db, remembered.id), remembered.token)
  const viewer = { ...remembered, role }
  const items: Change[] = []
  let cursor = start
  while (items.length < limit) {
    const room = limit - items.length
    const { telling: snapshot, ...place } = cursor
    if (snapshot) {
      const { page, rest } = await readSnapshot(db, viewer, snapshot, room)
      items.push(...page)
      cursor = { ...place, ...(rest && { telling: rest }) }
      continue
    }
    const near = newest - cursor.seq <= NEAR
    const { events, head, head_mark, ...ends } = await queries.listEvents(db, viewer, cursor.seq, room, near)
    checkCursor(cursor, head, ends)
    const stop = events.findIndex((event) => snapshotAfter(event, viewer) !== undefined)
    const passed = stop === -1 ? events : events.slice(0, stop + 1)
    items.push(...(await toChanges(db, viewer, passed)))
    const last = passed.at(-1)
    if (last === undefined || (stop === -1 && passed.length < room)) {
      return { items, next: encodeCursor({ viewer: viewer.id, seq: head, mark: head_mark }), more: false }
    }
    const following = snapshotAfter(last, viewer)
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

/** What looks different to the viewer after this event, besides its own resource. */
function snapshotAfter(
  { kind, after, project_id, from_project_id, resource_id }: Event,
  viewer: Viewer,
): Snapshot | undefined {
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
  if (kind === 'member.created' && own) return { parts: kindsOfMembers(), project: project_id }
  // The feed skips what happened while the viewer was no member. So their copy of the project is stale, even if they
  // are back by now. An administrator sees every project all the time.
  if (kind === 'member.removed' && own && viewer.role !== 'admin')
    return { parts: ['gone'], project: project_id }
  if (subject === 'member' && own) return { parts: ['project'], project: project_id }
  if (kind === 'project.reordered') return { parts: ['task'], project: project_id }
  if (kind === 'project.restored')
    return { parts: kindsOfMembers().filter((each) => each !== 'project'), project: project_id }
  const hanging = NOUNS.filter(({ parent, within }) =>
    [parent, within].some((above) => above?.noun.kind === subject),
  )
  // It came into view with what it hangs on. Of what moved on, nothing is found there.
  if ((verb === 'restored' || from_project_id !== null) && hanging.length > 0)
    return { parts: hanging.map((noun) => noun.kind), project: project_id, parent: resource_id }
  return undefined
}

/** One page of a snapshot, and what is left of it. */
async function readSnapshot(
  db: Db,
  viewer: Viewer,
  snapshot: Snapshot,
  room: number,
): Promise<{ page: Change[]; rest: Snapshot | undefined }> {
  const [part, ...parts] = snapshot.parts
  const { after, ...whole } = snapshot
  const noun = NOUNS.find(({ kind }) => kind === part)
  const rest = parts.length > 0 ? { ...whole, parts } : undefined
  if (part === 'gone' && whole.project !== undefined) return { page: [projectGone(whole.project)], rest }
  if (!noun) return { page: [RESET], rest }
  const states = await pageStates(db, viewer, noun, snapshot, room)
  const last = states.at(-1)
  if (last && states.length === room) {
    const { project_id, id, at } = last
    return {
      page: states.map((state) => stateItem(noun, state)),
      rest: { ...whole, after: { project: project_id ?? id, id, ...(at !== undefined && { at }) } },
    }
  }
  // The viewer no longer sees the project.
  if (part === 'project' && states.length === 0 && whole.project !== undefined && !after)
    return { page: [projectGone(whole.project)], rest }
  return { page: states.map((state) => stateItem(noun, state)), rest }
}

const NOTHING_HAPPENED = {
  seq: null,
  at: null,
  operation_id: null,
  actor_id: null,
  token_id: null,
  changes: {},
}

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

const stateItem = ({ kind }: Noun, { project_id, id, resource }: State): Change => ({
  ...NOTHING_HAPPENED,
  kind: `${kind}.state`,
  project_id,
  resource_id: id,
  version: (resource['version'] as number | undefined) ?? null,
  resource,
})

/** Whether something is seen to go by this event, and not what happens to it or to what it holds from there on. */
const goes = ({ kind, inside, from_inside }: Event): boolean =>
  kind === 'project.deleted' || (from_inside && !inside)

/** The events as items, each with the present state of what it is about. */
async function toChanges(db: Db, viewer: Viewer, events: readonly Event[]): Promise<Change[]> {
  const resources = new Map<string, State['resource']>()
  const keyOf = (noun: Noun, project: string | null, id: string) =>
    noun.id === 'id' ? id : `${project} ${id}`
  await Promise.all(
    // What only those who manage a project see is no part of the copy that a follower keeps.
    NOUNS.filter(({ seenBy }) => seenBy !== 'managers').map(async (noun) => {
      const about = events.filter(({ kind }) => nounOf(kind) === noun)
      if (about.length === 0) return
      for (const { project_id, id, resource } of await listStates(db, viewer, noun, about))
        resources.set(keyOf(noun, project_id, id), resource)
    }),
  )
  return events.map((event) => {
    const { seq, at, operation_id, actor_id, token_id, kind, resource_id, version } = event
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
      token_id,
      project_id: seenIn(event),
      resource_id,
      version,
      ...namesOf(event),
      changes: known ? changes : { ...(name && { name }) },
      // Null even if it is back by now: the feed skips what happened while it was in the trash, or out of sight.
      resource: (noun && !goes(event) && resources.get(keyOf(noun, event.project_id, resource_id))) || null,
    }
  })
}
