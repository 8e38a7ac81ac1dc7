import type { TokenPair } from './generated/types.ts'
import { errorOf, isProblem } from './problem.ts'
import { memoryTokens, type Tokens, type TokenStore } from './tokens.ts'
import { abortable } from './waiting.ts'

export interface ConnectOptions {
  /** A token of one's own, or how to get one, instead of logging in. */
  token?: string | ((signal?: AbortSignal) => string | Promise<string>) | undefined
  /** Where the tokens of a log-in are kept: in memory, unless `storedTokens(localStorage)` says otherwise. */
  tokens?: TokenStore | undefined
  /** For tests, and for what has a fetch of its own. */
  fetch?: typeof fetch | undefined
  /** How often a request is sent that may be sent again: 4 times in all. */
  attempts?: number | undefined
  /** What lets one of several tabs go first. The browser's, where it has them. */
  locks?: Locks | undefined
}

/** As much of the Web Locks API as is needed. */
export interface Locks {
  request<T>(name: string, work: () => Promise<T>): Promise<T>
  request<T>(
    name: string,
    options: { ifAvailable?: boolean; signal?: AbortSignal },
    work: (lock: object | null) => Promise<T>,
  ): Promise<T>
}

/** One server, and who talks to it. Every function of an operation takes it first. */
export interface Connection {
  readonly url: string
  readonly attempts: number
  readonly fetch: typeof fetch
  /** The token to send, or undefined for nobody. */
  token(signal?: AbortSignal): Promise<string | undefined>
  /** A token that is newer than one that was refused; undefined if there is none. All who ask meanwhile share it. */
  renew(refused: string, signal?: AbortSignal): Promise<string | undefined>
  /** Logs in with these tokens, or out with none. */
  keep(tokens: Tokens | undefined): void
  loggedIn(): boolean
  /** What lets one of several tabs go first, where there is any. */
  readonly locks: Locks | undefined
}

/** Talks to the service at this address, such as `http://localhost:5000`. Sends nothing yet. */
export function connect(url: string, options: ConnectOptions = {}): Connection {
  const base = url.replace(/\/+$/, '')
  const send = options.fetch ?? ((...request) => fetch(...request))
  const locks: Locks | undefined = options.locks ?? globalThis.navigator?.locks
  const common = { url: base, attempts: options.attempts ?? 4, fetch: send, locks }
  const { token } = options
  if (token === undefined)
    return { ...common, ...session(base, send, options.tokens ?? memoryTokens(), locks) }
  return {
    ...common,
    token: async (signal) => (typeof token === 'string' ? token : token(signal)),
    renew: async (refused, signal) => {
      const next = typeof token === 'string' ? token : await token(signal)
      return next === refused ? undefined : next
    },
    keep: () => undefined,
    loggedIn: () => true,
  }
}

function session(base: string, send: typeof fetch, store: TokenStore, locks: Locks | undefined) {
  let renewal: Promise<string | undefined> | undefined

  /** A refresh token works once, so one tab at a time, and the next sees what the one before got. */
  const alone = (work: () => Promise<string | undefined>): Promise<string | undefined> =>
    locks && store.name !== undefined ? locks.request(`${store.name} refresh`, work) : work()

  async function refresh(refused: string): Promise<string | undefined> {
    const kept = store.read()
    if (kept?.access_token !== refused) return kept?.access_token
    const response = await send(`${base}/api/v1/auth/refresh`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ refresh_token: kept.refresh_token }),
    })
    if (response.ok) {
      const { access_token, refresh_token } = (await response.json()) as TokenPair
      // Somebody may have logged out or in meanwhile.
      if (store.read()?.refresh_token === kept.refresh_token) store.write({ access_token, refresh_token })
      return access_token
    }
    const error = await errorOf(response)
    // The log-in is over; anything else may pass.
    if (!isProblem(error, 'unauthenticated')) throw error
    if (store.read()?.refresh_token === kept.refresh_token) store.write(undefined)
    return undefined
  }

  return {
    token: async () => store.read()?.access_token,
    renew(refused: string, signal?: AbortSignal) {
      // Not with the signal: others wait for the same.
      renewal ??= alone(() => refresh(refused)).finally(() => (renewal = undefined))
      return abortable(renewal, signal)
    },
    keep: (tokens: Tokens | undefined) =>
      store.write(tokens && { access_token: tokens.access_token, refresh_token: tokens.refresh_token }),
    loggedIn: () => store.read() !== undefined,
  }
}
