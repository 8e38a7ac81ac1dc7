import assert from 'node:assert/strict'
import { after, it } from 'node:test'
import { start } from '../harness.ts'
import { startGapless } from './gapless.ts'

const SECONDS = 8

const world = await start()

it(
  'readers and writers that are killed lose no change and see none twice',
  { timeout: 90_000 },
  async (t) => {
    const gapless = await startGapless(world)
    after(gapless.cleanUp)
    const { changes, kills } = await gapless.run(SECONDS, 900)
    t.diagnostic(`${changes} changes, ${kills} kills`)
    assert(changes > 20 && kills > 3, `${changes} changes, ${kills} kills`)
  },
)
