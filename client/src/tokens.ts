import type { TokenPair } from './generated/types.ts'

export type Tokens = Pick<TokenPair, 'access_token' | 'refresh_token'>

/** Where the tokens of a log-in are kept. Those who share a store share the log-in. */
export interface TokenStore {
  /** Names what is shared, such as the key in localStorage: only one of those who share it refreshes at a time. */
  readonly name?: string
  read(): Tokens | undefined
  write(tokens: Tokens | undefined): void
}

/** Forgets the tokens with the page or process. The default. */
export function memoryTokens(): TokenStore {
  let kept: Tokens | undefined
  return {
    read: () => kept,
    write: (tokens) => {
      kept = tokens
    },
  }
}

/** As much of localStorage as is needed. */
interface Texts {
  getItem(name: string): string | null
  setItem(name: string, text: string): void
  removeItem(name: string): void
}

/**
 * Keeps the tokens over reloads, for all tabs: `storedTokens(localStorage)`. Scripts of the page can read them, so this
 * is for pages that run no script of others.
 */
export function storedTokens(storage: Texts, name = 'tasktrail'): TokenStore {
  return {
    name,
    read: () => {
      const text = storage.getItem(name)
      return text === null ? undefined : (JSON.parse(text) as Tokens)
    },
    write: (tokens) => (tokens ? storage.setItem(name, JSON.stringify(tokens)) : storage.removeItem(name)),
  }
}
