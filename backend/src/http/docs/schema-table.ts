// Schemas of the OpenAPI document as people read them.
import type { Schema } from '../openapi-schemas.ts'
import { html, line, type Html } from './html.ts'

const FORMATS: Readonly<Record<string, string>> = {
  uuid: 'UUID',
  date: 'date',
  'date-time': 'instant',
  'day-or-instant': 'date or instant',
  email: 'e-mail address',
  'time-zone': 'time zone',
  'http-url': 'http(s) address',
  uri: 'URI',
}

export const linkTo = (name: string): Html => html`<a href="#${name}">${name}</a>`

/** The name that a reference leads to. */
export const nameIn = ($ref: string): string => $ref.slice($ref.lastIndexOf('/') + 1)

/** What a value is, in a few words: `list of Task`, `date or null`. */
export function typeOf(schema: Schema): Html {
  if (schema.$ref !== undefined) return linkTo(nameIn(schema.$ref))
  const choices = schema.oneOf ?? schema.anyOf
  if (choices) return html`${choices.map((choice, i) => html`${i > 0 && ' or '}${typeOf(choice)}`)}`
  const { enum: words, items, format, additionalProperties } = schema
  if (words) return html`${words.map((word, i) => html`${i > 0 && ', '}<code>${String(word)}</code>`)}`
  const types = [schema.type ?? 'anything'].flat()
  return html`${types.map((type, i) => {
    const or = i > 0 && ' or '
    if (type === 'array' && items) return html`${or}list of ${typeOf(items)}`
    if (type === 'object' && typeof additionalProperties === 'object')
      return html`${or}map of ${typeOf(additionalProperties)}`
    return html`${or}${type === 'string' ? (FORMATS[String(format)] ?? 'text') : type}`
  })}`
}

const LIMITS: Readonly<Record<string, (value: number) => string>> = {
  minimum: (value) => `at least ${value.toLocaleString('en')}`,
  maximum: (value) => `at most ${value.toLocaleString('en')}`,
  minLength: (value) => (value === 1 ? 'not empty' : `at least ${value} characters`),
  maxLength: (value) => `at most ${value.toLocaleString('en')} characters`,
  maxItems: (value) => `at most ${value.toLocaleString('en')}`,
}

/** How much a value may be, where that is not said by what it is. */
function limitsOf(schema: Schema): string {
  if (schema['format'] !== undefined && schema.type !== 'integer') return ''
  return Object.entries(LIMITS)
    .filter(([key]) => Math.abs(Number(schema[key])) < 2 ** 31 - 1)
    .map(([key, say]) => say(Number(schema[key])))
    .join(', ')
}

interface Row {
  readonly name: string
  readonly schema: Schema
  readonly required: boolean
  readonly description?: string | undefined
  readonly where?: string
}

/** Fields or parameters, one a row. */
export function table(rows: readonly Row[]): Html {
  return html`<div class="wide">
    <table>
      ${rows.map(({ name, schema, required, description, where }) => {
        const limits = limitsOf(schema)
        const fallback = schema['default']
        return html`<tr>
          <th scope="row">
            <code>${name}</code
            >${required && html`<span class="required" title="required">*</span>`}${where && html`<small>${where}</small>`}
          </th>
          <td>
            <span class="type">${typeOf(schema)}</span
            >${limits !== '' && html` <small>${limits}</small>`}${fallback !== undefined && html` <small>default <code>${JSON.stringify(fallback)}</code></small>`}
            ${description && html`<div>${line(description)}</div>`}
          </td>
        </tr>`
      })}
    </table>
  </div>`
}

/** The fields of an object, or what stands for it: words, kinds. */
export function describe(schema: Schema): Html {
  const {
    properties,
    required = [],
    discriminator,
    type,
  } = schema as Schema & { discriminator?: { mapping: Record<string, string> } }
  if (discriminator)
    return table(
      Object.entries(discriminator.mapping).map(([kind, $ref]) => ({
        name: kind,
        schema: { $ref },
        required: false,
      })),
    )
  if (type !== 'object' || !properties) return html`<p class="type">${typeOf(schema)}</p>`
  return table(
    Object.entries(properties).map(([name, property]) => ({
      name,
      schema: property,
      required: required.includes(name),
      description: property.description,
    })),
  )
}
