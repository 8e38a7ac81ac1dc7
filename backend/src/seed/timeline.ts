// The story as a list of single changes, in the order in which they happened.
import { atWork, DAY, instant, MINUTE } from './calendar.ts'
import { talkAbout } from './conversation.ts'
import { fieldsOf } from './custom-fields.ts'
import { keepViews } from './kept-views.ts'
import { logHours } from './hours.ts'
import { createRandom, fixedId, type Random } from './random.ts'
import { PEOPLE, projectId, PROJECTS, userId, WHO, type Plan } from './story.ts'
import { liveTask, type Step, type Table, type BulkChange } from './task-life.ts'

/** Everything that happened until `now`. */
export function tellStory(now: number, passwordHash: string): Step[] {
  const today = Math.floor(now / DAY) * DAY
  const random = createRandom(1848)
  return [
    ...hire(today, passwordHash),
    ...PROJECTS.flatMap((plan, n) => runProject(plan, n, today, random)),
    ...keepViews(today),
  ]
    .filter(({ at }) => at <= now)
    .sort((a, b) => a.at - b.at)
}

const made = (at: number) => ({ created_at: instant(at), updated_at: instant(at) })

function hire(today: number, password_hash: string): Step[] {
  return WHO.flatMap((who, n) => {
    const { from, until, ...profile } = PEOPLE[who]
    const id = userId(who)
    const comes = atWork(today, from) + n * MINUTE
    const leaves = atWork(today, until)
    const step = { actor: null, table: 'users' as const }
    return [
      {
        ...step,
        at: comes,
        operation: fixedId('comes', n),
        values: { id, ...profile, password_hash, email_verified_at: instant(comes), ...made(comes) },
      },
      { ...step, at: leaves, operation: fixedId('leaves', n), id, values: { disabled_at: instant(leaves) } },
    ]
  })
}

function runProject(plan: Plan, n: number, today: number, random: Random): Step[] {
  const { key, name, formerly = name, description } = plan
  const id = projectId(n)
  const [owner] = plan.owners
  const starts = atWork(today, plan.starts)
  const ends = plan.archived === undefined ? Infinity : atWork(today, plan.archived)
  const step = (at: number, operation: string, table: Table, values: Step['values']): Step => ({
    at,
    actor: userId(owner),
    operation: fixedId(`${key} ${operation}`, 0),
    table,
    values,
  })
  const project = { id, key, name: formerly, description, created_by: userId(owner), ...made(starts) }
  const roles = { owner: plan.owners, editor: plan.editors, viewer: plan.viewers }
  const members = Object.entries(roles).flatMap(([role, people]) =>
    people.map((who) => {
      const at = Math.max(starts, atWork(today, PEOPLE[who].from) + DAY)
      // The first owner comes with the project, in one operation.
      const operation = who === owner ? 'starts' : `adds ${who}`
      return step(at, operation, 'project_members', {
        project_id: id,
        user_id: userId(who),
        role,
        ...made(at),
      })
    }),
  )
  const statuses = (plan.statuses ?? []).map(({ key: word, name: label, color }, i) =>
    step(starts + (5 + i) * MINUTE, `adds ${word}`, 'statuses', {
      id: fixedId(`${key} status`, i),
      project_id: id,
      key: word,
      name: label,
      category: 'in_progress',
      color,
      position: 2.25 + i / 4,
      created_by: userId(owner),
      ...made(starts + (5 + i) * MINUTE),
    }),
  )
  const fields = fieldsOf(plan).map(({ key: word, name: label, type, options = [] }, i) =>
    step(starts + (i + 1) * MINUTE, `wants ${word}`, 'fields', {
      id: fixedId(`${key} field`, i),
      project_id: id,
      key: word,
      name: label,
      type,
      options: JSON.stringify(options),
      position: i + 1,
      created_by: userId(owner),
      ...made(starts + (i + 1) * MINUTE),
    }),
  )
  const labels = plan.labels.map(({ name: label, color }, i) =>
    step(starts + (i + 1) * MINUTE, `labels ${i}`, 'labels', {
      id: labelId(plan, i),
      project_id: id,
      name: label,
      color,
      created_by: userId(owner),
      ...made(starts + (i + 1) * MINUTE),
    }),
  )
  const changes = [
    { at: formerly === name ? Infinity : starts + 21 * DAY, values: { name } },
    { at: ends, values: { archived_at: instant(Math.min(ends, today)) } },
  ].map(({ at, values }, i) => ({ ...step(at, `change ${i}`, 'projects', values), id }))
  return [
    step(starts, 'starts', 'projects', project),
    ...members,
    ...statuses,
    ...fields,
    ...labels,
    ...planTasks(plan, id, today, random).filter(({ at }) => at < ends),
    ...changes,
  ]
}

