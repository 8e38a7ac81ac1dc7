// The views that people keep.
import { atWork, instant, MINUTE } from './calendar.ts'
import { fixedId } from './random.ts'
import { projectId, PROJECTS, userId, type Who } from './story.ts'
import type { Step } from './task-life.ts'

/** Ways to look at tasks: of a project, for all in it, or of one person. */
const VIEWS: readonly {
  readonly key: string | null
  readonly by: Who
  readonly values: Readonly<Record<string, unknown>>
}[] = [
  {
    key: 'SHOP',
    by: 'lucie',
    values: {
      name: 'Until the launch',
      layout: 'board',
      filter: 'category in (todo, in_progress) and due <= today+2w',
      sort: 'due',
      group_by: 'status',
      columns: ['ref', 'title', 'assignees', 'estimate', 'due'],
    },
  },
  {
    key: null,
    by: 'jonas',
    values: {
      name: 'My week',
      filter: 'assignee = me and category in (todo, in_progress) and due <= end of week',
      sort: 'due',
      columns: ['ref', 'title', 'due', 'priority'],
    },
  },
]

export function keepViews(today: number): Step[] {
  return VIEWS.map(({ key, by, values }, n) => {
    const at = atWork(today, -40) + n * MINUTE
    const inProject = key !== null && {
      project_id: projectId(PROJECTS.findIndex((plan) => plan.key === key)),
    }
    return {
      at,
      actor: userId(by),
      operation: fixedId('keeps view', n),
      table: inProject ? 'views' : 'personal_views',
      values: {
        id: fixedId('view', n),
        ...inProject,
        ...values,
        created_by: userId(by),
        created_at: instant(at),
        updated_at: instant(at),
      },
    } as const
  })
}
