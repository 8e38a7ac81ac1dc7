// The options of a field as they are kept: each with a key and a colour.
import { ApiError } from '../errors.ts'
import { wordOf } from '../text.ts'
import type { FieldOption, NewOption } from './schema.ts'

const COLOR = '#6b7280'

/** Throws `key_taken` and `name_taken` for what is there twice. */
export function complete(options: readonly NewOption[]): FieldOption[] {
  const keys = new Set(options.flatMap(({ key }) => (key === undefined ? [] : [key])))
  const used = new Set<string>()
  const names = new Set<string>()
  return options.map(({ name, key = free(name, keys), color = COLOR }, i) => {
    if (used.has(key)) refuse('key_taken', `/options/${i}/key`)
    if (names.has(name.toLowerCase())) refuse('name_taken', `/options/${i}/name`)
    used.add(key)
    names.add(name.toLowerCase())
    return { key, name, color }
  })
}

/** A key that no other option has, which it then has. */
function free(name: string, keys: Set<string>): string {
  const base = wordOf(name, 'option')
  let key = base
  for (let n = 2; keys.has(key); n++) key = `${base}_${n}`
  keys.add(key)
  return key
}

function refuse(code: 'key_taken' | 'name_taken', pointer: string): never {
  throw new ApiError(code, `${pointer.slice(1)} is in use.`, {
    errors: [{ pointer, message: 'is in use by another option' }],
  })
}
