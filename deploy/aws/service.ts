/** One release: load balancer, migration, tasks, scaling, alarms. */
import { CfnOutput, Duration, Stack } from 'aws-cdk-lib'
import * as ec2 from 'aws-cdk-lib/aws-ec2'
import * as ecs from 'aws-cdk-lib/aws-ecs'
import type { Construct } from 'constructs'
import { addAlarms } from './alarms.ts'
import type { Base } from './base.ts'
import { LoadBalancer } from './load-balancer.ts'
import { Migration } from './migration.ts'
import { MAX_TASKS, maxConnections, MIN_TASKS, type Settings } from './settings.ts'
import { portOf, Tasks } from './task.ts'

/** A minute: 250 a second, so that tasks which wait for the database, with an idle CPU, are joined by others too. */
const REQUESTS_PER_TASK = 15_000

export class Service extends Stack {
  readonly outputs: CfnOutput[]

  constructor(scope: Construct, id: string, base: Base, settings: Settings) {
    super(scope, id, { description: 'Tasktrail: load balancer, migration, tasks, alarms' })

    const { vpc, database } = base
    const cluster = new ecs.Cluster(this, 'Cluster', {
      vpc,
      containerInsightsV2: ecs.ContainerInsights.ENABLED,
    })
    const tasks = new Tasks(this, 'Task', base, settings)
    const vpcSubnets = vpc.selectSubnets({ subnetType: ec2.SubnetType.PRIVATE_WITH_EGRESS })
    const securityGroups = [
      new ec2.SecurityGroup(this, 'Tasks', { vpc, description: 'Tasktrail tasks' }),
      // not mutable: rules for the balancer belong to the group above
      ec2.SecurityGroup.fromSecurityGroupId(this, 'DatabaseClients', database.clients.securityGroupId, {
        mutable: false,
      }),
    ]

    const migration = new Migration(this, 'Migration', {
      cluster,
      task: tasks.migration,
      vpcSubnets,
      securityGroups,
      release: settings.imageTag,
      databasePasswordVersion: settings.databasePasswordVersion,
    })
    const service = new ecs.FargateService(this, 'Service', {
      cluster,
      taskDefinition: tasks.service,
      vpcSubnets,
      securityGroups,
      // no desiredCount: a deployment keeps what scaling has chosen
      minHealthyPercent: 100,
      maxHealthyPercent: 200,
      availabilityZoneRebalancing: ecs.AvailabilityZoneRebalancing.ENABLED,
      circuitBreaker: { enable: true, rollback: true },
      healthCheckGracePeriod: Duration.seconds(60),
    })
    service.node.addDependency(migration)

    const scaling = service.autoScaleTaskCount({ minCapacity: MIN_TASKS, maxCapacity: MAX_TASKS })
    scaling.scaleOnCpuUtilization('Cpu', {
      targetUtilizationPercent: 60,
      scaleInCooldown: Duration.minutes(5),
    })

    const entrance = new LoadBalancer(this, 'Entrance', vpc, settings.certificateArn)
    const targets = entrance.addService(service, portOf(settings))
    scaling.scaleOnRequestCount('Requests', {
      requestsPerTarget: REQUESTS_PER_TASK,
      targetGroup: targets,
      scaleInCooldown: Duration.minutes(5),
    })

    const alarms = addAlarms(this, {
      balancer: entrance.balancer,
      targets,
      service,
      database: database.instance,
      maxConnections: maxConnections(settings),
      email: settings.alarmEmail,
    })
    service.enableDeploymentAlarms(alarms, { behavior: ecs.AlarmBehavior.ROLLBACK_ON_ALARM })

    const values = { Url: entrance.url, ClusterName: cluster.clusterName, ServiceName: service.serviceName }
    this.outputs = Object.entries(values).map(([name, value]) => new CfnOutput(this, name, { value }))
  }
}
