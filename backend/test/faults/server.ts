// Real server processes of the application, a person who uses them, and an eye on their probes.
import assert from 'node:assert/strict'
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { after } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { TYPESCRIPT } from '../process.ts'

const MAIN = path.resolve(import.meta.dirname, '../../src/main.ts')

export class Server {
  readonly origin: string
  readonly child: ChildProcess
  readonly output: readonly string[]

  private constructor(child: ChildProcess, origin: string, output: readonly string[]) {
    this.child = child
    this.origin = origin
    this.output = output
  }

  /** Starts a process that serves; it ends with the test file. */
  static async start(databaseUrl: string, env: Record<string, string> = {}): Promise<Server> {
    const child = spawn(process.execPath, [...TYPESCRIPT, MAIN], {
      env: {
        PATH: process.env['PATH'],
        DATABASE_URL: databaseUrl,
        HOST: '127.0.0.1',
        PORT: '0',
        JWT_SECRET_KEY: 'for the tests only 0123456789abcdefghijk',
        RATE_LIMIT: 'off',
        ...env,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    after(() => child.kill('SIGKILL'))
    const output: string[] = []
    const port = await new Promise<string>((resolve, reject) => {
      for (const stream of [child.stdout, child.stderr]) {
        stream?.setEncoding('utf8').on('data', (text: string) => {
          output.push(text)
          const announced = /http:\/\/localhost:(\d+)/.exec(output.join(''))?.[1]
          if (announced) resolve(announced)
        })
      }
      child.once('exit', (code) => reject(new Error(`the server ended with ${code}: ${output.join('')}`)))
    })
    return new Server(child, `http://127.0.0.1:${port}`, output)
  }

  get alive(): boolean {
    return this.child.exitCode === null && this.child.signalCode === null
  }

  async stop(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    if (!this.alive) return
    const exited = once(this.child, 'exit')
    this.child.kill(signal)
    await exited
  }

  /** Resident memory in MB. */
  memory(): number {
    return (
      Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${this.child.pid}/status`, 'utf8'))?.[1]) / 1024
    )
  }

  async send(
    method: string,
    route: string,
    options: { token?: string; body?: unknown; key?: string; signal?: AbortSignal } = {},
  ): Promise<{ status: number; headers: Headers; body: any }> {
    const { token, body, key, signal = AbortSignal.timeout(30_000) } = options
    const response = await fetch(this.origin + (route.startsWith('/') ? route : `/api/v1/${route}`), {
      method,
      signal,
      headers: {
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...(key !== undefined && { 'idempotency-key': key }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    })
    const text = await response.text()
    const json = response.headers.get('content-type')?.includes('json') === true
    return { status: response.status, headers: response.headers, body: json ? JSON.parse(text) : text }
  }

  async readiness(): Promise<number> {
    return (await this.send('GET', '/readyz')).status
  }

  /** Answers after how many ms the server is ready. */
  async readyWithin(ms: number): Promise<number> {
    const started = performance.now()
    while ((await this.readiness()) !== 200) {
      assert(performance.now() - started < ms, `not ready after ${ms} ms`)
      await sleep(50)
    }
    return Math.round(performance.now() - started)
  }

  /** Watches /livez until the returned function is called, which asserts that it never failed or tarried. */
  watchLife(): () => Promise<void> {
    let watching = true
    const watch = (async () => {
      while (watching) {
        const started = performance.now()
        assert.equal((await this.send('GET', '/livez')).status, 200)
        assert(performance.now() - started < 2_000, 'livez tarried')
        await sleep(100)
      }
    })()
    watch.catch(() => undefined)
    return async () => {
      watching = false
      await watch
      assert(this.alive, 'the process died')
    }
  }
}

/** Somebody who is logged in and has a project. */
export async function settle(server: Server): Promise<{ token: string; refresh: string; project: string }> {
  const email = `u${process.pid}-${performance.now()}@example.com`
  const password = 'correct horse battery staple'
  const registered = await server.send('POST', 'auth/register', {
    body: { email, password, name: 'Somebody' },
  })
  assert.equal(registered.status, 201, JSON.stringify(registered.body))
  const { body } = await server.send('POST', 'auth/login', { body: { email, password } })
  const created = await server.send('POST', 'projects', { token: body.access_token, body: { name: 'Ops' } })
  assert.equal(created.status, 201, JSON.stringify(created.body))
  return { token: body.access_token, refresh: body.refresh_token, project: created.body.id }
}
