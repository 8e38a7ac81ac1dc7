// Values of custom fields as they are sent: what the type of the field does not matter for. The rest is looked at where they
// are written, by check_fields() in the database.
import { ApiError } from '../errors.ts'
import { WORD } from '../http/schemas.ts'
import { TEXTS } from '../text.ts'

const LONGEST = 2_000
const MOST_OPTIONS = 200
const LARGEST = 1e15
const OPTION = new RegExp(WORD)

/** As they are stored, with null for those that are taken away. Throws `invalid`. */
export const readValues = (sent: Readonly<Record<string, unknown>>): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(sent).map(([key, value]) => [
      key,
      read(value, (message) => {
        throw new ApiError('invalid', `fields.${key} ${message}.`, {
          errors: [{ pointer: `/fields/${key}`, message }],
        })
      }),
    ]),
  )

function read(value: unknown, refuse: (message: string) => never): unknown {
  if (typeof value === 'string') return readText(value, refuse)
  if (typeof value === 'number')
    return Math.abs(value) <= LARGEST ? value : refuse('must be a number between -1e15 and 1e15')
  if (typeof value === 'boolean' || value === null) return value
  if (!Array.isArray(value)) return refuse('must be a text, a number, true, false, a list or null')
  if (value.length > MOST_OPTIONS) return refuse('must NOT have more than 200 items')
  if (!value.every((each) => typeof each === 'string' && OPTION.test(each)))
    return refuse('must be a list of keys of options')
  if (new Set(value).size < value.length) return refuse('must NOT have duplicate items')
  return value.length === 0 ? null : value
}

function readText(sent: string, refuse: (message: string) => never): string | null {
  const text = TEXTS.lines.spell(sent)
  const fault = TEXTS.lines.fault(text)
  if (fault !== undefined) return refuse(fault)
  if ([...text].length > LONGEST) return refuse('must NOT have more than 2000 characters')
  return text === '' ? null : text
}
