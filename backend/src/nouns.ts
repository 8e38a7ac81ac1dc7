// Every kind of resource that is in the trail. What the feed tells anew, it tells in this order.
import { user } from './accounts/users/noun.ts'
import { member } from './members/noun.ts'
import { project } from './projects/noun.ts'
import { task } from './tasks/noun.ts'
import type { Noun } from './trail/noun.ts'

export const NOUNS: Noun[] = [project, member, task, user]

/** The noun of an event's kind, such as `task.updated`; undefined for one that only a newer version knows. */
export const nounOf = (eventKind: string): Noun | undefined => {
  const kind = eventKind.slice(0, eventKind.indexOf('.'))
  return NOUNS.find((noun) => noun.kind === kind)
}
