import { type App, Validations } from 'aws-cdk-lib'
import { AwsSolutionsChecks } from 'cdk-nag'
import { Base } from './base.ts'
import { acknowledgeExceptions } from './exceptions.ts'
import { Service } from './service.ts'
import { readSettings } from './settings.ts'

/** Adds both stacks and their checks to the app. */
export function addStacks(app: App): { base: Base; service: Service } {
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app))
  const settings = readSettings(app)
  const base = new Base(app, 'TasktrailBase', settings)
  const service = new Service(app, 'TasktrailService', base, settings)
  acknowledgeExceptions(app)
  return { base, service }
}
