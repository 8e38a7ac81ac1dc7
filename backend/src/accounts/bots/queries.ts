import { many, maybe, one, type Db } from '../../database/db.ts'
import { assign, columns, raw, sql, type Sql } from '../../database/sql.ts'
import type { After } from '../../http/pages.ts'
import type { Precondition } from '../../http/schemas.ts'
import { heldProjects, joinMine, ownable, type Viewer } from '../../policy.ts'
import { holds } from '../../trail/versions.ts'
import { auditAs } from '../audit/record.ts'
import { Bot, type BotFilter } from './schema.ts'

const BOT = columns('users', Bot, { project_id: raw('users.bot_project_id') })

const present = sql`users.kind = 'bot' and users.deleted_at is null`

/** Belongs after `from`: the bots that the viewer manages, as an owner of their project or as an administrator. */
const bots = (viewer: Viewer): Sql =>
  viewer.role === 'admin'
    ? sql`users where ${present}`
    : sql`
  projects ${joinMine(viewer)} join users on users.bot_project_id = projects.id
  where ${present} and ${ownable(viewer)}`

const matches = ({ project_id }: BotFilter): Sql =>
  project_id === undefined ? raw('true') : sql`users.bot_project_id = ${project_id}`

export const listBots = (db: Db, viewer: Viewer, filter: BotFilter, after: After, count: number) =>
  many<Bot & { sort_key: string }>(
    db.read,
    sql`
  select ${BOT}, users.id::text as sort_key
  from ${bots(viewer)} and ${matches(filter)} ${after ? sql`and users.id > ${after.id}::uuid` : raw('')}
  order by users.id
  limit ${count}`,
  )

export const countBots = async (db: Db, viewer: Viewer, filter: BotFilter) =>
  (await one<{ count: number }>(db.read, sql`select count(*) from ${bots(viewer)} and ${matches(filter)}`))
    .count

export const findBot = (db: Db, viewer: Viewer, id: string) =>
  maybe<Bot>(db.read, sql`select ${BOT} from ${bots(viewer)} and users.id = ${id}`)

/** The bot, whose project and the viewer's role in it are held until the transaction ends; undefined if they may not manage it. */
export async function holdBot(tx: Db, viewer: Viewer, id: string): Promise<Bot | undefined> {
  const bot = await findBot(tx, viewer, id)
  if (!bot) return undefined
  const project =
    bot.project_id && heldProjects(viewer, sql`projects.id = ${bot.project_id} and ${ownable(viewer)}`)
  if (project && viewer.role !== 'admin' && !(await maybe(tx.write, sql`select from ${project}`)))
    return undefined
  return bot
}

export const insertBot = (db: Db, viewer: Viewer, bot: Pick<Bot, 'id' | 'name' | 'project_id'>) =>
  one<Bot>(
    db.write,
    sql`
  insert into users (id, kind, name, bot_project_id)
  select ${bot.id}, 'bot', ${bot.name}, ${bot.project_id}::uuid where ${auditAs(viewer)}
  returning ${BOT}`,
  )

export const updateBot = (
  tx: Db,
  viewer: Viewer,
  id: string,
  changes: { name?: string; disabled_at?: string | null },
  precondition: Precondition,
) => {
  // Disabling again is no change.
  const disabled = changes.disabled_at && {
    disabled_at: sql`coalesce(users.disabled_at, ${changes.disabled_at})`,
  }
  return maybe<Bot>(
    tx.write,
    sql`
  update users set ${assign('users', { ...changes, ...disabled })}
  where users.id = ${id} and ${present} and ${holds('users', precondition, changes)} and ${auditAs(viewer)}
  returning ${BOT}`,
  )
}
