// What a resource looks like that was only just made and not sent yet: each field with the emptiest value it can have.
import { HEAD } from './types.mjs'

/** What can be made through a replica, by what the feed calls it. */
const KINDS = { project: 'ListedProject', task: 'Task', comment: 'Comment', label: 'Label', view: 'View' }

export function blanksText({ components: { schemas } }) {
  const blank = (schema) => {
    const resolved = schema.$ref ? schemas[schema.$ref.split('/').at(-1)] : schema
    if (resolved.enum) return resolved.enum[0]
    if (resolved.oneOf?.some(({ type }) => type === 'null')) return null
    if (resolved.properties) return object(resolved)
    return [resolved.type].flat().includes('null') ? null : EMPTY[resolved.type]
  }
  const object = ({ required = [], properties }) =>
    Object.fromEntries(required.map((name) => [name, blank(properties[name])]))
  const members = Object.entries(KINDS).map(
    ([kind, name]) => `  ${kind}: ${JSON.stringify(object(schemas[name]))},\n`,
  )
  return `${HEAD}import type { ${Object.values(KINDS).sort().join(', ')} } from './types.ts'

export const BLANKS: { ${Object.entries(KINDS)
    .map(([kind, name]) => `${kind}: ${name}`)
    .join('; ')} } = {
${members.join('')}}
`
}

const EMPTY = { string: '', integer: 0, number: 0, boolean: false, array: [], object: {} }
