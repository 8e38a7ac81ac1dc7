import { v7 as uuid } from 'uuid'
import type { App } from '../../http/server.ts'
import type { Db } from '../../database/db.ts'
import { ApiError, found } from '../../errors.ts'
import { networkOf } from '../../http/client-address.ts'
import { Ref } from '../../http/schemas.ts'
import type { Services } from '../../services.ts'
import { recordAttempt } from '../audit/record.ts'
import { spellingOf } from '../../text.ts'
import { findToken } from '../tokens/queries.ts'
import { User } from '../users/schema.ts'
import { hashPassword, needsRehash, verifyPassword } from './passwords.ts'
import * as queries from './queries.ts'
import { prepare, register } from './register.ts'
import { Login, Refresh, Registration, TokenPair, Validation } from './schema.ts'
import { recoveryRoutes } from './recovery-routes.ts'
import { verificationRoutes } from './verification-routes.ts'
import { sessionRoutes } from './session-routes.ts'
import { guessAt, LIMITS } from './throttle.ts'

const tags = ['auth']

export const authRoutes = (services: Services) => async (app: App) => {
  const { config, tokens, throttle, gate } = services
  await app.register(sessionRoutes(services))
  await app.register(recoveryRoutes(services))
  await app.register(verificationRoutes(services))

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
      preHandler: async (request) => {
        const { db, body, clientAddress } = request
        request.attempt = await throttle.charge([[LIMITS.registration, networkOf(clientAddress)]])
        request.newPassword = await prepare(db, config, tokens, body)
      },
    },
    async ({ db, body, newPassword, clientAddress, headers }, reply) => {
      const language = config.mail === 'off' ? undefined : (headers['accept-language'] ?? '')
      const user = await register(db, body, found(newPassword), clientAddress, language)
      void reply.code(201).header('Location', '/api/v1/users/me')
      return user
    },
  )

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
    async ({ db, body, clientAddress, headers }) => {
      const { password } = body
      const email = body.email.trim()
      const credentials = await queries.findCredentials(db, email)
      const account = credentials ?? { id: spellingOf(email), generation: 0 }
      const attempt = await throttle.charge(guessAt(account, clientAddress))
      const stored = credentials?.password_hash
      const right = await verifyPassword(stored, password)
      if (!right || !stored || !credentials) throw await failed(db, credentials?.id, clientAddress)
      const { id: userId } = credentials
      const old = needsRehash(stored) || right === 'as_typed'
      const passwordHash = old ? await upgrade(db, userId, stored, password) : stored
      const sessionId = uuid()
      const session = await queries.insertSession(db, {
        id: sessionId,
        userId,
        passwordHash,
        ttl: config.refreshTtl,
        userAgent: (headers['user-agent'] ?? '').slice(0, 300),
        ip: clientAddress,
      })
      // A disabled user gets the same answer as somebody with a wrong password.
      if (!session) throw await failed(db, userId, clientAddress)
      await attempt.right(db)
      return tokenPair(db, { userId, sessionId, counter: session.counter }, session.expires)
    },
  )

  /** Records the refusal; returns the error to throw. */
  async function failed(db: Db, userId: string | undefined, address: string): Promise<ApiError> {
    const attempt = { kind: 'login.failed', actorId: null, userId: userId ?? null } as const
    await recordAttempt(db, { ...attempt, address })
    return wrong()
  }

  /** Hashes the password again with today's parameters; returns the hash that is stored now. */
  async function upgrade(db: Db, userId: string, stored: string, password: string): Promise<string> {
    const passwordHash = await hashPassword(password)
    const author = { id: userId, operation: uuid() }
    return (await queries.replacePassword(db, author, userId, stored, passwordHash, 'rehashed'))
      ? passwordHash
      : stored
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
    async ({ db, body, clientAddress }) => {
      const claims = await tokens.verifyRefresh(body.refresh_token)
      if (!claims) {
        await throttle.charge([[LIMITS.source, networkOf(clientAddress)]])
        throw stale()
      }
      // After a lost answer, or from a second tab, the previous token comes again; it gets the current one.
      const session =
        (await queries.rotateSession(db, claims, config.sessionIdleTtl)) ??
        (await queries.findJustRotated(db, claims))
      if (!session) {
        // An older token is in two hands. The session ends for both, in a statement of its own that commits whatever follows.
        await queries.deleteRefused(db, { id: null, operation: uuid(), address: clientAddress }, claims)
        gate.forget()
        throw stale()
      }
      return tokenPair(db, { ...claims, counter: session.counter }, session.expires)
    },
  )

  async function tokenPair(
    db: Db,
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

  app.get(
    '/auth/validate',
    {
      config: { scope: 'any' },
      schema: {
        tags,
        operationId: 'validateAccess',
        summary: 'Who am I, and until when is this token good?',
        response: { 200: Validation },
      },
    },
    async ({ db, viewer, tokenExpires }) => ({
      user: found(await queries.findAccount(db, viewer.id)),
      session_id: viewer.session_id,
      token: (viewer.token && (await findToken(db, viewer, viewer.token.id))) ?? null,
      expires_at: new Date(tokenExpires * 1000).toISOString(),
    }),
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
