import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Match } from 'aws-cdk-lib/assertions'
import { MAX_TASKS } from '../settings.ts'
import { only, type Resource, resources, synthesize } from './synthesize.ts'

const certificateArn =
  'arn:aws:acm:eu-central-1:123456789012:certificate/0b0e1b0c-0000-4000-8000-000000000000'
const { base, service } = synthesize()
const { service: secure } = synthesize({ certificateArn })

type Container = {
  Name: string
  Environment?: { Name: string; Value: unknown }[]
  Secrets: { Name: string; ValueFrom: object }[]
  LinuxParameters: { Capabilities: unknown; Tmpfs?: { ContainerPath: string }[] }
  Image: unknown
} & Record<string, unknown>
const [[serving, task], [migrating, migrationTask]] = ['TaskService', 'TaskMigration'].map((id) =>
  resources(service, 'AWS::ECS::TaskDefinition').find(([name]) => name.startsWith(id))!,
) as [[string, Resource], [string, Resource]]
const containers: Container[] = task.Properties.ContainerDefinitions
const main = containers.find((container) => container.Name === 'tasktrail')!

describe('the task', () => {
  it('runs on Fargate without any right in AWS of its own', () => {
    assert.deepEqual(task.Properties.RequiresCompatibilities, ['FARGATE'])
    assert.equal(task.Properties.NetworkMode, 'awsvpc')
    const role = task.Properties.TaskRoleArn['Fn::GetAtt'][0]
    const granted = resources(service, 'AWS::IAM::Policy').filter(([, policy]) =>
      policy.Properties.Roles.some((r: { Ref: string }) => r.Ref === role),
    )
    assert.deepEqual(granted, [])
    assert.equal(service.findResources('AWS::IAM::Role')[role]!.Properties.ManagedPolicyArns, undefined)
  })

  it('has a read-only root, no capabilities and a log in every container', () => {
    for (const container of containers) {
      assert.equal(container.ReadonlyRootFilesystem, true, container.Name)
      assert.equal(container.Privileged, undefined, container.Name)
      assert.deepEqual(container.LinuxParameters.Capabilities, { Drop: ['ALL'] }, container.Name)
      assert.ok(container.LogConfiguration, container.Name)
    }
  })

  it('may write to /tmp only', () => {
    assert.deepEqual(
      main.LinuxParameters.Tmpfs?.map((mount) => mount.ContainerPath),
      ['/tmp'],
    )
    assert.deepEqual(main.MountPoints, [{ ContainerPath: '/tls', ReadOnly: true, SourceVolume: 'tls' }])
  })

  it('takes every secret from Secrets Manager and none from plain variables', () => {
    assert.deepEqual(main.Secrets.map((secret) => secret.Name).toSorted(), [
      'ADMIN_PASSWORD',
      'DATABASE_URL',
      'JWT_SECRET_KEY',
      'JWT_SECRET_KEY_ACCEPTED',
      'METRICS_TOKEN',
    ])
    for (const { Name } of main.Environment!) assert.doesNotMatch(Name, /SECRET|PASSWORD|TOKEN|DATABASE_URL/)
  })

  it('names secrets by their complete ARN, the only one with which ECS can fetch them', () => {
    for (const { ValueFrom } of containers.flatMap((container) => container.Secrets))
      assert.match(Object.keys(ValueFrom).join(), /^(Ref|Fn::ImportValue)$/)
  })

  it('leaves migrating to the migration', () => {
    assert.deepEqual(
      main.Environment!.find((variable) => variable.Name === 'AUTO_MIGRATE'),
      { Name: 'AUTO_MIGRATE', Value: 'off' },
    )
  })

  it('lets nobody register uninvited', () => {
    assert.ok(main.Environment!.some(({ Name, Value }) => Name === 'REGISTRATION' && Value === 'invite'))
  })

  it('runs on the processor the image was built for', () => {
    for (const [architecture, cpu] of [
      ['amd64', 'X86_64'],
      ['arm64', 'ARM64'],
    ]) {
      const definitions = resources(
        synthesize({ architecture: architecture! }).service,
        'AWS::ECS::TaskDefinition',
      )
      assert.deepEqual(
        definitions.map(([, { Properties }]) => Properties.RuntimePlatform.CpuArchitecture),
        [cpu, cpu],
      )
    }
  })

  it('has longer to stop than the 20 s in which it drains', () => {
    assert.ok(Number(main.StopTimeout) > 20)
  })

  it('starts when the certificate authority of the database is in place', () => {
    assert.deepEqual(main.DependsOn, [{ Condition: 'SUCCESS', ContainerName: 'database-ca' }])
  })
})

