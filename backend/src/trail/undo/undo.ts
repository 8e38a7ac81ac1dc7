// Undo reverses what an operation did, whatever it was, as a new operation; it reads only the trail. It writes rows
// that other features own: the rules they keep (rights, owners, assignees, archives) are checked here again.
import { isDeepStrictEqual } from 'node:util'
import type { Db } from '../../database/db.ts'
import { allow, ApiError, found } from '../../errors.ts'
import { canEditTasks, canManageProject, type Viewer } from '../../policy.ts'
import * as queries from './queries.ts'
import { seesOperation } from '../trail.ts'
import type { Event, LaterEvent, TouchedProject } from './queries.ts'
import type { UndoConflict, Undone } from './schema.ts'

type Fields = Readonly<Record<string, unknown>>

/** Everything an operation did to one resource. */
interface Deed {
  readonly type: 'project' | 'member' | 'task'
  readonly id: string
  readonly projectId: string
  readonly projectIds: readonly string[]
  readonly created: boolean
  readonly removed: boolean
  /** What each changed field was before the operation, and after it. */
  readonly before: Fields
  readonly after: Fields
  /** The number of the operation's last event on the resource. */
  readonly lastSeq: number
}

/**
 * Undoes an operation. Throws `not_found` if the viewer may not know of it, `forbidden` without the rights that doing
 * the reverse by hand would need, `undo_conflict` with every later change in the way, and `not_undoable` for what
 * cannot be reversed: changes of accounts, and what was purged.
 */
export async function undo(db: Db, viewer: Viewer, operationId: string): Promise<Undone> {
  await queries.numberEvents(db)
  const events = await queries.listEvents(db, operationId)
  const ownDoing = viewer.role === 'admin' || events.every((event) => event.actor_id === viewer.id)
  const known = ownDoing || (await seesOperation(db, viewer, operationId))
  if (!known || (!ownDoing && events.some(({ project_id }) => project_id === null))) found(undefined)
  const deeds = summarise(events)
  // Again while somebody moves one of the tasks to a project that is not locked yet.
  for (;;) {
    const undone = await db.transaction((tx) => attempt(tx, viewer, operationId, deeds))
    if (undone) return undone
  }
}

async function attempt(
  tx: Db,
  viewer: Viewer,
  operationId: string,
  deeds: readonly Deed[],
): Promise<Undone | undefined> {
  const projects = await lockVisible(tx, viewer, deeds)
  const rows = await currentRows(tx, deeds)
  const present = (deed: Deed) => rows.get(identity(deed))?.['project_id'] as string | undefined
  if (deeds.some((deed) => deed.type === 'task' && present(deed) && !projects.has(present(deed) ?? '')))
    return undefined
  checkRights(viewer, deeds, projects, present)
  await refuseConflicts(tx, viewer, deeds, rows, operationId)
  const newProjects = new Set(
    deeds.filter((deed) => deed.type === 'project' && deed.created).map(({ id }) => id),
  )
  // A project that is undone into the trash takes its first member along.
  const reversed = deeds
    .filter((deed) => deed.type !== 'member' || !newProjects.has(deed.projectId))
    .toReversed()
  for (const deed of reversed) await reverse(tx, viewer, deed)
  await checkRules(tx, reversed)
  return {
    operation_id: viewer.operation,
    undone_operation_id: operationId,
    changes: reversed.map(({ type, id, projectId, before }) => ({
      type,
      id,
      project_id: projectId,
      fields: Object.keys(before),
    })),
  }
}

function summarise(events: readonly Event[]): Deed[] {
  const deeds = new Map<string, Deed>()
  for (const event of events) {
    const [type = '', verb = ''] = event.kind.split('.')
    if (type === 'user') throw notUndoable('Changes of accounts cannot be undone.')
    if (type === 'webhook') throw notUndoable('Enable the webhook instead.')
    const projectId = event.project_id ?? event.resource_id
    const key = identity({ type: type as Deed['type'], id: event.resource_id, projectId })
    const known = deeds.get(key)
    const before = verb === 'created' ? {} : event.before
    deeds.set(key, {
      type: type as Deed['type'],
      id: event.resource_id,
      projectId,
      projectIds: [
        projectId,
        ...(event.from_project_id ? [event.from_project_id] : []),
        ...(known?.projectIds ?? []),
      ],
      created: known?.created ?? verb === 'created',
      removed: verb === 'removed',
      before: { ...before, ...known?.before },
      after: { ...known?.after, ...event.after },
      lastSeq: event.seq,
    })
  }
  const purged = [...deeds.values()].some(
    (deed) =>
      deed.type !== 'member' && (deed.removed || (!deed.created && Object.keys(deed.before).length === 0)),
  )
  if (purged) throw notUndoable('What was purged cannot be brought back.')
  return [...deeds.values()]
}

const idsOf = (deeds: readonly Deed[], type: Deed['type']) =>
  deeds.filter((deed) => deed.type === type).map(({ id }) => id)

/**
 * The projects it touched and those in which its tasks are now, locked. `not_found` unless the viewer can see them all.
 */
async function lockVisible(tx: Db, viewer: Viewer, deeds: readonly Deed[]) {
  const present = await queries.listPresentProjects(tx, idsOf(deeds, 'task'))
  const ids = new Set([...deeds.flatMap(({ projectIds }) => projectIds), ...present])
  const projects = new Map(
    (await queries.lockProjects(tx, viewer, [...ids])).map((project) => [project.id, project]),
  )
  found((deeds.length > 0 && projects.size === ids.size) || undefined)
  return projects
}

