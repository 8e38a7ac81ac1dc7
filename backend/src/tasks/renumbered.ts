// Positions of the past. When room is made in the order of a project, tasks get new positions without events of their own
// (0017_task_order.sql), so a position in an older event stands for a place that has another number today.
import { many, type Db } from '../database/db.ts'
import { sql } from '../database/sql.ts'
import type { Recorded } from '../trail/noun.ts'

type Positions = Readonly<Record<string, number>>
interface Renumbering {
  readonly project_id: string
  readonly seq: number | null
  readonly before: { readonly positions?: Positions }
  readonly after: { readonly positions?: Positions }
}

/** The changes with the positions that their places have today, whose order is held until the transaction ends. */
export async function throughRenumberings<T extends Recorded>(tx: Db, changes: readonly T[]): Promise<T[]> {
  const moved = changes.filter(({ before, after }) => 'position' in before || 'position' in after)
  if (moved.length === 0) return [...changes]
  const projects = moved.flatMap((change) => [change.projectId, projectBefore(change)])
  await many(
    tx.write,
    sql`select from task_numbers where project_id = any (${projects}::uuid[]) order by project_id for update`,
  )
  const renumberings = await listRenumberings(tx, projects, Math.min(...moved.map(({ lastSeq }) => lastSeq)))
  return changes.map((change) => {
    const now = (fields: T['before'], project: string) =>
      typeof fields['position'] !== 'number'
        ? fields
        : {
            ...fields,
            position: renumberings
              .filter(({ project_id, seq }) => project_id === project && (seq ?? Infinity) > change.lastSeq)
              .reduce((position, each) => renumbered(position, change.id, each), fields['position']),
          }
    const { projectId, before } = change
    return {
      ...change,
      before: now(before, projectBefore(change)),
      after: now(change.after, projectId),
    }
  })
}

/** The project whose order the position before the change belongs to. */
const projectBefore = ({ before, projectId }: Recorded): string =>
  typeof before['project_id'] === 'string' ? before['project_id'] : projectId

/** Where a position went: that of the task itself, or the same share of the way between its old neighbours. */
function renumbered(position: number, id: string, { before, after }: Renumbering): number {
  const [from, to] = [before.positions ?? {}, after.positions ?? {}]
  if (from[id] === position) return to[id] ?? position
  const known = Object.keys(from).flatMap((each) => {
    const [x, y] = [from[each], to[each]]
    return each === id || x === undefined || y === undefined ? [] : [[x, y] as const]
  })
  known.sort(([a, b], [c, d]) => a - c || b - d)
  const below = known.findLast(([old]) => old <= position)
  const above = known.find(([old]) => old > position)
  // Outside of what was renumbered.
  if (!below || !above) return position
  const share = (position - below[0]) / (above[0] - below[0])
  return below[1] + (above[1] - below[1]) * share
}

/** All that followed a number, oldest first. What is not numbered yet comes last. */
const listRenumberings = (tx: Db, projects: readonly string[], after: number) =>
  many<Renumbering>(
    tx.write,
    sql`
  select project_id, seq, before, after
  from (
    select project_id, seq, seq as place, before, after from events
    where project_id = any (${projects}::uuid[]) and seq > ${after} and kind = 'project.reordered'
    union all
    select project_id, null, id, before, after from pending_events
    where project_id = any (${projects}::uuid[]) and kind = 'project.reordered'
  ) as renumbered
  order by seq nulls last, place`,
  )
