import { Duration, Size, Stack } from 'aws-cdk-lib'
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch'
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions'
import type * as ecs from 'aws-cdk-lib/aws-ecs'
import * as elb from 'aws-cdk-lib/aws-elasticloadbalancingv2'
import { ServicePrincipal } from 'aws-cdk-lib/aws-iam'
import type * as rds from 'aws-cdk-lib/aws-rds'
import * as sns from 'aws-cdk-lib/aws-sns'
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions'
import { Construct } from 'constructs'
import { MAX_CONNECTIONS } from './database.ts'
import { MIN_TASKS } from './task.ts'

type Watched = {
  balancer: elb.ApplicationLoadBalancer
  targets: elb.ApplicationTargetGroup
  service: ecs.FargateService
  database: rds.DatabaseInstance
  email: string
}

/** Adds alarms for what somebody must look at, all sent to one topic. */
export function addAlarms(stack: Construct, { balancer, targets, service, database, email }: Watched): void {
  const scope = new Construct(stack, 'Alarms')
  const topic = new sns.Topic(scope, 'Topic', { enforceSSL: true })
  // that rule replaces the topic's default policy, which would have let the alarms in
  topic.grantPublish(
    new ServicePrincipal('cloudwatch.amazonaws.com', {
      conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(stack).account } },
    }),
  )
  if (email !== '') topic.addSubscription(new EmailSubscription(email))

  const minute = { period: Duration.minutes(1) }
  const sum = { ...minute, statistic: 'Sum' }
  const over = cloudwatch.ComparisonOperator.GREATER_THAN_THRESHOLD
  const under = cloudwatch.ComparisonOperator.LESS_THAN_THRESHOLD

  const alarm = (
    name: string,
    metric: cloudwatch.Metric,
    comparisonOperator: cloudwatch.ComparisonOperator,
    threshold: number,
    minutes: number,
  ) =>
    metric
      .createAlarm(scope, name, {
        comparisonOperator,
        threshold,
        evaluationPeriods: minutes,
        // a balancer without traffic sends no error counts
        treatMissingData: cloudwatch.TreatMissingData.NOT_BREACHING,
      })
      .addAlarmAction(new SnsAction(topic))

  alarm('TargetErrors', targets.metrics.httpCodeTarget(elb.HttpCodeTarget.TARGET_5XX_COUNT, sum), over, 5, 3)
  alarm('BalancerErrors', balancer.metrics.httpCodeElb(elb.HttpCodeElb.ELB_5XX_COUNT, sum), over, 5, 3)
  alarm('UnhealthyTasks', targets.metrics.unhealthyHostCount({ ...minute, statistic: 'Maximum' }), over, 0, 5)
  alarm(
    'TooFewTasks',
    targets.metrics.healthyHostCount({ ...minute, statistic: 'Minimum' }),
    under,
    MIN_TASKS,
    5,
  )
  alarm('ServiceCpu', service.metricCpuUtilization(minute), over, 85, 10)
  alarm('ServiceMemory', service.metricMemoryUtilization(minute), over, 85, 10)
  alarm('DatabaseCpu', database.metricCPUUtilization(minute), over, 80, 15)
  alarm('DatabaseStorage', database.metricFreeStorageSpace(minute), under, Size.gibibytes(4).toBytes(), 5)
  alarm('DatabaseConnections', database.metricDatabaseConnections(minute), over, MAX_CONNECTIONS * 0.8, 5)
}
