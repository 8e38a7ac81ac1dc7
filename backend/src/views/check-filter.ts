import type { Viewer } from '../policy.ts'
import { zoneOf } from '../tasks/due.ts'
import { compileFilter } from '../tasks/filter/compile.ts'
import { IN_TASKS } from '../tasks/list-queries.ts'
import type { ViewChanges } from './schema.ts'

/** Refuses a filter that cannot be read, before anything is stored. */
export function checkFilter(viewer: Viewer, { filter }: ViewChanges): void {
  if (filter) compileFilter(filter, { viewer, ...IN_TASKS, zone: zoneOf(viewer, {}) }, '/filter')
}
