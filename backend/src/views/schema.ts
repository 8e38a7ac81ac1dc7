import { Type, type Static } from 'typebox'
import { Changes, Closed, Id, Instant, Nullable, OneOf, Title, Version } from '../http/schemas.ts'
import { PageQuery } from '../http/pages.ts'
import { FilterText, ProjectTaskFilter, TaskSort } from '../tasks/schema.ts'

export const LAYOUTS = ['list', 'board', 'calendar', 'timeline'] as const
const GROUPS = ['status', 'category', 'priority', 'assignee', 'label', 'due', 'parent'] as const
const COLUMNS = [
  'ref', 'title', 'status', 'category', 'priority', 'assignees', 'labels', 'estimate', 'start', 'due', 'completed', 'parent',
  'created', 'created_by', 'updated',
] as const // prettier-ignore

/** What a client may set. */
const fields = {
  name: Title(100, { examples: ['Overdue and mine'] }),
  layout: OneOf(LAYOUTS, { title: 'ViewLayout', description: 'How it is shown.' }),
  filter: Type.Unsafe<string>({
    ...FilterText,
    minLength: 0,
    description:
      'Which tasks it shows, in the language of `filter` in lists of tasks; empty for all. `me` and dates mean who looks, and when.',
    examples: ['overdue and assignee = me'],
  }),
  sort: TaskSort,
  group_by: Nullable(OneOf(GROUPS, { title: 'ViewGrouping', description: 'What its tasks are grouped by.' })),
  columns: Type.Array(OneOf(COLUMNS, { title: 'ViewColumn' }), {
    maxItems: COLUMNS.length,
    uniqueItems: true,
    description: 'What it shows of a task, in this order; empty for what the application finds best.',
    examples: [['ref', 'title', 'due']],
  }),
}

export const View = Type.Object(
  {
    id: Id,
    project_id: Nullable(Id, { description: 'null for a view of your own, in all projects.' }),
    ...fields,
    created_by: Id,
    created_at: Instant,
    updated_at: Instant,
    version: Version,
  },
  { $id: 'View' },
)
export type View = Static<typeof View>

const { name, ...optional } = fields
export const NewView = Closed(
  { name, ...Type.Partial(Type.Object(optional)).properties },
  {
    $id: 'NewView',
    examples: [{ name: 'Overdue and mine', filter: 'overdue and assignee = me', sort: 'due' }],
  },
)
export type NewView = Static<typeof NewView>

export const ViewChanges = Changes(fields, { $id: 'ViewChanges', examples: [{ layout: 'board' }] })
export type ViewChanges = Static<typeof ViewChanges>

export const ViewPages = Closed({ ...PageQuery })

const { time_zone, include } = ProjectTaskFilter.properties
export const ViewTasks = Closed({ ...PageQuery, time_zone, include })
