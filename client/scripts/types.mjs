// The types. backend/test/openapi.test.ts sees to it that every object and every choice of words in the document has a
// name, so what is nested in a schema is short.

export const HEAD = '// Made from backend/openapi.json by `npm run tasktrail -- openapi`. Do not edit.\n'

export function typesText({ components: { schemas } }) {
  return `${HEAD}${Object.entries(schemas)
    .map(([name, schema]) => declaration(name, schema))
    .join('')}`
}

function declaration(name, schema) {
  const comment = schema.description ? `/** ${oneLine(schema.description)} */\n` : ''
  if (!schema.properties) return `\n${comment}export type ${name} = ${typeOf(schema)}\n`
  const required = new Set(schema.required)
  const members = Object.entries(schema.properties).map(([key, property]) =>
    member(key, property, required.has(key)),
  )
  return `\n${comment}export interface ${name} {\n${members.join('')}}\n`
}

function member(key, schema, required) {
  const comment = schema.description ? `  /** ${oneLine(schema.description)} */\n` : ''
  return `${comment}  ${propertyName(key)}${required ? '' : '?'}: ${typeOf(schema)}\n`
}

/** A schema as the text of a type. */
export function typeOf(schema) {
  if (schema.$ref) return schema.$ref.split('/').at(-1)
  if (schema.enum)
    return schema.enum.map((value) => (typeof value === 'string' ? `'${value}'` : String(value))).join(' | ')
  if (schema.oneOf ?? schema.anyOf) return (schema.oneOf ?? schema.anyOf).map(typeOf).join(' | ')
  if (Array.isArray(schema.type)) return schema.type.map((type) => typeOf({ ...schema, type })).join(' | ')
  switch (schema.type) {
    case 'integer':
    case 'number':
      return 'number'
    case 'string':
    case 'boolean':
    case 'null':
      return schema.type
    case 'array': {
      const item = typeOf(schema.items)
      return item.includes(' ') ? `(${item})[]` : `${item}[]`
    }
    case 'object':
      return `Record<string, ${schema.additionalProperties ? typeOf(schema.additionalProperties) : 'unknown'}>`
    case undefined:
      return 'unknown'
    default:
      throw new Error(`no type for ${JSON.stringify(schema)}`)
  }
}

const propertyName = (key) => (/^[A-Za-z_$][\w$]*$/.test(key) ? key : `'${key}'`)

/** Text for a comment, which it cannot end. */
export const oneLine = (text) => text.replaceAll(/\s+/g, ' ').replaceAll('*/', '*\\/').trim()
