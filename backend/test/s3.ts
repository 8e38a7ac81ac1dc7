// A real server of S3 for tests: versitygw, over a folder. Where it is missing, they are skipped and say so.
import { spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { after } from 'node:test'
import { eventually } from './harness.ts'
import { findProgram } from './programs.ts'

const program = findProgram('versitygw', join(homedir(), 'go', 'bin'))

/** False, or why there is no server. */
export const noS3: string | false =
  program === undefined &&
  'there is no versitygw (go install github.com/versity/versitygw/cmd/versitygw@v1.8.0)'

/** Starts the server with an empty bucket until the tests of the file have run. */
export async function startS3() {
  const folder = mkdtempSync(join(tmpdir(), 'tasktrail-s3-'))
  mkdirSync(join(folder, 'bucket'))
  const port = await freePort()
  const keys = { AWS_ACCESS_KEY_ID: 'tasktrail', AWS_SECRET_ACCESS_KEY: 'for-the-tests-only' }
  const server = spawn(program ?? '', ['--quiet', '--port', `127.0.0.1:${port}`, 'posix', folder], {
    stdio: 'ignore',
    env: { ROOT_ACCESS_KEY: keys.AWS_ACCESS_KEY_ID, ROOT_SECRET_KEY: keys.AWS_SECRET_ACCESS_KEY },
  })
  after(() => {
    server.kill('SIGKILL')
    rmSync(folder, { recursive: true, force: true })
  })
  const endpoint = `http://127.0.0.1:${port}`
  await eventually(async () => void (await fetch(endpoint)), 20_000)
  return {
    env: { FILES_URL: `s3://bucket/team%20files?endpoint=${endpoint}`, ...keys },
    /** The names of what is in the bucket. */
    objects: () =>
      readdirSync(join(folder, 'bucket'), { recursive: true, encoding: 'utf8' }).filter(
        (name) => name.length > 30 && !name.startsWith('.'),
      ),
  }
}

const freePort = () =>
  new Promise<number>((resolve, reject) => {
    const server = createServer()
    server.on('error', reject).listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number }
      server.close(() => resolve(port))
    })
  })
