// https://html.spec.whatwg.org/multipage/server-sent-events.html, as far as the service uses it. Not an EventSource,
// which cannot send a token and does not say why it was refused.
import { ConnectionError } from './problem.ts'

export interface Message {
  readonly data: string
  readonly id: string | undefined
}

/** The service says something every 20 seconds; a stream that is quiet for longer is dead, whatever the network says. */
const LONGEST_SILENCE_MS = 45_000

/** The messages of a stream until it ends. Throws a ConnectionError when it breaks. */
export async function* readMessages(response: Response): AsyncGenerator<Message> {
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader()
  if (!reader) return
  try {
    let text = ''
    for (;;) {
      const { done, value } = await soon(reader.read())
      if (done) return
      const messages = (text + value).split('\n\n')
      text = messages.pop() ?? ''
      for (const message of messages) {
        const data = /^data: (.*)$/m.exec(message)?.[1]
        if (data !== undefined) yield { data, id: /^id: (.*)$/m.exec(message)?.[1] }
      }
    }
  } catch (error) {
    if (error instanceof TypeError) throw new ConnectionError('The stream broke.', { cause: error })
    throw error
  } finally {
    reader.cancel().catch(() => undefined)
  }
}

async function soon<T>(promise: Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const silence = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new ConnectionError('The stream fell silent.')), LONGEST_SILENCE_MS)
  })
  try {
    return await Promise.race([promise, silence])
  } finally {
    clearTimeout(timer)
  }
}