describe('the service', () => {
  it('keeps at least two tasks over two zones and rolls a failing deployment back', () => {
    service.hasResourceProperties('AWS::ECS::Service', {
      LaunchType: 'FARGATE',
      DesiredCount: Match.absent(),
      AvailabilityZoneRebalancing: 'ENABLED',
      DeploymentConfiguration: {
        DeploymentCircuitBreaker: { Enable: true, Rollback: true },
        MinimumHealthyPercent: 100,
        MaximumPercent: 200,
      },
      NetworkConfiguration: {
        AwsvpcConfiguration: { AssignPublicIp: 'DISABLED', Subnets: [Match.anyValue(), Match.anyValue()] },
      },
    })
    service.hasResourceProperties('AWS::ApplicationAutoScaling::ScalableTarget', {
      MinCapacity: 2,
      MaxCapacity: MAX_TASKS,
    })
    const signals = resources(service, 'AWS::ApplicationAutoScaling::ScalingPolicy').map(
      ([, { Properties }]) =>
        Properties.TargetTrackingScalingPolicyConfiguration.PredefinedMetricSpecification
          .PredefinedMetricType,
    )
    assert.deepEqual(signals.toSorted(), ['ALBRequestCountPerTarget', 'ECSServiceAverageCPUUtilization'])
  })

  it('waits for the migration, which runs the same image and alone has the master of the database', () => {
    const [run, migration] = only(service, 'Custom::Migration')
    const [, ecsService] = only(service, 'AWS::ECS::Service')
    assert.ok(ecsService.DependsOn?.includes(run))
    assert.deepEqual(ecsService.Properties.TaskDefinition, { Ref: serving })
    assert.deepEqual(migration.Properties['taskDefinition'], { Ref: migrating })
    const container = migrationTask.Properties.ContainerDefinitions.find(
      ({ Name }: Container) => Name === migration.Properties['container'],
    )
    assert.deepEqual(container.Command, ['node', 'src/cli.ts', 'migrate'])
    assert.deepEqual(container.Image, main.Image)
    const names = container.Secrets.map(({ Name }: { Name: string }) => Name)
    assert.deepEqual(names, ['DATABASE_URL', 'MIGRATION_DATABASE_URL'])
    assert.ok(!main.Secrets.some(({ Name }) => Name === 'MIGRATION_DATABASE_URL'))
  })

  it('migrates and replaces its tasks when the passwords of the database change', () => {
    const { service: rotated } = synthesize({ databasePasswordVersion: '2' })
    const [run, migration] = only(rotated, 'Custom::Migration')
    const [before, first] = only(service, 'Custom::Migration')
    assert.equal(run, before)
    assert.notDeepEqual(migration.Properties, first.Properties)
    assert.notDeepEqual(rotated.findResources('AWS::ECS::TaskDefinition')[serving], task)
  })

  it('migrates anew for every release, so that a roll-back never runs an old migration', () => {
    const run = (imageTag: string) => only(synthesize({ imageTag }).service, 'Custom::Migration')[0]
    assert.equal(new Set([run('1.2.0'), run('1.20'), run('12.0')]).size, 3)
  })

  it('fits into the connections of the database, also while a deployment doubles the tasks', () => {
    const [poolSize, reservedForPeople] = [10, 20]
    assert.ok(2 * MAX_TASKS * poolSize + reservedForPeople <= 200)
    base.hasResourceProperties('AWS::RDS::DBParameterGroup', {
      Parameters: Match.objectLike({ max_connections: '200' }),
    })
  })
})

