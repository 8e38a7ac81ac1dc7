// Several processes on one port, like Gunicorn: a primary process that only supervises, and workers that serve.
import cluster, { type Worker } from 'node:cluster'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Logger } from '../telemetry/log.ts'
import type { Serving } from './serve.ts'
import { relayMetrics } from '../telemetry/status/gather.ts'

const STOP = 'stop'
/** A worker that ends sooner than this after its start has failed to start. */
const EARLY_MS = 10_000
/** After this many failed starts within WINDOW_MS the primary gives up. */
const MOST_EARLY_ENDS = 5
const WINDOW_MS = 60_000

/** Starts the workers and replaces each that dies. Exits when workers keep dying as soon as they start. */
export async function serveWithWorkers(
  count: number,
  env: Readonly<Record<string, string>>,
  logger: Logger,
): Promise<Serving> {
  const workers = new Map<number, Worker>()
  let earlyEnds: number[] = []
  let state: 'starting' | 'serving' | 'stopping' = 'starting'

  const giveUp = (reason: string) => {
    logger.fatal(reason)
    // The workers exit when they lose the connection to this process.
    process.exit(1)
  }

  const launch = (slot: number): Promise<number> => {
    const worker = cluster.fork(env)
    const startedAt = Date.now()
    workers.set(slot, worker)
    worker.once('exit', (code, signal) => {
      workers.delete(slot)
      if (state === 'stopping') return
      logger.error({ worker: slot, code, signal }, 'a worker died')
      if (state === 'starting') giveUp('a worker failed to start')
      void replace(slot, startedAt)
    })
    return new Promise((resolve) => worker.once('listening', ({ port }) => resolve(port)))
  }

  const replace = async (slot: number, startedAt: number) => {
    const now = Date.now()
    if (now - startedAt < EARLY_MS) {
      earlyEnds = [...earlyEnds.filter((at) => now - at < WINDOW_MS), now]
      if (earlyEnds.length >= MOST_EARLY_ENDS) giveUp('workers die as soon as they start')
      await sleep(1_000)
    }
    if (state === 'serving') void launch(slot)
  }

  relayMetrics(workers)
  const [port = 0] = await Promise.all(Array.from({ length: count }, (_, i) => launch(i + 1)))
  state = 'serving'
  return {
    port,
    async stop() {
      state = 'stopping'
      const codes = await Promise.all(
        [...workers.values()].map(
          (worker) =>
            new Promise<number | null>((resolve) => {
              worker.once('exit', resolve)
              worker.send(STOP, () => undefined)
            }),
        ),
      )
      if (codes.some((code) => code !== 0)) throw new Error(`workers ended with ${codes.join(', ')}`)
    },
  }
}

/** In a worker: resolves when the primary process asks it to stop. Call this before anything else listens for messages. */
export function toldToStop(): Promise<void> {
  return new Promise((resolve) => {
    process.on('message', (message) => {
      if (message === STOP) resolve()
    })
  })
}
