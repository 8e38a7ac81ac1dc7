// A few rounds of it; `npm run test:convergence` plays long ones, on processes of their own.
import { it } from 'node:test'
import fc from 'fast-check'
import { start } from '../../backend/test/harness.ts'
import { memoryStorage } from '../src/index.ts'
import { play, step } from './convergence.ts'

const world = await start()
const RUNS = Number(process.env['RUNS'] ?? 1)

it(
  'Five replicas on a bad network equal the service in the end: nothing is lost, nothing doubled',
  { timeout: 300_000 },
  async () => {
    const stage = {
      origins: world.origins,
      person: (name: string) => world.user({ name }),
      storage: () => {
        const kept = memoryStorage()
        return () => kept
      },
    }
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 20, maxLength: 30, size: 'max' }), (steps) =>
        play(stage, steps),
      ),
      // What happens depends on time, so a smaller example need not fail.
      { numRuns: RUNS, endOnFailure: true },
    )
  },
)
