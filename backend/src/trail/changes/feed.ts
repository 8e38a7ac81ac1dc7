// What happened since a cursor, as the viewer may see it now. docs/changes.md says what a client may rely on.
//
// Why following it ends with exactly what a fresh read answers: every item carries the state at the time of reading,
// so it is never older than what was told before. A change that was not yet committed when something was told has an
// event with a higher number than all that were told, so it comes. Whatever makes a project visible to the viewer is
// an event after which its present state is told; whatever hides one is an event after which the client drops it.
import type { Db } from '../../database/db.ts'
import { ApiError } from '../../errors.ts'
import type { Viewer } from '../../policy.ts'
import type { Trail } from '../trail.ts'
import { encodeCursor, EVERYTHING, type Cursor, type Telling } from './cursor.ts'
import { changesOf, seenIn, type Event } from './event.ts'
import * as queries from './queries.ts'
import type { Change, Changes } from './schema.ts'
import * as state from './state.ts'

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
  const own = resource_id === viewer.id
  if (kind === 'user.updated' && own && 'role' in after) return EVERYTHING
  if (kind === 'user.updated' && 'name' in after) return { parts: ['member'], user: resource_id }
  if (project_id === null) return undefined
  if (kind === 'member.created' && own) return { parts: ['project', 'member', 'task'], project: project_id }
  if (kind.startsWith('member.') && own) return { parts: ['project'], project: project_id }
  if (kind === 'project.restored') return { parts: ['member', 'task'], project: project_id }
  if (kind === 'project.updated' && 'key' in after) return { parts: ['task'], project: project_id }
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
  const { after: _, ...whole } = telling
  const told = await tellPart(db, viewer, part, telling, room)
  const last = told.at(-1)
  if (part === 'reset' || told.length < room || !last?.resource || !last.project_id || !last.resource_id)
    return { told, rest: parts.length > 0 ? { ...whole, parts } : undefined }
  const at = part === 'task' && 'created_at' in last.resource && { at: last.resource.created_at }
  return { told, rest: { ...whole, after: { project: last.project_id, id: last.resource_id, ...at } } }
}

async function tellPart(
  db: Db,
  viewer: Viewer,
  part: Telling['parts'][number] | undefined,
  telling: Telling,
  room: number,
): Promise<Change[]> {
  switch (part) {
    case 'project': {
      const projects = await state.listProjectStates(db, viewer, telling, room)
      if (projects.length === 0 && telling.project !== undefined && !telling.after)
        return [toldState('project', telling.project, telling.project, null)]
      return projects.map((project) => toldState('project', project.id, project.id, project))
    }
    case 'member': {
      const members = await state.listMemberStates(db, viewer, telling, room)
      return members.map(({ in_project, ...member }) =>
        toldState('member', in_project, member.user_id, member),
      )
    }
    case 'task': {
      const tasks = await state.listTaskStates(db, viewer, telling, room)
      return tasks.map((task) => toldState('task', task.project_id, task.id, task))
    }
    case 'reset':
    case undefined:
      return [
        {
          ...NOTHING_HAPPENED,
          kind: 'reset',
          project_id: null,
          resource_id: null,
          version: null,
          resource: null,
        },
      ]
  }
}

const NOTHING_HAPPENED = { seq: null, at: null, operation_id: null, actor_id: null, changes: {} }

const toldState = (
  type: 'project' | 'member' | 'task',
  project_id: string,
  resource_id: string,
  resource: (Change['resource'] & { version: number }) | null,
): Change => ({
  ...NOTHING_HAPPENED,
  kind: `${type}.state`,
  project_id,
  resource_id,
  version: resource?.version ?? null,
  resource,
})

/** The events as items, each with the present state of what it is about. */
async function toChanges(db: Db, viewer: Viewer, events: readonly Event[]): Promise<Change[]> {
  const of = (type: string) => events.filter(({ kind }) => kind.startsWith(type))
  const ids = (list: readonly Event[]) => list.map(({ resource_id }) => resource_id)
  const [projects, members, tasks, people] = [of('project.'), of('member.'), of('task.'), of('user.')]
  const resources = new Map<string, Change['resource']>()
  const keep = (key: string, resource: Change['resource']) => void resources.set(key, resource)
  await Promise.all([
    projects.length > 0 &&
      state
        .listProjectsById(db, viewer, ids(projects))
        .then((rows) => rows.forEach((row) => keep(row.id, row))),
    members.length > 0 &&
      state
        .listMembersById(
          db,
          viewer,
          members.map(({ project_id }) => project_id ?? ''),
          ids(members),
        )
        .then((rows) => rows.forEach(({ in_project, ...row }) => keep(`${in_project} ${row.user_id}`, row))),
    tasks.length > 0 &&
      state.listTasksById(db, viewer, ids(tasks)).then((rows) => rows.forEach((row) => keep(row.id, row))),
    people.length > 0 &&
      state.listPeopleById(db, ids(people)).then((rows) => rows.forEach((row) => keep(row.id, row))),
  ])
  return events.map((event) => {
    const { seq, at, operation_id, actor_id, kind, resource_id, version } = event
    const key = kind.startsWith('member.') ? `${event.project_id} ${resource_id}` : resource_id
    const changes = changesOf(event)
    const { name } = changes
    const known = !kind.startsWith('user.') || resource_id === viewer.id || viewer.role === 'admin'
    return {
      kind,
      seq,
      at,
      operation_id,
      actor_id,
      project_id: seenIn(event),
      resource_id,
      version,
      changes: known ? changes : { ...(name && { name }) },
      resource: resources.get(key) ?? null,
    }
  })
}
