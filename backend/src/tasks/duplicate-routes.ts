import type { App } from '../http/server.ts'
import { Ref } from '../http/schemas.ts'
import { duplicateTask } from './duplicate.ts'
import { TaskCopy } from './duplicate-schema.ts'
import { attemptOf } from './refusals.ts'
import { show } from './routes.ts'
import { ByIdOrRef, Task } from './schema.ts'

export const duplicateRoutes = () => async (app: App) => {
  app.post(
    '/tasks/:id/duplicate',
    {
      config: { scope: 'tasks:write' },
      schema: {
        tags: ['tasks'],
        operationId: 'duplicateTask',
        summary: 'Copy a task, with its subtasks unless asked otherwise',
        description:
          'The copies come last in the project and begin anew, in its first status, with the same texts, people, labels, dates and estimates. Comments, files, links and time stay with the original. One operation, which is undone as a whole.',
        params: ByIdOrRef,
        body: TaskCopy,
        response: { 201: Ref(Task) },
      },
    },
    async (request, reply) => {
      const task = await duplicateTask(attemptOf(request), request.params.id, request.body)
      return show(request, reply.code(201).header('Location', `/api/v1/tasks/${task.id}`), task)
    },
  )
}
