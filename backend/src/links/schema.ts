import { Type, type Static } from 'typebox'
import { Closed, Id, Instant, Nullable, OneOf, Version } from '../http/schemas.ts'
import { PageQuery } from '../http/pages.ts'
import { ByIdOrRef } from '../tasks/schema.ts'

/** What each kind is from the other side. */
export const INVERSE = {
  blocks: 'blocked_by',
  blocked_by: 'blocks',
  relates_to: 'relates_to',
  duplicates: 'duplicated_by',
  duplicated_by: 'duplicates',
} as const
const KINDS = ['blocks', 'blocked_by', 'relates_to', 'duplicates', 'duplicated_by'] as const
const Kind = OneOf(KINDS, {
  title: 'LinkKind',
  description: 'What the task of the path is to the other one.',
  examples: ['blocks'],
})

/** A link as it is stored on the side of its task. */
export const Link = Type.Object(
  {
    id: Id,
    project_id: Id,
    task_id: Id,
    kind: Kind,
    linked_task_id: Nullable(Id, {
      description: 'The task at the other end; null while it is hidden from you.',
    }),
    hidden: Type.Boolean({
      description: 'Whether the other end is in a project that you cannot see.',
      examples: [false],
    }),
    created_by: Id,
    created_at: Instant,
    updated_at: Instant,
    version: Version,
  },
  { $id: 'Link' },
)
export type Link = Static<typeof Link>

export const NewLink = Closed(
  {
    kind: Kind,
    linked_task_id: Type.Unsafe<string>({
      ...ByIdOrRef.properties.id,
      description: 'A task that you can see, named by id or reference.',
    }),
  },
  { $id: 'NewLink', examples: [{ kind: 'blocks', linked_task_id: 'OPS-43' }] },
)
export type NewLink = Static<typeof NewLink>

export const LinkFilter = Closed(PageQuery)
export const ByLink = Closed({
  ...ByIdOrRef.properties,
  link_id: Type.Unsafe<string>({ ...Id, description: 'The id of the link on this side.' }),
})
