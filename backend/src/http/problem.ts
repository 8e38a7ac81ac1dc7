// The body of an error (RFC 9457), with all the members that some codes add to it.
import { Type } from 'typebox'
import { CODES, type ApiError, type Code } from '../errors.ts'
import { Id, MapOf, OneOf, Version } from './schemas.ts'

/** The most characters of each text of a problem document, some of which quote what was sent. */
export const LONGEST = { detail: 10_000, pointer: 1_000, message: 1_000 }

const FieldProblem = Type.Object(
  {
    pointer: Type.String({
      maxLength: LONGEST.pointer,
      description: 'A JSON pointer into the body, or `/query/` or `/path/` and the name of a parameter.',
      examples: ['/title'],
    }),
    message: Type.String({ maxLength: LONGEST.message, examples: ['is required'] }),
  },
  { $id: 'FieldProblem' },
)

const FieldConflict = Type.Object(
  {
    base: Type.Unknown({
      description: 'What it was at base_version; null if the trail is not kept that long.',
    }),
    current: Type.Unknown({ description: 'What it is now.' }),
    yours: Type.Unknown({ description: 'What you sent.' }),
  },
  { title: 'FieldConflict', examples: [{ base: 'todo', current: 'in_progress', yours: 'done' }] },
)

const ProjectName = Type.Object(
  {
    id: Id,
    key: Type.String({ maxLength: 10, examples: ['OPS'] }),
    name: Type.String({ maxLength: 200, examples: ['Operations'] }),
  },
  { title: 'ProjectName' },
)

const members = {
  type: Type.String({
    format: 'uri',
    maxLength: 100,
    description: 'Says the same as `code`.',
    examples: ['urn:tasktrail:problem:invalid'],
  }),
  title: Type.String({
    maxLength: 200,
    description: 'What `code` means.',
    examples: ['The request is not valid'],
  }),
  status: Type.Integer({ minimum: 400, maximum: 599, description: 'That of the answer.', examples: [400] }),
  code: OneOf(Object.keys(CODES) as Code[], {
    title: 'ProblemCode',
    description: 'Stable; switch on this.',
  }),
  detail: Type.String({
    maxLength: LONGEST.detail,
    description: 'What is wrong, for people.',
    examples: ['/title is required.'],
  }),
  errors: Type.Optional(Type.Array(FieldProblem, { maxItems: 50, description: 'Which fields are wrong.' })),
  request_id: Type.String({
    maxLength: 128,
    description: 'Finds the request in the log.',
    examples: ['019aab5e-6c00-7000-8000-00000000000b'],
  }),
  version: Type.Optional(
    Type.Unsafe<number>({
      ...Version,
      description: 'The present version: of `version_conflict` and `precondition_failed`.',
    }),
  ),
  base_version: Type.Optional(
    Type.Unsafe<number>({
      ...Version,
      description: 'The version that the edit started from: of `version_conflict`.',
    }),
  ),
  projects: Type.Optional(
    Type.Array(ProjectName, {
      maxItems: 100_000,
      description: 'Which need another owner first: of `sole_owner`.',
    }),
  ),
  offset: Type.Optional(
    Type.Integer({
      minimum: 0,
      maximum: 8_000,
      description:
        'Where the filter cannot be read, in UTF-16 code units from its beginning: of `invalid_filter`.',
      examples: [9],
    }),
  ),
  found: Type.Optional(
    Type.String({
      maxLength: 110,
      description: 'What stands there: of `invalid_filter`.',
      examples: ['urgend'],
    }),
  ),
  expected: Type.Optional(
    Type.Array(Type.String({ maxLength: 100, examples: ['urgent'] }), {
      maxItems: 100,
      description: 'What could stand there: of `invalid_filter`.',
    }),
  ),
  resynchronise: Type.Optional(
    Type.String({
      maxLength: 200,
      description: 'Where to start again, below the address of the server: of `cursor_expired`.',
      examples: ['/api/v1/changes'],
    }),
  ),
}

/**
 * Without a type in general: for a union of an object and a list several generators write code that does not compile.
 * The answers that have conflicts say which of the two it is.
 */
const conflicts = Type.Unknown({
  description:
    'What is in the way. Of `version_conflict` an object: `base`, `current` and `yours` by field (UpdateProblem). ' +
    'Of `undo_conflict` a list of later changes (UndoProblem).',
})

export const Problem = Type.Object(
  { ...members, conflicts: Type.Optional(conflicts) },
  {
    $id: 'Problem',
    description:
      'A problem document (RFC 9457). Members that are not always there say of which `code` they are.',
    examples: [
      {
        type: 'urn:tasktrail:problem:invalid',
        title: 'The request is not valid',
        status: 400,
        code: 'invalid',
        detail: '/title is required.',
        errors: [{ pointer: '/title', message: 'is required' }],
        request_id: '019aab5e-6c00-7000-8000-00000000000b',
      },
    ],
  },
)

export const UpdateProblem = Type.Object(
  {
    ...members,
    conflicts: Type.Optional(
      MapOf(FieldConflict, {
        title: 'FieldConflicts',
        description: 'The three sides of each field, by its name: of `version_conflict`.',
        examples: [{ status: { base: 'todo', current: 'in_progress', yours: 'done' } }],
      }),
    ),
  },
  { $id: 'UpdateProblem', description: 'Why a change is in conflict with what is there.' },
)

export const UndoProblem = Type.Object(
  {
    ...members,
    conflicts: Type.Optional(
      Type.Array(Type.Unsafe({ $ref: 'UndoConflict#' }), {
        maxItems: 100_000,
        description: 'The later changes: of `undo_conflict`.',
      }),
    ),
  },
  { $id: 'UndoProblem', description: 'Why an operation cannot be undone.' },
)

/** The text, or its beginning if it is longer. */
const cut = (text: string, most: number): string =>
  text.length <= most ? text : `${text.slice(0, most - 1).toWellFormed()}…`

/** The body of an error answer. */
export function problem(error: ApiError, requestId: string) {
  const [status, title] = CODES[error.code]
  const errors = error.errors?.map(({ pointer, message }) => ({
    pointer: cut(pointer, LONGEST.pointer),
    message: cut(message, LONGEST.message),
  }))
  return {
    type: `urn:tasktrail:problem:${error.code}`,
    title,
    status,
    code: error.code,
    detail: cut(error.message, LONGEST.detail),
    ...(errors && { errors }),
    ...error.extra,
    request_id: requestId,
  }
}
