// What an update's event costs: the same updates with the trigger that writes it and without.
import { withClient } from './databases.mjs'

/** Runs `work` while updates of tasks leave no event. */
export async function withoutEvents(url, work) {
  const alter = (how) =>
    withClient(url, (client) => client.query(`alter table tasks ${how} trigger tasks_updated`))
  await alter('disable')
  try {
    return await work()
  } finally {
    await alter('enable')
  }
}
