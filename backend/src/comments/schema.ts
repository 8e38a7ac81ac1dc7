import { Type, type Static } from 'typebox'
import { Changes, Closed, Id, Instant, Lines, Nullable, OneOf, Version } from '../http/schemas.ts'
import { PageQuery } from '../http/pages.ts'

/** What a client may set. */
const fields = {
  body: Lines(50_000, {
    minLength: 1,
    pattern: '\\S',
    description: 'Markdown. `@[Name](user id)` mentions a member of the project.',
    examples: ['The old one **expires on Friday**, @[Jonas Weber](019aab5e-6c00-7000-8000-000000000001).'],
  }),
}

export const Comment = Type.Object(
  {
    id: Id,
    project_id: Id,
    task_id: Id,
    ...fields,
    mention_ids: Type.Array(Id, {
      maxItems: 50,
      description:
        'Whom the text mentions, as far as they were members of the project when it was written. To mention somebody else is no error and means nothing.',
    }),
    edited_at: Nullable(Instant, { description: 'When the text last changed; null if it never has.' }),
    created_by: Id,
    created_at: Instant,
    updated_at: Instant,
    version: Version,
  },
  { $id: 'Comment' },
)
export type Comment = Static<typeof Comment>

export const NewComment = Closed(fields, {
  $id: 'NewComment',
  examples: [
    { body: 'The old one **expires on Friday**, @[Jonas Weber](019aab5e-6c00-7000-8000-000000000001).' },
  ],
})
export type NewComment = Static<typeof NewComment>

export const CommentChanges = Changes(fields, {
  $id: 'CommentChanges',
  examples: [{ body: 'The old one expires on **Thursday**.' }],
})
export type CommentChanges = Static<typeof CommentChanges>

export const CommentFilter = Closed({
  ...PageQuery,
  sort: Type.Optional(
    OneOf(['created', '-created'], {
      title: 'CommentSort',
      description: 'Oldest first, or with the minus latest first.',
      default: 'created',
    }),
  ),
})
export type CommentFilter = Static<typeof CommentFilter>
