// What tokens say, how long they live, and how they are checked (RFC 8725, RFC 9068). One algorithm, never the token's own.
import { createHmac } from 'node:crypto'
import { SignJWT, jwtVerify, type JWTVerifyOptions } from 'jose'
import { v7 as uuid } from 'uuid'

const ALGORITHM = 'HS256'
const ISSUER = 'tasktrail'
// A token of one kind never passes for another: both the type and the audience differ.
const ACCESS = { typ: 'at+jwt', audience: 'tasktrail' }
const REFRESH = { typ: 'refresh+jwt', audience: 'tasktrail/refresh' }
const TICKET = { typ: 'ticket+jwt', audience: 'tasktrail/events' }
/** One for each purpose: a link to confirm an address sets no password. */
const link = (purpose: string) => ({ typ: 'link+jwt', audience: `tasktrail/link/${purpose}` })
const INVITE = { typ: 'invite+jwt', audience: 'tasktrail/invite' }

export interface AccessClaims {
  readonly userId: string
  readonly sessionId: string
  /** Seconds since 1970. */
  readonly expires: number
}

/** Of who opens a stream: a session, or a token for programs in its place. */
export interface TicketClaims extends AccessClaims {
  readonly tokenId?: string | undefined
}

export interface RefreshClaims {
  readonly userId: string
  readonly sessionId: string
  readonly counter: number
}

export interface InviteClaims {
  readonly userId: string
  /** Which of the user's passwords it stands in for; setting that one uses up every invitation to set it. */
  readonly generation: number
  /** Which of the invitations to set that password it is; none in those of the version before. */
  readonly invitation: string | null
}

/** Names the link that was sent to somebody; whether it is still good, the database knows. */
export interface LinkClaims {
  readonly userId: string
  readonly purpose: string
  readonly id: string
}

declare module 'fastify' {
  interface FastifyRequest {
    /** The link that was followed to confirm an address. */
    addressProof: LinkClaims | undefined
  }
}

export type Tokens = ReturnType<typeof createTokens>

const INVITE_TTL = 7 * 86_400
const MOST_CACHED = 10_000

/**
 * Signs tokens with the secret, and verifies those signed with it or with another accepted one, so that a secret can be
 * exchanged on one replica after the other without logging anybody out. Verifying answers undefined for anything but
 * a valid token.
 */
export function createTokens(secret: string, accessTtl: number, acceptedSecret = '') {
  const key = new TextEncoder().encode(secret)
  const kid = keyId(secret)
  const keys = new Map([[kid, key]])
  if (acceptedSecret !== '') keys.set(keyId(acceptedSecret), new TextEncoder().encode(acceptedSecret))
  /** A token only chooses among our keys; one that names none of them, or none at all, is not ours. */
  const keyOf = ({ kid: named = '' }: { kid?: string }) => {
    const found = keys.get(named)
    if (!found) throw new TypeError('unknown key')
    return found
  }
  // Checking a signature costs more than the rest of a small request, and a client sends the same token many times.
  const verified = new Map<string, AccessClaims>()

  const sign = (kind: typeof ACCESS, subject: string, claims: Record<string, unknown>, expires: number) =>
    new SignJWT(claims)
      .setProtectedHeader({ alg: ALGORITHM, typ: kind.typ, kid })
      .setIssuer(ISSUER)
      .setAudience(kind.audience)
      .setSubject(subject)
      .setIssuedAt()
      .setExpirationTime(expires)
      .setJti(uuid())
      .sign(key)

  const verify = async (kind: typeof ACCESS, token: string) => {
    const options: JWTVerifyOptions = {
      algorithms: [ALGORITHM],
      issuer: ISSUER,
      audience: kind.audience,
      typ: kind.typ,
      requiredClaims: ['sub', 'exp', 'iat', 'jti'],
      clockTolerance: 5,
    }
    try {
      return (await jwtVerify(token, keyOf, options)).payload
    } catch {
      return undefined
    }
  }

  return {
    signAccess: (userId: string, sessionId: string) =>
      sign(ACCESS, userId, { sid: sessionId }, seconds() + accessTtl),

    signRefresh: (claims: RefreshClaims, expires: number) =>
      sign(REFRESH, claims.userId, { sid: claims.sessionId, n: claims.counter }, expires),

    signInvite: ({ userId, generation, invitation }: InviteClaims) =>
      sign(INVITE, userId, { n: generation, i: invitation }, seconds() + INVITE_TTL),

    signLink: ({ userId, purpose, id }: LinkClaims, expires: number) =>
      sign(link(purpose), userId, { i: id }, expires),

    async verifyLink(purpose: string, token: string): Promise<LinkClaims | undefined> {
      const payload = await verify(link(purpose), token)
      if (typeof payload?.sub !== 'string' || typeof payload['i'] !== 'string') return undefined
      return { userId: payload.sub, purpose, id: payload['i'] }
    },

    async verifyAccess(token: string): Promise<AccessClaims | undefined> {
      const cached = verified.get(token)
      if (cached) return cached.expires > seconds() ? cached : undefined
      const payload = await verify(ACCESS, token)
      if (typeof payload?.sub !== 'string' || typeof payload['sid'] !== 'string' || payload.exp === undefined)
        return undefined
      const claims = { userId: payload.sub, sessionId: payload['sid'], expires: payload.exp }
      if (verified.size >= MOST_CACHED) verified.clear()
      verified.set(token, claims)
      return claims
    },

    /** Opens a stream and nothing else, for as long as the access token with these claims is valid. */
    signTicket: ({ userId, sessionId, tokenId, expires }: TicketClaims, ttl: number) =>
      sign(TICKET, userId, { sid: sessionId, tid: tokenId, until: expires }, seconds() + ttl),

    async verifyTicket(token: string): Promise<TicketClaims | undefined> {
      const payload = await verify(TICKET, token)
      if (
        typeof payload?.sub !== 'string' ||
        typeof payload['sid'] !== 'string' ||
        typeof payload['until'] !== 'number'
      )
        return undefined
      const tokenId = typeof payload['tid'] === 'string' ? payload['tid'] : undefined
      return { userId: payload.sub, sessionId: payload['sid'], tokenId, expires: payload['until'] }
    },

    async verifyRefresh(token: string): Promise<RefreshClaims | undefined> {
      const payload = await verify(REFRESH, token)
      if (
        typeof payload?.sub !== 'string' ||
        typeof payload['sid'] !== 'string' ||
        typeof payload['n'] !== 'number'
      )
        return undefined
      return { userId: payload.sub, sessionId: payload['sid'], counter: payload['n'] }
    },

    async verifyInvite(token: string): Promise<InviteClaims | undefined> {
      const payload = await verify(INVITE, token)
      if (typeof payload?.sub !== 'string' || typeof payload['n'] !== 'number') return undefined
      const invitation = typeof payload['i'] === 'string' ? payload['i'] : null
      return { userId: payload.sub, generation: payload['n'], invitation }
    },
  }
}

/** Names a secret without telling it. */
const keyId = (secret: string) => createHmac('sha256', secret).update('kid').digest('base64url').slice(0, 8)

const seconds = () => Math.floor(Date.now() / 1000)
