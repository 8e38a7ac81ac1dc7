// The custom fields of the demonstration's projects, by their keys.
import type { Plan } from './story.ts'

interface FieldPlan {
  readonly key: string
  readonly name: string
  readonly type: string
  readonly options?: readonly { readonly key: string; readonly name: string; readonly color: string }[]
  /** What its tasks take turns in having; null for none. */
  readonly values: readonly unknown[]
}

const FIELDS: Readonly<Record<string, readonly FieldPlan[]>> = {
  DAILY: [
    {
      key: 'cost',
      name: 'Cost in euros',
      type: 'number',
      values: [null, null, null, 45, 120, null, 19.9, 310, null, 80, null, 1250, null, 62.5],
    },
    {
      key: 'outside_help',
      name: 'Outside help',
      type: 'select',
      options: [
        { key: 'electrician', name: 'Electrician', color: '#b58105' },
        { key: 'plumber', name: 'Plumber', color: '#1d70b8' },
        { key: 'manufacturer', name: 'Manufacturer', color: '#6f42c1' },
      ],
      values: [null, 'manufacturer', null, null, 'electrician', null, 'plumber', null, null],
    },
  ],
  SHOP: [
    {
      key: 'size',
      name: 'Size',
      type: 'select',
      options: [
        { key: 's', name: 'S', color: '#00703c' },
        { key: 'm', name: 'M', color: '#b58105' },
        { key: 'l', name: 'L', color: '#d4351c' },
      ],
      values: ['s', 'm', 'm', 'l', 's', null],
    },
    {
      key: 'devices',
      name: 'Devices',
      type: 'multi_select',
      options: [
        { key: 'phone', name: 'Phone', color: '#1d70b8' },
        { key: 'tablet', name: 'Tablet', color: '#6f42c1' },
        { key: 'desktop', name: 'Desktop', color: '#6b7280' },
      ],
      values: [
        ['phone'],
        ['phone', 'tablet'],
        null,
        ['desktop'],
        ['phone', 'tablet', 'desktop'],
        null,
        ['desktop'],
      ],
    },
    {
      key: 'texts_agreed',
      name: 'Texts agreed',
      type: 'checkbox',
      values: [true, null, false, null, true],
    },
  ],
}

export const fieldsOf = ({ key }: Plan): readonly FieldPlan[] => FIELDS[key] ?? []

/** The values of a task, as they are stored. */
export const valuesOf = (plan: Plan, number: number): string =>
  JSON.stringify(
    Object.fromEntries(
      fieldsOf(plan).flatMap(({ key, values }, i) => {
        const value = values[(number * (7 + 4 * i)) % values.length] ?? null
        return value === null ? [] : [[key, value]]
      }),
    ),
  )
