// Runs before every route: who is calling, and may they call this at all? Denied unless the route says otherwise.
import type { FastifyRequest } from 'fastify'
import { uuid } from '../../ids.ts'
import type { Db } from '../../database/db.ts'
import { ApiError } from '../../errors.ts'
import type { Viewer } from '../../policy.ts'
import { findSessionUser } from './queries.ts'
import type { Tokens } from './tokens.ts'

export type Access = 'public' | 'user' | 'admin'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Who may call the route; `user` when it does not say. */
    access?: Access
    /** Answers with a stream of events: takes a ticket in its address, since browsers cannot send a token there. */
    stream?: true
  }
  interface FastifyRequest {
    viewer: Viewer
    /** When the access token ends, in seconds since 1970. */
    tokenExpires: number
  }
}

/** How long a session and its user may be remembered instead of read again: the bound on how late a revocation acts. */
const REMEMBERED_MS = 1_000
const MOST_REMEMBERED = 10_000

export type Gate = ReturnType<typeof createGate>

export function createGate(db: Db, tokens: Tokens, sessionIdleTtl: number) {
  let remembered = new Map<string, { user: Pick<Viewer, 'id' | 'role'>; until: number }>()

  async function sessionUser(
    sessionId: string,
    userId: string,
  ): Promise<Pick<Viewer, 'id' | 'role'> | undefined> {
    const now = Date.now()
    const known = remembered.get(sessionId)
    if (known && known.until > now) return known.user
    if (remembered.size >= MOST_REMEMBERED) remembered = new Map()
    // What forget() throws away while this reads must not come back; and counted from before the read, so that the
    // answer is never older than the bound.
    const memory = remembered
    const user = await findSessionUser(db, sessionId, userId, sessionIdleTtl)
    if (user) memory.set(sessionId, { user, until: now + REMEMBERED_MS })
    else memory.delete(sessionId)
    return user
  }

  return {
    /** Reads sessions and users anew from here on; after a change of ours that revokes something. */
    forget(): void {
      remembered = new Map()
    },

    async authenticate(request: FastifyRequest): Promise<void> {
      const access = request.routeOptions.config.access ?? 'user'
      // An unknown address is 404 for everybody and holds nothing to protect.
      if (access === 'public' || request.is404) return
      const token = /^Bearer ([\w-]+\.[\w-]+\.[\w-]+)$/i.exec(request.headers.authorization ?? '')?.[1]
      const ticket = request.routeOptions.config.stream && (request.query as { ticket?: string }).ticket
      if (token === undefined && !ticket)
        throw unauthenticated('Send an access token: Authorization: Bearer …', 'Bearer')
      const claims = await (token === undefined
        ? tokens.verifyTicket(String(ticket))
        : tokens.verifyAccess(token))
      const user = claims && (await sessionUser(claims.sessionId, claims.userId))
      if (!user)
        throw unauthenticated('The access token is not valid, or no longer.', 'Bearer error="invalid_token"')
      request.viewer = {
        id: user.id,
        role: user.role,
        session_id: claims.sessionId,
        operation: uuid(),
        address: request.clientAddress,
      }
      request.tokenExpires = claims.expires
      if (access === 'admin' && user.role !== 'admin')
        throw new ApiError('forbidden', 'Only administrators may do this.')
    },
  }
}

const unauthenticated = (detail: string, challenge: string) =>
  new ApiError('unauthenticated', detail, { headers: { 'WWW-Authenticate': challenge } })
