import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Match } from 'aws-cdk-lib/assertions'
import { only, resources, synthesize } from './synthesize.ts'

const { base } = synthesize()

describe('the database', () => {
  it('is encrypted, spread over two zones, backed up and protected from deletion', () => {
    base.hasResource('AWS::RDS::DBInstance', {
      DeletionPolicy: 'Snapshot',
      UpdateReplacePolicy: 'Snapshot',
      Properties: {
        Engine: 'postgres',
        EngineVersion: '18',
        StorageEncrypted: true,
        MultiAZ: true,
        BackupRetentionPeriod: 14,
        DeletionProtection: true,
        PubliclyAccessible: false,
        EnableCloudwatchLogsExports: ['postgresql'],
      },
    })
  })

  it('sits in subnets without a route out', () => {
    const [, group] = only(base, 'AWS::RDS::DBSubnetGroup')
    const subnets = group.Properties.SubnetIds.map((id: { Ref: string }) => id.Ref)
    assert.equal(subnets.length, 2)
    const routed = new Map(
      resources(base, 'AWS::EC2::SubnetRouteTableAssociation').map(([, a]) => [
        a.Properties.SubnetId.Ref,
        a.Properties.RouteTableId.Ref,
      ]),
    )
    const tables = subnets.map((subnet: string) => routed.get(subnet))
    assert.ok(tables.every(Boolean))
    const routes = resources(base, 'AWS::EC2::Route').filter(([, route]) =>
      tables.includes(route.Properties.RouteTableId.Ref),
    )
    assert.deepEqual(routes, [])
  })

  it('lets in nobody but members of the clients group', () => {
    const [, rule] = only(base, 'AWS::EC2::SecurityGroupIngress')
    const [clients] = resources(base, 'AWS::EC2::SecurityGroup').find(([id]) =>
      id.startsWith('DatabaseClients'),
    )!
    assert.deepEqual(rule.Properties.SourceSecurityGroupId, { 'Fn::GetAtt': [clients, 'GroupId'] })
    for (const [, group] of resources(base, 'AWS::EC2::SecurityGroup'))
      assert.equal(group.Properties.SecurityGroupIngress, undefined)
  })

  it('refuses unencrypted connections', () => {
    base.hasResourceProperties('AWS::RDS::DBParameterGroup', {
      Family: 'postgres18',
      Parameters: Match.objectLike({ 'rds.force_ssl': '1' }),
    })
  })

  it('is opened for the migration by a URL that verifies the server and whose password only Secrets Manager holds', () => {
    const [password] = resources(base, 'AWS::SecretsManager::Secret').find(([id]) =>
      id.startsWith('DatabasePassword'),
    )!
    const [, url] = resources(base, 'AWS::SecretsManager::Secret').find(([id]) =>
      id.startsWith('DatabaseMigrationUrl'),
    )!
    const [instance, { Properties }] = only(base, 'AWS::RDS::DBInstance')
    const [, parts] = url.Properties.SecretString['Fn::Join']
    assert.deepEqual(parts, [
      'postgresql://tasktrail:{{resolve:secretsmanager:',
      { Ref: password },
      ':SecretString:password::}}@',
      { 'Fn::GetAtt': [instance, 'Endpoint.Address'] },
      ':5432/tasktrail?sslmode=verify-full&sslrootcert=/tls/ca.pem',
    ])
    assert.deepEqual(Properties.MasterUserPassword['Fn::Join'][1][1], { Ref: password })
  })

  it('is opened for the service with another role, which is not the master', () => {
    const secrets = resources(base, 'AWS::SecretsManager::Secret')
    const [password] = secrets.find(([id]) => id.startsWith('DatabaseServicePassword'))!
    const [, url] = secrets.find(([id]) => id.startsWith('DatabaseUrl'))!
    const [, parts] = url.Properties.SecretString['Fn::Join']
    assert.equal(parts[0], 'postgresql://tasktrail_app_a:{{resolve:secretsmanager:')
    assert.deepEqual(parts[1], { Ref: password })
    assert.match(parts.at(-1), /sslmode=verify-full/)
    const master = JSON.stringify(only(base, 'AWS::RDS::DBInstance')[1].Properties.MasterUsername)
    assert.doesNotMatch(master, /tasktrail_app/)
  })

  it('has a password that needs no escaping in a URL', () => {
    const [, password] = resources(base, 'AWS::SecretsManager::Secret').find(([id]) =>
      id.startsWith('DatabasePassword'),
    )!
    const excluded: string = password.Properties.GenerateSecretString.ExcludeCharacters
    const printable = Array.from({ length: 95 }, (_, i) => String.fromCharCode(32 + i))
    const left = printable.filter((character) => !excluded.includes(character)).join('')
    assert.match(left, /^[0-9A-Za-z]{62}$/)
  })

  it('gets a new password, and a new URL, from a higher databasePasswordVersion', () => {
    const { base: rotated } = synthesize({ databasePasswordVersion: '2' })
    const generated = (template: typeof base) =>
      resources(template, 'AWS::SecretsManager::Secret').find(([id]) => id.startsWith('DatabasePassword'))![0]
    assert.notEqual(generated(rotated), generated(base))
    assert.deepEqual(
      only(rotated, 'AWS::RDS::DBInstance')[1].Properties.MasterUserPassword['Fn::Join'][1][1],
      { Ref: generated(rotated) },
    )
    const url = (template: typeof base) =>
      resources(template, 'AWS::SecretsManager::Secret').find(([id]) => id.startsWith('DatabaseUrl'))!
    assert.equal(url(rotated)[0], url(base)[0])
    assert.notDeepEqual(url(rotated)[1], url(base)[1])
    const user = (template: typeof base) => url(template)[1].Properties.SecretString['Fn::Join'][1][0]
    assert.match(user(rotated), /tasktrail_app_b:/, 'so that running tasks can still open connections')
  })
})

describe('the secrets', () => {
  it('stay when the stack goes, because a snapshot of the database needs the signing key', () => {
    const kept = resources(base, 'AWS::SecretsManager::Secret').filter(
      ([, { DeletionPolicy }]) => DeletionPolicy === 'Retain',
    )
    assert.deepEqual(
      kept.map(([, { Properties }]) => Properties.Description),
      ['JWT_SECRET_KEY', 'JWT_SECRET_KEY_ACCEPTED', 'METRICS_TOKEN', 'ADMIN_PASSWORD'].map(
        (name) => `${name} of Tasktrail`,
      ),
    )
    for (const [, { Properties }] of kept) assert.ok(Properties.GenerateSecretString.PasswordLength >= 32)
  })
})

describe('the repository', () => {
  it('keeps a tag on the image it was given to', () => {
    base.hasResource('AWS::ECR::Repository', {
      DeletionPolicy: 'Retain',
      Properties: {
        RepositoryName: 'tasktrail',
        ImageTagMutability: 'IMMUTABLE',
        ImageScanningConfiguration: { ScanOnPush: true },
      },
    })
  })
})

describe('the network', () => {
  it('has a way out per zone and gives no instance a public address by itself', () => {
    base.resourceCountIs('AWS::EC2::NatGateway', 2)
    for (const [, subnet] of resources(base, 'AWS::EC2::Subnet'))
      assert.equal(subnet.Properties.MapPublicIpOnLaunch, false)
  })
})
