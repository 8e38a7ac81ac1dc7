import { Type, type Static } from 'typebox'
import { Problem } from '../http/problem.ts'
import { ByIdOrKey, Closed, Ref, Version } from '../http/schemas.ts'
import { ByIdOrRef, NewTask, Task, TaskChanges } from './schema.ts'

export const MOST_OPERATIONS = 200

const IfMatch = Type.Optional(
  Type.Unsafe<number>({ ...Version, description: 'As If-Match: refused if the task has another version.' }),
)

const BulkOperation = Closed(
  {
    create: Type.Optional(
      Closed(
        {
          project: Type.Unsafe<string>({
            ...ByIdOrKey.properties.id,
            description: 'The project, by id or key.',
          }),
          ...NewTask.properties,
        },
        { title: 'BulkCreate' },
      ),
    ),
    update: Type.Optional(
      Closed(
        {
          id: ByIdOrRef.properties.id,
          ...TaskChanges.properties,
          base_version: Type.Optional(
            Type.Unsafe<number>({ ...Version, description: 'As the parameter of a single change.' }),
          ),
          if_match: IfMatch,
        },
        { title: 'BulkUpdate' },
      ),
    ),
    delete: Type.Optional(
      Closed({ id: ByIdOrRef.properties.id, if_match: IfMatch }, { title: 'BulkDelete' }),
    ),
  },
  { title: 'BulkOperation', description: 'One of create, update and delete.' },
)
export type BulkOperation = Static<typeof BulkOperation>

export const BulkTasks = Closed(
  {
    operations: Type.Array(BulkOperation, {
      minItems: 1,
      maxItems: MOST_OPERATIONS,
      description: 'Done in this order.',
    }),
    atomic: Type.Optional(
      Type.Boolean({
        default: true,
        description: 'All or none. With false each stands for itself, and has its own status in the answer.',
        examples: [true],
      }),
    ),
  },
  {
    $id: 'BulkTasks',
    examples: [
      {
        operations: [
          { create: { project: 'OPS', title: 'Renew the certificate' } },
          { update: { id: 'OPS-7', status: 'done' } },
          { delete: { id: 'OPS-8' } },
        ],
      },
    ],
  },
)
export type BulkTasks = Static<typeof BulkTasks>

const BulkResult = Type.Object(
  {
    status: Type.Integer({
      minimum: 200,
      maximum: 499,
      description: 'What the operation alone would have been answered with.',
      examples: [201],
    }),
    task: Type.Optional(Ref(Task)),
    problem: Type.Optional(Ref(Problem)),
  },
  { title: 'BulkResult', examples: [{ status: 204 }] },
)
export type BulkResult = Static<typeof BulkResult>

export const BulkResults = Type.Object(
  {
    results: Type.Array(BulkResult, {
      maxItems: MOST_OPERATIONS,
      description: 'Of each operation, in the order of the request.',
    }),
  },
  { title: 'BulkResults' },
)
