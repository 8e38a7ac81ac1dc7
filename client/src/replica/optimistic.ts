// How a resource looks once what was done here will have arrived.
import { BLANKS } from '../generated/blanks.ts'
import type { Status, Task } from '../generated/types.ts'
import type { AnyResource, Resource } from './copy.ts'
import type { Fields, Write } from './writes.ts'

/** What else is shown, where a field follows from other resources. */
export interface Surroundings {
  statuses(): Iterable<Status>
  tasks(): Iterable<Task>
}

/** The resource after this write: undefined if it is not there then. */
export function after(
  write: Write,
  resource: AnyResource | undefined,
  around: Surroundings,
): AnyResource | undefined {
  if (write.act === 'remove') return undefined
  if (write.act === 'update')
    return resource && derive({ ...resource, ...known(resource, write.changes) }, write.changes, around)
  // The feed may have been faster than the answer.
  if (resource) return resource
  const { at, target, what } = write
  const blank = BLANKS[write.kind]
  const made = {
    ...blank,
    my_role: 'owner',
    ...known(blank, what),
    id: target,
    created_at: at,
    updated_at: at,
  } as Resource<typeof write.kind>
  return derive(made, { place: 'last', ...what }, around)
}

/** Of the changes those that are fields of the resource itself. */
function known(resource: object, changes: object): Fields {
  return Object.fromEntries(
    Object.entries(changes).filter(([name, value]) => name in resource && value !== undefined),
  )
}

interface Placing {
  status?: string
  after?: string
  before?: string
  place?: string
}

/** Sets what follows from the changes. Of a task that is its category and where it stands. */
function derive(resource: AnyResource, changes: object, around: Surroundings): AnyResource {
  if (!('position' in resource && 'parent_id' in resource)) return resource
  const wanted = changes as Placing
  const own = [...around.statuses()].filter(({ project_id }) => project_id === resource.project_id)
  const status =
    own.find(({ key }) => key === resource.status) ??
    own.sort((one, other) => one.position - other.position).find(({ category }) => category === 'todo')
  const position =
    (wanted.after ?? wanted.before ?? wanted.place) === undefined
      ? resource.position
      : placed(resource, wanted, [...around.tasks()])
  return { ...resource, position, ...(status && { status: status.key, category: status.category }) }
}

function placed(
  { id, project_id, position }: Task,
  { after: following, before, place }: Placing,
  tasks: Task[],
): number {
  const others = tasks
    .filter((task) => task.project_id === project_id && task.id !== id)
    .sort((one, other) => one.position - other.position)
  const named = (name: string | undefined) =>
    others.findIndex((task) => task.id === name || task.ref === name)
  const index =
    following !== undefined
      ? named(following) + 1
      : before !== undefined
        ? named(before)
        : place === 'first'
          ? 0
          : others.length
  const [left, right] = [others[index - 1]?.position, others[index]?.position]
  if (left === undefined && right === undefined) return position
  if (left === undefined) return (right ?? 0) - 1
  return right === undefined ? left + 1 : (left + right) / 2
}
