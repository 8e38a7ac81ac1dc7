import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { App, Validations } from 'aws-cdk-lib'
import { AwsSolutionsChecks } from 'cdk-nag'
import type { IConstruct } from 'constructs'
import { EXCEPTIONS } from '../exceptions.ts'
import { readSettings } from '../settings.ts'
import { build, resources, synthesize } from './synthesize.ts'

const here = fileURLToPath(new URL('..', import.meta.url))

/** What cdk-nag finds: `construct path rule`. */
function findings(scope: App): string[] {
  const { violations } = new AwsSolutionsChecks(scope).validateScope(scope)
  return violations.flatMap(({ ruleName, violatingResources }) =>
    violatingResources.map(({ constructPath }) => `${constructPath} ${ruleName}`),
  )
}

function forgetExceptions(scope: IConstruct): void {
  for (const construct of scope.node.findAll()) {
    for (const entry of construct.node.metadata)
      if (entry.type === Validations.ACKNOWLEDGED_RULES_METADATA_KEY) Object.assign(entry, { data: {} })
  }
}

describe('cdk-nag', () => {
  it('finds nothing that is not an exception', () => {
    assert.deepEqual(findings(build().app), [])
  })

  it('needs every exception, and each says why', () => {
    const { app: bare } = build()
    forgetExceptions(bare)
    const found = findings(bare)
    assert.ok(found.length > 0, 'the exceptions were not forgotten')
    for (const { at, rules, reason } of EXCEPTIONS) {
      assert.match(reason, /^[A-Z].{15,}\.$/, at)
      for (const rule of rules)
        assert.ok(
          found.some((finding) => finding.startsWith(`${at}/`) && finding.endsWith(` ${rule}`)),
          `${at} ${rule}`,
        )
    }
  })
})

describe('the templates', () => {
  const { base, service } = synthesize()

  it('keep every log for a limited time', () => {
    for (const [id, group] of [base, service].flatMap((template) =>
      resources(template, 'AWS::Logs::LogGroup'),
    )) {
      assert.ok(group.Properties.RetentionInDays >= 30, id)
    }
  })

  it('grant no wildcard action, and every resource only where there is none to name', () => {
    const statements = [base, service]
      .flatMap((template) => resources(template, 'AWS::IAM::Policy'))
      .flatMap(([, policy]) => policy.Properties.PolicyDocument.Statement)
    assert.ok(statements.length > 5)
    for (const { Action } of statements)
      for (const action of [Action].flat()) assert.doesNotMatch(action, /\*/)
    const everywhere = statements.filter(({ Resource }) => Resource === '*').flatMap(({ Action }) => Action)
    assert.deepEqual(everywhere.toSorted(), ['ecr:GetAuthorizationToken', 'ecs:DescribeTasks'])
  })

  it('name no account, region or zone', () => {
    assert.doesNotMatch(
      JSON.stringify([base.toJSON(), service.toJSON()]),
      /\b(us|eu|ap)-[a-z]+-\d[a-z]?\b|\b\d{12}\b/,
    )
  })
})

describe('the settings', () => {
  it('name every mistake at once', () => {
    const wrong = new App({
      context: {
        imageTag: 'a b',
        certificateArn: 'mine',
        adminEmail: '',
        alarmEmail: 'x',
        databasePasswordVersion: '0',
      },
    })
    const names = /: imageTag, certificateArn, adminEmail, alarmEmail, databasePasswordVersion$/
    assert.throws(() => readSettings(wrong), names)
  })

  it('take a digest as well as a tag', () => {
    const digest = `sha256:${'a'.repeat(64)}`
    const { service: pinned } = synthesize({ imageTag: digest })
    assert.match(JSON.stringify(pinned.toJSON()), new RegExp(`"@${digest}"`))
  })
})

describe('npm run synth', () => {
  it('needs neither credentials nor a network', () => {
    const output = mkdtempSync(join(tmpdir(), 'tasktrail-synth-'))
    try {
      const { PATH = '' } = process.env
      const nowhere = 'http://127.0.0.1:9'
      const env = {
        PATH,
        HOME: output,
        HTTP_PROXY: nowhere,
        HTTPS_PROXY: nowhere,
        AWS_EC2_METADATA_DISABLED: 'true',
      }
      execFileSync('npm', ['run', 'synth', '--', '--output', output], { cwd: here, env, stdio: 'pipe' })
      assert.ok(existsSync(join(output, 'TasktrailBase.template.json')))
      assert.ok(existsSync(join(output, 'TasktrailService.template.json')))
    } finally {
      rmSync(output, { recursive: true, force: true })
    }
  })
})
