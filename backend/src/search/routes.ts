import { found } from '../errors.ts'
import type { App } from '../http/server.ts'
import { Ref } from '../http/schemas.ts'
import { findRights } from '../rights.ts'
import { excerpt, mark } from './highlight.ts'
import * as queries from './queries.ts'
import { SearchQuery, SearchResults } from './schema.ts'

export const searchRoutes = () => async (app: App) => {
  app.get(
    '/search',
    {
      config: { scope: 'tasks:read' },
      schema: {
        tags: ['tasks'],
        operationId: 'search',
        summary: 'Search the titles and texts of what I can see, best first',
        querystring: SearchQuery,
        response: { 200: Ref(SearchResults) },
      },
    },
    async ({ db, viewer, query }) => {
      const hits = await queries.search(db, viewer, query)
      if (hits.length === 0 && query.project !== undefined) found(await findRights(db, viewer, query.project))
      return {
        items: hits.map(({ title, text, words, ...hit }) => ({
          ...hit,
          title: mark(title, words),
          excerpt: excerpt(text, words),
        })),
      }
    },
  )
}