const labelId = ({ key }: Plan, i: number) => fixedId(`${key} label`, i)

const labelsOf = (plan: Plan, title: string): string[] =>
  plan.labels.flatMap(({ words }, i) => (new RegExp(words, 'i').test(title) ? [labelId(plan, i)] : []))

/** The tasks in the order in which they were written down, which is that of their numbers. */
function planTasks(plan: Plan, inProject: string, today: number, random: Random): Step[] {
  const [from, to] = plan.written
  const titles = random.shuffle(
    plan.areas.split('|').flatMap((area) => plan.works.split('|').map((work) => `${area}: ${work}`)),
  )
  const bulkChanges = bulkChangesOf(plan, today)
  // Of its own, so that what is said and logged changes nothing else.
  const talking = createRandom(plan.starts)
  const working = createRandom(plan.tasks)
  return Array.from({ length: plan.tasks }, () =>
    atWork(today, from + (to - from) * random.between(0, 1) ** plan.rush),
  )
    .sort((a, b) => a - b)
    .flatMap((born, i) => {
      const about = { plan, projectId: inProject, number: i + 1, today }
      const title = titles[i] ?? ''
      const life = liveTask({ ...about, title, labels: labelsOf(plan, title), born, bulkChanges, random })
      return [
        ...life,
        ...talkAbout({ ...about, life, random: talking }),
        ...logHours({ ...about, life, random: working }),
      ]
    })
}

const isOpen = (status: string) => status !== 'done' && status !== 'cancelled'

/** What happens to many open tasks of a project at once, each time in one operation. */
function bulkChangesOf(
  { key, owners: [owner], editors, archived, resets = [] }: Plan,
  today: number,
): BulkChange[] {
  const bulkChange = (name: string, at: number, change: BulkChange['change']): BulkChange => ({
    at,
    actor: owner,
    operation: fixedId(`${key} ${name}`, 0),
    change: (task, random) => (isOpen(task.status) ? change(task, random) : undefined),
  })
  const leavers = editors.filter((who) => PEOPLE[who].until < 0)
  return [
    ...leavers.map((who) =>
      bulkChange(`${who} leaves`, atWork(today, PEOPLE[who].until) - 60 * MINUTE, ({ assignees }, random) => {
        if (!assignees.includes(who)) return undefined
        const heir = random.pick(
          [owner, ...editors].filter((other) => !leavers.includes(other) && !assignees.includes(other)),
        )
        return { assignees: assignees.map((assignee) => (assignee === who ? heir : assignee)) }
      }),
    ),
    ...resets.map(({ day, priority, share }) =>
      bulkChange(`reset ${day}`, atWork(today, day), (_task, random) =>
        random.chance(share) ? { priority } : undefined,
      ),
    ),
    ...(archived === undefined
      ? []
      : [
          bulkChange('closes', atWork(today, archived) - 10 * MINUTE, () => ({
            status: 'cancelled' as const,
          })),
        ]),
  ].sort((a, b) => a.at - b.at)
}
