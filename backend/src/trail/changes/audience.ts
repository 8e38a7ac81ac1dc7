// Who is listening at this moment, on open streams and in waiting requests: woken when there may be news for them, and
// sent away when their session ends or the process does.
import type { FastifyRequest } from 'fastify'
import { findSessionUsers } from '../../accounts/auth/queries.ts'
import type { Db } from '../../database/db.ts'
import { ApiError } from '../../errors.ts'
import { findTokenUsers } from '../../accounts/tokens/queries.ts'
import { roleOf, type Viewer } from '../../policy.ts'
import type { Trail } from '../trail.ts'

/** How long after its session a listener may go on, at most; one statement looks at all of them. */
const LOOK_EVERY_MS = 250
/** Each keeps a connection and wakes for every change, so nobody gets to open them without bounds. */
export const MOST_PER_USER = 20

const credentialOf = ({ token, session_id }: Viewer): string => token?.id ?? session_id ?? ''

export type End = 'session' | 'closed' | 'draining'

export class Listener {
  viewer: Viewer
  /** When the access token that opened it ends, in milliseconds since 1970. */
  readonly until: number
  /** Why it is over; undefined while it is not. */
  over: End | undefined
  #news = false
  #resume: () => void = () => undefined

  constructor(viewer: Viewer, until: number) {
    this.viewer = viewer
    this.until = until
  }

  wake(): void {
    this.#news = true
    this.#resume()
  }

  end(why: End): void {
    this.over ??= why
    this.#resume()
  }

  /** Waits until there may be news (true), or it is over or this time has passed (false). */
  async hears(ms: number): Promise<boolean> {
    if (!this.#news && !this.over) {
      let timer: NodeJS.Timeout | undefined
      await new Promise<void>((resolve) => {
        this.#resume = resolve
        timer = setTimeout(resolve, ms)
      })
      clearTimeout(timer)
    }
    const news = this.#news && !this.over
    this.#news = false
    return news
  }
}

export type Audience = ReturnType<typeof createAudience>

export function createAudience(options: {
  db: Db
  trail: Trail
  sessionIdleTtl: number
  lifecycle: { readonly draining: boolean }
}) {
  const { db, trail, sessionIdleTtl, lifecycle } = options
  const listeners = new Set<Listener>()
  let closed = false
  let timer: NodeJS.Timeout | undefined

  async function look(): Promise<void> {
    if (lifecycle.draining) return endAll()
    // Of those who come while the statement runs it says nothing.
    const present = [...listeners]
    // Without the database nothing can be told either, so nobody needs to go.
    const roles = await rolesOf(present).catch(() => undefined)
    if (!roles) return
    for (const listener of present) {
      const { viewer } = listener
      const own = roles.get(credentialOf(viewer))
      if (!own || listener.until <= Date.now()) listener.end('session')
      else if (roleOf(own, viewer.token) !== viewer.role) {
        listener.viewer = { ...viewer, role: roleOf(own, viewer.token) }
        listener.wake()
      }
    }
  }

  /** The roles of their users, by the sessions and tokens that are still good. */
  async function rolesOf(present: readonly Listener[]): Promise<ReadonlyMap<string, Viewer['role']>> {
    const ids = (kind: 'session' | 'token') => [
      ...new Set(
        present
          .filter(({ viewer }) => !viewer.token === (kind === 'session'))
          .map(({ viewer }) => credentialOf(viewer)),
      ),
    ]
    const [sessions, tokens] = [ids('session'), ids('token')]
    const alive = await Promise.all([
      sessions.length > 0 ? findSessionUsers(db, sessions, sessionIdleTtl) : [],
      tokens.length > 0 ? findTokenUsers(db, tokens) : [],
    ])
    return new Map(alive.flat().map(({ id, role }) => [id, role]))
  }

  function endAll(): void {
    for (const listener of listeners) listener.end('draining')
  }

  return {
    /** Admits who sent the request until the returned function is called. Throws `rate_limited` if they listen too often. */
    admit({ viewer, tokenExpires, raw }: FastifyRequest): { listener: Listener; leave: () => void } {
      const own = [...listeners].filter((other) => other.viewer.id === viewer.id)
      if (own.length >= MOST_PER_USER)
        throw new ApiError(
          'rate_limited',
          `At most ${MOST_PER_USER} streams and waiting requests at a time.`,
          {
            headers: { 'Retry-After': '5' },
          },
        )
      const listener = new Listener(viewer, tokenExpires * 1000)
      if (closed || lifecycle.draining) listener.end('draining')
      if (listeners.size === 0) timer = setInterval(() => void look(), LOOK_EVERY_MS)
      listeners.add(listener)
      const unwatch = trail.watch(listener)
      raw.once('close', () => listener.end('closed'))
      return {
        listener,
        leave() {
          unwatch()
          listeners.delete(listener)
          if (listeners.size === 0) clearInterval(timer)
        },
      }
    },

    /** Ends all there are and all that come, because the process is about to. */
    close(): void {
      closed = true
      endAll()
    },
  }
}
