// The time that people log while they work on a task.
import { atWork, DAY, instant, MINUTE } from './calendar.ts'
import { fixedId, type Random } from './random.ts'
import { PEOPLE, userId, WHO, type Plan } from './story.ts'
import type { Step } from './task-life.ts'

const NOTES = [
  '',
  '',
  '',
  'Alone.',
  'With the supplier.',
  'Half of it was waiting.',
  'Rework.',
  'On the train.',
]

interface Circumstances {
  readonly plan: Plan
  readonly projectId: string
  readonly number: number
  /** Every change of the task. */
  readonly life: readonly Step[]
  readonly today: number
  readonly random: Random
}

/** Some sittings of those it was assigned to, between its start and its end; only where hours are counted. */
export function logHours({ plan, projectId, number, life, today, random }: Circumstances): Step[] {
  const [born] = life
  if (!plan.hours || !born) return []
  const started = life.find(({ values }) => values['status'] === 'in_progress')
  const ended = life.find(({ values }) => values['status'] === 'done' || 'deleted_at' in values)
  const assigned = life.findLast(({ values, at }) => 'assignee_ids' in values && at <= (started?.at ?? 0))
  const [worker] = (assigned?.values['assignee_ids'] ?? []) as string[]
  const who = WHO.find((each) => userId(each) === worker)
  if (!started || !who || !random.chance(0.6)) return []
  const until = Math.min(ended?.at ?? Infinity, atWork(today, PEOPLE[who].until) - DAY)
  const steps: Step[] = []
  let clock = started.at
  for (let n = 0; n < 4 && random.chance(0.75); n++) {
    clock = Math.max(atWork(today, (clock - today) / DAY + random.about(1)), clock + 5 * MINUTE)
    const ends = clock + 15 * MINUTE * (1 + Math.floor(random.between(0, 10)))
    if (ends >= until) break
    steps.push({
      at: ends,
      actor: userId(who),
      operation: fixedId(`${plan.key}-${number} logs`, n),
      table: 'time_entries',
      values: {
        id: fixedId(`${plan.key}-${number} hours`, n),
        project_id: projectId,
        task_id: born.values['id'],
        started_at: instant(clock),
        ended_at: instant(ends),
        note: random.pick(NOTES),
        created_by: userId(who),
        created_at: instant(ends),
        updated_at: instant(ends),
      },
    })
    clock = ends
  }
  return steps
}
