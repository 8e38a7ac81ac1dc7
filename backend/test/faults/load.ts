// Steady use of a server, with a ledger of what was acknowledged.
import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Server } from './server.ts'

export interface Outcome {
  readonly status: number
  readonly ms: number
  readonly what: string
}

/** Works on a project with some clients until stopped. */
export class Load {
  readonly outcomes: Outcome[] = []
  /** By a task's id, the title last acknowledged and those whose fate was not told. */
  readonly #tasks = new Map<string, { title: string; untold: Set<string> }>()
  /** Titles of tasks whose creation was not answered with success. */
  readonly #untold = new Set<string>()
  readonly #server: () => Server
  readonly #who: { token: string; project: string }
  readonly #clients: Promise<void>[]
  #stopped = false

  constructor(server: () => Server, who: { token: string; project: string }, clients = 8) {
    this.#server = server
    this.#who = who
    this.#clients = Array.from({ length: clients }, (_, i) => this.#work(i))
  }

  async #work(client: number): Promise<void> {
    let task: string | undefined
    for (let n = 0; !this.#stopped; n++) {
      const title = `task ${client} ${n}`
      const tasks = `projects/${this.#who.project}/tasks`
      if (n % 4 === 0) {
        const created = await this.#send('POST', tasks, { title })
        if (created?.status === 201) {
          task = created.body.id as string
          this.#tasks.set(task, { title, untold: new Set() })
        } else this.#untold.add(title)
      } else if (n % 4 === 1 && task !== undefined) {
        const entry = this.#tasks.get(task)
        assert(entry)
        entry.untold.add(title)
        const changed = await this.#send('PATCH', `tasks/${task}`, { title })
        if (changed?.status === 200) {
          entry.untold.delete(title)
          entry.title = title
        }
      } else await this.#send('GET', n % 4 === 2 ? tasks : '/api/v1/projects')
    }
  }

  async #send(method: string, route: string, body?: unknown) {
    const started = performance.now()
    const { token } = this.#who
    try {
      const answer = await this.#server().send(method, route, { token, ...(body !== undefined && { body }) })
      this.#note(answer.status, started, method)
      if (answer.status === 503) {
        assert(answer.headers.has('retry-after'), '503 without Retry-After')
        await sleep(20)
      }
      return answer
    } catch (error) {
      if (error instanceof assert.AssertionError) throw error
      // No answer at all: the server was killed.
      this.#note(0, started, `${method} ${String((error as Error).cause ?? error)}`)
      await sleep(20)
      return undefined
    }
  }

  #note(status: number, started: number, what: string): void {
    this.outcomes.push({ status, ms: performance.now() - started, what })
  }

  async stop(): Promise<void> {
    this.#stopped = true
    await Promise.all(this.#clients)
  }

  /** Waits until reads and writes get through. */
  async flows(): Promise<void> {
    const [read, created] = [this.count(200), this.count(201)]
    for (const end = Date.now() + 20_000; this.count(200) < read + 40 || this.count(201) < created + 10;) {
      assert(Date.now() < end, `requests do not get through: ${this.toString()}`)
      await sleep(50)
    }
  }

  count(status: number): number {
    return this.outcomes.filter((outcome) => outcome.status === status).length
  }

  get slowest(): number {
    return Math.round(Math.max(0, ...this.outcomes.map(({ ms }) => ms)))
  }

  /** Asserts that nothing was answered but success and 503, and nothing later than `ms`. */
  assertOrderly(ms: number, allowed: readonly number[] = [200, 201, 503]): void {
    const odd = this.outcomes.filter(({ status }) => !allowed.includes(status))
    assert.deepEqual(odd.slice(0, 3), [], `${odd.length} odd answers`)
    assert(this.slowest <= ms, `an answer took ${this.slowest} ms`)
  }

  /** Asserts that every acknowledged change is there, that no other is there half, and that the trail tells the same. */
  async assertKept(
    query: <Row extends Record<string, unknown>>(text: string, values?: unknown[]) => Promise<Row[]>,
  ) {
    const rows = await query<{ id: string; title: string; version: number; events: number; created: number }>(
      `select t.id, t.title, t.version, e.events, e.created
       from tasks t cross join lateral (
         select count(*)::int as events, count(*) filter (where kind = 'task.created')::int as created
         from (select resource_id, kind from events union all select resource_id, kind from pending_events) as e
         where e.resource_id = t.id) as e
       where t.project_id = $1`,
      [this.#who.project],
    )
    const stored = new Map(rows.map((row) => [row.id, row]))
    for (const [id, { title, untold }] of this.#tasks) {
      const row = stored.get(id)
      assert(row, `the acknowledged task ${id} is lost`)
      assert(row.title === title || untold.has(row.title), `task ${id} is "${row.title}" and not "${title}"`)
    }
    for (const row of rows) {
      assert.equal(
        row.events,
        row.version,
        `task ${row.id} has version ${row.version} and ${row.events} events`,
      )
      assert.equal(row.created, 1)
      if (!this.#tasks.has(row.id)) assert(this.#untold.has(row.title), `nobody asked for "${row.title}"`)
    }
    const counted = await query<{ stored: number; real: number }>(
      `select (select coalesce(sum(count), 0)::int from task_counts where project_id = $1) as stored,
              (select count(*)::int from tasks where project_id = $1 and deleted_at is null) as real`,
      [this.#who.project],
    )
    assert.equal(counted[0]?.stored, counted[0]?.real)
    return rows.length
  }

  toString(): string {
    const times = this.outcomes.map(({ ms }) => ms).sort((a, b) => a - b)
    const p99 = Math.round(times[Math.floor(times.length * 0.99)] ?? 0)
    return `${this.outcomes.length} requests: ${this.count(200) + this.count(201)} served, ${this.count(503)} × 503, ${this.count(0)} without answer; p99 ${p99} ms, slowest ${this.slowest} ms`
  }
}
