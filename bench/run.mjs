// npm run bench [-- --quick]: measures and reports.
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buildCases } from './cases.mjs'
import { createSeeded, openServer, postmaster } from './databases.mjs'
import { measure, summarise } from './measure.mjs'
import { startTasktrail } from './tasktrail.mjs'
const directory = mkdtempSync(join(tmpdir(), 'tasktrail-bench-'))
const server = await openServer(directory)
const t = Date.now()
const url = await createSeeded(server, 'bench_t', Number(process.argv[2] ?? 10000))
console.log('seeded', Date.now() - t)
const app = await startTasktrail({ url, directory })
const database = await postmaster(server)
for (const work of await buildCases(url, app.port)) {
  await measure(app, work, 1, { database, directory })
  const m = await measure(app, work, 2, { database, directory })
  console.log(
    work.name.padEnd(35),
    m.rate.toFixed(0).padStart(7),
    Object.values(m)
      .slice(1)
      .map((x) => x.toFixed(1))
      .join(' '),
  )
}
await app.stop()
await server.stop()
rmSync(directory, { recursive: true, force: true })
process.exit()
