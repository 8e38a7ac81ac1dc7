// Columns that are maps, such as the custom fields of a task: the trail has each of their members like a column of its own.

type Fields = Readonly<Record<string, unknown>>

/** The fields with the maps among them taken apart: `fields.points` beside `title`. */
export const takeApart = (fields: Fields, maps: readonly string[] = []): Fields =>
  maps.length === 0
    ? fields
    : Object.fromEntries(
        Object.entries(fields).flatMap(([name, value]) =>
          maps.includes(name) && value !== null && typeof value === 'object'
            ? Object.entries(value).map(([key, member]): [string, unknown] => [`${name}.${key}`, member])
            : [[name, value]],
        ),
      )

/** The opposite: of each map the members that were named, beside the columns. */
export function putTogether(fields: Fields, maps: readonly string[] = []) {
  const columns: Record<string, unknown> = {}
  const members: Record<string, Record<string, unknown>> = {}
  for (const [name, value] of Object.entries(fields)) {
    const map = maps.find((each) => name.startsWith(`${each}.`))
    if (map === undefined) columns[name] = value
    else (members[map] ??= {})[name.slice(map.length + 1)] = value
  }
  return { columns, members }
}
