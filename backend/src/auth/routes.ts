import { Type } from 'typebox'
import type { FastifyRequest } from 'fastify'
import { v7 as uuid } from 'uuid'
import type { App } from '../app.ts'
import { ApiError, found } from '../errors.ts'
import { ById, Page, Ref } from '../http.ts'
import type { Services } from '../services.ts'
import { User } from '../users/schema.ts'
import { checkNewPassword, hashPassword, needsRehash, verifyPassword } from './passwords.ts'
import * as queries from './queries.ts'
import { Login, PasswordChange, Refresh, Registration, Session, TokenPair, Validation } from './schema.ts'
import { LIMITS, type Charge } from './throttle.ts'

const tags = ['auth']

export const authRoutes =
  ({ config, tokens, throttle, gate }: Services) =>
  async (app: App) => {
    app.post(
      '/auth/register',
      {
        config: { access: 'public' },
        schema: {
          tags,
          operationId: 'register',
          summary: 'Create an account',
          body: Registration,
          response: { 201: Ref(User) },
        },
      },
      async ({ db, body, ip }, reply) => {
        await throttle.charge([[LIMITS.registration, ip]])
        const user =
          body.invite_token === undefined
            ? await register(db, body)
            : await accept(db, body, body.invite_token)
        void reply.code(201).header('Location', '/api/v1/users/me')
        return user
      },
    )

    async function register(
      db: FastifyRequest['db'],
      { email, password, name, time_zone = 'UTC' }: Registration,
    ): Promise<User> {
      if (config.registration !== 'open')
        throw new ApiError(
          'forbidden',
          'Registration is not open here. Ask an administrator for an invitation.',
        )
      if (email === undefined)
        throw new ApiError('invalid', 'email is required.', {
          errors: [{ pointer: '/email', message: 'is required' }],
        })
      checkNewPassword(password, email, config.passwordMinLength, '/password')
      const id = uuid()
      const passwordHash = await hashPassword(password)
      return queries.insertUser(
        db,
        { id, operation: uuid() },
        { id, email, name, time_zone, role: 'user', passwordHash },
      )
    }

    async function accept(
      db: FastifyRequest['db'],
      { email, password, name, time_zone }: Registration,
      inviteToken: string,
    ): Promise<User> {
      const id = await tokens.verifyInvite(inviteToken)
      const invited = id === undefined ? undefined : await queries.findOwnCredentials(db, id)
      const refused = new ApiError('invalid', 'The invitation is not valid, or no longer.', {
        errors: [{ pointer: '/invite_token', message: 'is not valid' }],
      })
      if (!invited || (email !== undefined && email.toLowerCase() !== invited.email.toLowerCase()))
        throw refused
      checkNewPassword(password, invited.email, config.passwordMinLength, '/password')
      const passwordHash = await hashPassword(password)
      const user = await queries.acceptInvite(
        db,
        { id: invited.id, operation: uuid() },
        invited.id,
        { name, ...(time_zone && { time_zone }) },
        passwordHash,
      )
      if (!user) throw refused
      return user
    }

    app.post(
      '/auth/login',
      {
        config: { access: 'public', idempotency: false },
        schema: {
          tags,
          operationId: 'logIn',
          summary: 'Get an access and a refresh token',
          body: Login,
          response: { 200: Ref(TokenPair) },
        },
      },
      async ({ db, body: { email, password }, ip, headers }) => {
        const account: Charge = [LIMITS.accountFromSource, email.toLowerCase(), ip]
        await throttle.charge([account, [LIMITS.source, ip]])
        const credentials = await queries.findCredentials(db, email)
        if (!(await verifyPassword(credentials?.password_hash, password)) || !credentials?.password_hash)
          throw wrong()
        const { id: userId, password_hash: stored } = credentials
        const passwordHash = needsRehash(stored) ? await upgrade(db, userId, stored, password) : stored
        const sessionId = uuid()
        const session = await queries.insertSession(db, {
          id: sessionId,
          userId,
          passwordHash,
          ttl: config.refreshTtl,
          userAgent: (headers['user-agent'] ?? '').slice(0, 300),
          ip,
        })
        // A disabled user learns no more than somebody with a wrong password.
        if (!session) throw wrong()
        await throttle.forgive([account])
        return tokenPair(db, { userId, sessionId, counter: session.counter }, session.expires)
      },
    )

    async function upgrade(
      db: FastifyRequest['db'],
      userId: string,
      stored: string,
      password: string,
    ): Promise<string> {
      const passwordHash = await hashPassword(password)
      const updated = await queries.upgradePasswordHash(
        db,
        { id: userId, operation: uuid() },
        userId,
        stored,
        passwordHash,
      )
      return updated ? passwordHash : stored
    }

    app.post(
      '/auth/refresh',
      {
        config: { access: 'public', idempotency: false },
        schema: {
          tags,
          operationId: 'refreshTokens',
          summary: 'Exchange a refresh token for new tokens',
          body: Refresh,
          response: { 200: Ref(TokenPair) },
        },
      },
      async ({ db, body, ip }) => {
        const claims = await tokens.verifyRefresh(body.refresh_token)
        if (!claims) {
          await throttle.charge([[LIMITS.source, ip]])
          throw stale()
        }
        // Lost answers and second tabs send the token before the current one; they get the current one again.
        const session =
          (await queries.rotateSession(db, claims, config.sessionIdleTtl)) ??
          (await queries.findJustRotated(db, claims))
        if (!session) {
          // An older token is in two hands. The session ends for both, in a statement of its own that stays done.
          await queries.deleteSession(db, claims.userId, claims.sessionId)
          gate.forget()
          throw stale()
        }
        return tokenPair(db, { ...claims, counter: session.counter }, session.expires)
      },
    )

    async function tokenPair(
      db: FastifyRequest['db'],
      claims: { userId: string; sessionId: string; counter: number },
      expires: number,
    ) {
      const user = found(await queries.findUser(db, claims.userId))
      const [access_token, refresh_token] = await Promise.all([
        tokens.signAccess(claims.userId, claims.sessionId),
        tokens.signRefresh(claims, expires),
      ])
      const refresh_expires_in = Math.max(0, expires - Math.floor(Date.now() / 1000))
      return {
        access_token,
        token_type: 'Bearer' as const,
        expires_in: config.accessTtl,
        refresh_token,
        refresh_expires_in,
        user,
      }
    }

    app.post(
      '/auth/logout',
      {
        schema: { tags, operationId: 'logOut', summary: 'End this session', response: { 204: Type.Null() } },
      },
      async ({ db, viewer }, reply) => {
        await queries.deleteSession(db, viewer.id, viewer.session_id)
        gate.forget()
        void reply.code(204)
        return null
      },
    )

    app.get(
      '/auth/validate',
      {
        schema: {
          tags,
          operationId: 'validateAccess',
          summary: 'Who am I, and until when is this token good?',
          response: { 200: Validation },
        },
      },
      async ({ db, viewer, tokenExpires }) => ({
        user: found(await queries.findUser(db, viewer.id)),
        session_id: viewer.session_id,
        expires_at: new Date(tokenExpires * 1000).toISOString(),
      }),
    )

    app.get(
      '/auth/sessions',
      {
        schema: {
          tags,
          operationId: 'listSessions',
          summary: 'Where I am logged in, newest first',
          response: { 200: Page(Ref(Session)) },
        },
      },
      async ({ db, viewer }) => ({ items: await queries.listSessions(db, viewer), next_cursor: null }),
    )

    app.delete(
      '/auth/sessions/:id',
      {
        schema: {
          tags,
          operationId: 'endSession',
          summary: 'End one of my sessions',
          params: ById,
          response: { 204: Type.Null() },
        },
      },
      async ({ db, viewer, params }, reply) => {
        found(await queries.deleteSession(db, viewer.id, params.id))
        gate.forget()
        void reply.code(204)
        return null
      },
    )

    app.post(
      '/auth/password',
      {
        schema: {
          tags,
          operationId: 'changePassword',
          summary: 'Change my password; ends my other sessions',
          body: PasswordChange,
          response: { 204: Type.Null() },
        },
      },
      async ({ db, viewer, body, ip }, reply) => {
        const { email, password_hash } = found(await queries.findOwnCredentials(db, viewer.id))
        const account: Charge = [LIMITS.accountFromSource, email.toLowerCase(), ip]
        await throttle.charge([account])
        if (!(await verifyPassword(password_hash, body.current_password))) {
          throw new ApiError('invalid', 'The current password is wrong.', {
            errors: [{ pointer: '/current_password', message: 'is wrong' }],
          })
        }
        checkNewPassword(body.new_password, email, config.passwordMinLength, '/new_password')
        const passwordHash = await hashPassword(body.new_password)
        await db.transaction(async (tx) => {
          found(await queries.updatePassword(tx, viewer, viewer.id, passwordHash))
          await queries.deleteSessions(tx, viewer.id, viewer.session_id)
        })
        gate.forget()
        await throttle.forgive([account])
        void reply.code(204)
        return null
      },
    )
  }

const wrong = () =>
  new ApiError('invalid_credentials', 'The e-mail address or the password is wrong.', {
    headers: { 'WWW-Authenticate': 'Bearer' },
  })
const stale = () =>
  new ApiError('unauthenticated', 'The refresh token is not valid, or no longer. Log in again.', {
    headers: { 'WWW-Authenticate': 'Bearer error="invalid_token"' },
  })
