// What the trail costs an update: the same updates while less of it is kept.
import { withClient } from './databases.mjs'

/** Runs `work` while changes leave no event; versions and the versions of fields are kept. */
export const withoutEvents = (url, work) =>
  replacing(
    url,
    'record_event(text, uuid, uuid, uuid, integer, jsonb, jsonb)',
    'begin return true; end',
    work,
  )

/** Runs `work` while updates keep only what any optimistic locking needs. */
export const withLockingOnly = (url, work) =>
  replacing(
    url,
    'tasks_updated()',
    'begin new.version := old.version + 1; new.updated_at := clock_timestamp(); return new; end',
    work,
  )

/** Runs `work` while updates of tasks keep nothing at all. */
export const withoutTrigger = (url, work) =>
  withClient(url, async (client) => {
    await client.query('alter table tasks disable trigger tasks_updated')
    try {
      return await work()
    } finally {
      await client.query('alter table tasks enable trigger tasks_updated')
    }
  })

/** Runs `work` while a function of the database does something else. */
const replacing = (url, name, body, work) =>
  withClient(url, async (client) => {
    const { rows } = await client.query('select pg_get_functiondef($1::regprocedure) as definition', [name])
    const [{ definition }] = rows
    await client.query(definition.replace(/\$function\$[^]*\$function\$/, `$function$ ${body} $function$`))
    try {
      return await work()
    } finally {
      await client.query(definition)
    }
  })
