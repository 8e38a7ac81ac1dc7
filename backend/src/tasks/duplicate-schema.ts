import { Type, type Static } from 'typebox'
import { Closed } from '../http/schemas.ts'
import { NewTask } from './schema.ts'

export const TaskCopy = Closed(
  {
    title: Type.Optional(
      Type.Unsafe<string>({
        ...NewTask.properties.title,
        description: 'What the copy is called; without it what the task is.',
      }),
    ),
    subtasks: Type.Optional(
      Type.Boolean({
        default: true,
        description: 'Whether what is below it is copied too, at all depths.',
        examples: [true],
      }),
    ),
  },
  { $id: 'TaskCopy', examples: [{ title: 'Renew the certificate of 2027' }, { subtasks: false }] },
)
export type TaskCopy = Static<typeof TaskCopy>
