// Ten thousand moves by eight clients over two servers:
//   node scripts/test.mjs backend/src/tasks/order.soak.test.ts
import { it } from 'node:test'
import { start } from '../../test/harness.ts'
import { moveAtRandom } from '../../test/moves.ts'

const world = await start()

it('ten thousand moves leave every client with the order of the server', { timeout: 900_000 }, async () => {
  await moveAtRandom(world, 10_000)
})
