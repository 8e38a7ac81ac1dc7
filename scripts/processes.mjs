/**
 * Shuts this process down when npm is gone. npm sends SIGTERM only to the shell between npm and this process. The shell
 * dies without passing it on, and would leave an orphaned server on the port.
 */
export function endWithNpm() {
  if (!process.env.npm_lifecycle_event) return
  const parent = process.ppid
  const timer = setInterval(() => {
    if (process.ppid === parent) return
    clearInterval(timer)
    process.kill(process.pid, 'SIGTERM')
  }, 500)
  timer.unref()
}

/** Says whether a process exists, whoever it belongs to. */
export function isAlive(pid) {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return error.code === 'EPERM'
  }
}
