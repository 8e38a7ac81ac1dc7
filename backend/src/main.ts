// The edge of the process. Signals are taken before anything else is loaded: as process 1 of a container, Node.js
// ignores those it has no handler for, and loading and booting take a while.
import { constants } from 'node:os'

/** Ctrl-C under npm arrives twice, from the terminal and from npm. */
const SAME_SIGNAL_MS = 500

let stop: (() => Promise<void>) | undefined
let firstSignal: number | undefined

function onSignal(signal: NodeJS.Signals): void {
  const now = performance.now()
  const repeated = firstSignal !== undefined && now - firstSignal > SAME_SIGNAL_MS
  if (firstSignal !== undefined && !repeated) return
  firstSignal ??= now
  // Before the service listens nothing is in flight; and whoever signals twice does not want to wait.
  if (stop === undefined || repeated) process.exit(128 + constants.signals[signal])
  void stop()
}
process.on('SIGTERM', onSignal)
process.on('SIGINT', onSignal)

const { explain, start } = await import('./process/start.ts')
try {
  stop = await start()
} catch (error) {
  process.stderr.write(`${explain(error)}\n`)
  process.exit(1)
}
