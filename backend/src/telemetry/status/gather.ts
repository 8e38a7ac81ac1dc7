// With several workers a scrape reaches one of them, which asks the primary process for everybody's figures.
import cluster, { type Worker } from 'node:cluster'
import { merge, type Family } from './metrics.ts'

type Snapshots = (readonly [worker: string, families: readonly Family[]])[]

type Message =
  | { readonly metrics: 'wanted' }
  | { readonly metrics: 'send'; readonly scrape: number }
  | { readonly metrics: 'sent'; readonly scrape: number; readonly families: readonly Family[] }
  | { readonly metrics: 'all'; readonly snapshots: Snapshots }

/** A worker that does not answer in this time is left out. */
const ANSWER_MS = 1_000

const isMessage = (message: unknown): message is Message =>
  typeof message === 'object' && message !== null && 'metrics' in message

/** In a worker: returns the function that gathers the figures of all. In a single process: only its own. */
export function gatherMetrics(snapshot: () => Family[]): () => Promise<Family[]> {
  if (!cluster.isWorker) return async () => snapshot()
  const waiting: ((families: Family[]) => void)[] = []
  process.on('message', (message) => {
    if (!isMessage(message)) return
    if (message.metrics === 'send')
      process.send?.({ metrics: 'sent', scrape: message.scrape, families: snapshot() } satisfies Message)
    if (message.metrics === 'all') waiting.shift()?.(merge(message.snapshots))
  })
  return () =>
    new Promise((resolve) => {
      waiting.push(resolve)
      process.send?.({ metrics: 'wanted' } satisfies Message)
    })
}

/** In the primary process: collects the workers' figures for the one that asks. */
export function relayMetrics(workers: ReadonlyMap<number, Worker>): void {
  let scrapes = 0
  const open = new Map<number, { snapshots: Snapshots; finish: () => void; expected: number }>()
  cluster.on('message', (worker, message: unknown) => {
    if (!isMessage(message)) return
    if (message.metrics === 'wanted') {
      const scrape = ++scrapes
      const snapshots: Snapshots = []
      const finish = () => {
        if (!open.delete(scrape)) return
        snapshots.sort(([a], [b]) => Number(a) - Number(b))
        if (worker.isConnected()) worker.send({ metrics: 'all', snapshots } satisfies Message)
      }
      const asked = [...workers.values()].filter((other) => other.isConnected())
      open.set(scrape, { snapshots, finish, expected: asked.length })
      for (const other of asked) other.send({ metrics: 'send', scrape } satisfies Message)
      setTimeout(finish, ANSWER_MS)
    }
    if (message.metrics === 'sent') {
      const entry = open.get(message.scrape)
      const slot = [...workers].find(([, other]) => other === worker)?.[0]
      if (!entry || slot === undefined) return
      entry.snapshots.push([String(slot), message.families])
      if (entry.snapshots.length === entry.expected) entry.finish()
    }
  })
}
