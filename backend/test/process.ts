// The service as a process of its own, started as `npm start` and the image do.
import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { after } from 'node:test'
import path from 'node:path'

const MAIN = path.resolve(import.meta.dirname, '../src/main.ts')
// The arguments that let this process run TypeScript, for child processes.
export const TYPESCRIPT = process.execArgv.filter(
  (_, i, all) => all[i] === '--import' || all[i - 1] === '--import',
)

export interface Ended {
  code: number | null
  signal: NodeJS.Signals | null
  /** From the last signal that was sent, or from the start. */
  ms: number
}

export type Service = ReturnType<typeof startService>

/** Starts the service on any free port. It ends at the latest with the test file. */
export function startService(env: Record<string, string>, preload?: string) {
  const child = spawn(
    process.execPath,
    [
      ...TYPESCRIPT,
      ...(preload ? ['--import', `data:text/javascript,${encodeURIComponent(preload)}`] : []),
      MAIN,
    ],
    {
      env: {
        PATH: process.env['PATH'] ?? '',
        JWT_SECRET_KEY: 'for the tests only 0123456789abcdefghijk',
        AUTO_MIGRATE: 'off',
        HOST: '127.0.0.1',
        PORT: '0',
        DRAIN_DELAY: '0',
        RATE_LIMIT: 'off',
        ADMIN_PASSWORD: 'correct horse battery staple',
        ...env,
      },
    },
  )
  after(() => void child.kill('SIGKILL'))
  const lines: string[] = []
  let since = performance.now()
  const ended = new Promise<Ended>((resolve) => {
    child.once('exit', (code, signal) => resolve({ code, signal, ms: performance.now() - since }))
  })
  const port = new Promise<number>((resolve, reject) => {
    const read = (line: string) => {
      lines.push(line)
      const served = /^Tasktrail serves http:\/\/localhost:(\d+)$/.exec(line)?.[1]
      if (served) resolve(Number(served))
    }
    createInterface({ input: child.stdout }).on('line', read)
    createInterface({ input: child.stderr }).on('line', read)
    void ended.then(({ code, signal }) =>
      reject(new Error(`ended with ${code ?? signal}:\n${lines.join('\n')}`)),
    )
  })
  // Not every test waits for it.
  port.catch(() => undefined)
  return {
    pid: child.pid as number,
    lines,
    port,
    ended,
    signal(name: NodeJS.Signals): Promise<Ended> {
      since = performance.now()
      child.kill(name)
      return ended
    },
    /** The first line that matches, once there is one. */
    async line(pattern: RegExp): Promise<string> {
      for (const end = Date.now() + 15_000; Date.now() < end;) {
        const found = lines.find((line) => pattern.test(line))
        if (found !== undefined) return found
        await new Promise((resolve) => setTimeout(resolve, 20))
      }
      throw new Error(`no line like ${pattern} in:\n${lines.join('\n')}`)
    },
  }
}
