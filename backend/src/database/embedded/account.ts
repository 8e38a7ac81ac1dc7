import { readFileSync, statSync } from 'node:fs'

export interface Account {
  uid: number
  gid: number
}

/**
 * The account that the server has to run as, or undefined for our own.
 * PostgreSQL refuses to run as root. Root therefore starts it as the account that owns the data, or as an unprivileged one.
 */
export function serverAccount(dataDirectory: string): Account | undefined {
  if (process.getuid?.() !== 0) return undefined
  const existing = statSync(dataDirectory, { throwIfNoEntry: false })
  if (existing && existing.uid !== 0) return { uid: existing.uid, gid: existing.gid }
  const account = accountNamed('postgres') ?? accountNamed('nobody')
  if (!account) {
    throw new Error('PostgreSQL cannot run as root, and there is no user "postgres" or "nobody" to run it as')
  }
  return account
}

function accountNamed(name: string): Account | undefined {
  for (const line of readFileSync('/etc/passwd', 'utf8').split('\n')) {
    const [user, , uid, gid] = line.split(':')
    // >>> 0: macOS writes nobody as -2
    if (user === name) return { uid: Number(uid) >>> 0, gid: Number(gid) >>> 0 }
  }
  return undefined
}
