import { ApiError } from '../errors.ts'
import { ID_PATTERN } from '../http/schemas.ts'

const MOST = 50

/** `@[Name](user id)`. A backslash keeps a bracket in the name from ending it. */
const MENTION = new RegExp(String.raw`@\[(?:[^[\]\\\n]|\\.){1,200}\]\((${ID_PATTERN})\)`, 'g')

/** The ids of those whom a text mentions, each once, in the order of the text. Throws `too_many_mentions`. */
export function mentionsIn(body: string): string[] {
  const ids = new Set([...body.matchAll(MENTION)].map(([, id = '']) => id.toLowerCase()))
  if (ids.size > MOST)
    throw new ApiError('too_many_mentions', `A comment mentions at most ${MOST} people.`, {
      errors: [{ pointer: '/body', message: `mentions ${ids.size} people` }],
    })
  return [...ids]
}
