// How strictly input is read: the formats; and nothing is guessed, coerced or ignored.
import { Ajv, type AnySchema, type SchemaValidateFunction, type ValidateFunction } from 'ajv'
import { normalAddress, TEXTS, type TextSort } from '../text.ts'

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i

export const FORMATS: Readonly<Record<string, (text: string) => boolean>> = {
  uuid: (text) => UUID.test(text),
  date: isDay,
  'date-time': isInstant,
  'day-or-instant': (text) => isDay(text) || isInstant(text),
  email: (text) => normalAddress(text) !== undefined,
  'time-zone': isTimeZone,
  'http-url': isHttpUrl,
  // Query and path strings; bodies are checked where they are parsed.
  text: isText,
  // Read by whoever knows the names in it.
  filter: isText,
}

function isText(text: string): boolean {
  return !text.includes('\0') && text.isWellFormed()
}

function isDay(text: string): boolean {
  const [, year, month, day] = /^(19\d\d|2\d\d\d)-(\d\d)-(\d\d)$/.exec(text) ?? []
  const date = new Date(Date.UTC(Number(year), Number(month) - 1, Number(day)))
  return date.getUTCMonth() + 1 === Number(month) && date.getUTCDate() === Number(day)
}

function isInstant(text: string): boolean {
  const [, day = '', hour = '', minute = '', second = '', zone = ''] =
    /^(\d{4}-\d{2}-\d{2})[Tt](\d{2}):(\d{2}):(\d{2})(?:\.\d{1,9})?([Zz]|[+-]\d{2}:\d{2})$/.exec(text) ?? []
  const [zoneHour = 0, zoneMinute = 0] = zone.length > 1 ? zone.slice(1).split(':').map(Number) : []
  return (
    isDay(day) &&
    Number(hour) < 24 &&
    Number(minute) < 60 &&
    Number(second) < 60 &&
    zoneHour < 16 &&
    zoneMinute < 60
  )
}

function isHttpUrl(text: string): boolean {
  if (!URL.canParse(text)) return false
  const { protocol, username, password } = new URL(text)
  return (protocol === 'https:' || protocol === 'http:') && username === '' && password === ''
}

function isTimeZone(text: string): boolean {
  try {
    return /^[A-Za-z]/.test(text) && Boolean(new Intl.DateTimeFormat('en', { timeZone: text }))
  } catch {
    return false
  }
}

// Nothing is removed, coerced or ignored. Only the first problem is reported: collecting all would let a client demand work.
const ajv = new Ajv({ useDefaults: true, formats: FORMATS, strict: true, allowUnionTypes: true })

/** How a text is spelled from here on when it may come in several spellings, by what the schema says under `canonical`. */
const SPELLINGS: Readonly<Record<string, (text: string) => string>> = {
  color: (text) => text.toLowerCase(),
  uuid: (text) => (UUID.test(text) ? text.toLowerCase() : text),
  /** A key or a reference, or an id in its place. */
  key: (text) => (UUID.test(text) ? text.toLowerCase() : text.toUpperCase()),
  // Cut off, or PostgreSQL would round the last instant of a day up into the next. Instants are kept to the millisecond;
  // what they are only compared with is as exact as PostgreSQL can tell.
  milliseconds: (text) => text.replace(/(\.\d{3})\d+/, '$1'),
  microseconds: (text) => text.replace(/(\.\d{6})\d+/, '$1'),
}

type Place = { parentData: Record<string, unknown>; parentDataProperty: string | number }

// Before the length is looked at: in what is typed in pieces a letter and its accent are two characters.
const readText: SchemaValidateFunction = (sort: keyof typeof TEXTS, sent: string, _, place?: Place) => {
  const { spell, fault }: TextSort = TEXTS[sort]
  const text = spell(sent)
  if (place) place.parentData[place.parentDataProperty] = text
  const message = fault?.(text)
  readText.errors = message === undefined ? [] : [{ keyword: 'text', message, params: {} }]
  return message === undefined
}
ajv.addKeyword({
  keyword: 'text',
  type: 'string',
  schemaType: 'string',
  before: 'maxLength',
  modifying: true,
  errors: true,
  validate: readText,
})

// Identifiers are compared as text in JavaScript and in signatures, so they are normalised on arrival.
ajv.addKeyword({
  keyword: 'canonical',
  type: 'string',
  schemaType: 'string',
  modifying: true,
  errors: false,
  validate: (spelling: string, text: string, _: unknown, place?: Place) => {
    if (place) place.parentData[place.parentDataProperty] = SPELLINGS[spelling]?.(text) ?? text
    return true
  },
})
// Before their uniqueness is looked at.
ajv.addKeyword({
  keyword: 'canonicalItems',
  type: 'array',
  schemaType: 'string',
  before: 'uniqueItems',
  modifying: true,
  errors: false,
  validate: (spelling: string, list: unknown[]) => {
    for (const [i, item] of list.entries())
      if (typeof item === 'string') list[i] = SPELLINGS[spelling]?.(item) ?? item
    return true
  },
})

interface ParameterSchema {
  readonly properties?: Readonly<Record<string, { readonly type?: unknown }>>
}

/** Compiles the check of a body, which is not coerced. */
export const compileBody = (schema: AnySchema): ValidateFunction => ajv.compile(schema)

/**
 * Returns the check of a part of a request, compiled when it is first needed: all together take half a second of each
 * start. A body is not coerced. Parameters are text, from which integers, booleans and lists are read, each in one
 * spelling only.
 */
export function compileValidator({ schema, httpPart }: { schema: AnySchema; httpPart?: string }) {
  let compiled: ValidateFunction | undefined
  const validate = (value: unknown) => {
    compiled ??= compileBody(schema)
    return compiled(value) || { error: compiled.errors ?? [] }
  }
  if (httpPart === 'body') return validate
  const readers = Object.entries((schema as ParameterSchema).properties ?? {}).flatMap(([name, { type }]) => {
    const read = READERS[String(type)]
    return read ? [[name, read] as const] : []
  })
  const readAndValidate = (parameters: Record<string, unknown>) => {
    for (const [name, read] of readers) {
      const sent = parameters[name]
      if (typeof sent === 'string') parameters[name] = read(sent)
      // Some generated clients repeat the parameter instead of writing commas (openapi-fetch, orval).
      else if (Array.isArray(sent) && read === readList) parameters[name] = sent.flatMap(readList)
    }
    return validate(parameters)
  }
  return readAndValidate
}

const readList = (text: string): string[] => text.split(',')

/** Text that is no number or boolean stays text, which the schema then refuses. */
const READERS: Readonly<Record<string, (text: string) => unknown>> = {
  integer: (text) => (/^(0|-?[1-9]\d{0,14})$/.test(text) ? Number(text) : text),
  boolean: (text) => (text === 'true' ? true : text === 'false' ? false : text),
  array: readList,
}
