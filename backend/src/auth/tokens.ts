// What tokens say, how long they live, and how they are checked (RFC 8725, RFC 9068). One algorithm, never the token's own.
import { SignJWT, jwtVerify, type JWTVerifyOptions } from 'jose'
import { v7 as uuid } from 'uuid'

const ALGORITHM = 'HS256'
const ISSUER = 'tasktrail'
// A token of one kind never passes for another: both the type and the audience differ.
const ACCESS = { typ: 'at+jwt', audience: 'tasktrail' }
const REFRESH = { typ: 'refresh+jwt', audience: 'tasktrail/refresh' }
const INVITE = { typ: 'invite+jwt', audience: 'tasktrail/invite' }

export interface AccessClaims {
  readonly userId: string
  readonly sessionId: string
  /** Seconds since 1970. */
  readonly expires: number
}

export interface RefreshClaims {
  readonly userId: string
  readonly sessionId: string
  readonly counter: number
}

export type Tokens = ReturnType<typeof createTokens>

const MOST_CACHED = 10_000

/** Signs and verifies tokens with the given secret. Verifying answers undefined for anything but a valid token. */
export function createTokens(secret: string, accessTtl: number) {
  const key = new TextEncoder().encode(secret)
  // Checking a signature costs more than the rest of a small request, and a client sends the same token many times.
  const verified = new Map<string, AccessClaims>()

  const sign = (kind: typeof ACCESS, subject: string, claims: Record<string, unknown>, expires: number) =>
    new SignJWT(claims)
      .setProtectedHeader({ alg: ALGORITHM, typ: kind.typ })
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
      return (await jwtVerify(token, key, options)).payload
    } catch {
      return undefined
    }
  }

  return {
    signAccess: (userId: string, sessionId: string) =>
      sign(ACCESS, userId, { sid: sessionId }, seconds() + accessTtl),

    signRefresh: (claims: RefreshClaims, expires: number) =>
      sign(REFRESH, claims.userId, { sid: claims.sessionId, n: claims.counter }, expires),

    signInvite: (userId: string, expires: number) => sign(INVITE, userId, {}, expires),

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

    /** The invited user's id. */
    verifyInvite: async (token: string): Promise<string | undefined> => (await verify(INVITE, token))?.sub,
  }
}

const seconds = () => Math.floor(Date.now() / 1000)
