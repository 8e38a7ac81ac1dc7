// The viewer's own timer, of which there is one at a time, and what time adds up to.
import { Type } from 'typebox'
import { ApiError, found } from '../errors.ts'
import { Ref, versionedInProject } from '../http/schemas.ts'
import type { App } from '../http/server.ts'
import { findRights } from '../rights.ts'
import { zoneOf } from '../tasks/due.ts'
import * as queries from './queries.ts'
import { sumTime } from './report-queries.ts'
import { TimeQuery, TimeReport } from './report-schema.ts'
import { TimeEntry } from './schema.ts'

const tags = ['time']
const LONGEST_PERIOD_MS = 366 * 24 * 60 * 60 * 1000

export const timerRoutes = () => async (app: App) => {
  app.get(
    '/timer',
    {
      config: { scope: 'tasks:read' },
      schema: {
        tags,
        operationId: 'findTimer',
        summary: 'Read my timer that is running; 404 if none is, or it is where I cannot see it now',
        response: { 200: Ref(TimeEntry) },
      },
    },
    async (request, reply) =>
      versionedInProject(request, reply, found(await queries.findTimer(request.db, request.viewer))),
  )

  app.post(
    '/timer/stop',
    {
      config: { scope: 'tasks:write' },
      schema: {
        tags,
        operationId: 'stopTimer',
        summary: 'Stop my timer that is running, wherever it is; 204 if that is where I cannot see it now',
        response: { 200: Ref(TimeEntry), 204: Type.Null() },
      },
    },
    async (request, reply) => {
      const { db, viewer } = request
      const { id } = found(await queries.stopTimer(db, viewer))
      const entry = await queries.findTimeEntry(db, viewer, id)
      if (entry) return versionedInProject(request, reply, entry)
      void reply.code(204)
      return null
    },
  )

  app.get(
    '/reports/time',
    {
      config: { scope: 'tasks:read' },
      schema: {
        tags,
        operationId: 'sumTime',
        summary: 'Sum up the time spent in a period, by person, project or task',
        querystring: TimeQuery,
        response: { 200: Ref(TimeReport) },
      },
    },
    async ({ db, viewer, query }) => {
      if (Date.parse(query.to) - Date.parse(query.from) > LONGEST_PERIOD_MS)
        throw new ApiError('invalid', 'A period has at most 366 days.', {
          errors: [{ pointer: '/query/to', message: 'is more than 366 days after from' }],
        })
      const report = await sumTime(db, viewer, query, zoneOf(viewer, query))
      if (report.items.length === 0 && query.project !== undefined)
        found(await findRights(db, viewer, query.project))
      return report
    },
  )
}
