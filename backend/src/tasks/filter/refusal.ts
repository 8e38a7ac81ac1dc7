// What a filter that cannot be read is answered with.
import { ApiError } from '../../errors.ts'

/** Refuses a filter for what was found at an offset, saying what could stand there. */
export type Refuse = (at: number, found: string, expected: readonly string[]) => never

const LONGEST_QUOTE = 100

/** `pointer` says where in the request the filter stands. */
export const refusal =
  (pointer: string): Refuse =>
  (offset, text, expected) => {
    const found = text.length > LONGEST_QUOTE ? `${text.slice(0, LONGEST_QUOTE).toWellFormed()}…` : text
    const message = `has ${found} at offset ${offset}, where it could have ${expected.join(', ')}`
    throw new ApiError('invalid_filter', `${pointer} ${message}.`, {
      errors: [{ pointer, message }],
      extra: { offset, found, expected },
    })
  }
