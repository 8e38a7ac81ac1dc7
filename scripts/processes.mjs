/**
 * Ends this process in good order when npm has gone. npm hands a SIGTERM to the shell between us, which dies of it without
 * telling us: the server would go on, on its port, with nobody's hand on it.
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
