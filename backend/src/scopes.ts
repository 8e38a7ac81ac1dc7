// What a token for programs may be for. Each route says which scope it needs (`config.scope`), each noun which one changes
// it. A request by token has the narrower of the scope's rights and its user's.
export const SCOPES = {
  'tasks:read':
    'Read projects and what their members see in them: tasks, comments, labels, views, members; search, histories and the feed.',
  'tasks:write':
    'Change tasks and what is on them: order, links, labels, files, time; labels and views of projects.',
  'comments:write': 'Write comments, and change and delete them.',
  'projects:manage':
    'Create, change and delete projects, and change their members, statuses and custom fields.',
  'webhooks:manage': 'Read and change webhooks, and read what happened to them.',
  account: 'Change the name and the time zone of the account.',
  admin:
    'Administer accounts and read the audit; and, with the other scopes, the rights of an administrator in all projects.',
} as const

export type Scope = keyof typeof SCOPES

export const ALL_SCOPES = Object.keys(SCOPES) as Scope[]

/** What a route needs of a token: a scope, or nothing in particular; or it takes none at all, but a person who is logged in. */
export type Need = Scope | 'any' | 'person'

/** These are about no project, so a token for some projects cannot have them. */
export const WITHOUT_PROJECT: readonly Scope[] = ['account', 'admin']

/** With what each includes: an answer to a change says how the thing is now, and an endpoint is told what happens. */
export const withIncluded = (scopes: readonly Scope[]): Scope[] =>
  ALL_SCOPES.filter(
    (scope) =>
      scopes.includes(scope) ||
      (scope === 'tasks:read' && scopes.some((other) => !WITHOUT_PROJECT.includes(other))),
  )
