// A process that changes tasks in transactions of random length on ten connections, until it is killed. What it
// committed is in the table `ledger`, written in the same transactions.
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { v7 as uuid } from 'uuid'

const WRITERS = 10
const tasks = process.argv.slice(2)
const random = (below: number) => Math.floor(Math.random() * below)

export async function change(client: pg.Client, task: string): Promise<void> {
  await client.query(
    `with changed as (update tasks set title = $2 where id = $1 and record_as(null, $3) returning id, version)
     insert into ledger (task, version) select id, version from changed`,
    [task, uuid(), uuid()],
  )
}

async function write(): Promise<never> {
  const client = new pg.Client({ connectionString: process.env['DATABASE_URL'], application_name: 'writer' })
  await client.connect()
  for (;;) {
    try {
      await client.query('begin')
      // Now and then much longer than the readers need to go past it.
      const pause = random(12) === 0 ? 400 + random(800) : random(20)
      // In one order, or two that wait for each other would cost a second.
      const chosen = Array.from({ length: 1 + random(4) }, () => random(tasks.length)).sort((a, b) => a - b)
      for (const index of chosen) {
        await change(client, tasks[index] as string)
        await sleep(pause)
      }
      await client.query(random(6) === 0 ? 'rollback' : 'commit')
      process.send?.('working')
    } catch (error) {
      // Two that wait for each other: one is chosen to give up.
      if (!(error instanceof pg.DatabaseError)) throw error
      await client.query('rollback')
    }
  }
}

if (process.argv[1] === import.meta.filename) await Promise.all(Array.from({ length: WRITERS }, write))
