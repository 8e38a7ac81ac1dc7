// What decides whether somebody may change something in a project, and the answer where they may not.
import { maybe, type Db } from './database/db.ts'
import { sql } from './database/sql.ts'
import { allow, ApiError, changedByOthers } from './errors.ts'
import { hasScope, joinMine, namedProject, visible, type Membership, type Viewer } from './policy.ts'
import type { Scope } from './scopes.ts'

export interface Rights extends Membership {
  readonly archived: boolean
}

/** The select list of Rights. Needs `projects` and `joinMine`. */
export const RIGHTS = sql`mine.role as my_role, projects.archived_at is not null as archived`

/** The viewer's rights in the project that a path names, by id or key; undefined if it is hidden. */
export const findRights = (db: Db, viewer: Viewer, project: string) =>
  maybe<Rights>(
    db.read,
    sql`select ${RIGHTS} from projects ${joinMine(viewer)} where ${namedProject(project)} and ${visible(viewer)}`,
  )

/**
 * Throws why nothing was changed: `forbidden`, or what the state of the project forbids. All is read after the attempt, so
 * when it would succeed by now, the client may try again.
 */
export function refuseChange(what: string, allowed: boolean, { archived }: Pick<Rights, 'archived'>): never {
  allow(allowed)
  if (archived) throw new ApiError('project_archived', 'Unarchive the project first.')
  throw changedByOthers(what)
}

/** Throws `insufficient_scope` unless the viewer's token, if it is one that asks, is for this. */
export function demandScope(viewer: Pick<Viewer, 'token'>, scope: Scope): void {
  if (!hasScope(viewer, scope))
    throw new ApiError('insufficient_scope', `This takes a token with the scope ${scope}.`, {
      headers: { 'WWW-Authenticate': `Bearer error="insufficient_scope", scope="${scope}"` },
    })
}
