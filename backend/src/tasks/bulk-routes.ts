import type { App } from '../http/server.ts'
import { changeTasks } from './bulk.ts'
import { BulkResults, BulkTasks } from './bulk-schema.ts'

export const bulkRoutes = () => async (app: App) => {
  app.post(
    '/tasks/bulk',
    {
      config: { scope: 'tasks:write' },
      schema: {
        tags: ['tasks'],
        operationId: 'changeTasks',
        summary: 'Create, change and delete up to 200 tasks at once',
        description:
          'One operation, which is undone as a whole. All or none, unless `atomic` is false. Counts as one request.',
        body: BulkTasks,
        response: { 200: BulkResults },
      },
    },
    async (request) => ({ results: await changeTasks(request, request.body, request.id) }),
  )
}
