/** How the client that orval makes sends its requests: to the server, and as the user, of the command line. */
export const session = { baseUrl: process.argv[2] ?? '', token: '' }

export async function send<T>(url: string, options: RequestInit): Promise<T> {
  const headers = new Headers(options.headers)
  if (session.token !== '') headers.set('authorization', `Bearer ${session.token}`)
  const response = await fetch(session.baseUrl + url, { ...options, headers })
  const text = await response.text()
  return {
    status: response.status,
    headers: response.headers,
    data: text === '' ? undefined : JSON.parse(text),
  } as T
}
