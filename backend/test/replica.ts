import assert from 'node:assert/strict'
import type { Client } from './harness.ts'

/** The client of docs/changes.md in its shortest form: store items with a resource, drop those without one. */
export class Replica {
  readonly kept = new Map<string, { project: string; resource: Record<string, unknown> }>()
  after: string | undefined
  more = true
  readonly #client: Client

  constructor(client: Client) {
    this.#client = client
  }

  async step(limit: number): Promise<void> {
    const query = this.after === undefined ? '' : `&after=${this.after}`
    const { status, body } = await this.#client.get(`changes?limit=${limit}${query}`)
    if (status === 410) {
      this.after = undefined
      return
    }
    assert.equal(status, 200, JSON.stringify(body))
    for (const item of body.items) this.#apply(item)
    this.after = body.next
    this.more = body.more
  }

  async drain(limit = 50): Promise<void> {
    for (let pages = 0; ; pages++) {
      assert(pages < 2_000, 'the feed does not end')
      await this.step(limit)
      if (!this.more) return
    }
  }

  #apply({ kind, project_id, resource_id, resource }: any): void {
    const type = kind.split('.')[0]
    if (type === 'reset') return this.kept.clear()
    if (type === 'user') return
    const key = type === 'member' ? `member ${project_id} ${resource_id}` : `${type} ${resource_id}`
    if (resource) this.kept.set(key, { project: resource.project_id ?? project_id, resource })
    else this.kept.delete(key)
    if (!resource)
      for (const [other, { project, resource: has }] of this.kept)
        if (type === 'project' ? project === resource_id : has['task_id'] === resource_id)
          this.kept.delete(other)
  }

  state(): Record<string, unknown> {
    return Object.fromEntries([...this.kept].map(([key, { resource }]) => [key, resource]).sort())
  }
}
