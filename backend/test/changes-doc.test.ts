// The client of docs/changes.md does what that page says.
import assert from 'node:assert/strict'
import { spawn, type ChildProcess } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after, it } from 'node:test'
import { compileFunction } from 'node:vm'
import { eventually, start } from './harness.ts'

const world = await start()
const page = readFileSync(path.resolve(import.meta.dirname, '../../docs/changes.md'), 'utf8')
const client = /```js\n([^]*?)```/.exec(page)?.[1] ?? ''
const folder = mkdtempSync(path.join(tmpdir(), 'tasktrail-doc-'))
const [script, file] = [path.join(folder, 'sync.mjs'), path.join(folder, 'copy.json')]
writeFileSync(script, client)
after(() => rmSync(folder, { recursive: true }))

const kept = () =>
  Object.fromEntries(
    Object.entries<any>(JSON.parse(readFileSync(file, 'utf8')).kept).map(([key, { resource }]) => [
      key,
      resource,
    ]),
  )

it(
  'the client of docs/changes.md is short, and holds what its user can see, also after it was killed',
  { timeout: 60_000 },
  async () => {
    assert(client.trimEnd().split('\n').length <= 50)
    const { owner, viewer, outsider, project } = await world.team()
    const run = (): ChildProcess =>
      spawn(process.execPath, [script], {
        env: { URL: world.origins[0], TOKEN: viewer.token, FILE: file },
        stdio: ['ignore', 'inherit', 'inherit'],
      })
    let child = run()
    after(() => child.kill('SIGKILL'))
    const holdsWhatIsRead = () =>
      eventually(async () => {
        const [projects, tasks] = await Promise.all([viewer.get('projects'), viewer.get('tasks')])
        const fresh: Record<string, unknown> = {}
        for (const found of projects.body.items) {
          fresh[`project/${found.id}`] = found
          for (const member of (await viewer.get(`projects/${found.id}/members`)).body.items)
            fresh[`member/${found.id}/${member.user_id}`] = member
          for (const status of (await viewer.get(`projects/${found.id}/statuses`)).body.items)
            fresh[`status/${status.id}`] = status
        }
        for (const found of tasks.body.items) {
          fresh[`task/${found.id}`] = found
          for (const comment of (await viewer.get(`tasks/${found.id}/comments`)).body.items)
            fresh[`comment/${comment.id}`] = comment
        }
        assert.deepEqual(kept(), fresh)
      }, 20_000)

    const { body: task } = await owner.post(`projects/${project.id}/tasks`, { title: 'One' })
    const { body: doomed } = await owner.post(`projects/${project.id}/tasks`, { title: 'Doomed' })
    for (const { id } of [task, doomed]) await owner.post(`tasks/${id}/comments`, { body: 'About it' })
    await holdsWhatIsRead()
    await owner.delete(`tasks/${doomed.id}`)
    await owner.patch(`tasks/${task.id}`, { status: 'done' })
    await owner.patch(`projects/${project.id}`, { key: 'ANEW' })
    await holdsWhatIsRead()
    assert.equal(kept()[`task/${task.id}`].ref, 'ANEW-1')

    const gone = new Promise((resolve) => child.once('exit', resolve))
    child.kill('SIGKILL')
    await gone
    const { body: second } = await owner.post('projects', { name: 'Second' })
    await owner.post(`projects/${second.id}/members`, { user_id: viewer.id, role: 'editor' })
    await owner.patch(`tasks/${task.id}`, { project_id: second.id })
    await owner.delete(`projects/${project.id}/members/${viewer.id}`)
    child = run()
    await holdsWhatIsRead()
    assert.deepEqual(
      Object.keys(kept()).filter((key) => key.startsWith('project/')),
      [`project/${second.id}`],
    )
    assert.equal((await outsider.get('tasks')).body.items.length, 0)
  },
)

/** As much of a browser's EventSource as the page uses. */
class EventSource {
  onmessage: (message: { data: string; lastEventId: string }) => void = () => undefined
  onerror: () => void = () => undefined
  readonly #abort = new AbortController()

  constructor(url: string) {
    this.#read(url).catch(() => undefined)
  }

  async #read(url: string): Promise<void> {
    let lastEventId = ''
    try {
      const { body } = await fetch(url, {
        signal: this.#abort.signal,
        headers: { accept: 'text/event-stream' },
      })
      let text = ''
      for await (const chunk of body!.pipeThrough(new TextDecoderStream())) {
        const messages = (text + chunk).split('\n\n')
        text = messages.pop()!
        for (const message of messages) {
          lastEventId = /^id: (.*)$/m.exec(message)?.[1] ?? lastEventId
          const data = /^data: (.*)$/m.exec(message)?.[1]
          if (data) this.onmessage({ data, lastEventId })
        }
      }
    } finally {
      if (!this.#abort.signal.aborted) this.onerror()
    }
  }

  close(): void {
    this.#abort.abort()
  }
}

it(
  'its stream for browsers goes on where it was when it is opened anew, or begins anew when that is no longer kept',
  { timeout: 60_000 },
  async () => {
    const source = [...page.matchAll(/```js\n([^]*?)```/g)][1]?.[1] ?? ''
    const opened: EventSource[] = []
    class Watched extends EventSource {
      constructor(url: string) {
        super(url)
        opened.push(this)
      }
    }
    const { owner, viewer, project } = await world.team()
    const titles: string[] = []
    const follow = compileFunction(`${source}; return follow`, ['EventSource'])(Watched)
    await follow(
      `${world.origins[0]}/api/v1`,
      async () => viewer.token,
      ({ kind, resource }: any) => {
        if (kind === 'reset') titles.length = 0
        if (/^task.(created|state)$/.test(kind)) titles.push(resource.title)
      },
      'now',
    )
    const hears = (expected: string[]) => eventually(async () => assert.deepEqual(titles, expected), 10_000)
    await new Promise((resolve) => setTimeout(resolve, 500))
    await owner.post(`projects/${project.id}/tasks`, { title: 'One' })
    await hears(['One'])
    opened[0]!.onerror()
    await owner.post(`projects/${project.id}/tasks`, { title: 'Two' })
    await hears(['One', 'Two'])
    assert.equal(opened.length, 2)
    // As if it had been away for longer than the trail is kept.
    await owner.post(`projects/${project.id}/tasks`, { title: 'Three' })
    await hears(['One', 'Two', 'Three'])
    opened[1]!.close()
    await owner.post(`projects/${project.id}/tasks`, { title: 'Four' })
    await viewer.get('changes?after=now')
    await world.pool.query('update trail set pruned_seq = last_seq')
    opened[1]!.onerror()
    await hears(['One', 'Two', 'Three', 'Four'])
    opened.at(-1)!.close()
  },
)
