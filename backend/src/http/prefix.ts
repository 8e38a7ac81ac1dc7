// The path under which a proxy shows the service: `/tasks` when PUBLIC_URL is https://example.com/tasks.

/** The path of a public address, without a slash at its end; empty when there is none. */
export const prefixOf = (publicUrl: string): string =>
  publicUrl === '' ? '' : new URL(publicUrl).pathname.replace(/\/$/, '')

/** Addresses of ours begin like this: below such a prefix it cannot be told whether the proxy has taken it away. */
const OURS = /^\/(api|docs)(\/|$)/

/** How a request's address is read: a proxy may take the prefix away or leave it there. */
export function withoutPrefix(prefix: string) {
  return ({ url = '/' }: { url?: string | undefined }): string => {
    if (prefix === '' || OURS.test(prefix) || !url.startsWith(prefix)) return url
    const rest = url.slice(prefix.length)
    return rest === '' ? '/' : rest.startsWith('/') ? rest : rest.startsWith('?') ? `/${rest}` : url
  }
}
