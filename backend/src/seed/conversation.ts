// What people say about a task while it lives.
import { atWork, DAY, instant, MINUTE } from './calendar.ts'
import { fixedId, type Random } from './random.ts'
import { PEOPLE, teamOn, userId, type Plan, type Who } from './story.ts'
import type { Step } from './task-life.ts'

/** What somebody says, and what others answer, turn by turn. `@` mentions whoever spoke before. */
const CONVERSATIONS: readonly (readonly string[])[] = [
  ['Can somebody look at this with me?', '@ I can, tomorrow at ten.', 'Thank you!'],
  [
    'What do we do if the supplier says no?',
    '@ Then we ask the other two:\n\n1. the one from last year\n2. the one Hanna met at the fair',
  ],
  ['I started. It is **more** than I thought, so I will need until next week.', '@ Fine. Take the time.'],
  ['Is this still wanted?', '@ Yes, but not before the rest is done.', '@ Then I put it off.', 'Good.'],
  ['The numbers are in the shared folder, `2026/measurements`.'],
  ['Waiting for an answer since Monday.', '@ I called them. They will write today.'],
  ['Half done: \n\n- [x] the easy part\n- [ ] the hard part', '@ Shall I take the hard part?'],
  ['This came up before, see the minutes of spring. We decided to **leave it as it is**.'],
  ['Who checks it when it is done?', '@ Me, if nobody else wants to.'],
  ['> Cheap if we do it together with the others\n\nIt was not. Please ask first next time.', '@ Sorry!'],
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

/** What is said about the task, into the future: nothing about most of them, and nothing once it was deleted. */
export function talkAbout({ plan, projectId, number, life, today, random }: Circumstances): Step[] {
  const [born] = life
  if (!born || !random.chance(0.35)) return []
  const until = life.find(({ values }) => 'deleted_at' in values)?.at ?? Infinity
  const steps: Step[] = []
  const next = (from: number, days: number) =>
    Math.max(atWork(today, (from - today) / DAY + random.about(days)), from + MINUTE)
  let clock = born.at
  for (const talk of random.shuffle(CONVERSATIONS).slice(0, random.chance(0.2) ? 2 : 1)) {
    let before: Who | undefined
    for (const line of talk) {
      clock = next(clock, before ? 0.3 : 4)
      const who = random.shuffle(teamOn(plan, (clock - today) / DAY)).find((each) => each !== before)
      if (!who || clock >= until) return steps.filter(({ at }) => at < until)
      steps.push(...say(who, line.startsWith('@') ? before : undefined, line))
      before = who
    }
  }
  return steps.filter(({ at }) => at < until)

  /** A comment, in which now and then something is put right a little later. */
  function say(who: Who, mentioned: Who | undefined, line: string): Step[] {
    const id = fixedId(`${plan.key}-${number} comment`, steps.length)
    const step = { actor: userId(who), table: 'comments' as const }
    const operation = (what: string) => fixedId(`${plan.key}-${number} ${what}`, steps.length)
    const body = mentioned ? `@[${PEOPLE[mentioned].name}](${userId(mentioned)})${line.slice(1)}` : line
    const corrected = clock + Math.round(random.between(2, 20) * MINUTE)
    const values = {
      id,
      project_id: projectId,
      task_id: born?.values['id'],
      body,
      mention_ids: mentioned ? [userId(mentioned)] : [],
      created_by: userId(who),
      created_at: instant(clock),
      updated_at: instant(clock),
    }
    return [
      { ...step, at: clock, operation: operation('says'), values },
      ...(random.chance(0.06)
        ? [
            {
              ...step,
              at: corrected,
              operation: operation('corrects'),
              id,
              values: { body: `${body} (Monday, not Tuesday.)`, edited_at: instant(corrected) },
            },
          ]
        : []),
    ]
  }
}
