import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { App, Validations } from 'aws-cdk-lib'
import { Match } from 'aws-cdk-lib/assertions'
import { AwsSolutionsChecks } from 'cdk-nag'
import type { IConstruct } from 'constructs'
import { EXCEPTIONS } from '../exceptions.ts'
import { readSettings } from '../settings.ts'
import { serviceVariables } from '../variables.ts'
import { build, NEEDED, resources, synthesize } from './synthesize.ts'

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
    assert.deepEqual([...new Set(everywhere)].toSorted(), ['ecr:GetAuthorizationToken', 'ecs:DescribeTasks'])
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
        REGISTRATION: 'everybody',
      },
    })
    const names = [
      'imageTag',
      'architecture',
      'certificateArn',
      'adminEmail',
      'alarmEmail',
      'databasePasswordVersion',
      'REGISTRATION',
    ]
    assert.throws(
      () => readSettings(wrong),
      new RegExp(names.map((name) => `\\n {2}- ${name} must be[^\\n]*`).join('')),
    )
  })

  it('demand a certificate, unless HTTP is accepted by name, and an administrator', () => {
    const context = { ...NEEDED, architecture: 'amd64', databasePasswordVersion: '1' }
    const refusal = (changed: Record<string, string>, reason: RegExp) =>
      assert.throws(() => readSettings(new App({ context: { ...context, ...changed } })), reason)
    refusal({ unencryptedHttp: '' }, /\n {2}- certificateArn is missing[^\n]*$/)
    refusal({ unencryptedHttp: 'yes' }, /\n {2}- unencryptedHttp must be "accepted" or empty$/)
    refusal({ adminEmail: '' }, /\n {2}- adminEmail must be the e-mail address[^\n]*$/)
    const shipped = JSON.parse(readFileSync(join(here, 'cdk.json'), 'utf8'))
    assert.equal(shipped.context.adminEmail, '')
    assert.equal(shipped.context.unencryptedHttp, '')
  })

  it('give the service every variable that config.ts reads', () => {
    const ofExample = readFileSync(join(here, '../../backend/.env.example'), 'utf8').matchAll(
      /^([A-Z]\w+)=/gm,
    )
    const variables = serviceVariables()
    for (const [, name = ''] of ofExample) assert.ok(variables.has(name), name)
    const chosen: Record<string, string> = {
      HOST: '::',
      PORT: '8080',
      NODE_ENV: 'production',
      DATA_DIR: '/tmp/data',
      LOG_LEVEL: 'warn',
      REGISTRATION: 'closed',
      CORS_ORIGINS: 'https://app.example.com',
      TRUST_PROXY: '10.1.0.0/16',
      ADMIN_EMAIL: 'other@example.com',
      OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318',
      OTEL_SERVICE_NAME: 'tasks',
    }
    const arn = (name: string) => `arn:aws:secretsmanager:eu-central-1:123456789012:secret:${name}-AbCdEf`
    for (const [name, secret] of variables) if (secret) chosen[name] = arn(name)
    const { service, base } = synthesize(chosen)
    const definitions = resources(service, 'AWS::ECS::TaskDefinition').map(([, { Properties }]) =>
      Properties.ContainerDefinitions.find((container: { Name: string }) => container.Name === 'tasktrail'),
    )
    const [main, migration] = ['src/main.ts', 'src/cli.ts'].map((file) =>
      definitions.find(({ Command }) => Command.includes(file)),
    )
    const plain = new Map(main.Environment.map((v: { Name: string; Value: string }) => [v.Name, v.Value]))
    const secrets = new Map(
      main.Secrets.map((v: { Name: string; ValueFrom: string }) => [v.Name, v.ValueFrom]),
    )
    for (const [name, value] of Object.entries(chosen)) {
      if (name === 'MIGRATION_DATABASE_URL') continue
      assert.equal((variables.get(name) ? secrets : plain).get(name), value, name)
    }
    assert.ok(!secrets.has('MIGRATION_DATABASE_URL'), 'the service could do anything to the database')
    assert.deepEqual(
      migration.Secrets.map(({ Name, ValueFrom }: { Name: string; ValueFrom: string }) => [Name, ValueFrom]),
      ['DATABASE_URL', 'MIGRATION_DATABASE_URL'].map((name) => [name, arn(name)]),
    )
    assert.equal(main.PortMappings[0].ContainerPort, 8080)
    service.hasResourceProperties('AWS::ElasticLoadBalancingV2::TargetGroup', { Port: 8080 })
    assert.ok(base)
  })

  it('refuse a variable nobody reads, a secret in the open, and a value the service would refuse', () => {
    const refusal = (changed: Record<string, string>, reason: RegExp) =>
      assert.throws(() => synthesize(changed), reason)
    refusal({ REGISTRATOIN: 'closed' }, /REGISTRATOIN is not a variable of the service/)
    refusal({ METRICS_TOKEN: 'abc' }, /METRICS_TOKEN must be the ARN of the secret that holds it/)
    refusal({ DB_POOL_SIZE: 'many' }, /DB_POOL_SIZE must be a whole number/)
    refusal({ CORS_ORIGINS: 'example.com' }, /CORS_ORIGINS must be/)
  })

  it('make room in the database for larger pools', () => {
    const { base } = synthesize({ DB_POOL_SIZE: '20', WEB_CONCURRENCY: '2' })
    base.hasResourceProperties('AWS::RDS::DBParameterGroup', {
      Parameters: Match.objectLike({ max_connections: '680' }),
    })
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
      const needed = Object.entries(NEEDED).flatMap(([name, value]) => ['-c', `${name}=${value}`])
      execFileSync('npm', ['run', 'synth', '--', '--output', output, ...needed], {
        cwd: here,
        env,
        stdio: 'pipe',
      })
      assert.ok(existsSync(join(output, 'TasktrailBase.template.json')))
      assert.ok(existsSync(join(output, 'TasktrailService.template.json')))
    } finally {
      rmSync(output, { recursive: true, force: true })
    }
  })
})
