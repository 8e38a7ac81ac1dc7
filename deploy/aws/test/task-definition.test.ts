import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { resources, synthesize } from './synthesize.ts'

const FILES = { 'task-definition.json': 'TaskService', 'migration-task-definition.json': 'TaskMigration' }
const definitions = resources(synthesize().service, 'AWS::ECS::TaskDefinition')

/** CloudFormation writes the API's names with a capital. */
function lowerNames(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(lowerNames)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [
      name.replace(/^[A-Z](?![A-Z])|^[A-Z]+$/, (c) => c.toLowerCase()),
      lowerNames(inner),
    ]),
  )
}

/** Leaves out what belongs to one deployment: addresses, and the log group's name. */
function comparable({
  family,
  cpu,
  memory,
  networkMode,
  requiresCompatibilities,
  runtimePlatform,
  volumes,
  containerDefinitions,
}: any) {
  const containers = containerDefinitions.map(({ secrets, environment, logConfiguration, ...rest }: any) => ({
    ...rest,
    image: '',
    secrets: secrets.map(({ name }: any) => name).toSorted(),
    environment: (environment ?? [])
      .map(({ name, value }: any) =>
        ['TRUST_PROXY', 'ADMIN_EMAIL'].includes(name) ? name : `${name}=${value}`,
      )
      .toSorted(),
    logging: [logConfiguration.logDriver, Object.keys(logConfiguration.options).toSorted()],
  }))
  return {
    family,
    cpu,
    memory,
    networkMode,
    requiresCompatibilities,
    runtimePlatform,
    volumes,
    containers: containers.toSorted((a: any, b: any) => a.name.localeCompare(b.name)),
  }
}

for (const [file, id] of Object.entries(FILES)) {
  const byHand = JSON.parse(readFileSync(new URL(`../${file}`, import.meta.url), 'utf8'))
  const [, byCdk] = definitions.find(([name]) => name.startsWith(id))!

  describe(file, () => {
    it('says the same as the CDK app', () => {
      const ofCdk: any = lowerNames(byCdk.Properties)
      byHand.runtimePlatform.cpuArchitecture = ofCdk.runtimePlatform.cpuArchitecture
      assert.deepEqual(comparable(byHand), comparable(ofCdk))
    })

    it('runs one image', () => {
      assert.deepEqual(
        new Set(byHand.containerDefinitions.map((container: { image: string }) => container.image)),
        new Set(['@IMAGE@']),
      )
    })
  })
}
