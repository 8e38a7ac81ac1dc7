import { CustomResource, Duration } from 'aws-cdk-lib'
import type * as ec2 from 'aws-cdk-lib/aws-ec2'
import type * as ecs from 'aws-cdk-lib/aws-ecs'
import * as iam from 'aws-cdk-lib/aws-iam'
import * as lambda from 'aws-cdk-lib/aws-lambda'
import * as logs from 'aws-cdk-lib/aws-logs'
import { Provider } from 'aws-cdk-lib/custom-resources'
import { Construct } from 'constructs'
import { fileURLToPath } from 'node:url'
import { CONTAINER } from './task.ts'

type MigrationProps = {
  cluster: ecs.Cluster
  task: ecs.FargateTaskDefinition
  vpcSubnets: ec2.SelectedSubnets
  securityGroups: ec2.ISecurityGroup[]
  release: string
  databasePasswordVersion: string
}

/**
 * Runs the migration's task of the release once. What depends on this waits for its exit code 0.
 */
export class Migration extends Construct {
  constructor(
    scope: Construct,
    id: string,
    { cluster, task, vpcSubnets, securityGroups, release, databasePasswordVersion }: MigrationProps,
  ) {
    super(scope, id)
    const logGroup = new logs.LogGroup(this, 'Logs', { retention: logs.RetentionDays.ONE_MONTH })
    const handler = (name: string) =>
      new lambda.Function(this, name, {
        runtime: lambda.Runtime.NODEJS_24_X,
        code: lambda.Code.fromAsset(fileURLToPath(new URL('migration', import.meta.url))),
        handler: `handler.${name}`,
        timeout: Duration.seconds(30),
        logGroup,
      })
    const start = handler('start')
    task.grantRun(start)
    const finished = handler('finished')
    finished.addToRolePolicy(
      new iam.PolicyStatement({
        actions: ['ecs:DescribeTasks'],
        resources: ['*'],
        conditions: { ArnEquals: { 'ecs:cluster': cluster.clusterArn } },
      }),
    )

    const provider = new Provider(this, 'Provider', {
      onEventHandler: start,
      isCompleteHandler: finished,
      queryInterval: Duration.seconds(5),
      totalTimeout: Duration.minutes(55),
      logGroup,
    })

    // One resource per release: a roll-back deletes it, which does nothing, instead of running the old release's migrations.
    const run = new CustomResource(this, `Run-${release}`, {
      resourceType: 'Custom::Migration',
      serviceToken: provider.serviceToken,
      properties: {
        cluster: cluster.clusterArn,
        taskDefinition: task.taskDefinitionArn,
        container: CONTAINER,
        // another one runs it again, which gives the database the new passwords
        databasePasswordVersion,
        subnets: vpcSubnets.subnetIds,
        securityGroups: securityGroups.map((group) => group.securityGroupId),
      },
    })
    // its roles may read the secrets and write logs before it starts
    run.node.addDependency(task)
  }
}
