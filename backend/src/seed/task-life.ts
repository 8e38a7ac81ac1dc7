// The life of one task: written down, handed about, put off, done, opened again.
import type { PRIORITIES } from '../tasks/schema.ts'
import { atWork, DAY, dayOf, instant, MINUTE } from './calendar.ts'
import { valuesOf } from './custom-fields.ts'
import { fixedId, type Random } from './random.ts'
import { NOTES, teamOn, userId, type Plan, type Who } from './story.ts'

export type Table =
  | 'users'
  | 'projects'
  | 'project_members'
  | 'statuses'
  | 'fields'
  | 'labels'
  | 'tasks'
  | 'comments'
  | 'time_entries'
  | 'views'
  | 'personal_views'

/** One change: a row that is made, or the row `id` that gets other values. */
export interface Step {
  readonly at: number
  /** null: the system itself. */
  readonly actor: string | null
  readonly operation: string
  readonly table: Table
  readonly id?: string
  readonly values: Readonly<Record<string, unknown>>
}

interface Task {
  status: string
  priority: (typeof PRIORITIES)[number]
  assignees: readonly Who[]
  due: number | undefined
}

/** Something that happens to many tasks at the same moment. */
export interface BulkChange {
  readonly at: number
  readonly actor: Who
  readonly operation: string
  readonly change: (task: Task, random: Random) => Partial<Task> | undefined
}

interface Circumstances {
  readonly plan: Plan
  readonly projectId: string
  readonly number: number
  readonly title: string
  readonly born: number
  readonly today: number
  readonly bulkChanges: readonly BulkChange[]
  readonly labels: readonly string[]
  readonly random: Random
}

/** Every change of one task, into the future. */
export function liveTask({
  plan,
  projectId,
  number,
  title,
  born,
  today,
  bulkChanges,
  labels,
  random,
}: Circumstances): Step[] {
  const { habits } = plan
  const id = fixedId(plan.key, number)
  const task: Task = { status: 'todo', priority: 'none', assignees: [], due: undefined }
  const steps: Step[] = []
  let clock = born

  const team = () => teamOn(plan, (clock - today) / DAY)
  const doer = () => random.pick(random.chance(0.8) && task.assignees.length > 0 ? task.assignees : team())
  const somebody = (): Who[] => {
    const [first, second] = random.shuffle(team())
    return first && second && random.chance(0.1) ? [first, second] : first ? [first] : []
  }

  const record = (
    at: number,
    actor: Who,
    operation: string,
    changes: Partial<Task>,
    more: Step['values'] = {},
  ) => {
    Object.assign(task, changes)
    steps.push({
      at,
      actor: userId(actor),
      operation,
      table: 'tasks',
      id,
      values: { ...columnsOf(changes, at), ...more },
    })
  }
  /** Lets time go by until then, with whatever happens to everybody in between. */
  const meet = (until: number) => {
    for (const bulkChange of bulkChanges) {
      if (bulkChange.at < clock || bulkChange.at >= until) continue
      const changes = bulkChange.change(task, random)
      if (changes) record(bulkChange.at, bulkChange.actor, bulkChange.operation, changes)
    }
    clock = until
  }
  const change = (changes: Partial<Task>, actor = doer(), more: Step['values'] = {}) => {
    record(clock, actor, fixedId(`${plan.key}-${number}`, steps.length), changes, more)
    meet(clock + Math.round(random.between(10, 300) * 1000))
  }
  const pass = (days: number) =>
    meet(
      Math.max(
        atWork(today, (clock - today) / DAY + random.about(days)),
        clock + Math.round(random.between(3, 90) * MINUTE),
      ),
    )
  const setDue = () => clock + Math.ceil(random.between(0.3, 1.7) * habits.dueIn) * DAY

  /** What happens to a task that is waiting or being worked on. */
  const drift = (days: number) => {
    pass(days / 2)
    if (task.due !== undefined && random.chance(habits.postponed)) change({ due: setDue() })
    if (random.chance(habits.reassigned)) change({ assignees: somebody() })
    if (random.chance(habits.pressure / 9)) {
      change({ priority: 'urgent' }, doer(), { position: -number })
    }
    pass(days / 2)
  }

  // Written down, often with only a title, and seen to a little later.
  const writer = random.pick(team())
  const wanted = {
    assignees: random.chance(habits.assigned) ? somebody() : [],
    due: random.chance(habits.due) ? setDue() : undefined,
    priority: priority(habits.pressure, random),
  }
  const complete = random.chance(0.45)
  if (complete) Object.assign(task, wanted)
  steps.push({
    at: born,
    actor: userId(writer),
    operation: fixedId(`${plan.key}-${number}`, 0),
    table: 'tasks',
    values: {
      id,
      project_id: projectId,
      number,
      title,
      description: random.chance(0.3) ? random.pick(NOTES) : '',
      position: number,
      label_ids: labels,
      fields: valuesOf(plan, number),
      ...(plan.hours && { estimate_minutes: 30 * (1 + ((number * 7) % 12)) }),
      created_by: userId(writer),
      created_at: instant(born),
      updated_at: instant(born),
      ...columnsOf(task, born),
    },
  })
  if (random.chance(0.01)) {
    pass(2)
    change({}, writer, { deleted_at: instant(clock) })
    return steps
  }
  if (!complete) {
    pass(1)
    change(wanted, random.pick(team()))
  }

  drift(habits.waits)
  if (random.chance(habits.cancelled)) {
    change({ status: 'cancelled' })
    return steps
  }
  change(
    task.assignees.length > 0 ? { status: 'in_progress' } : { status: 'in_progress', assignees: somebody() },
  )
  for (;;) {
    drift(habits.takes)
    for (const { key, often } of plan.statuses ?? [])
      if (random.chance(often)) {
        change({ status: key })
        drift(habits.takes / 2)
      }
    change({ status: 'done' })
    if (!random.chance(habits.reopened)) break
    pass(4)
    change({ status: 'in_progress' }, random.pick(team()))
  }
  meet(Infinity)
  return steps
}

function priority(pressure: number, random: Random): Task['priority'] {
  if (!random.chance(0.3 + pressure / 2)) return 'none'
  if (!random.chance(0.3 + pressure / 2)) return random.pick(['low', 'medium'])
  return random.chance(pressure / 3) ? 'urgent' : random.pick(['medium', 'high'])
}

/** The columns that hold these parts of a task's state. */
function columnsOf(
  { status, priority: urgency, assignees, ...rest }: Partial<Task>,
  at: number,
): Step['values'] {
  return {
    ...(status !== undefined && { status, completed_at: status === 'done' ? instant(at) : null }),
    ...(urgency !== undefined && { priority: urgency }),
    ...(assignees !== undefined && { assignee_ids: assignees.map(userId) }),
    ...('due' in rest && { due_on: rest.due === undefined ? null : dayOf(rest.due) }),
  }
}