describe('the load balancer', () => {
  it('asks for readiness, and is patient enough for a fail-over of the database', () => {
    const [, { Properties }] = only(service, 'AWS::ElasticLoadBalancingV2::TargetGroup')
    assert.equal(Properties.HealthCheckPath, '/readyz')
    assert.equal(Properties.Port, 5000)
    assert.ok(Properties.UnhealthyThresholdCount * Properties.HealthCheckIntervalSeconds >= 120)
    service.hasResourceProperties('AWS::ElasticLoadBalancingV2::TargetGroup', {
      TargetGroupAttributes: Match.arrayWith([{ Key: 'deregistration_delay.timeout_seconds', Value: '30' }]),
    })
  })

  it('drops malformed headers, keeps access logs and closes idle connections before the service does', () => {
    service.hasResourceProperties('AWS::ElasticLoadBalancingV2::LoadBalancer', {
      Scheme: 'internet-facing',
      LoadBalancerAttributes: Match.arrayWith([
        { Key: 'idle_timeout.timeout_seconds', Value: '60' },
        { Key: 'routing.http.drop_invalid_header_fields.enabled', Value: 'true' },
        { Key: 'access_logs.s3.enabled', Value: 'true' },
      ]),
    })
  })

  it('speaks HTTPS and redirects to it when there is a certificate', () => {
    const [https, http] = [443, 80].map(
      (port) =>
        resources(secure, 'AWS::ElasticLoadBalancingV2::Listener').find(
          ([, l]) => l.Properties.Port === port,
        )![1].Properties,
    )
    assert.deepEqual(https!.Certificates, [{ CertificateArn: certificateArn }])
    assert.match(https!.SslPolicy, /TLS13/)
    assert.equal(http!.DefaultActions[0].RedirectConfig.StatusCode, 'HTTP_301')
    assert.equal(http!.DefaultActions[0].RedirectConfig.Protocol, 'HTTPS')
  })

  it('speaks only HTTP when that is accepted', () => {
    const [, listener] = only(service, 'AWS::ElasticLoadBalancingV2::Listener')
    assert.equal(listener.Properties.Port, 80)
    assert.equal(listener.Properties.DefaultActions[0].Type, 'forward')
  })

  it('is the only way to the tasks', () => {
    const rules = resources(service, 'AWS::EC2::SecurityGroupIngress')
    assert.equal(rules.length, 1)
    assert.equal(rules[0]![1].Properties.ToPort, 5000)
    assert.match(
      rules[0]![1].Properties.SourceSecurityGroupId['Fn::GetAtt'][0],
      /^EntranceBalancerSecurityGroup/,
    )
  })
})

describe('the alarms', () => {
  it('watch errors, health, load and the database, and all reach the topic', () => {
    const [topic] = only(service, 'AWS::SNS::Topic')
    const alarms = resources(service, 'AWS::CloudWatch::Alarm').filter(([id]) => id.startsWith('Alarms'))
    const metrics = alarms.map(([, alarm]) => `${alarm.Properties.Namespace} ${alarm.Properties.MetricName}`)
    assert.deepEqual(metrics.toSorted(), [
      'AWS/ApplicationELB HTTPCode_ELB_5XX_Count',
      'AWS/ApplicationELB HTTPCode_Target_5XX_Count',
      'AWS/ApplicationELB HealthyHostCount',
      'AWS/ApplicationELB UnHealthyHostCount',
      'AWS/ECS CPUUtilization',
      'AWS/ECS MemoryUtilization',
      'AWS/RDS CPUUtilization',
      'AWS/RDS DatabaseConnections',
      'AWS/RDS FreeStorageSpace',
    ])
    for (const [id, alarm] of alarms) assert.deepEqual(alarm.Properties.AlarmActions, [{ Ref: topic }], id)
  })

  it('roll a deployment back', () => {
    const alarms = resources(service, 'AWS::CloudWatch::Alarm').filter(([id]) => id.startsWith('Alarms'))
    assert.equal(alarms.length, 9)
    service.hasResourceProperties('AWS::ECS::Service', {
      DeploymentConfiguration: {
        Alarms: {
          AlarmNames: alarms.map(([, { Properties }]) => Properties.AlarmName),
          Enable: true,
          Rollback: true,
        },
      },
    })
  })

  it('go off where no task is left to be counted', () => {
    const missing = resources(service, 'AWS::CloudWatch::Alarm')
      .filter(([, { Properties }]) => Properties.TreatMissingData === 'breaching')
      .map(([, { Properties }]) => Properties.MetricName)
    assert.deepEqual(missing, ['HealthyHostCount'])
  })

  it('may be sent by the alarms of this account', () => {
    service.hasResourceProperties('AWS::SNS::TopicPolicy', {
      PolicyDocument: {
        Statement: Match.arrayWith([
          Match.objectLike({
            Effect: 'Allow',
            Action: 'sns:Publish',
            Principal: { Service: 'cloudwatch.amazonaws.com' },
            Condition: { StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } } },
          }),
        ]),
      },
    })
  })

  it('go to the address of the settings', () => {
    const { service: watched } = synthesize({ alarmEmail: 'ops@example.com' })
    watched.hasResourceProperties('AWS::SNS::Subscription', {
      Protocol: 'email',
      Endpoint: 'ops@example.com',
    })
    service.resourceCountIs('AWS::SNS::Subscription', 0)
  })
})
