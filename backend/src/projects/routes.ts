import { Type } from 'typebox'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { v7 as uuid } from 'uuid'
import { LIMITS, type Charge } from '../accounts/auth/throttle.ts'
import type { App } from '../http/server.ts'
import { allow, ApiError, changedByOthers, found } from '../errors.ts'
import { BaseVersion, ByIdOrKey, precondition, Ref, versioned } from '../http/schemas.ts'
import { Page } from '../http/pages.ts'
import { canCreateProjects, canManageProject, type Viewer } from '../policy.ts'
import type { Services } from '../services.ts'
import { explain } from '../trail/versions.ts'
import { deriveKeys } from './keys.ts'
import * as queries from './queries.ts'
import { ListedProject, NewProject, Project, ProjectChanges, ProjectFilter } from './schema.ts'

const tags = ['projects']
const ATTEMPTS = 5

export const projectRoutes =
  ({ page, throttle }: Services) =>
  async (app: App) => {
    app.get(
      '/projects',
      {
        config: { scope: 'tasks:read' },
        schema: {
          tags,
          operationId: 'listProjects',
          summary: 'List the projects I can see, oldest first',
          querystring: ProjectFilter,
          response: { 200: Page(Ref(ListedProject)) },
        },
      },
      async (request, reply) => {
        const { db, viewer, query } = request
        return page(
          request,
          reply,
          (after, count) => queries.listProjects(db, viewer, query, after, count),
          () => queries.countProjects(db, viewer, query),
        )
      },
    )

    app.post(
      '/projects',
      {
        config: { scope: 'projects:manage' },
        schema: {
          tags,
          operationId: 'createProject',
          summary: 'Create a project and own it',
          body: NewProject,
          response: { 201: Ref(Project) },
        },
        preHandler: async (request) => {
          if (!canCreateProjects(request.viewer))
            throw new ApiError(
              'insufficient_scope',
              'A token for some projects makes no other, and a bot owns none.',
            )
          request.attempt = await throttle.charge(asking(request.viewer, request.body))
        },
      },
      async (request, reply) => {
        const { db, body } = request
        const project = await create(request, body)
        await request.attempt.right(db)
        return show(request, reply.code(201).header('Location', `/api/v1/projects/${project.id}`), project)
      },
    )

    app.get(
      '/projects/:id',
      {
        config: { scope: 'tasks:read' },
        schema: {
          tags,
          operationId: 'findProject',
          summary: 'Read a project by id or key',
          params: ByIdOrKey,
          response: { 200: Ref(Project) },
        },
      },
      async (request, reply) =>
        show(request, reply, found(await queries.findProject(request.db, request.viewer, request.params.id))),
    )

    app.patch(
      '/projects/:id',
      {
        config: { scope: 'projects:manage' },
        schema: {
          tags,
          operationId: 'updateProject',
          summary: 'Change or archive a project',
          params: ByIdOrKey,
          querystring: BaseVersion,
          body: ProjectChanges,
          response: { 200: Ref(Project) },
        },
        preHandler: async (request) => {
          request.attempt = await throttle.charge(asking(request.viewer, request.body))
        },
      },
      async (request, reply) => {
        const { db, viewer, params, body } = request
        const expected = precondition(request)
        const project =
          (await queries.updateProject(db, viewer, params.id, body, expected)) ??
          (await refuseChange(request, params.id, body))
        await request.attempt.right(db)
        return show(request, reply, project)
      },
    )

    app.delete(
      '/projects/:id',
      {
        config: { scope: 'projects:manage' },
        schema: {
          tags,
          operationId: 'deleteProject',
          summary: 'Move a project and its tasks to the trash',
          params: ByIdOrKey,
          response: { 204: Type.Null() },
        },
      },
      async (request, reply) => {
        const { db, viewer, params } = request
        if (!(await queries.deleteProject(db, viewer, params.id, precondition(request))))
          await refuseChange(request, params.id, {})
        void reply.code(204)
        return null
      },
    )

    app.post(
      '/projects/:id/restore',
      {
        config: { scope: 'projects:manage' },
        schema: {
          tags,
          operationId: 'restoreProject',
          summary: 'Take a project and its tasks out of the trash',
          params: ByIdOrKey,
          response: { 200: Ref(Project) },
        },
      },
      async (request, reply) => {
        const { db, viewer, params } = request
        const project = await queries.restoreProject(db, viewer, params.id, precondition(request))
        return show(request, reply, project ?? (await refuseRestore(request, params.id)))
      },
    )

    /** Uses the requested key, or else a free one, even when many projects of the same name are created at once. */
    async function create({ db, viewer }: FastifyRequest, body: NewProject): Promise<Project> {
      for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
        const derived = deriveKeys(body.name)
        const keys = body.key === undefined ? derived.slice(attempt < 2 ? 0 : -1) : [body.key]
        const project = await queries.insertProject(db, viewer, uuid(), body, keys)
        if (project) return project
        if (body.key !== undefined)
          throw new ApiError('key_taken', 'key is in use.', {
            errors: [{ pointer: '/key', message: 'is in use' }],
          })
      }
      throw new ApiError('unavailable', 'No key was free for the project. Choose one.')
    }

    /** Explains why nothing was changed. It reads the state after the attempt: if nothing is wrong any more, retry. */
    async function refuseChange(
      request: FastifyRequest,
      idOrKey: string,
      changes: ProjectChanges,
    ): Promise<never> {
      const project = found(await queries.findProject(request.db, request.viewer, idOrKey))
      allow(canManageProject(request.viewer, project))
      await explain(
        request.db,
        request.viewer,
        'projects',
        project,
        precondition(request),
        queries.fieldsOf(changes),
      )
      throw changedByOthers('project')
    }

    async function refuseRestore(request: FastifyRequest, idOrKey: string): Promise<never> {
      const project = found(await queries.findTrashedProject(request.db, request.viewer, idOrKey))
      await explain(request.db, request.viewer, 'projects', { ...project }, precondition(request))
      throw changedByOthers('project')
    }
  }

/** A refused key reveals that it is in use, even in projects the viewer cannot see. So every failed attempt counts. */
const asking = (viewer: Viewer, { key }: { key?: string }): readonly Charge[] =>
  key === undefined ? [] : [[LIMITS.projectKeys, viewer.id]]

/** A project's body also depends on its viewer and its tasks, so its ETag does too. */
const show = (request: FastifyRequest, reply: FastifyReply, project: Project) =>
  versioned(
    request,
    reply,
    project,
    `${project.my_role ?? 'admin'}-${Object.values(project.task_counts).join('-')}`,
  )
