// A hundred thousand filters at random:
//   node scripts/test.mjs backend/src/tasks/filter/filter.soak.test.ts
import assert from 'node:assert/strict'
import { it } from 'node:test'
import { sendAtRandom } from '../../../test/filters.ts'
import { start } from '../../../test/harness.ts'

const world = await start()

it(
  'a hundred thousand filters are refused or understood, and none makes an error of the database',
  { timeout: 1_800_000 },
  async () => {
    assert((await sendAtRandom(world, 100_000, Number(process.env['SEED'] ?? Date.now()))) > 20_000)
  },
)
