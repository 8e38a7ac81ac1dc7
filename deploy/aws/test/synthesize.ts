import { readFileSync } from 'node:fs'
import { App } from 'aws-cdk-lib'
import { Template } from 'aws-cdk-lib/assertions'
import { addStacks } from '../stacks.ts'

export type Resource = {
  Type: string
  Properties: Record<string, any>
  DependsOn?: string[]
  DeletionPolicy?: string
}

type Changed = Readonly<Record<string, string>>

/** What an operator has to say at least, for a try without a certificate. */
export const NEEDED = { adminEmail: 'owner@example.com', unencryptedHttp: 'accepted' }

/** The app of `npm run synth`, with some settings changed. */
export function build(changed: Changed = {}) {
  const text = readFileSync(new URL('../cdk.json', import.meta.url), 'utf8')
  const { context }: { context: Record<string, unknown> } = JSON.parse(text)
  const app = new App({ context: { ...context, ...NEEDED, ...changed } })
  return { app, ...addStacks(app) }
}

/** The templates that `npm run synth` writes, with some settings changed. */
export function synthesize(changed: Changed = {}) {
  const { base, service } = build(changed)
  return { base: Template.fromStack(base), service: Template.fromStack(service) }
}

/** Every resource of a type, by logical id. */
export function resources(template: Template, type: string): [string, Resource][] {
  return Object.entries(template.findResources(type)) as [string, Resource][]
}

/** The single resource of a type. */
export function only(template: Template, type: string): [string, Resource] {
  const found = resources(template, type)
  if (found.length !== 1) throw new Error(`${found.length} resources of ${type}, expected one`)
  return found[0]!
}
