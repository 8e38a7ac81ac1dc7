// Undo reverses what an operation did, whatever it was, as a new operation; it reads only the trail. Of a noun it knows
// what the declaration says: whoever may change a thing may undo, and noun.undo keeps the rules of its routes.
import { isDeepStrictEqual } from 'node:util'
import type { Db } from '../../database/db.ts'
import { allow, ApiError, found } from '../../errors.ts'
import { nounOf, NOUNS } from '../../nouns.ts'
import { keeps, type Viewer } from '../../policy.ts'
import { demandScope } from '../../rights.ts'
import { takeApart } from '../maps.ts'
import { column, mayChange, type Noun, type Recorded } from '../noun.ts'
import { numberOperation, seesOperation } from '../trail.ts'
import { mergeSets } from './merge-sets.ts'
import * as queries from './queries.ts'
import type { Event, LaterEvent, TouchedProject } from './queries.ts'
import type { UndoConflict, Undone } from './schema.ts'

type Fields = Readonly<Record<string, unknown>>

/** Everything an operation did to one resource; `before` and `after` are what each changed field was. */
interface Change extends Recorded {
  readonly noun: Noun
  readonly projectIds: readonly string[]
  readonly created: boolean
  readonly removed: boolean
}

/**
 * Undoes an operation. Throws `not_found` if the viewer may not know of it, `forbidden` without the rights that doing
 * the reverse by hand would need, `undo_conflict` with every later change in the way, and `not_undoable` for what
 * cannot be reversed: changes of accounts, and what was purged.
 */
export async function undo(db: Db, viewer: Viewer, operationId: string): Promise<Undone> {
  await numberOperation(db, operationId)
  const events = await queries.listEvents(db, operationId)
  // What somebody keeps for themselves is nobody else's to know of, whoever changed it.
  if (
    events.some(
      ({ project_id, parent_id }) => project_id === null && parent_id !== null && !keeps(viewer, parent_id),
    )
  )
    found(undefined)
  // What a token's user did where the token does not reach is hidden like what others did there.
  const ownDoing =
    viewer.role === 'admin' ||
    (!viewer.token?.project_ids && events.every((event) => event.actor_id === viewer.id))
  const known = ownDoing || (await seesOperation(db, viewer, operationId))
  if (!known || (!ownDoing && events.some(({ project_id }) => project_id === null))) found(undefined)
  const changes = summarise(events)
  // Again while somebody moves one of the rows to a project that is not locked yet.
  for (;;) {
    const undone = await db.transaction((tx) => attempt(tx, viewer, operationId, changes))
    if (undone) return undone
  }
}

async function attempt(
  tx: Db,
  viewer: Viewer,
  operationId: string,
  recorded: readonly Change[],
): Promise<Undone | undefined> {
  const projects = await lockProjects(tx, viewer, recorded)
  const translated = await translate(tx, recorded)
  const rows = await lockRows(tx, translated)
  const changes = translated.map((change) => mergeSets(change, rows.get(identity(change))?.fields))
  if (changes.some((change) => inProject(change) && !projects.has(presentProject(change, rows))))
    return undefined
  checkRights(viewer, changes, projects, rows)
  await refuseConflicts(tx, viewer, changes, rows, operationId)
  const made = new Set(changes.filter(({ noun, created }) => isProject(noun) && created).map(({ id }) => id))
  // A project that is undone into the trash takes what is in it along.
  const reversed = changes
    .filter(({ noun, projectId }) => isProject(noun) || !made.has(projectId))
    .toReversed()
  await queries.checkLater(tx)
  for (const change of reversed) await reverse(tx, viewer, change)
  await queries.checkNow(tx)
  for (const noun of NOUNS) {
    const own = reversed.filter((change) => change.noun === noun)
    if (own.length > 0 && noun.undo && 'check' in noun.undo) await noun.undo.check?.(tx, own, viewer)
  }
  return {
    operation_id: viewer.operation,
    undone_operation_id: operationId,
    changes: reversed.map(({ noun, id, projectId, before }) => ({
      type: noun.kind,
      id,
      project_id: noun.project === null ? null : projectId,
      fields: Object.keys(before),
    })),
  }
}

async function translate(tx: Db, changes: readonly Change[]): Promise<Change[]> {
  const translated = new Map<Change, Change>()
  for (const { noun, own } of byNoun(changes)) {
    const how = noun.undo && !('refused' in noun.undo) ? noun.undo : {}
    const now = (await how.translate?.(tx, own)) ?? own
    own.forEach((change, i) => translated.set(change, now[i] ?? change))
  }
  return changes.map((change) => translated.get(change) ?? change)
}

