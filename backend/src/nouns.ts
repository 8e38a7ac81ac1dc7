// Every kind of resource that is in the trail. Snapshots of the feed come in this order.
import { view } from './views/noun.ts'
import { personalView } from './views/personal-noun.ts'
import { user } from './accounts/users/noun.ts'
import { comment } from './comments/noun.ts'
import { field } from './fields/noun.ts'
import { file } from './files/noun.ts'
import { member } from './members/noun.ts'
import { link } from './links/noun.ts'
import { label } from './labels/noun.ts'
import { project } from './projects/noun.ts'
import { status } from './statuses/noun.ts'
import { task } from './tasks/noun.ts'
import { timeEntry } from './time-entries/noun.ts'
import { raw, type Sql } from './database/sql.ts'
import { hasScope, type Viewer } from './policy.ts'
import type { Noun } from './trail/noun.ts'
import { webhook } from './trail/webhooks/noun.ts'

export const NOUNS: Noun[] = [
  project, member, status, field, label, view, task, comment, file, link, timeEntry, webhook, user, personalView,
] // prettier-ignore

/** The kinds of what belongs to a project: all but people, who appear as members. */
export const kindsInProjects = (): string[] =>
  NOUNS.filter((noun) => noun.project !== null).map(({ kind }) => kind)

/** The kinds that the feed sends snapshots of a project of: what members see. The rest is settings, with routes of their own. */
export const kindsOfMembers = (): string[] =>
  NOUNS.filter(({ project: column, seenBy }) => column !== null && seenBy === 'members').map(
    ({ kind }) => kind,
  )

/** The kinds that the feed sends snapshots of: those, and what somebody has for themselves. */
export const kindsInSnapshots = (): string[] => [
  ...kindsOfMembers(),
  ...NOUNS.filter(({ seenBy }) => seenBy === 'owner').map(({ kind }) => kind),
]

/** Condition on an event: it is for all members and not only for those who manage the project. */
export const ofMembers = (event = 'events'): Sql =>
  raw(
    NOUNS.filter(({ seenBy }) => seenBy === 'managers')
      .map(({ kind }) => `${event}.kind not like '${kind}.%'`)
      .join(' and ') || 'true',
  )

/** Whether the viewer, if they manage a project, sees what only those who do see: by token only if it is for that. */
export const seesManaged = (viewer: Viewer): boolean =>
  NOUNS.every(({ seenBy, scope }) => seenBy !== 'managers' || hasScope(viewer, scope))

/** The noun of an event's kind, such as `task.updated`; undefined for one that only a newer version knows. */
export const nounOf = (eventKind: string): Noun | undefined => {
  const kind = eventKind.slice(0, eventKind.indexOf('.'))
  return NOUNS.find((noun) => noun.kind === kind)
}