function checkRights(
  viewer: Viewer,
  deeds: readonly Deed[],
  projects: ReadonlyMap<string, TouchedProject>,
  present: (deed: Deed) => string | undefined,
): void {
  for (const deed of deeds) {
    for (const id of new Set([...deed.projectIds, present(deed) ?? deed.projectId])) {
      const project = found(projects.get(id))
      allow(deed.type === 'task' ? canEditTasks(viewer, project) : canManageProject(viewer, project))
      if (deed.type === 'task' && project.archived)
        throw new ApiError('project_archived', 'Unarchive the project first.')
      if (project.deleted && deed.type !== 'project')
        throw new ApiError('undo_conflict', 'The project is in the trash.', { extra: { conflicts: [] } })
    }
  }
}

/**
 * Throws unless everything still is as the operation left it. Values count and not versions: what was changed and
 * changed back is in nobody's way.
 */
async function refuseConflicts(
  tx: Db,
  viewer: Viewer,
  deeds: readonly Deed[],
  rows: ReadonlyMap<string, Fields>,
  operationId: string,
): Promise<void> {
  const differing = new Map<string, string[]>()
  for (const deed of deeds) {
    const row = rows.get(identity(deed))
    if (!row && deed.type === 'task') throw notUndoable('A task it changed was purged.')
    const fields = deed.removed ? Object.keys(row ?? {}) : differences(deed, row)
    if (fields.length > 0) differing.set(deed.id, fields)
  }
  const created = deeds.filter((deed) => deed.type === 'project' && deed.created).map(({ id }) => id)
  for (const { id } of await queries.listLiveTasks(tx, created)) differing.set(id, [])
  if (differing.size === 0) return
  const later = await queries.listLaterEvents(
    tx,
    viewer,
    [...differing.keys()],
    Math.min(...deeds.map(({ lastSeq }) => lastSeq)),
  )
  throw new ApiError('undo_conflict', 'Later changes are in the way.', {
    extra: {
      conflicts: later
        .filter((event) => event.operation_id !== operationId)
        .flatMap((event) => toConflict(event, differing.get(event.resource_id) ?? [])),
    },
  })
}

const identity = ({ type, id, projectId }: Pick<Deed, 'type' | 'id' | 'projectId'>) =>
  type === 'member' ? `${projectId} ${id}` : id

async function currentRows(tx: Db, deeds: readonly Deed[]): Promise<Map<string, Fields>> {
  const members = deeds.filter(({ type }) => type === 'member')
  return new Map([
    ...(await queries.lockTasks(tx, idsOf(deeds, 'task'))).map(({ id, row }) => [id, row] as const),
    ...(await queries.listProjectRows(tx, idsOf(deeds, 'project'))).map(({ id, row }) => [id, row] as const),
    ...(
      await queries.listMemberRows(
        tx,
        members.map(({ projectId }) => projectId),
        members.map(({ id }) => id),
      )
    ).map(({ project_id, user_id, row }) => [`${project_id} ${user_id}`, row] as const),
  ])
}

const BOOKKEEPING = new Set(['version', 'field_versions', 'updated_at'])

/** The fields of a row that are no longer what the deed left behind; of a created one, all fields count. */
function differences(deed: Deed, row: Fields = {}): string[] {
  const names = deed.created
    ? Object.keys({ ...row, ...deed.after })
    : [...Object.keys(deed.after), 'deleted_at']
  return names.filter(
    (name) => !BOOKKEEPING.has(name) && !isDeepStrictEqual(row[name] ?? null, deed.after[name] ?? null),
  )
}

/** The event as a conflict, if it touched one of the fields; with no fields named, whatever happened counts. */
function toConflict(event: LaterEvent, differing: readonly string[]): UndoConflict[] {
  const fields = event.fields.filter((field) => differing.includes(field))
  const gone = event.kind.endsWith('.removed')
  if (differing.length > 0 && fields.length === 0 && !gone) return []
  const type = event.kind.split('.')[0] as Deed['type']
  return [
    {
      type,
      id: event.resource_id,
      fields,
      actor_id: event.actor_id,
      at: event.at,
      operation_id: event.operation_id,
    },
  ]
}

async function reverse(tx: Db, viewer: Viewer, deed: Deed): Promise<void> {
  if (deed.type !== 'member') {
    const table = deed.type === 'task' ? 'tasks' : 'projects'
    await (deed.created
      ? queries.trash(tx, viewer, table, deed.id)
      : queries.restoreFields(tx, viewer, table, deed.id, deed.before))
  } else if (deed.created) {
    await queries.unassign(tx, viewer, deed.projectId, deed.id)
    await queries.deleteMember(tx, viewer, deed.projectId, deed.id)
  } else {
    const [member] = await queries.putMember(tx, viewer, deed.projectId, deed.id, deed.before)
    if (!member) throw notUndoable('The account of the member was deleted.')
  }
}

async function checkRules(tx: Db, deeds: readonly Deed[]): Promise<void> {
  const lonely = await queries.findProjectWithoutOwner(
    tx,
    deeds.map(({ projectId }) => projectId),
  )
  if (lonely) throw new ApiError('last_owner', `${lonely.key} would be left without an owner.`)
  if (await queries.findStrayAssignee(tx, idsOf(deeds, 'task'))) {
    throw new ApiError('not_a_member', 'Somebody who was assigned is no longer a member of the project.')
  }
}

const notUndoable = (detail: string) => new ApiError('not_undoable', detail)
