import type { App } from '../../http/server.ts'
import { ById, Ref } from '../../http/schemas.ts'
import { undo } from './undo.ts'
import { Undone } from './schema.ts'

export const operationRoutes = () => async (app: App) => {
  app.post(
    '/operations/:id/undo',
    {
      config: { scope: 'tasks:read' },
      schema: {
        tags: ['operations'],
        operationId: 'undoOperation',
        summary: 'Undo everything that one request changed',
        description: 'The id is that of the Operation-Id header which every change is answered with.',
        params: ById,
        response: { 200: Ref(Undone) },
      },
    },
    ({ db, viewer, params }) => undo(db, viewer, params.id),
  )
}
