// The tour in README.md, pasted line by line into a shell, against a server that has just been started for the first time.
import assert from 'node:assert/strict'
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { after, it } from 'node:test'

const ROOT = path.resolve(import.meta.dirname, '../..')
const readme = readFileSync(path.join(ROOT, 'README.md'), 'utf8')
const dataDir = mkdtempSync(path.join(tmpdir(), 'tasktrail-tour-'))
const children: ChildProcess[] = []

after(async () => {
  for (const child of children) {
    child.kill('SIGTERM')
    if (child.exitCode === null) await once(child, 'exit')
  }
  rmSync(dataDir, { recursive: true, force: true })
})

interface Block {
  readonly lines: readonly string[]
  readonly output: string
}

/** The blocks of commands, each with the output that the README shows after it. */
function blocks(): Block[] {
  return [...readme.matchAll(/^```sh\n([^]*?)^```\n(?:```text\n([^]*?)^```)?/gm)].map(
    ([, lines = '', output = '']) => ({
      lines: lines.trimEnd().split('\n'),
      output,
    }),
  )
}

/** Starts the server as the README says and answers what it prints on its very first start. */
async function startServer(): Promise<{ port: string; password: string }> {
  const server = spawn(process.execPath, ['scripts/start.mjs'], {
    cwd: ROOT,
    env: { PATH: process.env['PATH'], PORT: '0', HOST: '127.0.0.1', DATA_DIR: dataDir, LOG_LEVEL: 'warn' },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  children.push(server)
  let printed = ''
  for await (const line of createInterface({ input: server.stdout })) {
    printed += `${line}\n`
    const [, port] = /http:\/\/localhost:(\d+)$/m.exec(printed) ?? []
    const [, password] = /password\s+(\S+)/.exec(printed) ?? []
    if (port && password) return { port, password }
  }
  throw new Error(`the server ended, having printed: ${printed}`)
}

/** A shell that is given one line at a time and answers what that line printed. */
function openShell() {
  const shell = spawn('bash', ['--norc', '--noprofile'], {
    cwd: dataDir,
    env: { PATH: process.env['PATH'], HOME: dataDir },
  })
  children.push(shell)
  let output = ''
  let wake = () => {}
  for (const stream of [shell.stdout, shell.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text
      wake()
    })
  return async function paste(line: string): Promise<string> {
    output = ''
    // A line that is not complete by itself would swallow the mark, and time out below.
    shell.stdin.write(`${line}\necho "mark $?" >&2; echo mark\n`)
    const giveUp = AbortSignal.timeout(20_000)
    while (!/mark (\d+)\n/.test(output) || !/^mark\n/m.test(output)) {
      giveUp.throwIfAborted()
      await new Promise<void>((resolve) => {
        wake = resolve
        giveUp.addEventListener('abort', () => resolve(), { once: true })
      })
    }
    assert.match(output, /mark 0\n/, `${line}\n${output}`)
    return output.replace(/mark 0\n/, '').replace(/^mark\n/m, '')
  }
}

it('prints what README.md says when pasted line by line', async () => {
  const { port, password } = await startServer()
  const paste = openShell()
  const tour = blocks()
  assert(tour.length >= 7, `${tour.length} blocks`)
  for (const { lines, output } of tour) {
    let printed = ''
    for (const line of lines)
      printed += await paste(
        line.replaceAll('localhost:5000', `localhost:${port}`).replace('the printed password', password),
      )
    assert.equal(printed, output, lines.join('\n'))
  }
})
