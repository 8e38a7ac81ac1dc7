// Every kind of resource that is in the trail. What the feed tells anew, it tells in this order.
import { user } from './accounts/users/noun.ts'
import { member } from './members/noun.ts'
import { project } from './projects/noun.ts'
import { task } from './tasks/noun.ts'
import type { Noun } from './trail/noun.ts'

export const NOUNS: Noun[] = [project, member, task, user]

/** The kinds of what belongs to a project: all but people, who are told of as members. */
export const kindsInProjects = (): string[] =>
  NOUNS.filter((noun) => noun.project !== null).map(({ kind }) => kind)

/** The noun of an event's kind, such as `task.updated`; undefined for one that only a newer version knows. */
export const nounOf = (eventKind: string): Noun | undefined => {
  const kind = eventKind.slice(0, eventKind.indexOf('.'))
  return NOUNS.find((noun) => noun.kind === kind)
}
