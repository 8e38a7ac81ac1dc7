// What a new token may be: no broader and no longer-lived than who makes it.
import type { Config } from '../../config.ts'
import { ApiError } from '../../errors.ts'
import type { Viewer } from '../../policy.ts'
import { WITHOUT_PROJECT, withIncluded, type Scope } from '../../scopes.ts'
import type { NewApiToken } from './schema.ts'

const DEFAULT_TTL = 90 * 86_400

/** What to make of what was asked for. Throws `invalid`, or `insufficient_scope` for more than the viewer's token has. */
export function tokenToMake(
  { token, role, bot = false }: Pick<Viewer, 'token' | 'role'> & { bot?: boolean },
  expires: number,
  wanted: NewApiToken,
  { tokenMaxTtl }: Pick<Config, 'tokenMaxTtl'>,
) {
  const now = Date.now()
  const scopes = withIncluded(wanted.scopes)
  // Of a token that has bounds a child has the same, unless it asks for less.
  const project_ids =
    wanted.project_ids === undefined ? (token?.project_ids ?? null) : unique(wanted.project_ids)
  const latest = Math.min(now + tokenMaxTtl * 1000, token ? expires * 1000 : Infinity)
  const end =
    wanted.expires_at === undefined
      ? Math.min(now + DEFAULT_TTL * 1000, latest)
      : Date.parse(wanted.expires_at)

  if (token) refuseBroader(token.scopes, scopes, token.project_ids, project_ids)
  const without = scopes.find((scope) => WITHOUT_PROJECT.includes(scope))
  if (bot && without) throw invalid('/scopes', `cannot have ${without}: a bot has no account of its own`)
  if (project_ids && without)
    throw invalid('/project_ids', `cannot be given with the scope ${without}, which is about no project`)
  if (project_ids?.length === 0) throw invalid('/project_ids', 'must name a project, or be null for all')
  if (end <= now) throw invalid('/expires_at', 'must be in the future')
  if (token && end > latest && end <= now + tokenMaxTtl * 1000)
    throw broader('/expires_at', 'is later than your token ends')
  if (end > latest)
    throw invalid('/expires_at', `can be ${Math.floor(tokenMaxTtl / 86_400)} days from now at most`)
  if (scopes.includes('admin') && role !== 'admin')
    throw new ApiError('forbidden', 'Only administrators can make a token with the scope admin.')
  return { name: wanted.name, scopes, project_ids, expires_at: new Date(end).toISOString() }
}

function refuseBroader(
  scopes: readonly Scope[],
  wanted: readonly Scope[],
  projects: readonly string[] | null,
  wantedProjects: readonly string[] | null,
): void {
  const more = wanted.filter((scope) => !scopes.includes(scope))
  if (more.length > 0) throw broader('/scopes', `has more than your token: ${more.join(', ')}`)
  if (projects && !wantedProjects?.every((id) => projects.includes(id)))
    throw broader('/project_ids', 'has more than your token')
}

const unique = (ids: readonly string[] | null) => ids && [...new Set(ids)]

const invalid = (pointer: string, message: string) =>
  new ApiError('invalid', `${pointer.slice(1)} ${message}.`, { errors: [{ pointer, message }] })

const broader = (pointer: string, message: string) =>
  new ApiError('insufficient_scope', `${pointer.slice(1)} ${message}.`, { errors: [{ pointer, message }] })

export const hiddenProject = () =>
  new ApiError('no_such_project', 'project_ids names a project that you cannot see.', {
    errors: [{ pointer: '/project_ids', message: 'names a project that you cannot see' }],
  })
