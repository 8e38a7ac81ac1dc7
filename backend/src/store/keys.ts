// The keys that requests to a bucket are signed with: those that are set, or those of a container's role.
import type { Bucket, Keys } from './settings.ts'

/** Keys of a role are got anew this long before they end. */
const EARLY_MS = 5 * 60_000

/** Answers the keys of the moment. */
export function keysOf({ keys }: Bucket): () => Promise<Keys> {
  if (!('container' in keys)) return () => Promise.resolve(keys)
  let current: Promise<Keys & { ends: number }> | undefined
  return async () => {
    const held = await current?.catch(() => undefined)
    if (held && held.ends - EARLY_MS > Date.now()) return held
    current = fetchKeys(keys.container)
    return current
  }
}

async function fetchKeys(url: string): Promise<Keys & { ends: number }> {
  const response = await fetch(url, { signal: AbortSignal.timeout(5_000) })
  if (!response.ok) throw new Error(`the container's role answers ${response.status}`)
  const { AccessKeyId, SecretAccessKey, Token, Expiration } = (await response.json()) as Record<
    string,
    string
  >
  if (!AccessKeyId || !SecretAccessKey) throw new Error('the container’s role answers no keys')
  return {
    key: AccessKeyId,
    secret: SecretAccessKey,
    token: Token ?? '',
    ends: Date.parse(Expiration ?? '') || Infinity,
  }
}
