// Runs before every route: who is calling, and may they call this at all? Denied unless the route says otherwise.
import type { FastifyRequest } from 'fastify'
import { uuid } from '../../ids.ts'
import type { Db } from '../../database/db.ts'
import { ApiError } from '../../errors.ts'
import { roleOf, type Viewer } from '../../policy.ts'
import { demandScope } from '../../rights.ts'
import type { Need } from '../../scopes.ts'
import { findTokenUser, type TokenUser } from '../tokens/queries.ts'
import { readToken } from '../tokens/secret.ts'
import { createMemory } from './memory.ts'
import { findSessionUser } from './queries.ts'
import type { AccessClaims, Tokens } from './tokens.ts'

export type Access = 'public' | 'user' | 'admin'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Who may call the route; `user` when it does not say. */
    access?: Access
    /** Which tokens of programs may call the route; none when it does not say. */
    scope?: Need
    /** Answers with a stream of events: takes a ticket in its address, since browsers cannot send a token there. */
    stream?: true
  }
  interface FastifyRequest {
    viewer: Viewer
    /** When the token that was sent ends, in seconds since 1970. */
    tokenExpires: number
  }
}

type User = Pick<Viewer, 'id' | 'role'>

/** Who sent a request, and until when what they sent is good. */
type Caller = TokenUser | { user: User; sessionId: string; expires: number; token?: never }

export type Gate = ReturnType<typeof createGate>

export function createGate(db: Db, tokens: Tokens, sessionIdleTtl: number) {
  const sessions = createMemory<User>()
  const programs = createMemory<TokenUser>()

  async function withSession(claims: AccessClaims | undefined): Promise<Caller | undefined> {
    if (!claims) return undefined
    const { userId, sessionId, expires } = claims
    const user = await sessions.get(sessionId, () => findSessionUser(db, sessionId, userId, sessionIdleTtl))
    return user && { user, sessionId, expires }
  }

  /** What is remembered under the whole token was sent with its secret. */
  async function withToken(sent: string): Promise<Caller | undefined> {
    const program = await programs.get(sent, async () => {
      const named = readToken(sent)
      return named && findTokenUser(db, named)
    })
    return program && program.expires > Date.now() / 1000 ? program : undefined
  }

  async function withTicket(ticket: string): Promise<Caller | undefined> {
    const claims = await tokens.verifyTicket(ticket)
    if (claims?.tokenId === undefined) return withSession(claims)
    return findTokenUser(db, { id: claims.tokenId, userId: claims.userId })
  }

  /** Throws unless the request comes from somebody. */
  async function callerOf({ headers, query, routeOptions }: FastifyRequest): Promise<Caller> {
    const sent = /^Bearer (?:(tt_\w+)|([\w-]+\.[\w-]+\.[\w-]+))$/i.exec(headers.authorization ?? '')
    const [, token, jwt] = sent ?? []
    const ticket = routeOptions.config.stream && (query as { ticket?: string }).ticket
    if (!sent && !ticket) throw unauthenticated('Send an access token: Authorization: Bearer …', 'Bearer')
    const caller =
      token !== undefined
        ? await withToken(token)
        : jwt !== undefined
          ? await withSession(await tokens.verifyAccess(jwt))
          : await withTicket(String(ticket))
    if (caller) return caller
    throw unauthenticated('The access token is not valid, or no longer.', 'Bearer error="invalid_token"')
  }

  return {
    /** Reads sessions, tokens and users anew from here on; after a change of ours that revokes something. */
    forget(): void {
      sessions.forget()
      programs.forget()
    },

    async authenticate(request: FastifyRequest): Promise<void> {
      const { access = 'user', scope = 'person' } = request.routeOptions.config
      // An unknown address is 404 for everybody and holds nothing to protect.
      if (access === 'public' || request.is404) return
      const { user, token, expires, ...from } = await callerOf(request)
      request.viewer = {
        id: user.id,
        role: roleOf(user.role, token),
        session_id: 'sessionId' in from ? from.sessionId : null,
        ...(token && { token }),
        operation: uuid(),
        address: request.clientAddress,
      }
      request.tokenExpires = expires
      if (token) admitToken(request.viewer, scope)
      if (access === 'admin' && request.viewer.role !== 'admin')
        throw new ApiError('forbidden', 'Only administrators may do this.')
    },
  }
}

function admitToken(viewer: Viewer, need: Need): void {
  if (need === 'person')
    throw new ApiError('person_needed', 'No token of a program may do this, whatever it is for.')
  if (need !== 'any') demandScope(viewer, need)
}

const unauthenticated = (detail: string, challenge: string) =>
  new ApiError('unauthenticated', detail, { headers: { 'WWW-Authenticate': challenge } })
