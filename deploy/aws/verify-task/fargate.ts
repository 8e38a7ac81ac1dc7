/** Runs the containers of the task definitions on the local Docker engine as Fargate would. */
import { execFileSync, spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'

export type Container = {
  name: string
  command: string[]
  user?: string
  readonlyRootFilesystem: boolean
  linuxParameters: {
    initProcessEnabled: boolean
    capabilities: { drop: string[] }
    tmpfs?: { containerPath: string; size: number; mountOptions: string[] }[]
  }
  mountPoints: { sourceVolume: string; containerPath: string; readOnly: boolean }[]
  environment?: { name: string; value: string }[]
  secrets: { name: string }[]
  stopTimeout?: number
  healthCheck?: { command: string[] }
}

/** One container of a task definition. */
export function containerNamed(name: string, file = 'task-definition.json'): Container {
  const text = readFileSync(new URL(`../${file}`, import.meta.url), 'utf8')
  const { containerDefinitions }: { containerDefinitions: Container[] } = JSON.parse(text)
  const found = containerDefinitions.find((container) => container.name === name)
  if (!found) throw new Error(`${file} has no container ${name}`)
  return found
}

/**
 * The arguments of `docker run` for a container. `values` holds what its secrets are and what stands in the places
 * to fill in; volumes are named after `prefix`.
 */
export function runArguments(container: Container, values: Record<string, string>, prefix: string): string[] {
  const { linuxParameters: linux, mountPoints, secrets, environment = [] } = container
  const variables = [
    ...secrets.map(({ name }) => `${name}=${values[name] ?? ''}`),
    ...environment.map(({ name, value }) => `${name}=${values[value] ?? value}`),
  ]
  const tmpfs = (linux.tmpfs ?? []).map((t) => `${t.containerPath}:${t.mountOptions.join()},size=${t.size}m`)
  const volumes = mountPoints.map(
    (m) => `${prefix}-${m.sourceVolume}:${m.containerPath}:${m.readOnly ? 'ro' : 'rw'}`,
  )
  return [
    ...(container.readonlyRootFilesystem ? ['--read-only'] : []),
    ...(linux.initProcessEnabled ? ['--init'] : []),
    ...(container.user ? ['--user', container.user] : []),
    ...(container.stopTimeout ? ['--stop-timeout', String(container.stopTimeout)] : []),
    ...linux.capabilities.drop.flatMap((capability) => ['--cap-drop', capability]),
    ...tmpfs.flatMap((mount) => ['--tmpfs', mount]),
    ...volumes.flatMap((mount) => ['--volume', mount]),
    ...variables.flatMap((variable) => ['--env', variable]),
  ]
}

/** Runs a docker command that has to succeed, and answers its output. */
export function docker(...args: string[]): string {
  return execFileSync('docker', args, { encoding: 'utf8', stdio: 'pipe' }).trim()
}

/** Runs a docker command that may fail. */
export function tryDocker(...args: string[]): { ok: boolean; output: string } {
  const { status, stdout, stderr } = spawnSync('docker', args, { encoding: 'utf8' })
  return { ok: status === 0, output: `${stdout}${stderr}` }
}

/** Waits, for up to a minute, until a command succeeds in a container. */
export async function untilInside(container: string, ...command: string[]): Promise<void> {
  for (let attempt = 0; attempt < 120; attempt++) {
    if (tryDocker('exec', container, ...command).ok) return
    await sleep(500)
  }
  throw new Error(`${command.join(' ')}: not within a minute`)
}
