import { Type, type Static } from 'typebox'
import { ByIdOrKey, Changes, Closed, Id, Instant, OneOf, Title, Version, WORD } from '../http/schemas.ts'

export const FIELD_TYPES = [
  'text', 'number', 'date', 'checkbox', 'select', 'multi_select', 'user', 'url',
] as const // prettier-ignore

export const FieldKey = Type.String({
  pattern: WORD,
  maxLength: 30,
  description: 'The key of a field of the project.',
  examples: ['cost'],
})

const color = Type.String({
  pattern: '^#[0-9A-Fa-f]{6}$',
  maxLength: 7,
  canonical: 'color',
  description: 'Answered in small letters; #6b7280 if you choose none.',
  examples: ['#d4351c'],
})
const option = {
  key: Type.Unsafe<string>({
    ...FieldKey,
    description: 'What tasks have as their value, for good; derived from the name when absent.',
    examples: ['berlin'],
  }),
  name: Title(60, {
    description: 'Unique in the field, whatever the case of its letters.',
    examples: ['Berlin'],
  }),
  color,
}
const MOST_OPTIONS = 200

const FieldOption = Type.Object(option, { title: 'FieldOption' })
export type FieldOption = Static<typeof FieldOption>

const NewOption = Closed(
  { name: option.name, key: Type.Optional(option.key), color: Type.Optional(color) },
  { title: 'NewFieldOption' },
)
export type NewOption = Static<typeof NewOption>

const name = Title(60, {
  description: 'Unique in the project, whatever the case of its letters.',
  examples: ['Cost'],
})
const position = Type.Number({
  minimum: -1e15,
  maximum: 1e15,
  description: 'The order in which fields are listed; a new one comes last.',
  examples: [2.5],
})
const options = Type.Array(NewOption, {
  maxItems: MOST_OPTIONS,
  description:
    'Of a `select` or `multi_select`, in their order: always all of them. One that tasks have cannot be left out.',
  examples: [[{ name: 'Berlin' }, { name: 'Lyon', color: '#00703c' }]],
})
const key = Type.Unsafe<string>({
  ...FieldKey,
  description: 'The name of its values in `fields` of tasks, for good; derived from the name when absent.',
})
const type = OneOf(FIELD_TYPES, {
  title: 'FieldType',
  description: 'What its values are, for good.',
  examples: ['number'],
})

export const Field = Type.Object(
  {
    id: Id,
    project_id: Id,
    key,
    type,
    name,
    options: Type.Array(FieldOption, { maxItems: MOST_OPTIONS }),
    position,
    created_by: Id,
    created_at: Instant,
    updated_at: Instant,
    version: Version,
  },
  { $id: 'CustomField' },
)
export type Field = Static<typeof Field>

export const NewField = Closed(
  {
    name,
    type,
    key: Type.Optional(key),
    options: Type.Optional(options),
    position: Type.Optional(position),
  },
  {
    $id: 'NewCustomField',
    examples: [
      { name: 'Cost', type: 'number' },
      { name: 'Site', type: 'select', options: [{ name: 'Berlin' }, { name: 'Lyon' }] },
    ],
  },
)
export type NewField = Static<typeof NewField>

export const FieldChanges = Changes(
  { name, options, position },
  { $id: 'CustomFieldChanges', examples: [{ name: 'Cost in euros' }] },
)
export type FieldChanges = Static<typeof FieldChanges>

export const ByField = Closed({
  ...ByIdOrKey.properties,
  key: Type.Unsafe<string>({ ...FieldKey, description: 'The key of the field.' }),
})

/** By key. What a value may be follows from the type of its field (tasks/field-values.ts, check_fields() in the database). */
const values = (description: string) =>
  Type.Unsafe<Record<string, unknown>>({
    title: 'FieldValues',
    type: 'object',
    maxProperties: 50,
    propertyNames: { pattern: WORD, maxLength: 30 },
    additionalProperties: {
      description:
        'A text, a number, true or false, a date, the key of an option or a list of them, the id of a member, the address of a page.',
    },
    description,
    examples: [{ cost: 1200, site: 'berlin', approved: true }],
  })

export const FieldValues = values('Values of custom fields of the project, by key.')

export const FieldValueChanges = values(
  'Values of custom fields of the project, by key. One that is not sent stays as it is; null, an empty text and an empty list take the value away. A move to another project keeps those that a field of the same key and type can have there, and drops the rest.',
)
