/** Waits. Throws the signal's reason as soon as it is aborted. */
export async function pause(ms: number, signal?: AbortSignal): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined
  try {
    await abortable(new Promise<void>((resolve) => (timer = setTimeout(resolve, ms))), signal)
  } finally {
    clearTimeout(timer)
  }
}

/** The promise, for a caller who may give up. Others who wait for the same are not disturbed. */
export async function abortable<T>(promise: Promise<T>, signal?: AbortSignal): Promise<T> {
  if (!signal) return promise
  signal.throwIfAborted()
  let giveUp: () => void = () => undefined
  const aborted = new Promise<never>((_, reject) => {
    giveUp = () => reject(signal.reason as Error)
    signal.addEventListener('abort', giveUp)
  })
  try {
    return await Promise.race([promise, aborted])
  } finally {
    signal.removeEventListener('abort', giveUp)
  }
}

const LONGEST_BACKOFF_MS = 5_000

/** Longer after each attempt, and never in step with others. In milliseconds. */
export const backoff = (attempt: number): number =>
  Math.min(LONGEST_BACKOFF_MS, 125 * 2 ** attempt) * (0.5 + Math.random() / 2)

/** Waits, and goes on earlier when a browser says that the network is back. */
export async function pauseUntilOnline(ms: number, signal?: AbortSignal): Promise<void> {
  const early = new AbortController()
  const goOn = () => early.abort()
  globalThis.addEventListener?.('online', goOn)
  signal?.addEventListener('abort', goOn)
  try {
    await pause(ms, early.signal)
  } catch {
    signal?.throwIfAborted()
  } finally {
    globalThis.removeEventListener?.('online', goOn)
    signal?.removeEventListener('abort', goOn)
  }
}
