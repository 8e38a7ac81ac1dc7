// The long version of gapless.test.ts, with a dump that is restored into a new cluster in the middle:
//   SECONDS=300 node scripts/test.mjs backend/test/trail/gapless.soak.test.ts
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after, it } from 'node:test'
import { migrate } from '../../src/database/migrate.ts'
import { startEmbeddedPostgres } from '../../src/database/embedded/embedded.ts'
import { start } from '../harness.ts'
import { startGapless } from './gapless.ts'

const SECONDS = Number(process.env['SECONDS'] ?? 180)

const world = await start()

it(
  'readers and writers that are killed lose no change, also in a restored dump',
  { timeout: (SECONDS + 120) * 1000 },
  async (t) => {
    const gapless = await startGapless(world)
    after(gapless.cleanUp)
    const first = await gapless.run(SECONDS * 0.7, 2_500)
    t.diagnostic(`${first.changes} changes, ${first.kills} kills`)

    const server =
      Number((await world.pool.query('show server_version_num')).rows[0].server_version_num) / 10_000
    const dumper = Number(
      /\d+/.exec(spawnSync('pg_dump', ['--version'], { encoding: 'utf8' }).stdout ?? '')?.[0] ?? 0,
    )
    if (dumper < Math.floor(server))
      return t.diagnostic(`not restored: needs pg_dump ${Math.floor(server)} or later, and psql`)

    const dataDir = mkdtempSync(path.join(tmpdir(), 'tasktrail-restored-'))
    const cluster = await startEmbeddedPostgres({ dataDir, settings: { fsync: 'off' } })
    after(async () => {
      await cluster.stop()
      rmSync(dataDir, { recursive: true, force: true })
    })
    const dump = spawnSync('pg_dump', ['--no-owner', world.url], { maxBuffer: 2 ** 30 })
    assert.equal(dump.status, 0, String(dump.stderr))
    const restored = spawnSync('psql', ['--quiet', '--set=ON_ERROR_STOP=1', cluster.url], {
      input: dump.stdout,
      maxBuffer: 2 ** 30,
    })
    assert.equal(restored.status, 0, String(restored.stderr))
    await migrate(cluster.url)
    const second = await gapless.run(SECONDS * 0.3, 2_500, cluster.url)
    t.diagnostic(`after the dump ${second.changes} changes, ${second.kills} kills`)
    assert(second.changes > first.changes)
  },
)
