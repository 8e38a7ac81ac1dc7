// The path under which a proxy shows the service: `/tasks` when PUBLIC_URL is https://example.com/tasks.

/** The path of a public URL, without a trailing slash; empty if it has none. */
export const prefixOf = (publicUrl: string): string =>
  publicUrl === '' ? '' : new URL(publicUrl).pathname.replace(/\/$/, '')

/** Our own paths begin like this: with such a prefix nobody could tell whether the proxy has stripped it. */
const OURS = /^\/(api|docs)(\/|$)/

/** Reads a request's URL, from which a proxy may or may not have stripped the prefix. */
export function withoutPrefix(prefix: string) {
  return ({ url = '/' }: { url?: string | undefined }): string => {
    if (prefix === '' || OURS.test(prefix) || !url.startsWith(prefix)) return url
    const rest = url.slice(prefix.length)
    return rest === '' ? '/' : rest.startsWith('/') ? rest : rest.startsWith('?') ? `/${rest}` : url
  }
}
