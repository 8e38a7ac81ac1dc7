// The functions: what is in the path by position, then the body, then everything that may be left out by name.
import { HEAD, oneLine, typeOf } from './types.mjs'

/** Headers that an operation may take, and what the options call them. */
const HEADERS = { 'Idempotency-Key': 'idempotency_key', 'If-Match': 'if_match' }
/** What many operations take, by the names of the parameters: a type of src/options.ts. */
const COMMON = {
  '': 'CallOptions',
  'Idempotency-Key': 'KeyedOptions',
  'If-Match': 'MatchedOptions',
  'If-Match,base_version': 'EditOptions',
}
const BYTES = 'Bytes'
/** Conditional reads answer nothing, and a ticket is for what cannot send a header. */
const LEFT_OUT = new Set(['If-None-Match', 'last-event-id', 'ticket'])

export function operationsText(document) {
  const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => describe(document, path, method, operation)),
  )
  const types = [...new Set(operations.flatMap(({ uses }) => uses))].filter(
    (name) => document.components.schemas[name],
  )
  const code = operations.map(functionText).join('')
  return `${HEAD}import type { Connection } from '../connection.ts'
import type { Bytes, CallOptions, EditOptions, KeyedOptions, MatchedOptions } from '../options.ts'
import { page, type Page } from '../pages.ts'
import { path, send } from '../send.ts'
import type { ${types.sort().join(', ')} } from './types.ts'
${code}`
}

function describe(document, path, method, operation) {
  const parameters = operation.parameters?.map((parameter) => resolve(document, parameter)) ?? []
  const inPath = parameters.filter((parameter) => parameter.in === 'path')
  const options = parameters.filter((parameter) => parameter.in !== 'path' && !LEFT_OUT.has(parameter.name))
  const body = bodyOf(operation.requestBody)
  const [answer] =
    Object.entries(operation.responses)
      .find(([status]) => status < 300)
      ?.slice(1) ?? []
  const schema = answer.content?.['application/json']?.schema
  const result = answer.content ? (schema ? typeOf(schema) : 'Response') : 'void'
  return {
    name: operation.operationId,
    comment: [
      sentence(operation.summary),
      sentence(operation.description ?? ''),
      `\`${method.toUpperCase()} ${path}\``,
    ]
      .filter((part) => part !== '')
      .join(' '),
    method: method.toUpperCase(),
    path,
    inPath,
    options,
    body,
    optionalBody: body && !operation.requestBody.required,
    result,
    paged: document.components.schemas[result]?.properties?.next_cursor !== undefined,
    needsNobody: operation.security?.length === 0,
    uses: [
      ...(body ? words(body) : []),
      ...words(result),
      ...options.flatMap((option) => words(typeOf(option.schema))),
    ],
  }
}

/** The type of what is sent: JSON, or bytes as they are. */
function bodyOf(requestBody) {
  if (!requestBody) return undefined
  const schema = requestBody.content['application/json']?.schema
  return schema ? typeOf(schema) : BYTES
}

function functionText(operation) {
  const { name, comment, options, paged, result, optionalBody, body, inPath } = operation
  const needed = options.some(({ required }) => required)
  const common =
    COMMON[
      options
        .map((option) => option.name)
        .sort()
        .join()
    ]
  const type = common ?? `${capital(name)}Options`
  const given = [
    'api: Connection',
    ...inPath.map((parameter) => `${camel(parameter.name)}: string`),
    ...(body ? [`body${optionalBody ? '?' : ''}: ${body}`] : []),
    `options${needed ? '' : '?'}: ${type}`,
  ]
  const answer = paged ? `Page<${result}>` : `Promise<${result}>`
  return `${common ? '' : optionsText(type, options)}
/** ${comment} */
export function ${name}(${given.join(', ')}): ${answer} {
  return ${callText(operation)}
}
`
}

function optionsText(type, options) {
  const members = options.map(
    ({ name, description, schema, required }) =>
      `  /** ${oneLine(description)} */\n  ${HEADERS[name] ?? name}${required ? '' : '?'}: ${optionType(schema)}${required ? '' : ' | undefined'}\n`,
  )
  return `\nexport interface ${type} extends CallOptions {\n${members.join('')}}\n`
}

const optionType = (schema) => (schema.type === 'array' ? `readonly ${typeOf(schema)}` : typeOf(schema))

function callText({ method, path, body, result, paged, options, needsNobody }) {
  const address = path.includes('{')
    ? `path\`${path.replaceAll(/\{(\w+)\}/g, (_, name) => `\${${camel(name)}}`)}\``
    : `'${path}'`
  const how = [
    ...(needsNobody ? ['anonymous: true'] : []),
    ...(options.some(({ name }) => name === 'Idempotency-Key') ? ['keyed: true'] : []),
    ...(body === BYTES ? ['bytes: true'] : []),
    ...(result === 'Response' ? ['raw: true'] : []),
  ]
  const more = body || how.length > 0 ? [body ? 'body' : 'undefined'] : []
  const all = [
    `api, '${method}', ${address}`,
    'options',
    ...more,
    ...(how.length > 0 ? [`{ ${how.join(', ')} }`] : []),
  ]
  return paged ? `page(api, ${address}, options)` : `send(${all.join(', ')})`
}

function resolve(document, parameter) {
  return parameter.$ref ? document.components.parameters[parameter.$ref.split('/').at(-1)] : parameter
}

const sentence = (text) => oneLine(text).replace(/[^.?!]$/, '$&.')
const words = (type) => type.match(/[A-Z]\w*/g) ?? []
const capital = (name) => name[0].toUpperCase() + name.slice(1)
const camel = (name) => name.replaceAll(/_(\w)/g, (_, letter) => letter.toUpperCase())
