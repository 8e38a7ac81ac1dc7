// What seed.sql made, as the cases name it.
import { importTypeScript } from '../scripts/typescript.mjs'
import { withClient } from './databases.mjs'

export const SECRET = 'for the benchmark only 0123456789abcdef'
const id = (kind, n) => `01900000-0000-7000-800${kind}-${n.toString(16).padStart(12, '0')}`

export const VIEWER = id(1, 1)
/** A tenth of all tasks is in it. */
export const LARGE = id(2, 1)
export const PROJECTS = Array.from({ length: 20 }, (_, i) => id(2, i + 1))
export const STREAMS = 1_000
/** How many tasks the lookups and updates take turns with. */
const CHOSEN = 2_000

const { createTokens } = await importTypeScript('backend/src/accounts/auth/tokens.ts')
const { signAccess } = createTokens(SECRET, 86_400)

/** The access token of the nth user. */
export const tokenOf = (n) => signAccess(id(1, n), id(4, n))

/** Tasks that the viewer may change, from anywhere in their projects. */
export const chooseTasks = (url) =>
  withClient(url, async (client) => {
    const { rows } = await client.query(
      `select tasks.id, key || '-' || number as ref
       from tasks join projects on projects.id = project_id
       where project_id = any ($1) order by hashtext(tasks.id::text) limit $2`,
      [PROJECTS, CHOSEN],
    )
    return rows
  })
