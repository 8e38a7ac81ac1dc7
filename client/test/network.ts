// A network between clients and servers that can be cut, and that loses answers.

let turn = 0

/** Requests take turns between the servers. */
export function networkTo(origins: readonly string[]) {
  const open = new Set<AbortController>()
  const cable = { isCut: false, requests: 0, loses: (_url: URL, _init: RequestInit): boolean => false }
  const send: typeof fetch = async (input, init = {}) => {
    cable.requests++
    if (cable.isCut) throw new TypeError('fetch failed')
    const url = new URL(input as URL)
    url.host = new URL(origins[turn++ % origins.length]!).host
    const broken = new AbortController()
    open.add(broken)
    const signal = AbortSignal.any([broken.signal, ...(init.signal ? [init.signal] : [])])
    const lost = cable.loses(url, init)
    const response = await fetch(url, { ...init, signal })
    if (!lost) return response
    await response.arrayBuffer()
    throw new TypeError('terminated')
  }
  return {
    send,
    cable,
    cut(): void {
      cable.isCut = true
      for (const broken of open) broken.abort(new TypeError('terminated'))
      open.clear()
    },
    mend(): void {
      cable.isCut = false
    },
  }
}
