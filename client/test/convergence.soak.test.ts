// The same as convergence.test.ts, longer, with files for storage and two server processes, one of which is now and then
// killed: npm run test:convergence (RUNS=20)
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after, it } from 'node:test'
import fc from 'fast-check'
import { start } from '../../backend/test/harness.ts'
import { startService } from '../../backend/test/process.ts'
import { fileStorage } from '../src/node.ts'
import { play, step } from './convergence.ts'

const world = await start()
const RUNS = Number(process.env['RUNS'] ?? 20)
const folder = mkdtempSync(path.join(tmpdir(), 'tasktrail-convergence-'))
after(() => rmSync(folder, { recursive: true }))

const env = {
  DATABASE_URL: world.config.databaseUrl,
  DATA_DIR: folder,
  ADMIN_EMAIL: 'root@example.com',
  DB_POOL_SIZE: '8',
}
/** Whose place is taken by another one when it is killed. */
const services = [startService(env), startService(env)]
const origins = await Promise.all(services.map(async ({ port }) => `http://127.0.0.1:${await port}`))

async function killOneNowAndThen(until: AbortSignal): Promise<void> {
  for (let turn = 0; !until.aborted; turn++) {
    await new Promise((resolve) => setTimeout(resolve, 5_000))
    const i = turn % 2
    await services[i]?.signal('SIGKILL')
    services[i] = startService(env)
    origins[i] = `http://127.0.0.1:${await services[i].port}`
  }
}

it(
  'Five replicas equal the service in the end, also while its processes are killed',
  { timeout: 3_600_000 },
  async () => {
    const end = new AbortController()
    const killing = killOneNowAndThen(end.signal)
    let files = 0
    const stage = {
      origins,
      person: (name: string) => world.user({ name }),
      storage: () => {
        const file = path.join(folder, String(files++))
        return () => fileStorage(file)
      },
    }
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 50, maxLength: 150, size: 'max' }), (steps) =>
        play(stage, steps),
      ),
      { numRuns: RUNS, endOnFailure: true },
    )
    end.abort()
    await killing
  },
)