const inProject = ({ noun }: Change) => noun.project !== null
const isProject = (noun: Noun) => noun.table === 'projects'

function summarise(events: readonly Event[]): Change[] {
  const changes = new Map<string, Change>()
  for (const event of events) {
    // It made room and changed no order.
    if (event.kind === 'project.reordered') continue
    const noun = nounOf(event.kind)
    if (!noun) throw notUndoable('A newer version did this.')
    if (noun.undo && 'refused' in noun.undo) throw notUndoable(noun.undo.refused)
    const verb = event.kind.split('.')[1]
    const projectId = event.project_id ?? event.resource_id
    const key = identity({ noun, id: event.resource_id, projectId })
    const known = changes.get(key)
    const before = verb === 'created' ? {} : event.before
    if (noun.hidden?.some((name) => name in before))
      throw notUndoable('It changed what the trail does not keep.')
    changes.set(key, {
      noun,
      id: event.resource_id,
      projectId,
      projectIds: [
        ...(noun.project === null ? [] : [projectId]),
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
  const purged = [...changes.values()].some(
    ({ noun, removed, created, before }) =>
      !restores(noun) && (removed || (!created && Object.keys(before).length === 0)),
  )
  if (purged) throw notUndoable('What was purged cannot be brought back.')
  return [...changes.values()]
}

const restores = ({ undo: how }: Noun) => how !== undefined && 'restore' in how

const identity = ({ noun, id, projectId }: Pick<Change, 'noun' | 'id' | 'projectId'>) =>
  noun.id === 'id' ? id : `${projectId} ${id}`

/** By noun, in the order of their list: whoever locks several takes them in the same order. */
const byNoun = (changes: readonly Change[]) =>
  NOUNS.map((noun) => ({ noun, own: changes.filter((change) => change.noun === noun) })).filter(
    ({ own }) => own.length > 0,
  )

/** The projects it touched and those in which the rows are now, locked; `not_found` unless the viewer sees them all. */
async function lockProjects(tx: Db, viewer: Viewer, changes: readonly Change[]) {
  const ids = new Set(changes.flatMap(({ projectIds }) => projectIds))
  for (const { noun, own } of byNoun(changes.filter(inProject)))
    for (const id of await queries.listPresentProjects(
      tx,
      noun,
      own.map((change) => change.id),
    ))
      ids.add(id)
  const projects = new Map(
    (await queries.lockProjects(tx, viewer, [...ids])).map((project) => [project.id, project]),
  )
  found((changes.length > 0 && projects.size === ids.size) || undefined)
  return projects
}

interface Row {
  readonly projectId: string
  readonly fields: Fields
}

async function lockRows(tx: Db, changes: readonly Change[]): Promise<ReadonlyMap<string, Row>> {
  const rows = new Map<string, Row>()
  for (const { noun, own } of byNoun(changes))
    for (const { id, project_id, row } of await queries.lockRows(tx, noun, own))
      rows.set(identity({ noun, id, projectId: project_id }), {
        projectId: project_id,
        fields: takeApart(row, noun.maps),
      })
  return rows
}

const presentProject = (change: Change, rows: ReadonlyMap<string, Row>): string =>
  rows.get(identity(change))?.projectId ?? change.projectId

function checkRights(
  viewer: Viewer,
  changes: readonly Change[],
  projects: ReadonlyMap<string, TouchedProject>,
  rows: ReadonlyMap<string, Row>,
): void {
  for (const change of changes) {
    demandScope(viewer, change.noun.scope)
    // What somebody keeps for themselves is known to be the viewer's.
    if (!inProject(change)) continue
    for (const id of new Set([...change.projectIds, presentProject(change, rows)])) {
      const project = found(projects.get(id))
      const author = rows.get(identity(change))?.fields['created_by']
      allow(mayChange(change.noun, viewer, project, author, Object.keys(change.before)))
      if ((change.noun.changedBy !== 'managers' || change.noun.stillInArchive) && project.archived)
        throw new ApiError('project_archived', 'Unarchive the project first.')
      if (project.deleted && !isProject(change.noun))
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
  changes: readonly Change[],
  rows: ReadonlyMap<string, Row>,
  operationId: string,
): Promise<void> {
  const differing = new Map<string, string[]>()
  for (const change of changes) {
    const row = rows.get(identity(change))?.fields
    if (!row && !restores(change.noun)) throw notUndoable(`A ${change.noun.kind} it changed was purged.`)
    const fields = change.removed ? Object.keys(row ?? {}) : differences(change, row)
    if (fields.length > 0) differing.set(change.id, fields)
  }
  for (const id of await listHanging(tx, changes)) differing.set(id, [])
  if (differing.size === 0) return
  const later = await queries.listLaterEvents(
    tx,
    viewer,
    [...differing.keys()],
    Math.min(...changes.map(({ lastSeq }) => lastSeq)),
  )
  for (const [id, fields] of differing) if (wasInTrash(id, fields, later)) differing.delete(id)
  if (differing.size === 0) return
  throw new ApiError('undo_conflict', 'Later changes are in the way.', {
    extra: {
      conflicts: later
        .filter((event) => event.operation_id !== operationId)
        .flatMap((event) => toConflict(event, differing.get(event.resource_id) ?? [])),
    },
  })
}

/** Whether it only differs in being in the trash, and was there already when the operation changed it. */
const wasInTrash = (id: string, fields: readonly string[], later: readonly LaterEvent[]): boolean =>
  isDeepStrictEqual(fields, ['deleted_at']) &&
  !later.some((event) => event.resource_id === id && event.fields.includes('deleted_at'))

/**
 * What hangs on something that would be gone, and is not undone with it: that would go along, unasked. Of what hangs on
 * its like also what would be left behind by a move.
 */
async function listHanging(tx: Db, changes: readonly Change[]): Promise<string[]> {
  const created = changes.filter((change) => change.created)
  const leaving = changes.filter(
    ({ created: made, before }) => made || (before['deleted_at'] ?? null) !== null || 'project_id' in before,
  )
  const own = changes.map(({ id }) => id)
  const idsOf = (noun: Noun, of = created) => of.filter((change) => change.noun === noun).map(({ id }) => id)
  const projects = created.filter(({ noun }) => isProject(noun)).map(({ id }) => id)
  const hanging: { id: string }[] = []
  for (const noun of NOUNS) {
    if (noun.project === null || noun.id !== 'id' || isProject(noun)) continue
    if (projects.length > 0)
      hanging.push(...(await queries.listHanging(tx, noun, column(noun, noun.project), projects, own)))
    for (const above of [noun.parent, noun.within]) {
      const ids = above ? idsOf(above.noun) : []
      if (above && ids.length > 0)
        hanging.push(...(await queries.listHanging(tx, noun, column(noun, above.column), ids, own)))
    }
    const above = noun.hangsOn === undefined ? [] : idsOf(noun, leaving)
    if (noun.hangsOn !== undefined && above.length > 0)
      hanging.push(...(await queries.listHanging(tx, noun, column(noun, noun.hangsOn), above, own)))
  }
  return hanging.map(({ id }) => id)
}

const BOOKKEEPING = new Set(['version', 'field_versions', 'updated_at'])

/** The fields of a row that are no longer what the operation left behind; of a created one, all fields count. */
function differences(change: Change, row: Fields = {}): string[] {
  const { noun, created, after } = change
  const names = created ? Object.keys({ ...row, ...after }) : [...Object.keys(after), 'deleted_at']
  const ignored = new Set([...BOOKKEEPING, ...(noun.internal ?? []), ...(noun.hidden ?? [])])
  return names.filter(
    (name) => !ignored.has(name) && !isDeepStrictEqual(row[name] ?? null, after[name] ?? null),
  )
}

/** The event as a conflict, if it touched one of the fields; with no fields named, whatever happened counts. */
function toConflict(event: LaterEvent, differing: readonly string[]): UndoConflict[] {
  const fields = event.fields.filter((field) => differing.includes(field))
  const gone = event.kind.endsWith('.removed')
  const noun = nounOf(event.kind)
  if (!noun || (differing.length > 0 && fields.length === 0 && !gone)) return []
  const { resource_id, actor_id, at, operation_id } = event
  return [{ type: noun.kind, id: resource_id, fields, actor_id, at, operation_id }]
}

async function reverse(tx: Db, viewer: Viewer, change: Change): Promise<void> {
  const { noun, id, before, created } = change
  const how = noun.undo && !('refused' in noun.undo) ? noun.undo : {}
  if (created) await (how.remove?.(tx, viewer, change) ?? queries.takeAway(tx, viewer, noun, id))
  else await (how.restore?.(tx, viewer, change) ?? queries.restoreFields(tx, viewer, noun, id, before))
}

const notUndoable = (detail: string) => new ApiError('not_undoable', detail)
