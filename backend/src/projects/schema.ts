import { Type, type Static } from 'typebox'
import {
  Archived,
  Changes,
  Closed,
  Id,
  Instant,
  KEY_PATTERN,
  Lines,
  Nullable,
  OneOf,
  Query,
  Title,
  Version,
} from '../http/schemas.ts'
import { PageQuery } from '../http/pages.ts'
import { PROJECT_ROLES } from '../policy.ts'

const key = Type.String({
  pattern: '^[A-Z][A-Z0-9]{1,9}$',
  maxLength: 10,
  description: 'Begins the references of its tasks.',
  examples: ['OPS'],
})
const sentKey = Type.Unsafe<string>({
  ...key,
  pattern: `^${KEY_PATTERN}$`,
  canonical: 'key',
  description:
    'Begins the references of its tasks. The keys it had before stay its own, and references with them go on leading to its tasks.',
})

const fields = {
  key,
  name: Title(200, { examples: ['Operations'] }),
  description: Lines(20_000, { description: 'Markdown', examples: ['Keep it running.'] }),
}

const count = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER, examples: [7] })
export const TaskCounts = Type.Object(
  { todo: count, in_progress: count, done: count, cancelled: count },
  { $id: 'TaskCounts' },
)

const listed = {
  id: Id,
  ...fields,
  my_role: Nullable(
    OneOf(PROJECT_ROLES, {
      title: 'ProjectRole',
      description: 'null for an administrator who is not a member.',
    }),
  ),
  archived_at: Nullable(Instant),
  created_by: Id,
  created_at: Instant,
  updated_at: Instant,
  version: Version,
}

export const ListedProject = Type.Object(listed, {
  $id: 'ListedProject',
  description: 'A project as lists show it.',
})
export type ListedProject = Static<typeof ListedProject>

export const Project = Type.Object({ ...listed, task_counts: TaskCounts }, { $id: 'Project' })
export type Project = Static<typeof Project>

export const NewProject = Closed(
  { name: fields.name, key: Type.Optional(sentKey), description: Type.Optional(fields.description) },
  { $id: 'NewProject', examples: [{ name: 'Operations', key: 'OPS' }] },
)
export type NewProject = Static<typeof NewProject>

export const ProjectChanges = Changes(
  {
    ...fields,
    key: sentKey,
    archived: Type.Boolean({ description: 'The tasks of an archived project can be read and not changed.' }),
  },
  { $id: 'ProjectChanges', examples: [{ name: 'Platform' }] },
)
export type ProjectChanges = Static<typeof ProjectChanges>

export const ProjectFilter = Closed({
  ...PageQuery,
  archived: Archived('any', 'Only archived ones, only others, or both.'),
  q: Type.Optional(Query({ description: 'Text in the name or the key.', examples: ['oper'] })),
})
export type ProjectFilter = Static<typeof ProjectFilter>
