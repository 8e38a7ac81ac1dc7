import { Type, type Static } from 'typebox'
import { Changes, Closed, Id, Instant, Nullable, Title, Version } from '../http/schemas.ts'
import { PageQuery } from '../http/pages.ts'

const name = Title(255, {
  pattern: '^[^/\\\\]*$',
  description: 'Without the folders it was in.',
  examples: ['certificate.pdf'],
})

export const FileInfo = Type.Object(
  {
    id: Id,
    project_id: Id,
    task_id: Id,
    comment_id: Nullable(Id, {
      description: 'Of the comment that it is on; null if it is on the task itself.',
    }),
    name,
    media_type: Type.String({
      maxLength: 127,
      description: 'As it was sent: the Content-Type without parameters.',
      examples: ['application/pdf'],
    }),
    size: Type.Integer({
      minimum: 0,
      maximum: Number.MAX_SAFE_INTEGER,
      description: 'In bytes.',
      examples: [48_213],
    }),
    sha256: Type.String({
      maxLength: 64,
      description: 'Of the content, in hexadecimal digits.',
      examples: ['e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'],
    }),
    created_by: Id,
    created_at: Instant,
    updated_at: Instant,
    version: Version,
  },
  { $id: 'FileInfo' },
)
export type FileInfo = Static<typeof FileInfo>

export const FileFilter = Closed(PageQuery)

export const NewFile = Closed({
  name: Type.Unsafe<string>({ ...name, format: 'text', description: 'What the file is called.' }),
})
export type NewFile = Static<typeof NewFile>

export const FileChanges = Changes(
  { name },
  { $id: 'FileChanges', examples: [{ name: 'certificate 2027.pdf' }] },
)
export type FileChanges = Static<typeof FileChanges>
